"""The day of the salon at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from voice_agent.admin.showing import show

if TYPE_CHECKING:
    from collections.abc import Sequence


async def day(request: web.Request) -> web.StreamResponse:
    """One column per person."""
    return show(request, "day.html")


ROUTES: Sequence[web.RouteDef] = (web.get("/day", day),)
