"""Turns what a caller means into what they say, in their own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voice_agent.simulator.callers.grammar import grammar, lexicon, sentence
from voice_agent.simulator.callers.when import day_and_month, spoken, spoken_clock, spoken_day

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime
    from random import Random

    from voice_agent.simulator.callers.goals import Goal
    from voice_agent.simulator.callers.when import When

LANGUAGE = "de"
BREATHS = 0.3
"""How often a comma is heard between two parts."""


@dataclass(slots=True, kw_only=True)
class Voice:
    """One caller's way to talk; the same service is called the same for a whole call."""

    chance: Random
    today: date
    _called: dict[int, Mapping[str, str]] = field(default_factory=dict)

    def say(self, rule: str, goal: Goal, *, when: When | None = None, **values: str) -> str:
        """One sentence by this rule."""
        return grammar(LANGUAGE).say(rule, self.chance, **self._values(goal, when), **values)

    def part(self, rule: str, goal: Goal, *, when: When | None = None) -> str:
        """The same without a full stop, to go on."""
        return self.say(rule, goal, when=when).rstrip(".")

    def at(self, rule: str, goal: Goal, start: datetime) -> str:
        """A sentence that names an offered start."""
        values = {
            "when": f"{spoken_day(start.date(), self.today, self.chance)} "
            f"um {spoken_clock(start.time(), self.chance)}",
            "clock": spoken_clock(start.time(), self.chance),
        }
        return grammar(LANGUAGE).say(rule, self.chance, **(self._values(goal, None) | values))

    def together(self, parts: Sequence[str]) -> str:
        """Several parts in one breath."""
        joined = parts[0].rstrip(".,")
        for part in parts[1:]:
            breath = joined.endswith("?") or self.chance.random() < BREATHS
            bare = part[:1].lower() + part[1:] if _small(part) else part
            joined = f"{joined.rstrip('?')}{', ' if breath else ' '}{bare.rstrip('.')}"
        return sentence(joined)

    def _values(self, goal: Goal, when: When | None) -> dict[str, str]:
        values = {"name": goal.name} if goal.name else {}
        if goal.letters:
            values["letters"] = goal.letters
        if goal.staff:
            values["staff"] = goal.staff
        if goal.email:
            values["email"] = spoken_address(goal.email)
        if goal.services:
            values |= self._service(goal.services)
        if when:
            values["when"] = spoken(when, self.today, self.chance)
            if when.at:
                values["clock"] = spoken_clock(when.at, self.chance)
            if when.day:
                values["day_of_month"] = day_and_month(when.day, self.chance)
                values["on_day"] = spoken_day(when.day, self.today, self.chance)
        return values

    def _service(self, numbers: Sequence[int]) -> dict[str, str]:
        forms = [self._form(number) for number in numbers]
        return {
            "service": " und ".join(form["is"] for form in forms),
            "service_acc": " und ".join(form["acc"] for form in forms),
            "service_def": forms[0]["def"],
        }

    def _form(self, number: int) -> Mapping[str, str]:
        if number not in self._called:
            forms = lexicon(LANGUAGE)["services"][number]["say"]
            self._called[number] = self.chance.choice(forms)
        return self._called[number]


def spoken_address(email: str) -> str:
    """An address as it is said.

    >>> spoken_address("vera.hollmann@example.com")
    'vera Punkt hollmann at example Punkt com'
    """
    return email.replace("@", " at ").replace(".", " Punkt ")


_SMALL = frozenset(
    {
        *("am", "um", "bei", "beim", "zu", "mit", "und", "für", "heute", "morgen", "übermorgen"),
        *("nächste", "ich", "wenn", "so", "hier", "mein", "möglichst", "vormittags", "egal"),
        *("nachmittags", "irgendwann", "zum", "vor", "ab", "zwischen", "der", "kann", "könnte"),
        *("einmal", "es", "einen"),
    }
)


def _small(words: str) -> bool:
    """Whether a part begins with a word that is written small inside a sentence."""
    return words.partition(" ")[0].lower() in _SMALL
