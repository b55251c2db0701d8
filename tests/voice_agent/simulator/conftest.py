from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from voice_agent.simulator.line import Patience
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.retell import Habits, RetellCall

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

CONFIG = {"response_type": "config", "config": {"auto_reconnect": True, "call_details": True}}
HURRIED = Patience(
    connect_attempts=2,
    connect_pause_s=0.01,
    ping_every_s=0.02,
    pong_within_s=30.0,
    answer_s=60.0,
)


@dataclass(frozen=True)
class Close:
    code: int


ABORT = "abort"
Step = Mapping[str, Any] | str | bytes | float | Close


def speech(response_id: int, content: str, *, complete: bool = True, **more: object) -> Step:
    return {
        "response_type": "response",
        "response_id": response_id,
        "content": content,
        "content_complete": complete,
        **more,
    }


@dataclass
class ScriptedAgent:
    """A custom LLM that plays back steps: on opening, and for each request."""

    opening: Sequence[Step] = (CONFIG, speech(0, "Salon Beispiel, guten Tag!"))
    answers: Mapping[int, Sequence[Step]] = field(default_factory=dict)
    reopening: Sequence[Step] = (CONFIG,)
    echoes_pings: bool = True
    received: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    close_codes: list[int | None] = field(default_factory=list)

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.received if event["interaction_type"] == kind]

    async def serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.paths.append(socket.request.path)
        try:
            await self._play(socket, self.opening if len(self.paths) == 1 else self.reopening)
            async for raw in socket:
                await self._react(socket, json.loads(raw))
        except ConnectionClosed:
            pass
        self.close_codes.append(socket.close_code)

    async def _react(self, socket: ServerConnection, event: dict[str, Any]) -> None:
        self.received.append(event)
        if event["interaction_type"] == "ping_pong" and self.echoes_pings:
            pong = {"response_type": "ping_pong", "timestamp": event["timestamp"]}
            await socket.send(json.dumps(pong))
        await self._play(socket, self.answers.get(event.get("response_id", -1), ()))

    async def _play(self, socket: ServerConnection, steps: Sequence[Step]) -> None:
        for step in steps:
            match step:
                case Close(code=1005):
                    async with socket.send_context():
                        socket.protocol.send_close()
                case Close(code=code):
                    await socket.close(code)
                case "abort":
                    socket.transport.abort()
                case float():
                    await asyncio.sleep(step)
                case str() | bytes():
                    await socket.send(step)
                case _:
                    await socket.send(json.dumps(step))


@asynccontextmanager
async def listening(agent: ScriptedAgent) -> AsyncIterator[str]:
    async with serve(agent.serve, "127.0.0.1", 0, ping_interval=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"http://127.0.0.1:{port}/llm-websocket/"


@pytest.fixture
def serving() -> Callable[[ScriptedAgent], AbstractAsyncContextManager[str]]:
    return listening


@pytest.fixture
def calling() -> Callable[..., AbstractAsyncContextManager[RetellCall]]:
    @asynccontextmanager
    async def call_up(
        agent: ScriptedAgent, *, phone: Mapping[str, Any] | None = None, **habits: object
    ) -> AsyncIterator[RetellCall]:
        async with listening(agent) as base_url:
            numbers = phone or {"to_number": "+493023125000", "from_number": "+4930555001"}
            caller = PhoneCall(base_url=base_url, **numbers)
            chosen = {"patience": HURRIED, **habits}
            async with RetellCall(caller, Habits(**chosen)) as call:
                yield call

    return call_up


@pytest.fixture
def hurried() -> Habits:
    return Habits(patience=HURRIED)


@pytest.fixture
def agent() -> type[ScriptedAgent]:
    return ScriptedAgent


@pytest.fixture
def say() -> Callable[..., Step]:
    return speech


@pytest.fixture
def close() -> type[Close]:
    return Close


@pytest.fixture
def config() -> dict[str, Any]:
    return CONFIG
