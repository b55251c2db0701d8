"""What a caller makes of the agent's words: what was asked, which times were named, what is so.

Nothing but the words is known here: neither the state of the dialogue nor which template it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import yaml

from voice_agent.simulator.callers.tongues import GERMAN
from voice_agent.simulator.callers.when import WEEK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from voice_agent.simulator.callers.tongue import Tongue


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
    tongue: Tongue = GERMAN

    def hear(self, text: str) -> Heard:
        """What the agent says, taken apart."""
        parts = self.sentences(text)
        question, asked = self._question(parts)
        telling = self._telling(parts, question, asked)
        return Heard(
            text=text,
            asked=asked,
            question=question,
            spots=tuple(self.spots(telling)),
            services=tuple(self._services(telling)),
            name=self._name(telling),
            people=tuple(name for name in self.staff if re.search(rf"\b{name}\b", telling)),
            told=tuple(self.told(parts)),
            says=frozenset(self._said(text)),
        )

    def told(self, parts: Sequence[str]) -> Iterator[Spot]:
        """The times in sentences that say when a visit is."""
        for part in parts:
            if self.claims("told", part, "says"):
                yield from self.spots(part)

    def spots(self, text: str) -> Iterator[Spot]:
        """Every time of day in the text, with the day and the person it belongs to."""
        day: date | None = None
        first: str | None = None
        found: list[Spot] = []
        for mark in self._marks(self.tongue.instead.sub(" ", text)):
            match mark:
                case time():
                    found.append(Spot(day=day, at=mark))
                case str() if found:
                    found[-1] = replace(found[-1], staff=mark)
                case str():
                    first = mark
                case date() | None:
                    day = mark
        yield from _same_person(found, first)

    def _telling(self, parts: Sequence[str], question: str, asked: Asked | None) -> str:
        """The sentences that speak of what can be had or will be booked."""
        if asked in READ_BACK:
            end = parts.index(question)
            return " ".join(parts[max(0, end - 2) : end + 1])
        free = [part for part in parts if self.claims("free", f"{part} ", "says")]
        return " ".join(dict.fromkeys([*free, question]))

    def _marks(self, text: str) -> Iterator[date | time | str | None]:
        tongue = self.tongue
        for found in tongue.marks(self.staff).finditer(text):
            if found["date"]:
                yield self.dated(int(found["dom"]), _place(found["month"], tongue.months) + 1)
            elif found["near"]:
                yield self.today + timedelta(days=_place(found["near"], tongue.near))
            elif found["weekday"]:
                yield self._weekday(_place(found["weekday"], tongue.weekdays))
            elif found["clock"]:
                yield tongue.clock_in(found)
            else:
                yield str(found["staff"])

    def _weekday(self, number: int) -> date:
        """The one that was spoken of last, else the next one."""
        spoken_of = [day for day in self.wished if day.weekday() == number]
        ahead = (number - self.today.weekday()) % WEEK
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

    def _question(self, parts: Sequence[str]) -> tuple[str, Asked | None]:
        """The last sentence that asks something, and what; the end first."""
        for part in reversed(parts):
            for asked, patterns in self._known["questions"].items():
                if _matches(patterns, part):
                    return part, Asked(asked)
        asking = [part for part in parts if part.endswith("?")]
        return (asking[-1] if asking else "", None)

    def _said(self, text: str) -> Iterator[str]:
        for what, patterns in self._known["says"].items():
            if _matches(patterns, f"{text} "):
                yield what

    def _name(self, text: str) -> str | None:
        found = self.tongue.named.search(text)
        return found[1].strip() if found else None

    def sentences(self, text: str) -> list[str]:
        """The sentences of a text."""
        return self.tongue.sentences(text)

    def claims(self, what: str, text: str, kind: str = "claims") -> bool:
        """Whether these words say so."""
        return _matches(self._known[kind][what], text)

    @property
    def _known(self) -> Mapping[str, Mapping[str, Sequence[str]]]:
        return _ears(self.tongue.language)


def is_answer(question: str, text: str, facts: Mapping[str, str], tongue: Tongue) -> bool:
    """Whether these words answer such a question, the facts being so."""
    patterns = _ears(tongue.language)["answers"][question]
    return _matches([_filled(pattern, facts) for pattern in patterns], text)


def _filled(pattern: str, facts: Mapping[str, str]) -> str:
    for name, fact in facts.items():
        pattern = pattern.replace(f"{{{name}}}", fact)
    return pattern


def _place(name: str, names: Sequence[str]) -> int:
    return [one.casefold() for one in names].index(name.casefold())


def _same_person(found: Sequence[Spot], first: str | None) -> Iterator[Spot]:
    """Somebody named once, at the end or before all, is meant for all times."""
    named = {spot.staff for spot in found if spot.staff}
    alone = found[-1].staff if found and len(named) == 1 else None
    whole = alone if named else first
    for spot in found:
        yield replace(spot, staff=whole) if whole else spot


def _matches(patterns: Sequence[str], text: str) -> bool:
    return any(_compiled(pattern).search(text) for pattern in patterns)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@cache
def _ears(language: str) -> Mapping[str, Mapping[str, Sequence[str]]]:
    file = resources.files(__package__).joinpath(language, "ears.yaml")
    found: dict[str, dict[str, list[str]]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found
