"""When a salon takes appointments at all: opening hours, special days, notice and horizon."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from booking_core.domain.interval import Span, shift

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Branch, Salon, SpecialDay

Holidays = Callable[[date], str | None]
"""The name of the public holiday on this date, if it is one."""

Hours = tuple[tuple[time, time], ...]
"""Stretches of a day, in local wall time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The opening hours of one date, in local wall time."""

    day: date
    hours: Hours = ()
    """Empty = closed."""
    holiday: str | None = None
    """Why it is closed, if for a public holiday."""

    @property
    def opens(self) -> time | None:
        """First thing in the morning."""
        return self.hours[0][0] if self.hours else None

    @property
    def closes(self) -> time | None:
        """Last thing in the evening."""
        return self.hours[-1][1] if self.hours else None


def opening_on(salon: Salon, day: date, holidays: Holidays) -> Opening:
    """The hours of this date: a special day before a public holiday before the week's plan."""
    weekly = tuple(
        sorted((h.start, h.end) for h in salon.branch.opening_hours if h.weekday == day.weekday())
    )
    holiday = holidays(day) if salon.branch.holidays_closed else None
    special = salon.special_day(day)
    if special is not None:
        hours = _special_hours(special, weekly)
        return Opening(day=day, hours=hours, holiday=None if hours else holiday)
    if holiday:
        return Opening(day=day, holiday=holiday)
    return Opening(day=day, hours=weekly)


def _special_hours(special: SpecialDay, weekly: Hours) -> Hours:
    if special.opens is None or special.closes is None:
        return ()
    # A rule for every year shortens working days; it does not open a Sunday.
    if special.year is None and not weekly:
        return ()
    return ((special.opens, special.closes),)


def zone(branch: Branch) -> ZoneInfo:
    """Where the branch's wall clock hangs."""
    return ZoneInfo(branch.timezone)


def midnight(day: date, branch: Branch) -> datetime:
    """When this date begins."""
    return datetime.combine(day, time(), zone(branch))


def day_span(first: date, last: date, branch: Branch) -> Span:
    """Whole local days, both included."""
    return Span(midnight(first, branch), midnight(last + timedelta(days=1), branch))


def today(branch: Branch, now: datetime) -> date:
    """The local date."""
    return now.astimezone(zone(branch)).date()


def earliest_start(branch: Branch, now: datetime) -> datetime:
    """The first instant that may be booked: real hours, also in the night of a clock change."""
    return shift(now, branch.lead_minutes)


def last_day(branch: Branch, now: datetime) -> date:
    """The last date that may be booked; the horizon counts calendar days and includes it."""
    return today(branch, now) + timedelta(days=branch.horizon_days)


def bookable(branch: Branch, now: datetime) -> Span | None:
    """All instants at which a visit may start; None when the notice exceeds the horizon."""
    start = earliest_start(branch, now)
    end = midnight(last_day(branch, now) + timedelta(days=1), branch)
    return Span(start, end) if start < end else None
