"""Connected calendars: none, until the back door says that somebody is busy elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox.http import Route, answer
from booking_core.adapters.calcom.sandbox.times import instant, stamp, window_end
from booking_core.adapters.calcom.sandbox.validation import (
    IS_INSTANT,
    IS_ZONE,
    check,
    refuse_tree,
)

if TYPE_CHECKING:
    from aiohttp import web

    from booking_core.adapters.calcom.sandbox.http import Call
    from booking_core.adapters.calcom.sandbox.records import Away, Json, User


def routes() -> list[Route]:
    """The endpoints."""
    return [
        Route(method="GET", path="/calendars", handler=list_own),
        Route(method="GET", path="/calendars/busy-times", handler=busy_times),
    ]


async def list_own(call: Call) -> web.Response:
    """The calendars of the key's user."""
    connected = [_calendar(call.me)] if _appointments(call.me) else []
    return answer({"connectedCalendars": connected, "destinationCalendar": None})


async def busy_times(call: Call) -> web.Response:
    """Appointments in connected calendars; Cal.com's own bookings are not among them."""
    query = call.query
    refuse_tree(
        [
            *check(dict(query), "dateFrom", IS_INSTANT),
            *check(dict(query), "dateTo", IS_INSTANT),
            *check(dict(query), "timeZone", IS_ZONE, optional=True),
        ]
    )
    first, last = instant(query["dateFrom"]), window_end(query["dateTo"])
    assert first is not None, "checked above"
    assert last is not None, "checked above"
    asked = _credentials(query)
    found = [
        {"start": stamp(away.start), "end": stamp(away.end), "source": away.title}
        for away in _appointments(call.me)
        if away.start < last and away.end > first and asked <= {str(call.me.id)}
    ]
    return answer(found)


def _appointments(user: User) -> list[Away]:
    return [away for away in user.away if not away.absence]


def _calendar(user: User) -> Json:
    return {
        "credentialId": user.id,
        "integration": {"type": "google_calendar", "title": "Google Calendar", "slug": "google"},
        "calendars": [
            {"externalId": user.email, "name": user.name, "primary": True, "isSelected": True}
        ],
    }


def _credentials(query: Json) -> set[str]:
    """Those that are asked for, as `calendarsToLoad[0][credentialId]`; none = all."""
    return {value for name, value in query.items() if name.endswith("[credentialId]")}
