"""Callers who want to know something, and those who wanted somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.simulator.callers.ears import Asked
from voice_agent.simulator.callers.goals import Slot
from voice_agent.simulator.callers.mind import Act
from voice_agent.simulator.callers.parts import Part

if TYPE_CHECKING:
    from voice_agent.simulator.callers.ears import Heard
    from voice_agent.simulator.callers.parts import Replies

CENTS = 100
OF_A_SERVICE = {"ask_price": "ask_price_of", "ask_duration": "ask_duration_of"}
"""What nobody asks out of the blue without saying what it is about."""


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
        memory.answered = memory.answered or answers(self, heard.text)
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
    return part.mind.voice.say(goal.question or "ask_hours", goal, on_day="morgen")


def ask_in_between(part: Part) -> Act:
    """A question beside everything else."""
    part.mind.memory.asked = True
    return Act(words=question(part))


def answers(part: Part, text: str) -> bool:
    """Whether these words answer their question."""
    goal, salon = part.mind.goal, part.mind.salon
    match goal.question:
        case "ask_price":
            euros = salon.service_numbered(goal.services[0]).price_cents // CENTS
            return f"{euros} Euro" in text or (not euros and "kostenlos" in text)
        case "ask_duration":
            return "Stunde" in text or "Minuten" in text
        case "ask_address":
            return salon.branch.address.partition(",")[0] in text
        case _:
            return "geöffnet" in text or "geschlossen" in text
