"""Callers whom the salon is to call: because they ask for it, or because nothing is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.simulator.callers.booking import Booking
from voice_agent.simulator.callers.ears import Asked
from voice_agent.simulator.callers.goals import Slot
from voice_agent.simulator.callers.parts import AFTERWARDS, Part

if TYPE_CHECKING:
    from voice_agent.simulator.callers.ears import Heard
    from voice_agent.simulator.callers.mind import Act
    from voice_agent.simulator.callers.parts import Replies

COMPLETING = AFTERWARDS | {Asked.NAME, Asked.NUMBER, Asked.CHECK_NUMBER, Asked.OWN_NUMBER,
                           Asked.MORE_DIGITS}  # fmt: skip
"""A wish is stored first, and then completed."""
RATHER_CALLED = 0.3


class CallingBack(Part):
    """Wants to be called back."""

    def wish(self) -> tuple[list[str], set[Slot]]:
        """Who, and that."""
        mind = self.mind
        mind.memory.calls_back = True
        parts, tells = [], set[Slot]()
        if mind.opens() and Slot.NAME not in mind.memory.told:
            parts.append(mind.part("who"))
            tells.add(Slot.NAME)
        return [*parts, mind.part("want_callback")], tells

    def hears(self, heard: Heard) -> None:
        """Whether it is noted."""
        super().hears(heard)
        memory = self.mind.memory
        memory.noted = memory.noted or heard.is_said("noted")

    @property
    def replies(self) -> Replies:
        """Whom, and where."""
        return {**super().replies, Asked.CALLBACK: lambda _: self.mind.say("to_call")}

    @property
    def may_follow(self) -> frozenset[Asked | None]:
        """Number and name."""
        return COMPLETING


class Waiting(Booking):
    """Would like to come, but there is nothing free as far as anything can be booked."""

    def hears(self, heard: Heard) -> None:
        """Whether they stand on the list, or will be called."""
        super().hears(heard)
        memory = self.mind.memory
        memory.noted = memory.noted or (memory.calls_back and heard.is_said("noted"))
        memory.done = memory.done or heard.is_said("listed")

    @property
    def replies(self) -> Replies:
        """The list, or a call."""
        return {
            **super().replies,
            Asked.WAITING_LIST: self.list_or_call,
            Asked.CALLBACK: self.call,
        }

    @property
    def may_follow(self) -> frozenset[Asked | None]:
        """Number and name."""
        return COMPLETING

    def list_or_call(self, heard: Heard) -> Act:
        """Mostly the list; the fickle rather want to be called."""
        return self.call(heard) if self.mind.luck(RATHER_CALLED) else self.mind.say("to_list")

    def call(self, _: Heard) -> Act:
        """A call will do."""
        self.mind.memory.calls_back = True
        return self.mind.say("to_call")
