"""When somebody works, as a calendar holds it: hours of the week, and the days that differ.

All of it is wall time in the branch's zone, so that nine o'clock stays nine o'clock when the
clocks change. Hours are what is left of a person's weekly plan inside the opening hours; holidays,
special days and absences are days that differ.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from booking_core.domain.event_type import calendar_user
from booking_core.domain.rules import last_day, opening_on, today, zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from booking_core.domain.catalogue import Absence, Salon, Staff, WorkingHours
    from booking_core.domain.rules import Holidays, Hours

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WEEK = len(DAYS)
MOST_LINES = 3
AS_EVERY_WEEK = "as every week"
DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """Hours of the week, and the days that differ."""

    timezone: str
    weekly: tuple[Hours, ...]
    """Monday first."""
    days: Mapping[date, Hours] = field(default_factory=dict)
    """No hours = a day off."""

    def __post_init__(self) -> None:
        if len(self.weekly) != WEEK:
            raise ValueError(f"a week has seven days, not {len(self.weekly)}")

    def since(self, first: date) -> Timetable:
        """What still matters then: without the past, and without days that do not differ."""
        differing = {
            day: hours
            for day, hours in sorted(self.days.items())
            if day >= first and hours != self.weekly[day.weekday()]
        }
        return replace(self, days=differing)


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedTimetable:
    """The hours that a person's calendar should show."""

    branch_id: UUID
    staff_id: UUID
    user: str
    timetable: Timetable


def wanted_timetables(
    salon: Salon, now: datetime, holidays: Holidays
) -> tuple[WantedTimetable, ...]:
    """One for everybody who works here and has a calendar of their own."""
    members = [member for member in salon.staff if member.active]
    sharing = Counter(calendar_user(salon, member) for member in members)
    opening = _Opening(salon, now, holidays)
    return tuple(
        WantedTimetable(
            branch_id=salon.branch.id,
            staff_id=member.id,
            user=user,
            timetable=opening.timetable_of(member),
        )
        for member in members
        if sharing[user := calendar_user(salon, member)] == 1
    )


def differing(found: Timetable, wanted: Timetable) -> tuple[str, str]:
    """Where two tables differ, in words for people; empty when they do not."""
    there, asked = _lines(found), _lines(wanted)
    names = [name for name in there | asked if there.get(name) != asked.get(name)]
    shown, more = names[:MOST_LINES], len(names) - MOST_LINES
    tail = [f"and {more} more"] if more > 0 else []
    return (
        ", ".join([*(f"{name} {there.get(name, AS_EVERY_WEEK)}" for name in shown), *tail]),
        ", ".join([*(f"{name} {asked.get(name, AS_EVERY_WEEK)}" for name in shown), *tail]),
    )


def _lines(table: Timetable) -> dict[str, str]:
    week = {name: _words(hours) for name, hours in zip(DAYS, table.weekly, strict=True)}
    days = {day.isoformat(): _words(hours) for day, hours in table.days.items()}
    return {"zone": table.timezone, **week, **days}


def _words(hours: Hours) -> str:
    return " and ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in hours) or "off"


class _Opening:
    """The days of a salon from today on, worked out once for everybody."""

    def __init__(self, salon: Salon, now: datetime, holidays: Holidays) -> None:
        self._salon = salon
        self._first = today(salon.branch, now)
        # Up to the end of a month, so that the days that differ do not change with every night.
        last = _end_of_month(last_day(salon.branch, now))
        days = [self._first + timedelta(days=n) for n in range((last - self._first).days + 1)]
        self._days = {day: opening_on(salon, day, holidays).hours for day in days}
        self._weekly = [_of_weekday(salon.branch.opening_hours, n) for n in range(WEEK)]

    def timetable_of(self, member: Staff) -> Timetable:
        plan = [_of_weekday(member.hours, weekday) for weekday in range(WEEK)]
        weekly = tuple(_common(plan[n], self._weekly[n]) for n in range(WEEK))
        days = {
            day: _present(_common(plan[day.weekday()], opening), self._absences(member, day))
            for day, opening in self._days.items()
        }
        whole = Timetable(timezone=self._salon.branch.timezone, weekly=weekly, days=days)
        return whole.since(self._first)

    def _absences(self, member: Staff, day: date) -> list[tuple[int, int]]:
        hung = zone(self._salon.branch)
        found = (_minutes_away(absence, day, hung) for absence in member.absences)
        return [away for away in found if away]


def _end_of_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _of_weekday(hours: Iterable[WorkingHours], weekday: int) -> Hours:
    return tuple(sorted((h.start, h.end) for h in hours if h.weekday == weekday))


def _common(one: Hours, other: Hours) -> Hours:
    """The time that lies in both."""
    shared = ((max(start, begins), min(end, ends)) for start, end in one for begins, ends in other)
    return tuple(sorted((start, end) for start, end in shared if start < end))


def _minutes_away(absence: Absence, day: date, hung: ZoneInfo) -> tuple[int, int] | None:
    """From which to which minute of the day somebody is away, by the clock on the wall."""
    start, end = (at.astimezone(hung) for at in (absence.span.start, absence.span.end))
    first = 0 if start.date() < day else _minute(start.time())
    last = DAY_MINUTES if end.date() > day else _minute(end.time())
    touches = start.date() <= day <= end.date() and first < last
    return (first, last) if touches else None


def _present(hours: Hours, away: Iterable[tuple[int, int]]) -> Hours:
    left = [(_minute(start), _minute(end)) for start, end in hours]
    for first, last in sorted(away):
        left = [part for whole in left for part in _cut(whole, first, last)]
    return tuple((_time(start), _time(end)) for start, end in left)


def _cut(whole: tuple[int, int], first: int, last: int) -> Iterator[tuple[int, int]]:
    start, end = whole
    parts = ((start, min(end, first)), (max(start, last), end))
    yield from (part for part in parts if part[0] < part[1])


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _time(minute: int) -> time:
    return time(*divmod(minute, 60))
