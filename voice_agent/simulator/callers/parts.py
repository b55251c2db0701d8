"""What one request asks of a caller: how it comes up, and what is answered on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.simulator.callers.ears import Asked
from voice_agent.simulator.callers.goals import Slot
from voice_agent.simulator.callers.judgement import alike
from voice_agent.simulator.callers.mind import PATIENCE, Act

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from voice_agent.simulator.callers.ears import Heard
    from voice_agent.simulator.callers.mind import Mind

    Replies = Mapping[Asked, Callable[[Heard], Act]]

RETRIES = 2
AFTERWARDS = frozenset({Asked.OTHER, Asked.PRESENCE, Asked.RETRY, None})
"""What may still be asked once everything is settled."""


class Part:
    """A request; what is the same for all of them."""

    def __init__(self, mind: Mind) -> None:
        self.mind = mind

    def wish(self) -> tuple[list[str], set[Slot]]:
        """What is wanted, in pieces of one sentence, and what they tell."""
        raise NotImplementedError

    def hears(self, heard: Heard) -> None:
        """Take note of what is claimed."""
        memory = self.mind.memory
        memory.failed = memory.failed or heard.is_said("not_booked")

    @property
    def replies(self) -> Replies:
        """The answer to each question; one that is not here leaves the caller at a loss."""
        return {
            Asked.RETRY: self.retry,
            Asked.OTHER: self.other,
            Asked.NAME: self.name,
            Asked.CHECK_NAME: lambda _: self.mind.yes(),
            Asked.CALLBACK: lambda _: self.mind.no(),
            Asked.WAITING_LIST: lambda _: self.mind.no(),
            Asked.SECOND: lambda _: self.mind.yes(),
            Asked.NUMBER: self.number,
            Asked.OWN_NUMBER: lambda _: self.mind.yes(),
            Asked.CHECK_NUMBER: self.check_number,
            Asked.PRESENCE: self.again,
            Asked.WHAT: self.from_the_start,
            Asked.WRONG_LINE: lambda _: Act(ends=True),
        }

    @property
    def may_follow(self) -> frozenset[Asked | None]:
        """What may still be asked once it is settled."""
        return AFTERWARDS

    @property
    def over_at(self) -> frozenset[Asked | None]:
        """What is asked when it is over: the next thing may come up."""
        return frozenset({None, Asked.OTHER, Asked.RETRY})

    # -- answers ----------------------------------------------------------------------------

    def name(self, heard: Heard) -> Act:
        """In whose name."""
        self.mind.note_repetition(Slot.NAME, heard)
        goal = self.mind.goal
        rule = "spell_name" if goal.letters else "say_name_male" if goal.male else "say_name"
        return self.mind.say(rule, Slot.NAME)

    def number(self, heard: Heard) -> Act:
        """Where they can be called."""
        self.mind.note_repetition(Slot.NUMBER, heard)
        return self.mind.say("say_number", Slot.NUMBER)

    def check_number(self, heard: Heard) -> Act:
        """Whether these digits are theirs."""
        mine = (self.mind.goal.mobile or self.mind.goal.phone or "").removeprefix("+49")
        said = self.mind.voice.tongue.digits_in(heard.text)
        if said and said not in {f"0{mine}", f"49{mine}", f"0049{mine}"}:
            return self.mind.fix(Slot.NUMBER)
        return self.mind.yes()

    def retry(self, _: Heard) -> Act:
        """Once more, a few times."""
        memory = self.mind.memory
        memory.retries += 1
        return self.mind.leave() if memory.retries > RETRIES else self.mind.yes()

    def other(self, heard: Heard) -> Act:
        """They are asked for something else, although they have not got what they want."""
        memory = self.mind.memory
        if memory.settled:
            return self.mind.bye("thanks_bye")
        return self.mind.leave() if memory.failed else self.from_the_start(heard)

    def from_the_start(self, heard: Heard) -> Act:
        """The agent has no idea: all over again, in one breath."""
        mind = self.mind
        mind.memory.lost += 1
        if mind.memory.lost > PATIENCE:
            return mind.leave()
        parts, tells = self.all_of_it(heard)
        return Act(words=mind.voice.together(parts), tells=frozenset(tells))

    def all_of_it(self, _heard: Heard) -> tuple[list[str], set[Slot]]:
        """Everything that is to be known, said at once."""
        return self.wish()

    def again(self, heard: Heard) -> Act:
        """The same words once more."""
        mind = self.mind
        mind.memory.lost += 1
        if mind.memory.lost > PATIENCE:
            return mind.leave()
        return mind.last if mind.last.words else self.from_the_start(heard)

    def wrong_name(self, heard: Heard) -> bool:
        """Whether it is in somebody else's name."""
        return bool(heard.name and not alike(heard.name, self.mind.goal.name))
