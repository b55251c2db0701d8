"""Callers who have a visit: they call it off, move it, ask when it is, or will be late."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_agent.simulator.callers.booking import Booking
from voice_agent.simulator.callers.ears import Asked
from voice_agent.simulator.callers.goals import Slot
from voice_agent.simulator.callers.parts import AFTERWARDS, Part

if TYPE_CHECKING:
    from voice_agent.simulator.callers.ears import Heard, Spot
    from voice_agent.simulator.callers.mind import Act, Mind
    from voice_agent.simulator.callers.parts import Replies
    from voice_agent.simulator.replay_before import BookedBefore

LETS_IT_BE = 0.4
"""How much of a fickle mood makes somebody keep a visit after all."""
WANTS_A_CALL = 0.6


class Visitor(Part):
    """Somebody who talks about a visit of theirs."""

    verb = ""
    """`want_<verb>` is how it comes up, `want_<verb>_which` names the visit, too."""

    def wish(self) -> tuple[list[str], set[Slot]]:
        """Who they are, what about it, and perhaps which one."""
        return visit_wish(self.mind, self.verb)

    def hears(self, heard: Heard) -> None:
        """Whether it can be done at all, and when the agent says that it is."""
        super().hears(heard)
        memory = self.mind.memory
        memory.too_late = memory.too_late or heard.is_said("too_late")
        memory.heard_starts += [spot.start for spot in heard.told if spot.start]
        memory.noted = memory.noted or (memory.calls_back and heard.is_said("noted"))

    @property
    def visit(self) -> BookedBefore:
        """The one they mean."""
        assert self.mind.goal.visit is not None
        return self.mind.goal.visit

    @property
    def replies(self) -> Replies:
        """What is asked to find out which visit is meant, and whose it is."""
        return {
            **super().replies,
            Asked.PROOF: self.proof,
            Asked.WHICH_VISIT: self.which,
            Asked.CHECK_VISIT: self.check_visit,
            Asked.CALLBACK: self.callback,
            Asked.CONSENT: lambda _: self.mind.no(),
            Asked.SECOND: lambda _: self.mind.no(),
        }

    @property
    def may_follow(self) -> frozenset[Asked | None]:
        """A callback is noted first, and then completed."""
        return AFTERWARDS | {Asked.NAME, Asked.NUMBER, Asked.CHECK_NUMBER, Asked.OWN_NUMBER}

    def proof(self, heard: Heard) -> Act:
        """They have no booking code: somebody shall call."""
        memory = self.mind.memory
        memory.unproven = True
        if self.mind.goal.known:
            memory.misread.append(f"not known: {heard.text}")
        memory.calls_back = True
        return self.mind.say("no_code")

    def which(self, heard: Heard) -> Act:
        """This one of those that were named."""
        self.mind.note_repetition(Slot.VISIT, heard)
        return self.mind.say("say_visit", Slot.VISIT)

    def check_visit(self, heard: Heard) -> Act:
        """Yes, if it is that one."""
        return self.mind.yes() if self.is_it(heard) else self.mind.no()

    def callback(self, _: Heard) -> Act:
        """Where it cannot be done on the telephone, or never mind."""
        memory = self.mind.memory
        if memory.calls_back or not self.mind.luck(WANTS_A_CALL):
            memory.kept = memory.kept or memory.too_late
            return self.mind.no()
        memory.calls_back = True
        return self.mind.say("to_call")

    def is_it(self, heard: Heard) -> bool:
        """Whether the visit that is spoken of is the one they mean."""
        starts = [spot.start for spot in heard.spots if spot.start]
        return not starts or starts[0] == self.visit.start

    def keeps(self) -> Act | None:
        """They let it be after all: said once, and rarely."""
        mind, memory = self.mind, self.mind.memory
        if memory.changed or not mind.luck(mind.manner.changes * LETS_IT_BE):
            return None
        memory.changed = memory.kept = True
        return mind.say("keep_visit")


class Cancelling(Visitor):
    """Cannot come."""

    verb = "cancel"

    def hears(self, heard: Heard) -> None:
        """Whether it is called off."""
        super().hears(heard)
        memory = self.mind.memory
        memory.done = memory.done or heard.is_said("cancelled")

    @property
    def replies(self) -> Replies:
        """Everything that is asked before a visit is gone."""
        return {**super().replies, Asked.CANCEL_CONSENT: self.cancel_consent}

    def cancel_consent(self, heard: Heard) -> Act:
        """Yes to this very visit."""
        if not self.is_it(heard):
            self.mind.memory.misread.append(f"visit: {heard.text}")
            return self.mind.say("fix_visit", Slot.VISIT)
        if kept := self.keeps():
            return kept
        return replace(self.mind.say("yes_cancel"), consents=True)


class Moving(Booking, Visitor):
    """Cannot come then, but would like to come another time."""

    verb = "move"

    def wish(self) -> tuple[list[str], set[Slot]]:
        """That it is to be moved; in a hurry at once where to."""
        parts, tells = visit_wish(self.mind, self.verb)
        if Slot.VISIT in tells and self.mind.opens(0.8) and self.mind.when.day:
            parts.append(self.mind.part("move_to", self.mind.when))
            tells.add(Slot.WHEN)
        return parts, tells

    def all_of_it(self, _heard: Heard) -> tuple[list[str], set[Slot]]:
        """Which one, and where to."""
        return self.wish()

    def hears(self, heard: Heard) -> None:
        """Whether it is moved."""
        super().hears(heard)
        memory = self.mind.memory
        memory.done = memory.done or heard.is_said("moved")

    @property
    def replies(self) -> Replies:
        """As for a new visit, but what is read back is a change."""
        return {
            **super().replies,
            Asked.MOVE_CONSENT: self.consent,
            Asked.NEW_TIME: self.when,
            Asked.CONSENT: lambda _: self.mind.no(),
            Asked.CALLBACK: self.callback,
            Asked.WAITING_LIST: lambda _: self.mind.no(),
        }

    def agrees(self) -> Act:
        """Yes to the move."""
        return self.mind.say("yes_move")

    def wrong_name(self, _heard: Heard) -> bool:
        """The name is not spoken of."""
        return False

    def is_elsewhere(self, _spot: Spot) -> bool:
        """With whom it is does not matter to them; with somebody else they hear that."""
        return False

    def next_wish(self) -> Act:
        """What would do as well; when nothing does, it stays as it is."""
        memory = self.mind.memory
        if memory.wish + 1 < len(self.mind.goal.whens):
            return super().next_wish()
        memory.kept = True
        return self.mind.say("keep_visit")


class LookingUp(Visitor):
    """Has forgotten when it was."""

    verb = "look_up"

    def hears(self, heard: Heard) -> None:
        """Whether they know now."""
        super().hears(heard)
        memory = self.mind.memory
        memory.done = memory.done or bool(heard.told)


class RunningLate(Visitor):
    """Will not be there in time."""

    verb = "late"

    def wish(self) -> tuple[list[str], set[Slot]]:
        """How late, or just late."""
        mind = self.mind
        parts, tells = [], set[Slot]()
        if mind.opens(1.2) and Slot.NAME not in mind.memory.told:
            parts.append(mind.part("who"))
            tells.add(Slot.NAME)
        parts.append(mind.part("want_late" if mind.goal.minutes else "want_late_vague"))
        return parts, tells

    def hears(self, heard: Heard) -> None:
        """Whether the salon knows."""
        super().hears(heard)
        memory = self.mind.memory
        memory.done = memory.done or heard.is_said("late_noted")


def visit_wish(mind: Mind, verb: str) -> tuple[list[str], set[Slot]]:
    """Who calls, what they want of a visit, and perhaps which one that is."""
    parts, tells = [], set[Slot]()
    if mind.opens(1.2) and Slot.NAME not in mind.memory.told:
        parts.append(mind.part("who"))
        tells.add(Slot.NAME)
    names_it = verb != "look_up" and mind.opens()
    parts.append(mind.part(f"want_{verb}_which" if names_it else f"want_{verb}"))
    return parts, tells | ({Slot.VISIT} if names_it else set())
