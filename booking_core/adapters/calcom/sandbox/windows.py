"""How far ahead an event type may be booked, and how far it is offered: not always the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, cast

from booking_core.adapters.calcom.sandbox.event_type_views import DEFAULT_NOTICE_MINUTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from booking_core.adapters.calcom.sandbox.records import EventType, Json

LOOK_AHEAD = timedelta(days=60)  # a rolling window whose days are further away shows nothing
SATURDAY = 5


def may_be_booked(event_type: EventType, start: datetime, now: datetime) -> bool:
    """Whether notice and window allow a booking; a rolling window is recorded not to matter."""
    notice = event_type.minutes_of("minimumBookingNotice", DEFAULT_NOTICE_MINUTES)
    if start < now + timedelta(minutes=notice):
        return False
    window = _window(event_type)
    if window.get("type") == "range":
        first, last = _range(window)
        return first <= start < last
    if "value" in window and not window.get("rolling"):
        return start < _after_days(window, now)
    return True


def last_offered(
    event_type: EventType, now: datetime, starts_until: Callable[[datetime], list[datetime]]
) -> datetime | None:
    """The end of what the slot list shows; None = endless."""
    window = _window(event_type)
    if window.get("type") == "range":
        return _range(window)[1]
    if "value" not in window:
        return None
    if not window.get("rolling"):
        return _after_days(window, now)
    days = sorted({start.date() for start in starts_until(now + LOOK_AHEAD)})
    shown = days[: int(window["value"])]
    return _midnight(shown[-1] + timedelta(days=1)) if shown else now


def _window(event_type: EventType) -> Json:
    window = event_type.fields.get("bookingWindow")
    return cast("Json", window) if isinstance(window, dict) and not window.get("disabled") else {}


def _range(window: Json) -> tuple[datetime, datetime]:
    first, last = (date.fromisoformat(str(day)[:10]) for day in window["value"])
    return _midnight(first), _midnight(last + timedelta(days=1))


def _after_days(window: Json, now: datetime) -> datetime:
    """The end of the last of so many days from today on."""
    day, left = now.date(), int(window["value"])
    while left > 0:
        day += timedelta(days=1)
        if window["type"] == "calendarDays" or day.weekday() < SATURDAY:
            left -= 1
    return _midnight(day + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)
