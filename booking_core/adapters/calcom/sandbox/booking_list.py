"""Reading bookings: one, or a filtered page of those a user hosts or attends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox.booking_views import old_shown, shown
from booking_core.adapters.calcom.sandbox.bookings import NEWER, VERSION
from booking_core.adapters.calcom.sandbox.errors import ApiError
from booking_core.adapters.calcom.sandbox.http import Route, answer
from booking_core.adapters.calcom.sandbox.times import instant
from booking_core.adapters.calcom.sandbox.validation import (
    IS_INSTANT,
    IS_NUMBER,
    IS_ORDER,
    Rule,
    Wrong,
    at_least,
    at_most,
    check,
    number_or_text,
    refuse_tree,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from aiohttp import web

    from booking_core.adapters.calcom.sandbox.http import Call
    from booking_core.adapters.calcom.sandbox.records import Booking, Json, Records

STATUSES = ("upcoming", "recurring", "past", "cancelled", "unconfirmed")
USUAL_TAKE, MOST = 100, 250
CURSOR_VERSION = "2026-05-01"
USUAL_LIMIT, MOST_BY_CURSOR = 50, 100
MOMENTS = (
    *("afterStart", "beforeEnd", "afterCreatedAt", "beforeCreatedAt"),
    *("afterUpdatedAt", "beforeUpdatedAt"),
)
NUMBERS = ("eventTypeId", "teamId")
SORTS: dict[str, Callable[[Booking], datetime]] = {
    "sortStart": lambda booking: booking.start,
    "sortEnd": lambda booking: booking.end,
    "sortCreated": lambda booking: booking.created_at,
    "sortUpdatedAt": lambda booking: booking.updated_at,
}
ARE_STATUSES = Rule(
    name="isEnum",
    text=f"Invalid status. Allowed are {', '.join(STATUSES)}",
    holds=lambda value: isinstance(value, list) and all(item in STATUSES for item in value),
)


IS_CURSOR = Rule(
    name="isString",
    text="$ must be what nextCursor was",
    holds=lambda value: isinstance(value, str) and re.fullmatch(r"c[0-9]{1,9}", value) is not None,
)


def routes() -> list[Route]:
    """The endpoints."""
    return [
        Route(
            method="GET",
            path="/bookings",
            handler=list_some,
            version=VERSION,
            old=list_old,
            newer={NEWER: list_some, CURSOR_VERSION: list_by_cursor},
            key=False,
        ),
        Route(
            method="GET",
            path="/bookings/{uid}",
            handler=get,
            version=VERSION,
            old=get_old,
            newer={NEWER: get},
            key=False,
        ),
    ]


async def get(call: Call) -> web.Response:
    """One; the uid is the only right that is needed."""
    return answer(shown(call.records, found(call)))


async def get_old(call: Call) -> web.Response:
    """The endpoint of 2024-04-15."""
    return answer(old_shown(call.records, found(call)))


def found(call: Call) -> Booking:
    """The booking the path names."""
    uid = call.part("uid")
    booking = call.records.bookings.get(uid)
    if booking is None:
        raise ApiError(404, f"Booking with uid={uid} was not found in the database")
    return booking


async def list_some(call: Call) -> web.Response:
    """A page. A filter nobody knows is ignored without a word."""
    _check_key(call)
    query = _parsed(call.query)
    refuse_tree(_wrong(query))
    hits = _hits(call, query)
    skip, take = query.get("skip", 0), query.get("take", USUAL_TAKE)
    page = hits[skip : skip + take]
    data = [shown(call.records, booking) for booking in page]
    return answer(data, pagination=_pagination(len(hits), len(page), skip, take))


async def list_by_cursor(call: Call) -> web.Response:
    """The hosted service's newer list: read on with what the page before it names."""
    _check_key(call)
    query = _parsed(call.query)
    refuse_tree(
        [
            *_wrong(query),
            *check(query, "limit", at_most(MOST_BY_CURSOR), at_least(1), IS_NUMBER, optional=True),
            *check(query, "cursor", IS_CURSOR, optional=True),
        ]
    )
    hits, limit = _hits(call, query), query.get("limit", USUAL_LIMIT)
    start = int(query.get("cursor", "c0")[1:])
    page, more = hits[start : start + limit], start + limit < len(hits)
    pagination = {"hasMore": more, "nextCursor": f"c{start + limit}" if more else None}
    return answer([shown(call.records, booking) for booking in page], pagination=pagination)


async def list_old(call: Call) -> web.Response:
    """The endpoint of 2024-04-15: other names for everything."""
    own = _sorted(call.records.bookings_of_host(call.me), {})
    data = {
        "bookings": [old_shown(call.records, booking) for booking in own],
        "recurringInfo": [],
        "totalCount": len(own),
        "nextCursor": None,
    }
    return answer(data)


