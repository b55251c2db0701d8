"""What a caller makes of the agent's words: what was asked, which times were named, what is so.

Nothing but the words is known here: neither the state of the dialogue nor which template it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import yaml

from voice_agent.simulator.callers.when import MONTHS, WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_SENTENCES = re.compile(rf"(?<=[.?!])\s+(?!(?:{'|'.join(MONTHS)})\b)")
_NEAR = {"heute": 0, "morgen": 1, "übermorgen": 2}
_NAME = re.compile(r"auf (?:den namen )?([^.,?]+)[.,?]", re.IGNORECASE)
_INSTEAD = re.compile(r" statt bei \w+")
"""Whoever it was before is not who it will be."""
_WEEK = 7


class Asked(StrEnum):
    """What the agent wants to know."""

    RETRY = "retry"
    CONSENT = "consent"
    CANCEL_CONSENT = "cancel_consent"
    ADD_SERVICE = "add_service"
    EMAIL = "email"
    OTHER = "other"
    CHECK_NAME = "check_name"
    NAME = "name"
    CHANGE = "change"
    WHICH_STAFF = "which_staff"
    WHICH_SERVICE = "which_service"
    SERVICE = "service"
    CALLBACK = "callback"
    SECOND = "second"
    WAITING_LIST = "waiting_list"
    OFFER = "offer"
    OTHER_WHEN = "other_when"
    WHEN = "when"
    MEANING = "meaning"
    PRESENCE = "presence"
    WHAT = "what"
    WRONG_LINE = "wrong_line"
    MOVE_CONSENT = "move_consent"
    NEW_TIME = "new_time"
    PROOF = "proof"
    WHICH_VISIT = "which_visit"
    CHECK_VISIT = "check_visit"
    SAME_AGAIN = "same_again"
    NUMBER = "number"
    MORE_DIGITS = "more_digits"
    CHECK_NUMBER = "check_number"
    OWN_NUMBER = "own_number"


READ_BACK = frozenset(
    {
        *(Asked.CONSENT, Asked.MOVE_CONSENT, Asked.CANCEL_CONSENT),
        *(Asked.WHICH_VISIT, Asked.CHECK_VISIT, Asked.SAME_AGAIN),
    }
)
"""Questions whose facts stand in the sentences before them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A time that was named, as far as it was."""

    day: date | None = None
    at: time | None = None
    staff: str | None = None

    @property
    def start(self) -> datetime | None:
        """Local time, when both day and time are known."""
        return datetime.combine(self.day, self.at) if self.day and self.at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the agent has said, understood by a person."""

    text: str
    asked: Asked | None
    question: str
    """The words of the question."""
    spots: tuple[Spot, ...]
    """Times in the sentences that speak of free time, or of the visit to be booked."""
    services: tuple[str, ...]
    """Services named in the question, by what they are called."""
    name: str | None
    """In whose name."""
    people: tuple[str, ...]
    """First names in the same sentences."""
    told: tuple[Spot, ...]
    """When the agent says that a visit of theirs is."""
    says: frozenset[str]
    """booked, not_booked, refusal, farewell ..."""

    def is_said(self, what: str) -> bool:
        """Whether it says this."""
        return what in self.says


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """Somebody who listens, and knows the date and who works in the salon."""

    today: date
    staff: Sequence[str]
    """First names."""
    services: Sequence[str]
    """As the salon calls them."""
    wished: list[date] = field(default_factory=list)
    """Days the caller has spoken of: "am Freitag" is that Friday."""

    def hear(self, text: str) -> Heard:
        """What the agent says, taken apart."""
        parts = sentences(text)
        question, asked = _question(parts)
        telling = self._telling(parts, question, asked)
        return Heard(
            text=text,
            asked=asked,
            question=question,
            spots=tuple(self.spots(telling)),
            services=tuple(self._services(telling)),
            name=_name(telling),
            people=tuple(name for name in self.staff if re.search(rf"\b{name}\b", telling)),
            told=tuple(self.told(parts)),
            says=frozenset(_said(text)),
        )

    def told(self, parts: Sequence[str]) -> Iterator[Spot]:
        """The times in sentences that say when a visit is."""
        for part in parts:
            if _matches(_ears()["says"]["told"], part):
                yield from self.spots(part)

    def spots(self, text: str) -> Iterator[Spot]:
        """Every time of day in the text, with the day and the person it belongs to."""
        day: date | None = None
        found: list[Spot] = []
        for mark in self._marks(_INSTEAD.sub(" ", text)):
            match mark:
                case time():
                    found.append(Spot(day=day, at=mark))
                case str() if found:
                    found[-1] = Spot(day=found[-1].day, at=found[-1].at, staff=mark)
                case date() | None:
                    day = mark
        yield from _same_person(found)

    def _telling(self, parts: Sequence[str], question: str, asked: Asked | None) -> str:
        """The sentences that speak of what can be had or will be booked."""
        if asked in READ_BACK:
            end = parts.index(question)
            return " ".join(parts[max(0, end - 2) : end + 1])
        free = [part for part in parts if _matches(_ears()["says"]["free"], f"{part} ")]
        return " ".join(dict.fromkeys([*free, question]))

    def _marks(self, text: str) -> Iterator[date | time | str | None]:
        names = "|".join(map(re.escape, self.staff))
        scan = re.compile(
            rf"(?P<date>(?P<dom>\d{{1,2}})\. (?P<month>{'|'.join(MONTHS)}))"
            rf"|(?P<near>\b(?:{'|'.join(_NEAR)})\b)|(?P<weekday>\b(?:{'|'.join(WEEKDAYS)})\b)"
            rf"|(?P<clock>(?<!bis )(?<!\d)(?P<hour>\d{{1,2}}) Uhr(?: (?P<minute>\d{{1,2}}))?)"
            rf"|(?P<staff>\b(?:{names})\b)",
            re.IGNORECASE,
        )
        for found in scan.finditer(text):
            if found["date"]:
                month = MONTHS.index(found["month"].capitalize()) + 1
                yield self.dated(int(found["dom"]), month)
            elif found["near"]:
                yield self.today + timedelta(days=_NEAR[found["near"].lower()])
            elif found["weekday"]:
                yield self._weekday(WEEKDAYS.index(found["weekday"].capitalize()))
            elif found["clock"]:
                yield time(int(found["hour"]) % 24, int(found["minute"] or 0))
            else:
                yield str(found["staff"])

    def _weekday(self, number: int) -> date:
        """The one that was spoken of last, else the next one."""
        spoken_of = [day for day in self.wished if day.weekday() == number]
        ahead = (number - self.today.weekday()) % _WEEK
        return spoken_of[-1] if spoken_of else self.today + timedelta(days=ahead)

    def dated(self, day: int, month: int) -> date | None:
        """The next such date; a date that does not exist is none."""
        try:
            this_year = date(self.today.year, month, day)
        except ValueError:
            return None
        over = this_year < self.today - timedelta(days=1)
        return this_year.replace(year=this_year.year + 1) if over else this_year

    def _services(self, text: str) -> Iterator[str]:
        """Names of services in the text; the longer one where one contains the other."""
        rest = text.casefold()
        for name in sorted(self.services, key=len, reverse=True):
            if name.casefold() in rest:
                rest = rest.replace(name.casefold(), " ")
                yield name


