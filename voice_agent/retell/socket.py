"""The address Retell opens a websocket at, and who answers there."""

from __future__ import annotations

import hmac
import re
from typing import TYPE_CHECKING, Protocol

import structlog
from aiohttp import web

from voice_agent.dialogue.inbox import Closing, Inbox, LineClosed
from voice_agent.retell.connection import CallSocket, Connection

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from voice_agent.background import Background
    from voice_agent.dialogue.patience import Patience

log = structlog.get_logger(__name__)

_CALL_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)


class Receptionist(Protocol):
    """Whoever takes a call that has come in."""

    def __call__(self, connection: Connection) -> Awaitable[None]:
        """Serve the call of this connection to its end."""
        ...


class Door:
    """Opens the websocket to whoever knows the secret, and hands the call to the reception."""

    def __init__(
        self,
        reception: Receptionist,
        background: Background,
        *,
        secret: str | None,
        patience: Patience,
    ) -> None:
        self._reception = reception
        self._background = background
        self._secret = secret
        self._patience = patience
        self._connected: set[Connection] = set()
        self._calls: set[Inbox] = set()

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection; returns when the line is closed."""
        call_id = self._admit(request)
        socket = CallSocket()
        await socket.upgrade(request)
        connection = Connection(socket, call_id, self._patience)
        self._connected.add(connection)
        try:
            await self._serve(connection)
        finally:
            self._connected.discard(connection)
        return socket

    def shut(self) -> None:
        """Break all connections: Retell takes its calls to the next process."""
        for inbox in self._calls:
            inbox.put(LineClosed(how=Closing.SHUTDOWN))
        for connection in self._connected:
            connection.abort()

    def _admit(self, request: web.Request) -> str:
        shown = request.match_info.get("secret", "")
        if self._secret is not None and not _same(shown, self._secret):
            log.warning("line_refused", reason="secret")
            raise web.HTTPForbidden(text="This address is not complete.")
        call_id: str = request.match_info["call_id"]
        if not is_call_id(call_id):
            log.warning("line_refused", reason="call id")
            raise web.HTTPBadRequest(text="This is not the id of a call.")
        return call_id

    async def _serve(self, connection: Connection) -> None:
        await connection.greet()
        self._background.start(self._talk(connection), name="call")
        closing = Closing.LOST
        try:
            closing = await connection.listen()
        finally:
            connection.inbox.put(LineClosed(how=closing))

    async def _talk(self, connection: Connection) -> None:
        self._calls.add(connection.inbox)
        try:
            await self._reception(connection)
        finally:
            self._calls.discard(connection.inbox)
            # Taken over or broken: the line must not stay open with nobody behind it.
            if connection.is_open:
                connection.abort()


def is_call_id(text: str) -> bool:
    """Whether this may be the id of a call."""
    return _CALL_ID.fullmatch(text) is not None


def _same(shown: str, secret: str) -> bool:
    return hmac.compare_digest(shown.encode(), secret.encode())
