"""Free slots: advice for a booking page, cached for two seconds, no promise."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aiohttp import web

from booking_core.adapters.calcom.sandbox import booking_limits, lookup, windows
from booking_core.adapters.calcom.sandbox.availability import (
    free_spans,
    hosts_of,
    reserved_spans,
)
from booking_core.adapters.calcom.sandbox.errors import ApiError
from booking_core.adapters.calcom.sandbox.event_type_views import DEFAULT_NOTICE_MINUTES
from booking_core.adapters.calcom.sandbox.grid import slot_starts
from booking_core.adapters.calcom.sandbox.http import Route
from booking_core.adapters.calcom.sandbox.times import instant, local_stamp, stamp, window_end
from booking_core.adapters.calcom.sandbox.validation import (
    IS_INSTANT,
    IS_ZONE,
    Rule,
    Wrong,
    check,
    number_or_text,
    refuse_flat,
    refuse_tree,
    unknown,
)
from booking_core.domain.interval import Span, merge, subtract

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from booking_core.adapters.calcom.sandbox.http import Call
    from booking_core.adapters.calcom.sandbox.records import EventType, Json

VERSION = "2024-09-04"
PARAMETERS = frozenset(
    {"start", "end", "timeZone", "format", "duration", "bookingUidToReschedule", "eventTypeId"}
    | {"eventTypeSlug", "username", "teamSlug", "organizationSlug", "usernames"}
    | {"rrHostSubsetIds"}
)
FEWEST_USERNAMES = 2
LONGEST_MINUTES = 7 * 24 * 60
A_DAY, FURTHEST = timedelta(days=1), timedelta(days=3 * 366)
IS_FORMAT = Rule(
    name="isEnum",
    text="$ must be one of the following values: range, time",
    holds=lambda value: value in {"range", "time"},
)
UTC_ZONE = ZoneInfo("UTC")


def routes() -> list[Route]:
    """The endpoints."""
    return [
        Route(method="GET", path="/slots", handler=get, version=VERSION, key=False),
        Route(method="GET", path="/slots/available", handler=get_old, key=False),
    ]


async def get(call: Call) -> web.Response:
    """Slots by day."""
    query = call.query
    refuse_flat(
        [
            *check(dict(query), "start", IS_INSTANT),
            *check(dict(query), "end", IS_INSTANT),
            *check(dict(query), "timeZone", IS_ZONE, optional=True),
            *check(dict(query), "format", IS_FORMAT, optional=True),
            *_wrong_names(query),
            *unknown(dict(query), PARAMETERS),
        ]
    )
    event_type = _event_type(call, query)
    question = repr(sorted(query.items()))
    days = call.state.cached_slots(question)
    if days is None:
        days = _days(call, event_type, query)
        call.state.cache_slots(question, days)
    return web_data(days)


async def get_old(call: Call) -> web.Response:
    """The endpoint of 2024-04-15, with its own parameters and shape."""
    query = call.query
    refuse_tree(
        [*check(dict(query), "startTime", IS_INSTANT), *check(dict(query), "endTime", IS_INSTANT)]
    )
    event_type = _event_type(call, query)
    starts = _starts(call, event_type, {"start": query["startTime"], "end": query["endTime"]})
    days: dict[str, list[Json]] = {}
    for start in starts:
        days.setdefault(start.date().isoformat(), []).append({"time": stamp(start)})
    return web_data({"slots": days})


def web_data(data: Json) -> web.Response:
    """The envelope of this endpoint puts the data first."""
    return web.json_response({"data": data, "status": "success"})


def _event_type(call: Call, query: Json) -> EventType:
    if "eventTypeId" in query:
        event_type = lookup.by_id(call.records, query["eventTypeId"])
    else:
        event_type = lookup.by_slugs(call.records, query)
    if event_type is None:
        raise ApiError(404, "Event Type not found")
    return event_type


def _days(call: Call, event_type: EventType, query: Json) -> Json:
    zone = ZoneInfo(query.get("timeZone", "UTC"))
    length = timedelta(minutes=_length(event_type, query))
    days: dict[str, list[Json]] = {}
    for start in _starts(call, event_type, query):
        slot = {"start": local_stamp(start, zone)}
        if query.get("format") == "range":
            slot["end"] = local_stamp(start + length, zone)
        days.setdefault(start.astimezone(zone).date().isoformat(), []).append(slot)
    return days


def _starts(call: Call, event_type: EventType, query: Json) -> list[datetime]:
    start, end = instant(query["start"]), window_end(query["end"])
    if start is None or end is None or end <= start:
        return []
    window = _sensible(start, end, call.now)
    if window is None:
        return []
    starts = _open_starts(call, event_type, window, query)
    last = windows.last_offered(
        event_type,
        call.now,
        lambda until: _open_starts(call, event_type, Span(call.now, until), query),
    )
    shown = [start for start in starts if last is None or start < last]
    return _first_of_each_day(event_type, _within_limits(call, event_type, shown, query), query)


def _sensible(start: datetime, end: datetime, now: datetime) -> Span | None:
    """Nobody waits until the year 9999; what is long past holds no slots either."""
    first, last = max(start, now - A_DAY), min(end, now + FURTHEST)
    return Span(first, last) if first < last else None


def _within_limits(
    call: Call, event_type: EventType, starts: list[datetime], query: Json
) -> list[datetime]:
    """Without the days on which everybody has had enough bookings of this kind."""
    hosts = [call.records.users[host] for host in hosts_of(event_type)]
    minutes = _length(event_type, query)
    return [
        start
        for start in starts
        if any(
            booking_limits.is_open(call.records, event_type, host, Span.of_minutes(start, minutes))
            for host in hosts
        )
    ]


def _first_of_each_day(
    event_type: EventType, starts: list[datetime], query: Json
) -> list[datetime]:
    """Some event types only show the first; later ones can be booked nevertheless."""
    if not event_type.flag("onlyShowFirstAvailableSlot"):
        return starts
    zone = ZoneInfo(query.get("timeZone", "UTC"))
    return list({start.astimezone(zone).date(): start for start in reversed(starts)}.values())[::-1]


def _open_starts(call: Call, event_type: EventType, window: Span, query: Json) -> list[datetime]:
    notice = event_type.minutes_of("minimumBookingNotice", DEFAULT_NOTICE_MINUTES)
    return slot_starts(
        _free(call, event_type, window, query.get("bookingUidToReschedule")),
        minutes=_length(event_type, query),
        every=event_type.fields.get("slotInterval"),
        offset=event_type.minutes_of("offsetStart"),
        earliest=call.now + timedelta(minutes=notice),
        zone=ZoneInfo(query.get("timeZone", "UTC")),
    )


def _free(call: Call, event_type: EventType, window: Span, without: str | None) -> list[Span]:
    """Time in which any host is free, or in which all are, of a collective event type."""
    records = call.records
    hosts = [records.users[host] for host in hosts_of(event_type)]
    each = [
        _cut(
            free_spans(records, host, event_type, window, without=without),
            reserved_spans(records, host, call.now),
        )
        for host in hosts
    ]
    if event_type.scheduling != "collective":
        return list(merge(span for free in each for span in free))
    common = each[0] if each else []
    for free in each[1:]:
        common = [part for span in common for other in free if (part := span.clip(other))]
    return common


def _cut(free: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    reserved = list(taken)
    return [part for span in free for part in subtract(span, reserved)]


def _length(event_type: EventType, query: Json) -> int:
    duration = number_or_text(str(query.get("duration", "")))
    if isinstance(duration, int) and 0 < duration <= LONGEST_MINUTES:
        return duration
    return event_type.minutes


def _wrong_names(query: Json) -> list[Wrong]:
    """One of the ways to name an event type must be used; the last resort is several users."""
    if "eventTypeId" in query or ("eventTypeSlug" in query and {"username", "teamSlug"} & {*query}):
        return []
    wrongs = []
    names = query.get("usernames", "").split(",")
    if len(names) < FEWEST_USERNAMES:
        texts = {
            "isString": "each value in usernames must be a string",
            "arrayMinSize": "The array must contain at least 2 elements.",
            "isArray": "usernames must be an array",
        }
        wrongs.append(Wrong(property="usernames", constraints=texts))
    if "organizationSlug" not in query:
        texts = {"isString": "organizationSlug must be a string"}
        wrongs.append(Wrong(property="organizationSlug", constraints=texts))
    return wrongs
