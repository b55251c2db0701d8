"""Whether the server runs: it says so even while its database is away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from booking_core.adapters.calcom.sandbox.http import Route

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox.http import Call


async def get(_: Call) -> web.Response:
    """The word."""
    return web.Response(text="OK", content_type="text/html")


ROUTE = Route(method="GET", path="/health", handler=get, key=False, stored=False)
