"""A time zone as a calendar file defines it: with the rules by which its clocks are set."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ALIKE_YEARS = 3  # a change that keeps its rule that long is taken to go on with it
START = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall time: the beginning of the rules has no offset
STEP = timedelta(hours=6)  # no zone changes its clocks twice within this


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The clocks are set at a local time."""

    wall: datetime
    """What they showed until then."""
    before: timedelta
    after: timedelta
    name: str
    is_summer: bool

    @property
    def rule(self) -> tuple[int, int, int, timedelta, timedelta]:
        """What repeats every year: month, week (-1 = the last one), weekday, offsets."""
        day = self.wall.day
        last = day + 7 > monthrange(self.wall.year, self.wall.month)[1]
        week = -1 if last else (day - 1) // 7 + 1
        return self.wall.month, week, self.wall.weekday(), self.before, self.after


@cache  # looking for the changes takes longer than all the rest of the mail
def time_zone(name: str, year: int) -> Timezone:
    """The zone as it holds in one year: one rule a change, as all calendars understand it.

    Where the rules are no yearly ones, the changes of that year stand one by one.
    """
    zone = Timezone()
    zone.add("tzid", name)
    found = changes(name, year)
    yearly = bool(found) and _goes_on(name, year)
    if not yearly:
        zone.add_component(_section(_at_new_year(name, year)))
    for change in found:
        zone.add_component(_section(change, yearly=yearly))
    return zone


def _goes_on(name: str, year: int) -> bool:
    years = range(year, year + ALIKE_YEARS + 1)
    return len({tuple(change.rule for change in changes(name, each)) for each in years}) == 1


def changes(name: str, year: int) -> list[Change]:
    """When the clocks are set in this year."""
    zone = ZoneInfo(name)
    at, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    found: list[Change] = []
    while at < end:
        if at.astimezone(zone).utcoffset() != (at + STEP).astimezone(zone).utcoffset():
            found.append(_change(zone, at))
        at += STEP
    return found


def _change(zone: ZoneInfo, since: datetime) -> Change:
    """The change within a step, to the minute."""
    low, high = 0, int(STEP.total_seconds() // 60)
    before = since.astimezone(zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        same = (since + timedelta(minutes=middle)).astimezone(zone).utcoffset() == before
        low, high = (middle, high) if same else (low, middle)
    return _described(zone, since + timedelta(minutes=high), since)


def _described(zone: ZoneInfo, instant: datetime, since: datetime) -> Change:
    local, before = instant.astimezone(zone), since.astimezone(zone).utcoffset()
    after = local.utcoffset()
    assert before is not None
    assert after is not None
    return Change(
        wall=(instant + before).replace(tzinfo=None),
        before=before,
        after=after,
        name=local.tzname() or "",
        is_summer=bool(local.dst()),
    )


def _at_new_year(name: str, year: int) -> Change:
    zone = ZoneInfo(name)
    start = datetime.combine(date(year, 1, 1), datetime.min.time(), zone).astimezone(UTC)
    return _described(zone, start, start)


def _section(change: Change, *, yearly: bool = False) -> TimezoneStandard | TimezoneDaylight:
    section = TimezoneDaylight() if change.is_summer else TimezoneStandard()
    month, week, weekday, before, after = change.rule
    section.add("dtstart", _first(change) if yearly else change.wall)
    if yearly:
        rule = {"FREQ": "YEARLY", "BYMONTH": month, "BYDAY": f"{week}{DAYS[weekday]}"}
        section.add("rrule", vRecur(rule))
    section.add("tzname", change.name)
    section.add("tzoffsetfrom", before)
    section.add("tzoffsetto", after)
    return section


def _first(change: Change) -> datetime:
    """The rule's first day since 1970: calendars want a start that fits its own rule."""
    month, week, weekday, *_ = change.rule
    days = [
        date(START.year, month, day)
        for day in range(1, monthrange(START.year, month)[1] + 1)
        if date(START.year, month, day).weekday() == weekday
    ]
    return datetime.combine(days[week if week < 0 else week - 1], change.wall.time())
