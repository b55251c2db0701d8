"""When a host is free: working hours, days that differ, and what is booked already."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from booking_core.adapters.calcom.sandbox.schedules import OFFICE_HOURS
from booking_core.adapters.calcom.sandbox.times import WEEKDAYS, local_days, local_span
from booking_core.domain.interval import Span, merge, subtract

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from booking_core.adapters.calcom.sandbox.records import (
        Away,
        Booking,
        EventType,
        Json,
        Records,
        Schedule,
        User,
    )

REACH = timedelta(days=1)  # buffers never reach further


def free_spans(
    records: Records, host: User, event_type: EventType, window: Span, *, without: str | None = None
) -> tuple[Span, ...]:
    """Free stretches for one event type, bookings taken out, in order.

    A day that differs is not cut to the window: the recorded server offers it whole.
    """
    around = Span(window.start - REACH, window.end + REACH)
    taken = list(busy_spans(records, host, event_type, around, without=without))
    hours = merge(working_hours(records, host, event_type, window))
    return tuple(free for span in hours for free in subtract(span, taken))


def is_free(
    records: Records, host: User, event_type: EventType, span: Span, *, without: str | None = None
) -> bool:
    """Whether the span lies inside one free stretch."""
    window = Span(span.start - REACH, span.end + REACH)
    free = free_spans(records, host, event_type, window, without=without)
    return any(stretch.covers(span) for stretch in free)


def working_hours(
    records: Records, host: User, event_type: EventType, window: Span
) -> Iterator[Span]:
    """The host's hours for this event type, on every local day the window touches."""
    schedule = _schedule(records, host, event_type)
    zone = ZoneInfo(schedule.time_zone if schedule else host.time_zone)
    weekly = schedule.availability if schedule else OFFICE_HOURS
    overrides = schedule.overrides if schedule else []
    for day in local_days(window, zone):
        different = [item for item in overrides if item["date"] == day.isoformat()]
        if different:
            yield from _spans(different, day, zone)
        else:
            hours = (item for item in weekly if WEEKDAYS[day.weekday()] in item["days"])
            yield from (part for s in _spans(hours, day, zone) if (part := s.clip(window)))


def busy_spans(
    records: Records, host: User, event_type: EventType, window: Span, *, without: str | None = None
) -> Iterator[Span]:
    """What stands in the way of a new booking of this event type, buffers included."""
    for booking in records.bookings_of_host(host, window):
        if booking.uid != without and _blocks(records, booking, event_type):
            yield _with_buffers(records, booking, event_type)
    for away in host.away:
        yield _away_span(away, event_type)


def reserved_spans(records: Records, host: User, now: datetime) -> Iterator[Span]:
    """Slots of this host that somebody keeps for a while."""
    for reservation in records.reservations.values():
        event_type = records.event_types.get(reservation.event_type_id)
        if event_type and reservation.until > now and host.id in hosts_of(event_type):
            yield Span(reservation.start, reservation.end)


def hosts_of(event_type: EventType) -> list[int]:
    """Ids of the users whose calendars an event type fills."""
    return event_type.host_ids if event_type.team_id else [event_type.owner_id]


def _schedule(records: Records, host: User, event_type: EventType) -> Schedule | None:
    own = event_type.fields.get("scheduleId") if not event_type.team_id else None
    return records.schedules.get(own or host.default_schedule_id or 0)


def _spans(items: Iterable[Json], day: date, zone: ZoneInfo) -> Iterator[Span]:
    spans = (local_span(day, item["startTime"], item["endTime"], zone) for item in items)
    return (span for span in spans if span)


def _blocks(records: Records, booking: Booking, event_type: EventType) -> bool:
    """An unconfirmed booking blocks its own event type at most, and only where that is set."""
    if booking.status != "pending":
        return booking.status == "accepted"
    same = booking.event_type_id == event_type.id and booking.event_type_id in records.event_types
    return same and event_type.flag("confirmationPolicy", "blockUnconfirmedBookingsInBooker")


def _away_span(away: Away, new: EventType) -> Span:
    """An absence is whole days; before and after an appointment elsewhere buffers are kept."""
    if away.absence:
        return Span(away.start, away.end)
    before = timedelta(minutes=new.minutes_of("afterEventBuffer"))
    after = timedelta(minutes=new.minutes_of("beforeEventBuffer"))
    return Span(away.start - before, away.end + after)


def _with_buffers(records: Records, booking: Booking, new: EventType) -> Span:
    old = records.event_types.get(booking.event_type_id)
    before = new.minutes_of("afterEventBuffer")
    after = new.minutes_of("beforeEventBuffer")
    if old:
        before += old.minutes_of("beforeEventBuffer")
        after += old.minutes_of("afterEventBuffer")
    return Span(booking.start - timedelta(minutes=before), booking.end + timedelta(minutes=after))
