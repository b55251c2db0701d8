"""Turns what a caller means into what they say, in their own words."""

from __future__ import annotations

import re
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
DIGITS = ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
FIGURES = 0.5
BREATHS = 0.3
"""How often a comma is heard between two parts."""


@dataclass(slots=True, kw_only=True)
class Voice:
    """One caller's way to talk; the same service is called the same for a whole call."""

    chance: Random
    today: date
    _called: dict[int, Mapping[str, str]] = field(default_factory=dict)

    def say(
        self, rule: str, goal: Goal, *, when: When | None = None, dated: bool = False, **values: str
    ) -> str:
        """One sentence by this rule; `dated` = a day is named by its date."""
        known = self._values(goal, when)
        if dated and when and when.day:
            known["when"] = spoken(when, self.today, self.chance, dated=True)
        return grammar(LANGUAGE).say(rule, self.chance, **known, **values)

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
            values["onto"] = f"auf {values['when'].removeprefix('am ')}"
            if when.at:
                values["clock"] = spoken_clock(when.at, self.chance)
            if when.day:
                values["day_of_month"] = day_and_month(when.day, self.chance)
                values["on_day"] = spoken_day(when.day, self.today, self.chance)
        return values | self._visit(goal) | self._late(goal) | self._reached(goal)

    def _visit(self, goal: Goal) -> dict[str, str]:
        """The visit they have, by day, and by time where the mood is for it."""
        if goal.visit is None:
            return {}
        start, form = goal.visit.start, self._form(goal.visit.services[0])
        day = spoken_day(start.date(), self.today, self.chance)
        timed = f"{day} um {spoken_clock(start.time(), self.chance)}"
        owner = {"m": "meinen", "f": "meine", "n": "mein"}[self._gender(goal.visit.services[0])]
        return {
            "old_when": self.chance.choice([day, timed]),
            "old_exact": timed,
            "old_bare": timed.removeprefix("am "),
            "my_visit": f"{owner} {form['is']}",
        }

    def _late(self, goal: Goal) -> dict[str, str]:
        if goal.minutes is None:
            return {}
        return {"late": self.chance.choice(lexicon(LANGUAGE)["late"][goal.minutes])}

    def _reached(self, goal: Goal) -> dict[str, str]:
        number = goal.mobile or goal.phone
        return {"number": spoken_number(number, self.chance)} if number else {}

    def _gender(self, number: int) -> str:
        return str(lexicon(LANGUAGE)["services"][number]["gender"])

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


def digits_in(text: str) -> str:
    """The digits of a number that is read out, in figures or digit for digit.

    >>> digits_in("Die Nummer ist null eins sieben, 604, richtig?")
    '017604'
    """
    found = re.findall(rf"\d|\b(?:{'|'.join(DIGITS)})\b", text.casefold())
    return "".join(one if one.isdigit() else str(DIGITS.index(one)) for one in found)


def spoken_number(phone: str, chance: Random) -> str:
    """A German number as it is dictated: in figures, or digit for digit.

    >>> from random import Random
    >>> spoken_number("+4917604069012", Random(1))
    '0176 040 690 12'
    """
    digits = f"0{phone.removeprefix('+49')}"
    if chance.random() < FIGURES:
        return " ".join([digits[:4], *(digits[n : n + 3] for n in range(4, len(digits), 3))])
    return " ".join(DIGITS[int(digit)] for digit in digits)


def spoken_address(email: str) -> str:
    """An address as it is said.

    >>> spoken_address("vera.hollmann@example.com")
    'vera Punkt hollmann at example Punkt com'
    """
    return email.replace("@", " at ").replace(".", " Punkt ")


_SMALL = frozenset(
    {
        *(
            "am",
            "um",
            "bei",
            "beim",
            "zu",
            "mit",
            "und",
            "für",
            "heute",
            "auf",
            "rufen",
            "können",
            "könnten",
            "wann",
            "auch",
            "morgen",
            "übermorgen",
        ),
        *("nächste", "ich", "wenn", "so", "hier", "mein", "möglichst", "vormittags", "egal"),
        *("nachmittags", "irgendwann", "zum", "vor", "ab", "zwischen", "der", "kann", "könnte"),
        *("einmal", "es", "einen"),
    }
)


def _small(words: str) -> bool:
    """Whether a part begins with a word that is written small inside a sentence."""
    return words.partition(" ")[0].lower() in _SMALL
