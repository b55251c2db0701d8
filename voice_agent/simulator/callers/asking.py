"""Callers who want to know something, and those who wanted somebody else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from voice_agent.simulator.callers.ears import Asked, is_answer
from voice_agent.simulator.callers.goals import Slot
from voice_agent.simulator.callers.mind import Act
from voice_agent.simulator.callers.parts import Part

if TYPE_CHECKING:
    from voice_agent.simulator.callers.ears import Heard
    from voice_agent.simulator.callers.parts import Replies

CENTS = 100
OF_A_SERVICE = {"ask_price": "ask_price_of", "ask_duration": "ask_duration_of"}
"""What nobody asks out of the blue without saying what it is about."""
HEARD = frozenset({"ask_price", "ask_duration", "ask_address", "ask_hours"})
"""Questions whose answer is known by its words; the others are about hours."""


class Asking(Part):
    """Has a question, and that is all."""

    def wish(self) -> tuple[list[str], set[Slot]]:
        """The question."""
        mind = self.mind
        mind.memory.asked = True
        rule = OF_A_SERVICE.get(mind.goal.question or "")
        if rule is None:
            return [question(self)], set()
        return [mind.part(rule)], {Slot.SERVICE}

    def hears(self, heard: Heard) -> None:
        """Whether that was an answer."""
        super().hears(heard)
        memory = self.mind.memory
        memory.answered = memory.answered or answers(self, heard)
        memory.done = memory.done or memory.answered

    @property
    def may_follow(self) -> frozenset[Asked | None]:
        """Whatever the agent would like to sell them."""
        return frozenset({*Asked, None})

    @property
    def over_at(self) -> frozenset[Asked | None]:
        """They know what they wanted to know."""
        return self.may_follow

    @property
    def replies(self) -> Replies:
        """Which service it is about."""
        which = self.mind.say
        return {
            **super().replies,
            Asked.WHICH_SERVICE: lambda _: which("pick_service", Slot.SERVICE),
            Asked.SERVICE: lambda _: which("say_service", Slot.SERVICE),
            Asked.MEANING: lambda _: self.mind.yes(),
            Asked.CALLBACK: lambda _: self.mind.no(),
        }


class WrongNumber(Part):
    """Wanted a bakery."""

    def wish(self) -> tuple[list[str], set[Slot]]:
        """Sorry."""
        return [self.mind.part("wrong_number")], set()

    def hears(self, _heard: Heard) -> None:
        """There is nothing to be had."""
        self.mind.memory.done = True


def question(part: Part) -> str:
    """What they want to know."""
    goal = part.mind.goal
    tomorrow = part.mind.voice.tongue.near[1]
    return part.mind.voice.say(goal.question or "ask_hours", goal, on_day=tomorrow)


def ask_in_between(part: Part) -> Act:
    """A question beside everything else."""
    part.mind.memory.asked = True
    return Act(words=question(part))


def answers(part: Part, heard: Heard) -> bool:
    """Whether these words answer their question."""
    goal, salon = part.mind.goal, part.mind.salon
    asked = goal.question if goal.question in HEARD else "ask_hours"
    if asked == "ask_price" and not salon.service_numbered(goal.services[0]).price_cents:
        asked = "ask_price_free"
    euros = salon.service_numbered(goal.services[0]).price_cents // CENTS
    street = salon.branch.address.partition(",")[0]
    facts = {"euros": str(euros), "street": re.escape(street)}
    return is_answer(asked, heard.text, facts, part.mind.voice.tongue)
