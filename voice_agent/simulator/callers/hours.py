"""Times that somebody may wish for: when the salon works, and whoever is wished for."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from voice_agent.simulator.callers.when import NOON, When

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from booking_core.domain.catalogue import Salon, Staff

SOON, SOON_DAYS, FAR_DAYS, FARTHEST = 0.7, 9, 40, 80
IN_NEED = 0.1
OPEN_END = time(21)


def whens(
    services: Sequence[int], staff: Staff | None, salon: Salon, now: datetime, chance: Random
) -> tuple[When, ...]:
    """A wish, and what would do if that is impossible."""
    if chance.random() < IN_NEED:
        return (When(soonest=True),)
    first = another_when(services, staff, salon, now, chance)
    other = another_when(services, staff, salon, now, chance)
    return (first, When(day=other.day), When(soonest=True))


def another_when(
    services: Sequence[int], staff: Staff | None, salon: Salon, now: datetime, chance: Random
) -> When:
    """A wish for a time at which the salon works, and whoever is wished for."""
    day, opens, closes = a_day(staff, salon, now, chance)
    starts = starts_on(day, opens, closes, services, salon)
    match chance.choices(["at", "day", "half", "after", "between"], weights=[60, 14, 14, 8, 4])[0]:
        case "at":
            return When(day=day, at=chance.choice(starts))
        case "day":
            return When(day=day)
        case "half":
            early = chance.random() < 0.5  # noqa: PLR2004 - heads or tails
            return When(day=day, before=NOON) if early else When(day=day, after=NOON)
        case "after":
            return When(day=day, after=chance.choice(starts).replace(minute=0))
        case _:
            begin = chance.choice(starts).replace(minute=0)
            return When(day=day, after=begin, before=time(min(begin.hour + 3, OPEN_END.hour)))


def a_day(
    staff: Staff | None, salon: Salon, now: datetime, chance: Random, *, first: int = 1
) -> tuple[date, time, time]:
    """A day in the next weeks, mostly soon, and from when to when somebody is there."""
    while True:
        soon = chance.random() < SOON
        ahead = chance.randint(first, max(first, SOON_DAYS if soon else FAR_DAYS))
        day = now.date() + timedelta(days=min(ahead, FARTHEST))
        if stretch := open_on(day, staff, salon):
            return day, *stretch


def open_on(day: date, staff: Staff | None, salon: Salon) -> tuple[time, time] | None:
    """From when to when somebody is there on this day; None on special days, too."""
    hours = staff.hours if staff else salon.branch.opening_hours
    there = [h for h in hours if h.weekday == day.weekday()]
    if not there or salon.special_day(day):
        return None
    return min(h.start for h in there), max(h.end for h in there)


def starts_on(
    day: date, opens: time, closes: time, services: Sequence[int], salon: Salon
) -> list[time]:
    """Starts on the quarter hour, full hours more often, after which all of it has room."""
    whole = timedelta(minutes=sum(salon.service_numbered(n).total_minutes for n in services))
    last = (datetime.combine(day, closes) - whole).time()
    return [at for at in _grid(opens, closes) if opens <= at <= last] or [opens]


def _grid(opens: time, closes: time) -> list[time]:
    minutes = range(opens.hour * 60, closes.hour * 60, 15)
    weights = {0: 4, 30: 2}
    return [time(m // 60, m % 60) for m in minutes for _ in range(weights.get(m % 60, 1))]
