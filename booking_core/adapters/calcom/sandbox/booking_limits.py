"""How many bookings, and how many minutes, an event type takes in a day, week, month or year."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from booking_core.adapters.calcom.sandbox.errors import ApiError, BareError
from booking_core.adapters.calcom.sandbox.event_type_views import active_bookings_limit

if TYPE_CHECKING:
    from datetime import datetime

    from booking_core.adapters.calcom.sandbox.records import Booking, EventType, Records, User
    from booking_core.domain.interval import Span

UNITS = frozenset({"day", "week", "month", "year"})


def check_person(records: Records, event_type: EventType, email: str, now: datetime) -> None:
    """So many open bookings for one address."""
    most = active_bookings_limit(event_type).get("maximumActiveBookings")
    if most is None:
        return
    live = _accepted(records, event_type, without=None)
    if len([b for b in live if b.end > now and b.attendees[0].email == email]) >= most:
        text = (
            "Attendee with this email can't book because the maximum number of active bookings "
            "has been reached."
        )
        raise ApiError(400, text)


def check_period(
    records: Records, event_type: EventType, host: User, span: Span, *, without: str | None = None
) -> None:
    """A 401 that has nothing to do with keys."""
    if reached := _reached(records, event_type, host, span, without):
        raise BareError(401, reached)


def is_open(records: Records, event_type: EventType, host: User, span: Span) -> bool:
    """Whether the limits leave room: days that are full show no slots."""
    return _reached(records, event_type, host, span, None) is None


def _reached(
    records: Records, event_type: EventType, host: User, span: Span, without: str | None
) -> str | None:
    counts = event_type.fields.get("bookingLimitsCount") or {}
    lengths = event_type.fields.get("bookingLimitsDuration") or {}
    units = UNITS & {*counts, *lengths}
    if not units:
        return None
    zone, live = ZoneInfo(host.time_zone), _accepted(records, event_type, without)
    for unit in sorted(units):
        same = [b for b in live if _period(b.start, unit, zone) == _period(span.start, unit, zone)]
        if unit in counts and len(same) >= counts[unit]:
            return "booking_limit_reached"
        minutes = sum(booking.minutes for booking in same) + span.minutes
        if unit in lengths and minutes > lengths[unit]:
            return "duration_limit_reached"
    return None


def _accepted(records: Records, event_type: EventType, without: str | None) -> list[Booking]:
    return [
        booking
        for booking in records.bookings.values()
        if booking.event_type_id == event_type.id
        and booking.status == "accepted"
        and booking.uid != without
    ]


def _period(moment: datetime, unit: str, zone: ZoneInfo) -> str:
    day = moment.astimezone(zone).date()
    if unit == "week":
        day -= timedelta(days=day.weekday())
    return {"month": f"{day:%Y-%m}", "year": f"{day:%Y}"}.get(unit, day.isoformat())
