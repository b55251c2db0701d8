"""What a caller does next, given what they want and what they have just heard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from voice_agent.simulator.callers import changing, noting
from voice_agent.simulator.callers.asking import Asking, WrongNumber, ask_in_between
from voice_agent.simulator.callers.booking import AsUsual, Booking
from voice_agent.simulator.callers.ears import Asked
from voice_agent.simulator.callers.goals import Errand, Slot
from voice_agent.simulator.callers.memory import Memory
from voice_agent.simulator.callers.mind import PATIENCE, Act, Mind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_agent.simulator.callers.ears import Heard
    from voice_agent.simulator.callers.parts import Part

PARTS: Mapping[Errand, type[Part]] = {
    Errand.BOOK: Booking,
    Errand.TWO_SERVICES: Booking,
    Errand.AS_USUAL: AsUsual,
    Errand.CANCEL: changing.Cancelling,
    Errand.MOVE: changing.Moving,
    Errand.LOOK_UP: changing.LookingUp,
    Errand.LATE: changing.RunningLate,
    Errand.CALLBACK: noting.CallingBack,
    Errand.WAIT: noting.Waiting,
    Errand.ASK: Asking,
    Errand.WRONG_NUMBER: WrongNumber,
}
REMEMBERED = frozenset({Slot.NAME, Slot.NUMBER, Slot.EMAIL})
"""What need not be said again for the next request."""
LEADS_NOWHERE = frozenset({Asked.PRESENCE, Asked.WHAT, Asked.OTHER})


@dataclass(slots=True, kw_only=True)
class Agenda:
    """Somebody with a goal, who answers what is asked and sees that they get what they want."""

    mind: Mind
    part: Part = field(init=False)
    """The request they are at."""

    def __post_init__(self) -> None:
        self.part = PARTS[self.mind.goal.errand](self.mind)

    @property
    def memory(self) -> Memory:
        """Of the request they are at."""
        return self.mind.memory

    @property
    def memories(self) -> list[Memory]:
        """Of all their requests so far."""
        return [*self.mind.past, self.memory]

    @property
    def left(self) -> bool:
        """Whether there was something more that they have not come to."""
        return self.memory.goal.then is not None

    def opening(self) -> Act:
        """What they say to the greeting."""
        mind = self.mind
        hello = [mind.part("hello")] if mind.luck(mind.manner.greets) else []
        parts, tells = self.part.wish()
        ends = mind.goal.errand is Errand.WRONG_NUMBER
        words = mind.voice.together([*hello, *parts] if not ends else parts)
        return self._done(Act(words=words, tells=frozenset(tells), ends=ends))

    def blurt(self) -> Act:
        """What they add without waiting for the answer."""
        mind = self.mind
        if not isinstance(self.part, Booking) or Slot.WHEN in mind.memory.told:
            return mind.say("hello_again")
        return self._done(mind.say("say_when", Slot.WHEN))

    def answer(self, heard: Heard) -> Act:
        """What they say to this."""
        if heard.is_said("foreign"):
            return self._done(self._foreign(heard))
        if heard.is_said("farewell") and heard.asked is not Asked.OTHER:
            return Act(ends=True)
        if self.memory.settled:
            return self._done(self._afterwards(heard))
        if self._may_ask(heard):
            return self._done(ask_in_between(self.part))
        return self._done(self._react(heard))

    def _foreign(self, heard: Heard) -> Act:
        """The agent speaks a language they would rather not speak."""
        mind = self.mind
        mind.memory.foreign.append(heard.text)
        if self.memory.settled:
            return mind.bye()
        mind.memory.lost += 1
        if mind.memory.lost > PATIENCE:
            return mind.leave()
        return mind.say("other_language")

    def _afterwards(self, heard: Heard) -> Act:
        """It is settled: the next thing, or goodbye; what is still missing is told."""
        asked = heard.asked
        if asked not in self.part.may_follow:
            self.memory.misread.append(f"after all was settled: {heard.text}")
            return self.mind.bye("thanks_bye")
        if asked in self.part.over_at:
            return self._next() if self.left else self.mind.bye(_farewell(heard))
        return self._react(heard)

    def _next(self) -> Act:
        """Something else they want."""
        mind, goal = self.mind, self.memory.goal.then
        assert goal is not None
        mind.past.append(mind.memory)
        mind.memory = Memory(goal=goal, told=mind.memory.told & REMEMBERED)
        self.part = PARTS[goal.errand](mind)
        parts, tells = self.part.wish()
        words = mind.voice.together([mind.part("and_also"), *parts])
        return Act(words=words, tells=frozenset(tells))

    def _react(self, heard: Heard) -> Act:
        asked = heard.asked
        if asked is None and heard.question and heard.services:
            asked = Asked.WHICH_SERVICE
        reply = self.part.replies.get(asked) if asked else None
        act = reply(heard) if reply else self.part.again(heard)
        if reply and asked not in LEADS_NOWHERE and not heard.is_said("pardon"):
            self.memory.lost = 0
        return act

    def _may_ask(self, heard: Heard) -> bool:
        """Something beside it, once, and not when it is about to be agreed on."""
        mind = self.mind
        never = {None, Asked.CONSENT, Asked.MOVE_CONSENT, Asked.CANCEL_CONSENT, Asked.WHAT}
        if mind.memory.asked or not mind.goal.question or heard.asked in never:
            return False
        wants = isinstance(self.part, Booking) and bool(mind.memory.told)
        return wants and mind.luck(mind.manner.asks)

    def _done(self, act: Act) -> Act:
        self.memory.told |= act.tells
        self.mind.last = act
        return act


def _farewell(heard: Heard) -> str:
    return "thanks_bye" if heard.asked is Asked.OTHER else "bye"