def _check_key(call: Call) -> None:
    if call.user is None:
        text = (
            "PermissionsGuard - no authentication provided. Provide either authorization bearer "
            "token containing managed user access token or oAuth client id in 'x-cal-client-id' "
            "header."
        )
        raise ApiError(403, text)


def _hits(call: Call, query: Json) -> list[Booking]:
    visible = call.records.bookings_of_host(call.me)
    return _sorted([b for b in visible if _fits(call.records, b, query, call.now)], query)


def _parsed(query: Json) -> Json:
    parsed: Json = dict(query)
    if "status" in query:
        parsed["status"] = query["status"].split(",")
    for name in (*NUMBERS, "take", "skip", "limit"):
        if name in query:
            parsed[name] = number_or_text(query[name])
    return parsed


def _wrong(query: Json) -> list[Wrong]:
    return [
        *check(query, "status", ARE_STATUSES, optional=True),
        *check(query, "take", at_most(MOST), at_least(1), IS_NUMBER, optional=True),
        *check(query, "skip", at_least(0), IS_NUMBER, optional=True),
        *(wrong for name in NUMBERS for wrong in check(query, name, IS_NUMBER, optional=True)),
        *(wrong for name in SORTS for wrong in check(query, name, IS_ORDER, optional=True)),
        *(wrong for name in MOMENTS for wrong in check(query, name, IS_INSTANT, optional=True)),
    ]


def _fits(records: Records, booking: Booking, query: Json, now: datetime) -> bool:
    return (
        any(_has_status(booking, s, now) for s in query.get("status", ["any"]))
        and _fits_times(booking, query)
        and _fits_event_type(booking, query)
        and _fits_team(records, booking, query)
        and query.get("bookingUid") in {None, booking.uid}
        and _fits_attendee(booking, query)
    )


def _has_status(booking: Booking, status: str, now: datetime) -> bool:
    match status:
        case "upcoming":
            return booking.status == "accepted" and booking.end >= now
        case "past":
            return booking.is_live and booking.end < now
        case "cancelled":
            return not booking.is_live
        case "unconfirmed":
            return booking.status == "pending" and booking.end >= now
        case _:
            return status == "any"


def _fits_times(booking: Booking, query: Json) -> bool:
    limits = {name: moment for name in MOMENTS if (moment := instant(query.get(name)))}
    compared = {
        "afterStart": lambda limit: booking.start >= limit,
        "beforeEnd": lambda limit: booking.end <= limit,
        "afterCreatedAt": lambda limit: booking.created_at >= limit,
        "beforeCreatedAt": lambda limit: booking.created_at <= limit,
        "afterUpdatedAt": lambda limit: booking.updated_at >= limit,
        "beforeUpdatedAt": lambda limit: booking.updated_at <= limit,
    }
    return all(compared[name](limit) for name, limit in limits.items())


def _fits_event_type(booking: Booking, query: Json) -> bool:
    wanted = query.get("eventTypeIds") or query.get("eventTypeId")
    return wanted is None or str(booking.event_type_id) in str(wanted).split(",")


def _fits_team(records: Records, booking: Booking, query: Json) -> bool:
    wanted = query.get("teamsIds") or query.get("teamId")
    event_type = records.event_types.get(booking.event_type_id)
    team = event_type.team_id if event_type else None
    return wanted is None or str(team) in str(wanted).split(",")


def _fits_attendee(booking: Booking, query: Json) -> bool:
    email, name = query.get("attendeeEmail"), query.get("attendeeName")
    return (email is None or any(a.email == email for a in booking.attendees)) and (
        name is None or any(a.name == name for a in booking.attendees)
    )


def _sorted(bookings: Iterable[Booking], query: Json) -> list[Booking]:
    """Without a wish: the next ones first, of past and cancelled ones the latest."""
    for name, key in SORTS.items():
        if name in query:
            return sorted(bookings, key=key, reverse=query[name] == "desc")
    backwards = query.get("status") in (["past"], ["cancelled"])
    return sorted(bookings, key=lambda b: (b.start, b.id), reverse=backwards)


def _pagination(total: int, returned: int, skip: int, take: int) -> Json:
    pages = -(-total // take)
    return {
        "returnedItems": returned,
        "totalItems": total,
        "itemsPerPage": take,
        "remainingItems": max(0, total - skip - returned),
        "currentPage": skip // take + 1,
        "totalPages": pages,
        "hasNextPage": skip + returned < total,
        "hasPreviousPage": skip > 0,
    }
