"""Tells open windows that the diary has changed: server-sent events, and nothing but the fact."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from aiohttp import web

from voice_agent.admin.guard import HEADERS
from voice_agent.admin.listener import Listener
from voice_agent.admin.office import OFFICE, visitor_of

if TYPE_CHECKING:
    from collections.abc import Sequence

LISTENER = web.AppKey("listener", Listener)
BREATH_S: Final = 15.0
"""So often something is sent, or a window that is gone would never be noticed."""
LASTS_S: Final = 600.0
"""Then the window comes again by itself, and has to be signed in still."""
GATHER_S: Final = 0.05
"""A booking changes several rows, one after the other."""


async def live(request: web.Request) -> web.StreamResponse:
    """A line whenever something has changed at the salon that is looked at."""
    listener = request.config_dict[LISTENER]
    response = web.StreamResponse(
        headers={
            **HEADERS,
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    await response.prepare(request)
    branch_id = visitor_of(request).salon.branch.id
    with suppress(ConnectionResetError, TimeoutError):
        async with asyncio.timeout(LASTS_S), listener.watching(branch_id) as changed:
            await response.write(b"retry: 1000\n\n")
            while not listener.is_closed:
                await response.write(await _next(changed))
    return response


def add_listener(site: web.Application) -> None:
    """One for the process; windows are let go before the server stops."""
    listener = site[LISTENER] = Listener(site[OFFICE].engine.url)

    async def let_go(_site: web.Application) -> None:
        await listener.close()

    site.on_shutdown.append(let_go)


async def _next(changed: asyncio.Event) -> bytes:
    try:
        await asyncio.wait_for(changed.wait(), BREATH_S)
    except TimeoutError:
        return b": still here\n\n"
    await asyncio.sleep(GATHER_S)
    changed.clear()
    return b"event: diary\ndata: changed\n\n"


ROUTES: Sequence[web.RouteDef] = (web.get("/live", live),)
