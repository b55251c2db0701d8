"""The way in for Retell's webhooks and function calls: signed, not too large, and JSON.

Without a key nothing is signed. Then only this machine itself may come in: the connection has to be
from loopback to loopback, and no proxy may have passed it on.
"""

from __future__ import annotations

import ipaddress
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web

from voice_agent.retell.events import Unreadable, content_of
from voice_agent.retell.signature import HEADER, is_signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import SecretStr

log = structlog.get_logger(__name__)

_JSON = "application/json"
_FROM_ELSEWHERE = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Origin")
"""What proxies add, and browsers on behalf of pages."""


def wall_ms() -> int:
    """The time Retell signs with; a clock that is set for a demo does not matter to it."""
    return time.time_ns() // 1_000_000


def keys_of(secret: SecretStr | None) -> tuple[str, ...]:
    """All keys that may have signed: while one is replaced, old and new, with a comma between."""
    parts = secret.get_secret_value().split(",") if secret else ()
    return tuple(part.strip() for part in parts if part.strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Lets in what Retell has signed."""

    keys: tuple[str, ...]
    """Empty = unsigned messages of this very machine are let in."""
    now_ms: Callable[[], int] = wall_ms

    async def read(self, request: web.Request, *, most_bytes: int) -> bytes:
        """The body; 413 when it is too large, 401 when it is not signed."""
        raw = await _body(request, most_bytes)
        if self.keys:
            admitted = is_signed(raw, request.headers.get(HEADER), self.keys, now_ms=self.now_ms())
        else:
            admitted = _is_from_here(request)
        if not admitted:
            log.warning("retell_not_signed", path=request.path, bytes=len(raw))
            raise web.HTTPUnauthorized(text=_told("not_signed"), content_type=_JSON)
        return raw


def content(raw: bytes) -> dict[str, Any]:
    """The JSON object in a body; 400 when there is none."""
    try:
        found = content_of(raw.decode())
    except (Unreadable, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict):
        raise unreadable("not_an_object")
    return found


def unreadable(reason: str) -> web.HTTPBadRequest:
    """400: the message is of none of the kinds that are expected here."""
    log.warning("retell_not_understood", reason=reason)
    return web.HTTPBadRequest(text=_told(reason), content_type=_JSON)


async def _body(request: web.Request, most_bytes: int) -> bytes:
    pieces, size = [], 0
    while piece := await request.content.readany():
        size += len(piece)
        if size > most_bytes:
            log.warning("retell_too_large", path=request.path, most_bytes=most_bytes)
            told = _told("too_large")
            raise web.HTTPRequestEntityTooLarge(most_bytes, size, text=told, content_type=_JSON)
        pieces.append(piece)
    return b"".join(pieces)


def _is_from_here(request: web.Request) -> bool:
    if request.transport is None or any(name in request.headers for name in _FROM_ELSEWHERE):
        return False
    ends = (request.transport.get_extra_info(name) for name in ("peername", "sockname"))
    return all(end and ipaddress.ip_address(end[0]).is_loopback for end in ends)


def _told(code: str) -> str:
    return json.dumps({"ok": False, "code": code})