def sentences(text: str) -> list[str]:
    """The sentences of a text; "4. Dezember" ends none.

    >>> sentences("Am 4. Dezember um 13 Uhr 30. Passt das? Gern.")
    ['Am 4. Dezember um 13 Uhr 30.', 'Passt das?', 'Gern.']
    """
    return [part for part in _SENTENCES.split(text.strip()) if part]


def _question(parts: Sequence[str]) -> tuple[str, Asked | None]:
    """The last sentence that asks something, and what; the end first."""
    for part in reversed(parts):
        for asked, patterns in _ears()["questions"].items():
            if _matches(patterns, part):
                return part, Asked(asked)
    asking = [part for part in parts if part.endswith("?")]
    return (asking[-1] if asking else "", None)


def _said(text: str) -> Iterator[str]:
    for what, patterns in _ears()["says"].items():
        if _matches(patterns, f"{text} "):
            yield what


def _name(text: str) -> str | None:
    found = _NAME.search(text)
    return found[1].strip() if found else None


def _same_person(found: Sequence[Spot]) -> Iterator[Spot]:
    """Somebody named once, at the end, is meant for all times before."""
    named = {spot.staff for spot in found if spot.staff}
    for spot in found:
        alone = len(named) == 1 and found[-1].staff
        yield Spot(day=spot.day, at=spot.at, staff=found[-1].staff) if alone else spot


def _matches(patterns: Sequence[str], text: str) -> bool:
    return any(_compiled(pattern).search(text) for pattern in patterns)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@cache
def _ears() -> Mapping[str, Mapping[str, Sequence[str]]]:
    text = resources.files(__package__).joinpath("de", "ears.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, list[str]]] = yaml.safe_load(text)
    return found
