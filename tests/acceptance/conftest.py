"""Real processes: a sandbox and a server as a user would start them, and a bare websocket."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import websockets

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

START_TIMEOUT_S = 180.0  # far more than a start takes: the machine may be busy


@dataclass
class Process:
    """One of our commands, running."""

    process: asyncio.subprocess.Process
    address: str

    def kill(self) -> None:
        """Die as a machine dies."""
        self.process.send_signal(signal.SIGKILL)

    async def stop(self) -> None:
        """End it and wait."""
        if self.process.returncode is None:
            self.process.terminate()
        await asyncio.wait_for(self.process.wait(), 60)


async def start(address_file: Path, *arguments: str, env: Mapping[str, str]) -> Process:
    """Start `voice-agent ...` and wait until it wrote where it listens."""
    address_file.unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "voice_agent", *arguments, "--port", "0", "--address-file", str(address_file)),
        env={**os.environ, **env},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(START_TIMEOUT_S):
        while not (address_file.exists() and address_file.read_text().strip()):
            assert process.returncode is None, f"{arguments} ended with {process.returncode}"
            await asyncio.sleep(0.05)
    return Process(process, address_file.read_text().strip())


@dataclass
class World:
    """A sandbox, and the settings a server of ours needs to work with it."""

    sandbox: Process
    env: dict[str, str]
    folder: Path
    mails: Path
    servers: list[Process] = field(default_factory=list)

    async def serve(self) -> Process:
        """Start a server process."""
        server = await start(self.folder / "server.address", "serve", env=self.env)
        self.servers.append(server)
        return server

    async def control(self, **action: Any) -> dict[str, Any]:
        """Use the sandbox's back door."""
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{self.sandbox.address}/_control", json=action)
            answer.raise_for_status()
            return dict(answer.json())

    async def live_bookings(self) -> list[dict[str, Any]]:
        """What stands in the calendars."""
        dump = await self.control(action="dump")
        return [booking for booking in dump["bookings"] if booking["status"] == "accepted"]


@pytest.fixture
async def world(
    database_url: str, redis_url: str, saved_salon: object, redis: object, tmp_path: Path
) -> AsyncIterator[World]:
    """Everything outside of the server, with the clock at Tuesday, 24 November 2026, 10:00."""
    del saved_salon, redis  # only here to be put in place, and emptied
    now = "2026-11-24T10:00:00+01:00"
    sandbox = await start(tmp_path / "sandbox.address", "calcom", "sandbox", "--now", now, env={})
    env = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "CALCOM_API_URL": sandbox.address,
        "MAIL_DIR": str(tmp_path / "mails"),
        "VOICE_AGENT_NOW": now,
        "BOOKING_LEASE_S": "3",
        "VOICE_AGENT_HOME": str(tmp_path / "home"),
    }
    world = World(sandbox, env, tmp_path, tmp_path / "mails")
    try:
        yield world
    finally:
        for process in (*world.servers, sandbox):
            await process.stop()


@dataclass
class Line:
    """A bare websocket that says what Retell says, by retell.md section A, and nothing more."""

    socket: websockets.ClientConnection
    transcript: list[dict[str, Any]] = field(default_factory=list)
    response_id: int = 0
    ended: bool = False

    async def send(self, message: object) -> None:
        """Send one text frame."""
        await self.socket.send(json.dumps(message))

    async def receive(self) -> dict[str, Any]:
        """The next frame that is not housekeeping."""
        while True:
            frame = json.loads(await asyncio.wait_for(self.socket.recv(), 30))
            if frame["response_type"] not in {"config", "ping_pong", "update_agent", "metadata"}:
                return dict(frame)

    async def hear(self) -> str:
        """Everything the agent says under the current response id."""
        words = ""
        while True:
            frame = await self.receive()
            if frame["response_id"] != self.response_id:
                continue
            words += frame["content"]
            self.ended = self.ended or bool(frame.get("end_call"))
            if frame["content_complete"]:
                self.transcript.append({"role": "agent", "content": words})
                return words

    async def ask(self, words: str) -> None:
        """Let the caller speak and ask for a response."""
        self.transcript.append({"role": "user", "content": words})
        self.response_id += 1
        await self.send(
            {
                "interaction_type": "response_required",
                "response_id": self.response_id,
                "transcript": self.transcript,
            }
        )

    async def say(self, words: str) -> str:
        """Let the caller speak and wait for the whole answer."""
        await self.ask(words)
        return await self.hear()


@pytest.fixture
def phone() -> Callable[..., Any]:
    """Open a line to a server, as the phone call of a caller."""

    @asynccontextmanager
    async def call(
        server: Process, call_id: str, *, caller: str | None = "+493023125099"
    ) -> AsyncIterator[Line]:
        url = f"{server.address.replace('http', 'ws', 1)}/llm-websocket/{call_id}"
        async with websockets.connect(url) as socket:
            details = {
                "call_id": call_id,
                "call_type": "phone_call",
                "direction": "inbound",
                "to_number": "+493023125000",
                "from_number": caller or "anonymous",
                "call_status": "registered",
                "agent_id": "agent_test",
                "agent_version": 1,
            }
            await socket.send(json.dumps({"interaction_type": "call_details", "call": details}))
            yield Line(socket)

    return call
