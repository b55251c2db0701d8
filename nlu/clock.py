"""Times of day as people in a salon say them: halb drei, Viertel nach zehn, so gegen vier."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import time

from nlu.meaning import PartOfDay
from nlu.parts_of_day import hour_in

MINUTES_OF_DAY = 24 * 60
NOON = 12 * 60
MORNING_BEGINS = 7 * 60
"""A bare hour is the first of its readings from here on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock time before its part of day is known."""

    minutes: int
    """Since midnight, by the hour that was said."""
    fixed: bool = False
    """No doubt between morning and evening: 15 Uhr, 08:30."""
    half_told: bool = False
    """Said with am or pm: no part of day changes that."""
    whole: bool = True
    """A full hour was said."""
    about: bool = False
    other: int | None = None
    """Another reading of regional words: viertel drei as 3:15."""

    def shifted(self, minutes: int) -> Clock:
        """So many minutes later."""
        other = None if self.other is None else (self.other + minutes) % MINUTES_OF_DAY
        later = (self.minutes + minutes) % MINUTES_OF_DAY
        return replace(self, minutes=later, other=other, whole=False)


def read(clock: Clock, part: PartOfDay | None = None) -> tuple[time, tuple[time, ...]]:
    """The likelier reading and the other honest ones.

    >>> read(Clock(minutes=2 * 60 + 30))
    (datetime.time(14, 30), (datetime.time(2, 30),))
    """
    if part is not None and clock.minutes <= NOON + 59 and not clock.half_told:
        return _in_part(clock, part)
    first = _of_day(clock.minutes)
    if clock.fixed or clock.minutes >= NOON + 60:
        return _as_time(clock.minutes), _others(clock, first)
    first = _likely(clock.minutes)
    return _as_time(first), (*_others(clock, first), _as_time(first + NOON))


def _likely(minutes: int) -> int:
    """The reading between seven in the morning and seven in the evening."""
    minutes %= NOON
    return minutes if minutes >= MORNING_BEGINS else minutes + NOON


def _in_part(clock: Clock, part: PartOfDay) -> tuple[time, tuple[time, ...]]:
    hour, minute = divmod(clock.minutes, 60)
    if part is PartOfDay.NOON and hour == 0:
        hour = 12
    chosen = hour_in(part, hour) * 60 + minute
    other = () if clock.other is None else (
        _as_time(hour_in(part, clock.other // 60) * 60 + clock.other % 60),
    )  # fmt: skip
    return _as_time(chosen), other


def _others(clock: Clock, first: int) -> tuple[time, ...]:
    if clock.other is None:
        return ()
    return (_as_time(_likely(clock.other) if first >= MORNING_BEGINS else clock.other),)


def _of_day(minutes: int) -> int:
    return minutes % MINUTES_OF_DAY


def _as_time(minutes: int) -> time:
    hour, minute = divmod(minutes % MINUTES_OF_DAY, 60)
    return time(hour, minute)


def end_after(start: time, clock: Clock, part: PartOfDay | None) -> time:
    """The reading of an end that follows its start: "von elf bis zwei" ends at 14:00."""
    first, others = read(clock, part)
    if first > start or not others:
        return first
    later = [other for other in others if other > start]
    return later[0] if later else first
