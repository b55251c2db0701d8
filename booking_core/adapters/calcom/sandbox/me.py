"""Who the key belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox.http import Route, answer

if TYPE_CHECKING:
    from aiohttp import web

    from booking_core.adapters.calcom.sandbox.http import Call


def routes() -> list[Route]:
    """The endpoint."""
    return [Route(method="GET", path="/me", handler=get)]


async def get(call: Call) -> web.Response:
    """The user."""
    user = call.me
    return answer(
        {
            "id": user.id,
            "email": user.email,
            "name": user.name,
            "avatarUrl": None,
            "bio": None,
            "timeFormat": 24,
            "defaultScheduleId": user.default_schedule_id,
            "weekStart": "Monday",
            "timeZone": user.time_zone,
            "username": user.username,
            "organizationId": None,
        }
    )
