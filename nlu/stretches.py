"""A stretch of days that is meant, with the other honest readings of its words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from nlu.calendar import WEEK, monday_of
from nlu.meaning import Grain

_DAY = timedelta(1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Days:
    """From `start` up to, not including, `end`."""

    start: date
    end: date
    grain: Grain = Grain.DAY
    alt: tuple[date, ...] = ()
    """Starts of further honest readings."""
    conflict: bool = False

    @property
    def is_one_day(self) -> bool:
        """Whether it is a single day."""
        return self.grain is Grain.DAY and self.end - self.start == _DAY


def one_day(day: date, alt: tuple[date, ...] = (), *, conflict: bool = False) -> Days:
    """A single day."""
    return Days(day, day + _DAY, Grain.DAY, alt, conflict)


def around(day: date, unit: str) -> Days:
    """The week of a day, or its weekend."""
    if unit == "week":
        return Days(monday_of(day), monday_of(day) + timedelta(WEEK), Grain.WEEK)
    saturday = monday_of(day) + timedelta(_SATURDAY)
    return Days(saturday, saturday + 2 * _DAY, Grain.WEEKEND)
