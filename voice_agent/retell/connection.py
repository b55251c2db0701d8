"""One websocket of one call: frames in, chunks out, and no end that ends the call by mistake.

A close code is a command to Retell: 1000 hangs up, 1006 makes it reconnect, most others end the
call as broken. So this side never closes: it either waits for Retell or aborts the transport.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from voice_agent.dialogue.inbox import Closing, Inbox, Introduced, Overheard, Request
from voice_agent.retell.events import (
    Call,
    CallDetails,
    FromRetell,
    PingPong,
    ReminderRequired,
    ResponseRequired,
    Unreadable,
    UpdateOnly,
    is_agents_turn,
    is_update,
    read,
    utterances,
)
from voice_agent.retell.frames import Config, Pong, Response
from voice_agent.retell.overhearing import Overhearing
from voice_agent.retell.silence import Silence

if TYPE_CHECKING:
    from aiohttp import WSMessage

    from voice_agent.dialogue.answer import Chunk
    from voice_agent.dialogue.patience import Patience

log = structlog.get_logger(__name__)

LARGEST_FRAME = 16 * 1024 * 1024  # days of transcript; more costs the connection, not the call


class CallSocket(web.WebSocketResponse):
    """A websocket that, on an error of the protocol, breaks the connection instead of the call."""

    def __init__(self) -> None:
        # Packing a few kilobytes costs a busy server more than it spares the network.
        super().__init__(max_msg_size=LARGEST_FRAME, compress=False)
        self._transport: asyncio.Transport | None = None

    async def upgrade(self, request: web.Request) -> None:
        """Open, and remember what there is to break."""
        self._transport = request.transport
        await self.prepare(request)

    def abort(self) -> None:
        """Break the connection: Retell sees 1006 and reconnects."""
        if self._transport is not None:
            self._transport.abort()

    async def close(
        self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True
    ) -> bool:
        """Answer Retell's own closing; anything else aborts."""
        if code != WSCloseCode.OK:
            self.abort()
        return await super().close(code=code, message=message, drain=drain)


class Connection:
    """One websocket of one call: frames in, chunks out."""

    def __init__(self, socket: CallSocket, call_id: str, patience: Patience) -> None:
        self.call_id = call_id
        self.inbox = Inbox()
        self.details: asyncio.Future[Call] = asyncio.get_running_loop().create_future()
        self._socket = socket
        self._silence = Silence(patience.idle_s, self._give_up)
        self._overhearing = Overhearing(
            self._overhear, quiet_s=patience.quiet_s, late_s=patience.late_s
        )
        self._has_given_up = False
        self._is_ending = False
        self._log = log.bind(call_id=call_id)

    @property
    def is_open(self) -> bool:
        """Whether anything can still be heard."""
        return not self._socket.closed

    async def send(self, chunk: Chunk) -> None:
        """Pass the chunk on to Retell; a connection that has gone swallows it."""
        self._is_ending = chunk.end_call or chunk.transfer_number is not None
        await self._write(Response.of(chunk).to_json())

    async def greet(self) -> None:
        """Ask for pings and for the call's details, before anything else."""
        await self._write(Config().to_json())

    def abort(self) -> None:
        """Break the connection, so that Retell reconnects."""
        self._socket.abort()

    async def listen(self) -> Closing:
        """Take in frames until the line is closed; pings are answered whatever else goes on."""
        try:
            while True:
                message = await self._socket.receive()
                self._silence.heard()
                match message.type:
                    case WSMsgType.TEXT:
                        await self._take(message)
                    case WSMsgType.BINARY:
                        size = len(message.data)
                        self._log.warning("frame_ignored", reason="binary", bytes=size)
                    case _:
                        return self._how_closed(message)
        finally:
            self._silence.end()
            self._overhearing.end()

    def _give_up(self) -> None:
        self._log.warning("line_silent")
        self._has_given_up = True
        self.abort()

    def _how_closed(self, message: WSMessage) -> Closing:
        if self._has_given_up:
            return Closing.LOST
        if message.type is WSMsgType.ERROR:
            self._log.warning("line_broken", error=message.data)
        regular = message.type is WSMsgType.CLOSE and message.data == WSCloseCode.OK
        how = Closing.HUNG_UP if regular or self._is_ending else Closing.LOST
        self._log.info("line_closed", how=how.value, code=int(self._socket.close_code or 0))
        return how

    async def _take(self, message: WSMessage) -> None:
        asked_at = time.monotonic()
        if is_update(message.data):
            self._take_update(message.data)
            return
        try:
            event = read(message.data)
        except Unreadable as error:
            self._log.warning("frame_ignored", reason=str(error))
            return
        await self._deliver(event, asked_at)

    def _take_update(self, update: str) -> None:
        if is_agents_turn(update):
            self._overhearing.forget()
        else:
            self._overhearing.heard(update)

    def _overhear(self, update: str) -> None:
        try:
            event = read(update)
        except Unreadable:
            return  # a request will say the same again
        if isinstance(event, UpdateOnly):
            self.inbox.put(Overheard(transcript=utterances(event.transcript)))

    async def _deliver(self, event: FromRetell, asked_at: float) -> None:
        match event:
            case PingPong(timestamp=timestamp):
                self._silence.begin()
                await self._write(Pong(timestamp=timestamp).to_json())
            case CallDetails(call=call):
                self._introduce(call)
            case UpdateOnly():
                pass  # what was heard and said is read off the transcript of the next request
            case ResponseRequired() | ReminderRequired():
                self._overhearing.forget()
                self.inbox.put(
                    Request(
                        response_id=event.response_id,
                        transcript=utterances(event.transcript),
                        is_reminder=isinstance(event, ReminderRequired),
                        asked_at=asked_at,
                    ),
                )

    def _introduce(self, call: Call) -> None:
        if not self.details.done():
            self.details.set_result(call)
        self.inbox.put(Introduced(caller_number=call.caller))

    async def _write(self, frame: str) -> None:
        try:
            await self._socket.send_str(frame)
        except (ConnectionError, RuntimeError):
            self._log.info("frame_unsent")
