"""Answers that do not arrive as they should: silence, a dead connection, half a body, nonsense."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox.records import Json
    from booking_core.adapters.calcom.sandbox.state import State

LOOK_AGAIN_S = 0.02
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing drops what is unsent and sends RST


async def silent(state: State, request: web.Request) -> web.Response:
    """Say nothing until the client gives up."""
    while request.transport is not None and not request.transport.is_closing():
        if state.stopping:
            break
        await asyncio.sleep(LOOK_AGAIN_S)
    return web.Response(status=504)


def reset(request: web.Request) -> web.Response:
    """Break the connection off, without a goodbye."""
    if request.transport is not None:
        line = request.transport.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        request.transport.abort()
    return web.Response(status=504)


def malformed(response: web.Response) -> web.Response:
    """The right status and length, but JSON that ends in the middle."""
    body = _body_of(response)
    return web.Response(
        body=body[: len(body) // 2], status=response.status, content_type="application/json"
    )


async def half(request: web.Request, response: web.Response) -> web.StreamResponse:
    """Promise the whole body, send half of it, hang up."""
    body = _body_of(response)
    begun = web.StreamResponse(status=response.status)
    begun.content_type, begun.content_length = "application/json", len(body)
    await begun.prepare(request)
    await begun.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return begun


def altered(response: web.Response, change: Json) -> web.Response:
    """Some fields of the answer are other than they should be."""
    body = json.loads(_body_of(response))
    if isinstance(body.get("data"), dict):
        body["data"] |= change
    return web.json_response(body, status=response.status)


def _body_of(response: web.Response) -> bytes:
    return response.body if isinstance(response.body, bytes) else b"{}"
