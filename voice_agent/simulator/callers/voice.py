"""Turns what a caller means into what they say, in their own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from voice_agent.simulator.callers.grammar import grammar, lexicon, sentence
from voice_agent.simulator.callers.tongues import GERMAN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime, time
    from random import Random

    from voice_agent.simulator.callers.goals import Goal
    from voice_agent.simulator.callers.grammar import Grammar
    from voice_agent.simulator.callers.tongue import Tongue
    from voice_agent.simulator.callers.when import When

BREATHS = 0.3
"""How often a comma is heard between two parts."""


@dataclass(slots=True, kw_only=True)
class Voice:
    """One caller's way to talk; the same service is called the same for a whole call."""

    chance: Random
    today: date
    tongue: Tongue = GERMAN
    _called: dict[int, Mapping[str, str]] = field(default_factory=dict)

    def say(
        self, rule: str, goal: Goal, *, when: When | None = None, dated: bool = False, **values: str
    ) -> str:
        """One sentence by this rule; `dated` = a day is named by its date."""
        known = self._values(goal, when)
        if dated and when and when.day:
            known["when"] = self.tongue.spoken(when, self.today, self.chance, dated=True)
        return self._grammar.say(rule, self.chance, **known, **values)

    def part(self, rule: str, goal: Goal, *, when: When | None = None) -> str:
        """The same without a full stop, to go on."""
        return self.say(rule, goal, when=when).rstrip(".")

    def at(self, rule: str, goal: Goal, start: datetime) -> str:
        """A sentence that names an offered start."""
        values = {"when": self._moment(start), "clock": self._clock(start.time())}
        return self._grammar.say(rule, self.chance, **(self._values(goal, None) | values))

    def together(self, parts: Sequence[str]) -> str:
        """Several parts in one breath."""
        joined = parts[0].rstrip(".,")
        for part in parts[1:]:
            breath = joined.endswith("?") or self.chance.random() < BREATHS
            bare = part[:1].lower() + part[1:] if self._is_small(part) else part
            joined = f"{joined.rstrip('?')}{', ' if breath else ' '}{bare.rstrip('.')}"
        return sentence(joined)

    def _values(self, goal: Goal, when: When | None) -> dict[str, str]:
        values = {"name": goal.name} if goal.name else {}
        if goal.letters:
            values["letters"] = goal.letters
        if goal.staff:
            values["staff"] = goal.staff
        if goal.email:
            values["email"] = self.tongue.address(goal.email)
        if goal.services:
            values |= self._service(goal.services)
        if when:
            values["when"] = self.tongue.spoken(when, self.today, self.chance)
            values["onto"] = self.tongue.onto(values["when"])
            if when.at:
                values["clock"] = self._clock(when.at)
            if when.day:
                values["day_of_month"] = self.tongue.date_alone(when.day, self.chance)
                values["on_day"] = self._day(when.day)
        return values | self._visit(goal) | self._late(goal) | self._reached(goal)

    def _visit(self, goal: Goal) -> dict[str, str]:
        """The visit they have, by day, and by time where the mood is for it."""
        if goal.visit is None:
            return {}
        start, form = goal.visit.start, self._form(goal.visit.services[0])
        day = self._day(start.date())
        timed = self.tongue.at(day, self._clock(start.time()))
        owner = self.tongue.my[self._gender(goal.visit.services[0])]
        return {
            "old_when": self.chance.choice([day, timed]),
            "old_exact": timed,
            "old_bare": self.tongue.bare(timed),
            "my_visit": f"{owner} {form['is']}",
        }

    def _late(self, goal: Goal) -> dict[str, str]:
        if goal.minutes is None:
            return {}
        return {"late": self.chance.choice(self._words["late"][goal.minutes])}

    def _reached(self, goal: Goal) -> dict[str, str]:
        number = goal.mobile or goal.phone
        return {"number": self.tongue.number(number, self.chance)} if number else {}

    def _gender(self, number: int) -> str:
        return str(self._words["services"][number]["gender"])

    def _service(self, numbers: Sequence[int]) -> dict[str, str]:
        forms = [self._form(number) for number in numbers]
        together = f" {self.tongue.and_} "
        return {
            "service": together.join(form["is"] for form in forms),
            "service_acc": together.join(form["acc"] for form in forms),
            "service_def": forms[0]["def"],
        }

    def _form(self, number: int) -> Mapping[str, str]:
        if number not in self._called:
            forms = self._words["services"][number]["say"]
            self._called[number] = self.chance.choice(forms)
        return self._called[number]

    def _moment(self, start: datetime) -> str:
        return self.tongue.at(self._day(start.date()), self._clock(start.time()))

    def _day(self, day: date) -> str:
        return self.tongue.day(day, self.today, self.chance)

    def _clock(self, at: time) -> str:
        return self.tongue.clock(at, self.chance)

    def _is_small(self, words: str) -> bool:
        """Whether a part begins with a word that is written small inside a sentence."""
        return words.partition(" ")[0].lower() in self.tongue.small

    @property
    def _grammar(self) -> Grammar:
        return grammar(self.tongue.language)

    @property
    def _words(self) -> Mapping[str, Any]:
        return lexicon(self.tongue.language)
