"""The socket of one call: dialled with patience, kept alive, rebuilt on the same path."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from enum import StrEnum
from time import time
from typing import TYPE_CHECKING, Any, Protocol

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from voice_agent.simulator.findings import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from websockets.asyncio.client import ClientConnection

NORMAL_CLOSE = 1000
NO_CODE = 1005
ABNORMAL_CLOSE = 1006
BINARY_CLOSE = 1007
MAX_FRAME_BYTES = 4 * 1024 * 1024
CLOSE_TIMEOUT_S = 2.0


class Ending(StrEnum):
    """Why a call is over, in Retell's words (`disconnection_reason`)."""

    USER_HANGUP = "user_hangup"
    AGENT_HANGUP = "agent_hangup"
    CALL_TRANSFER = "call_transfer"
    INACTIVITY = "inactivity"
    MAX_DURATION = "max_duration_reached"
    SOCKET_NEVER_OPENED = "error_llm_websocket_open"
    SOCKET_LOST = "error_llm_websocket_lost_connection"
    SOCKET_RUNTIME = "error_llm_websocket_runtime"
    SOCKET_CORRUPT = "error_llm_websocket_corrupt_payload"


ENDING_OF_CODE = {
    NORMAL_CLOSE: Ending.AGENT_HANGUP,
    NO_CODE: Ending.SOCKET_NEVER_OPENED,
    BINARY_CLOSE: Ending.SOCKET_CORRUPT,
}
"""What a close code of the server means; 1006 is a reconnect, any other one a runtime error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long Retell waits for what, and how often; its own figures."""

    connect_attempts: int = 3
    connect_timeout_s: float = 7.0
    connect_pause_s: float = 3.0
    ping_every_s: float = 2.0
    pong_within_s: float = 5.0
    reconnects_after_silence: int = 2
    reconnects_after_loss: int = 4
    answer_s: float = 20.0
    """Ours: Retell itself would wait for ever, and the caller would not."""


class LineDead(Exception):
    """The server could not be reached."""


class LineUser(Protocol):
    """Whoever talks over the line."""

    async def receive(self, raw: str) -> None:
        """Take one frame."""
        ...

    async def reconnected(self) -> None:
        """Go on after the line was rebuilt."""
        ...

    async def over(self, ending: Ending, *, close_code: int = NORMAL_CLOSE) -> None:
        """End the call."""
        ...

    def closed_by_server(self, code: int) -> None:
        """Judge an orderly close."""
        ...

    def report(self, fault: Fault, detail: str) -> None:
        """Note a misbehaviour of the server."""
        ...


class Line:
    """One socket at a time towards the server."""

    def __init__(self, url: str, patience: Patience, user: LineUser) -> None:
        self.connections = 0
        """How many sockets this call has had."""
        self.keeps_alive = False
        """Whether the server wants pings on this socket."""
        self._url = url
        self._patience = patience
        self._user = user
        self._socket: ClientConnection | None = None
        self._up = asyncio.Event()
        self._unanswered_s = 0.0
        self._dropped_by_us = self._closing = False
        self._losses = self._silences = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Dial, and serve the line from then on; LineDead when nobody answers."""
        await self._dial()
        loop = asyncio.get_running_loop()
        self._tasks = [loop.create_task(self._serve()), loop.create_task(self._ping())]

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send one event; on a line that just broke it is lost, as on a real one."""
        await self._up.wait()
        try:
            await self._open_socket.send(json.dumps(message, ensure_ascii=False))
        except ConnectionClosed:
            self._up.clear()

    def pong(self) -> None:
        """The server is alive."""
        self._unanswered_s = 0.0

    def drop(self) -> None:
        """Break the socket without a goodbye: the server sees 1006."""
        self._dropped_by_us = True
        self.keeps_alive = False
        self._up.clear()
        self._open_socket.transport.abort()

    async def close(self, code: int = NORMAL_CLOSE) -> None:
        """Close in an orderly way and stop serving; an error of the serving comes out here."""
        self._closing = True
        self._up.set()  # whoever waits to send finds a closed socket instead of waiting for ever
        if self._socket is not None:
            await self._socket.close(code)
        others = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        outcomes = await asyncio.gather(*others, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    async def _dial(self) -> None:
        for attempt in range(1, self._patience.connect_attempts + 1):
            try:
                self._socket = await self._connect()
            except (OSError, TimeoutError, InvalidHandshake, EOFError) as error:
                if attempt == self._patience.connect_attempts:
                    raise LineDead(f"{self._url}: {error}") from error
                await asyncio.sleep(self._patience.connect_pause_s)
            else:
                self.connections += 1
                self._dropped_by_us = False
                self._up.set()
                return

    async def _connect(self) -> ClientConnection:
        return await connect(
            self._url,
            open_timeout=self._patience.connect_timeout_s,
            close_timeout=CLOSE_TIMEOUT_S,
            max_size=MAX_FRAME_BYTES,
            compression=None,
            ping_interval=None,
            proxy=None,
        )

    async def _serve(self) -> None:
        while True:
            try:
                async for raw in self._open_socket:
                    await self._pass_on(raw)
            except ConnectionClosed:
                pass
            if self._closing:
                return
            self._up.clear()
            if not await self._comes_back(self._open_socket.close_code or ABNORMAL_CLOSE):
                return

    async def _pass_on(self, raw: str | bytes) -> None:
        if isinstance(raw, str):
            await self._user.receive(raw)
            return
        self._user.report(Fault.BINARY_FRAME, f"{len(raw)} bytes")
        await self._user.over(Ending.SOCKET_CORRUPT, close_code=BINARY_CLOSE)

    async def _comes_back(self, code: int) -> bool:
        """Rebuild the line if Retell would; otherwise the call is over."""
        if code != ABNORMAL_CLOSE:
            self._user.closed_by_server(code)
            await self._user.over(ENDING_OF_CODE.get(code, Ending.SOCKET_RUNTIME))
            return False
        if not self._dropped_by_us:
            self._losses += 1
            self._user.report(Fault.ABNORMAL_CLOSE, f"1006, loss {self._losses} of this call")
        if self._too_often():
            await self._user.over(Ending.SOCKET_LOST if self._silences else Ending.SOCKET_RUNTIME)
            return False
        return await self._redial()

    def _too_often(self) -> bool:
        return (
            self._losses > self._patience.reconnects_after_loss
            or self._silences > self._patience.reconnects_after_silence
        )

    async def _redial(self) -> bool:
        try:
            await self._dial()
        except LineDead as error:
            self._user.report(Fault.ABNORMAL_CLOSE, str(error))
            await self._user.over(Ending.SOCKET_LOST)
            return False
        await self._user.reconnected()
        return True

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(self._patience.ping_every_s)
            if not self.keeps_alive:
                continue
            # Counted by the pings and not by a clock: while we stand still nobody can answer.
            self._unanswered_s += self._patience.ping_every_s
            if self._unanswered_s > self._patience.pong_within_s:
                self._silences += 1
                self._user.report(Fault.MISSED_PONG, f"none for {self._patience.pong_within_s} s")
                self.drop()
                continue
            timestamp = int(time() * 1000)
            await self.send({"interaction_type": "ping_pong", "timestamp": timestamp})

    @property
    def _open_socket(self) -> ClientConnection:
        if self._socket is None:
            raise LineDead("nothing was dialled yet")
        return self._socket
