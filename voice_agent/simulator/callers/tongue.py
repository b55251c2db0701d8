"""A language as callers speak it on the telephone: days, times, numbers, and how they are heard."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from datetime import time
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from voice_agent.simulator.callers.when import NOON, weeks_ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from random import Random

    from voice_agent.simulator.callers.when import When

    Noise = Callable[[list[str], Random], list[str]]

FIGURES = 0.5
TWELVE = 12


class Tongue(ABC):
    """What sounds alike in no two languages; sentences and words are in `<language>/*.yaml`."""

    language: ClassVar[str]
    weekdays: ClassVar[Sequence[str]]
    months: ClassVar[Sequence[str]]
    near: ClassVar[Sequence[str]]
    """Today and the days after it that have a name of their own."""
    digits: ClassVar[Sequence[str]]
    and_: ClassVar[str]
    my: ClassVar[dict[str, str]]
    """By gender, as what is moved or called off."""
    small: ClassVar[frozenset[str]]
    """Words that are written small inside a sentence."""
    noises: ClassVar[Sequence[Noise]]
    """What speech recognition does to it."""

    date_heard: ClassVar[str]
    """With the groups `dom` and `month`; `{months}` are its months."""
    dated_heard: ClassVar[str]
    """The same behind a `weekday`; `{weekdays}` are its weekdays."""
    clock_heard: ClassVar[str]
    """With the groups `hour`, `minute`, and `half` where the day has two of twelve hours."""
    name_heard: ClassVar[str]
    """In whose name something is, in group 1."""
    instead_heard: ClassVar[str]
    """Who it was before."""
    price_heard: ClassVar[str]
    """Whole euros, and cents."""
    never_apart: ClassVar[str]
    """What may stand behind a full stop and belongs to what is before it all the same."""

    # -- speaking ---------------------------------------------------------------------------

    def spoken(self, when: When, today: date, chance: Random, *, dated: bool = False) -> str:
        """One way to say it; `dated` = a day is named by its date."""
        if when.day is None:
            if when.soonest:
                return self.soonest(chance)
            return self.hours(when, chance) or self.whenever(chance)
        if when.until:
            day = self.week(weeks_ahead(when.day, today)) or self.from_date(when.day, chance)
        else:
            day = self.day(when.day, today, chance, dated=dated)
        return f"{day} {self.hours(when, chance)}".strip()

    @abstractmethod
    def day(self, day: date, today: date, chance: Random, *, dated: bool = False) -> str:
        """A day as callers name it; only ways that mean one day, or none but its date."""

    @abstractmethod
    def clock(self, at: time, chance: Random) -> str:
        """A time of day, in figures or in words."""

    @abstractmethod
    def at(self, day: str, clock: str) -> str:
        """Day and time."""

    @abstractmethod
    def date_alone(self, day: date, chance: Random) -> str:
        """Day and month."""

    @abstractmethod
    def week(self, ahead: int) -> str | None:
        """This week, next week; later ones have no name."""

    @abstractmethod
    def from_date(self, day: date, chance: Random) -> str:
        """Any day from this one on."""

    @abstractmethod
    def hours(self, when: When, chance: Random) -> str:
        """The part of a wish that is about the time of day; empty = none."""

    @abstractmethod
    def soonest(self, chance: Random) -> str:
        """As soon as possible."""

    @abstractmethod
    def whenever(self, chance: Random) -> str:
        """Any time."""

    @abstractmethod
    def bare(self, when: str) -> str:
        """A day without the little word in front of it."""

    @abstractmethod
    def onto(self, when: str) -> str:
        """Where something is moved to."""

    @abstractmethod
    def number(self, phone: str, chance: Random) -> str:
        """A number as it is dictated: in figures, or digit for digit."""

    @abstractmethod
    def address(self, email: str) -> str:
        """An e-mail address as it is said."""

    # -- hearing ----------------------------------------------------------------------------

    def digits_in(self, text: str) -> str:
        """The digits of a number that is read out, in figures or digit for digit."""
        found = re.findall(rf"\d|\b(?:{'|'.join(self.digits)})\b", text.casefold())
        return "".join(one if one.isdigit() else str(self.digits.index(one)) for one in found)

    def sentences(self, text: str) -> list[str]:
        """The sentences of a text."""
        return [part for part in self._ends.split(text.strip()) if part]

    def marks(self, staff: Sequence[str]) -> re.Pattern[str]:
        """Finds dates, days, times and people."""
        names = "|".join(map(re.escape, staff))
        return re.compile(
            rf"(?P<date>{self._with_names(self.date_heard)})"
            rf"|(?P<near>\b(?:{'|'.join(self.near)})\b)"
            rf"|(?P<weekday>\b(?:{'|'.join(self.weekdays)})\b)"
            rf"|(?P<clock>{self.clock_heard})"
            rf"|(?P<staff>\b(?:{names})\b)",
            re.IGNORECASE,
        )

    def clock_in(self, found: re.Match[str]) -> time:
        """The time of day that was named."""
        groups = found.groupdict()
        if groups["hour"] is None:
            return NOON
        hour, half = int(groups["hour"]), (groups.get("half") or "").casefold()
        if half:
            hour = hour % TWELVE + (TWELVE if half == "pm" else 0)
        return time(hour % 24, int(groups["minute"] or 0))

    @cached_property
    def dated(self) -> re.Pattern[str]:
        """Finds days that are named twice: by weekday and date."""
        return re.compile(self._with_names(self.dated_heard))

    @cached_property
    def priced(self) -> re.Pattern[str]:
        """Finds prices."""
        return re.compile(self.price_heard)

    @cached_property
    def named(self) -> re.Pattern[str]:
        """Finds in whose name something is."""
        return re.compile(self.name_heard, re.IGNORECASE)

    @cached_property
    def instead(self) -> re.Pattern[str]:
        """Whoever it was before is not who it will be."""
        return re.compile(self.instead_heard)

    @cached_property
    def _ends(self) -> re.Pattern[str]:
        return re.compile(rf"(?<=[.?!])\s+(?!(?:{self._with_names(self.never_apart)})\b)")

    def _with_names(self, pattern: str) -> str:
        months, weekdays = "|".join(self.months), "|".join(self.weekdays)
        return pattern.replace("{months}", months).replace("{weekdays}", weekdays)


def in_figures(number: str, chance: Random) -> Sequence[str] | None:
    """The groups in which a number is dictated; None = digit for digit."""
    if chance.random() >= FIGURES:
        return None
    return [number[:4], *(number[n : n + 3] for n in range(4, len(number), 3))]
