"""How any language says days, times and lists, given its words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_MARKUP = re.compile(r"[{}\[\]()<>*_#|`~\\^=@]")
_UNSPEAKABLE = re.compile(r"[^\w \-.,'’]|_")
_SHOUTED = re.compile(r"\b[A-ZÄÖÜ]{2,}\b")
_WEEK_DAYS = 7
_NEAREST = (-1, 0, 1)


class Case(StrEnum):
    """Grammatical case of an article."""

    NOMINATIVE = "nominative"
    ACCUSATIVE = "accusative"
    DATIVE = "dative"


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """A word with its gender, so that its article fits."""

    text: str
    gender: str
    """m, f, n or pl."""
    others: tuple[Noun, ...] = ()
    """What is named in the same breath."""

    @property
    def plural(self) -> bool:
        """Whether its verb stands in the plural."""
        return self.gender == "pl" or bool(self.others)

    @property
    def each(self) -> tuple[Noun, ...]:
        """This one, and what is named with it."""
        return (self, *self.others)

    def __str__(self) -> str:
        return ", ".join(one.text for one in self.each)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A start that may be offered, and who would do it where that is worth saying."""

    start: datetime
    staff: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """The words of one language for days, times and lists."""

    weekdays: tuple[str, ...]
    habits: tuple[str, ...]
    """The days of every week: "dienstags", "Tuesdays"."""
    near: tuple[str, str, str]
    """Yesterday, today, tomorrow."""
    joints: Mapping[str, str]
    """How signs between two things are said: "&" is "und"."""
    and_: str
    or_: str
    on: str
    """Before a day: "am", "on"."""
    at: str
    """Before a time: "um", "at"."""
    by: str
    """Before a person: "bei", "with"."""
    stretch: Callable[[time, time], str]
    """From when to when, on the same day."""
    clock: Callable[[datetime | time], str]
    full_day: Callable[[date], str]
    until: str | None = None
    """Before the time at which something ends: "bis"; None = from when is as quickly said."""

    def weekday(self, day: date) -> str:
        """The day of the week."""
        return self.weekdays[day.weekday()]

    def on_day(self, day: date, today: date) -> str:
        """When, to the day: the nearness where it helps, and always weekday and date."""
        near = self._nearness(day, today)
        return f"{near}, {self.full_day(day)}" if near else f"{self.on} {self.full_day(day)}"

    def short_day(self, day: date, today: date) -> str:
        """When, to the day; a weekday alone is the next one, so a later day has its date."""
        if _is_far(day, today):
            return self.on_day(day, today)
        return self._nearness(day, today) or f"{self.on} {self.weekday(day)}"

    def moment(self, start: datetime, today: date) -> str:
        """Day and time in full."""
        return f"{self.on_day(start, today)}, {self.at} {self.clock(start)}"

    def short_moment(self, start: datetime, today: date) -> str:
        """Day and time, as short as it is clear."""
        if _is_far(start, today):
            return self.moment(start, today)
        return f"{self.short_day(start, today)} {self.at} {self.clock(start)}"

    def listing(self, items: Sequence[object], joint: str | None = None) -> str:
        """Several things in one breath."""
        words = [str(item) for item in items]
        if len(words) < 2:  # noqa: PLR2004 - one thing needs no joint
            return "".join(words)
        return f"{', '.join(words[:-1])} {joint or self.and_} {words[-1]}"

    def choices(self, options: Sequence[Option], today: date) -> str:
        """The offered starts; a day is said once for the times on it."""
        days = [(day, [*found]) for day, found in groupby(options, key=lambda o: o.start.date())]
        return f", {self.or_} ".join(self._times_of(day, found, today) for day, found in days)

    def opening(self, stretches: Sequence[tuple[Sequence[int], time, time]]) -> str:
        """Weekly opening hours: which weekdays, from when to when.

        Days that begin as the ones before them only have their end told.
        """
        before = [None, *(opens for _, opens, _ in stretches)]
        return self.listing(
            [
                f"{self.listing([self.habits[day] for day in days])} "
                + self._open(opens, closes, again=opens == known)
                for (days, opens, closes), known in zip(stretches, before, strict=False)
            ],
        )

    def _open(self, opens: time, closes: time, *, again: bool) -> str:
        if again and self.until:
            return f"{self.until} {self.clock(closes)}"
        return self.stretch(opens, closes)

    def plain(self, text: object) -> str:
        """Foreign words (names, what was heard) without anything a voice cannot say."""
        if isinstance(text, Noun):
            return self.listing([self.plain(one.text) for one in text.each])
        spoken = str(text)
        for sign, word in self.joints.items():
            spoken = spoken.replace(sign, f" {word} ")
        calm = _SHOUTED.sub(
            lambda word: word[0].capitalize(), " ".join(_UNSPEAKABLE.sub(" ", spoken).split())
        )
        return re.sub(r"(?<=\d)[.,](?=\d)", " ", calm).strip(" .,")

    def _nearness(self, day: date, today: date) -> str:
        plain_day = day.date() if isinstance(day, datetime) else day
        days = (plain_day - today).days
        return self.near[_NEAREST.index(days)] if days in _NEAREST else ""

    def _times_of(self, day: date, options: Sequence[Option], today: date) -> str:
        each = len({option.staff for option in options}) > 1
        times = [
            f"{self.at} {self.clock(o.start)}{self._by(o.staff) if each else ''}" for o in options
        ]
        together = "" if each else self._by(options[0].staff)
        return f"{self.on_day(day, today)}, {self.listing(times, self.or_)}{together}"

    def _by(self, staff: str | None) -> str:
        return f" {self.by} {self.plain(staff)}" if staff else ""


def _is_far(day: date, today: date) -> bool:
    """Whether a weekday alone would be taken for an earlier one."""
    plain_day = day.date() if isinstance(day, datetime) else day
    return (plain_day - today).days >= _WEEK_DAYS


def without_markup(text: str) -> str:
    """The text with no character that only a machine would read.

    >>> without_markup("am {day} *um* 9 Uhr")
    'am day um 9 Uhr'
    """
    return _MARKUP.sub("", text)
