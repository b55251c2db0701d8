"""What an event comes to: worked out when it happens, or ahead, while the caller may still go on.

Retell passes on the caller's words as they come, and waits a moment whether more follow before it
asks for an answer. In that moment nothing else is to be done: what these words would come to is
worked out and kept. It is a thought and no more: nothing is saved, said or done before it is asked
for, and it counts only for the very words, the state and the facts that it was thought for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Generic

from voice_agent.dialogue.actions import FindSlots, LookUp, Say
from voice_agent.dialogue.events import CallerSpoke
from voice_agent.dialogue.script import S

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from booking_core.ports import Clock
    from nlu import Understanding
    from voice_agent.dialogue.actions import Action
    from voice_agent.dialogue.events import Event
    from voice_agent.dialogue.script import CallFacts, Script

FRESH_FOR = timedelta(seconds=5)
"""What is said is understood as of the moment it was heard, and a salon's day goes on."""


class Written(Generic[S]):
    """A state, and its text once it has been written: writing is the dearest part of a turn."""

    def __init__(self, value: S, text: str | None = None) -> None:
        self.value = value
        self._text = text

    def text(self, script: Script[S]) -> str:
        """The state as text."""
        if self._text is None:
            self._text = script.dump(self.value)
        return self._text


@dataclass(frozen=True, slots=True, kw_only=True)
class Next(Generic[S]):
    """What follows from an event."""

    state: Written[S]
    actions: Sequence[Action]
    spoken: Sequence[tuple[Say, str]]
    """What is to be said, with its words."""

    @property
    def only_looks(self) -> bool:
        """Whether something is looked for, and nothing said or changed."""
        return bool(self.actions) and all(isinstance(a, FindSlots | LookUp) for a in self.actions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the caller has said, and how it came."""

    words: str
    interrupted: bool = False
    during_work: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought(Generic[S]):
    """What would follow from the caller's words."""

    said: Said
    state: Written[S]
    """In which it was thought."""
    facts: CallFacts
    at: datetime
    spoke: CallerSpoke
    next: Next[S]

    def is_about(self, said: Said, state: Written[S], facts: CallFacts, now: datetime) -> bool:
        """Whether nothing has changed since."""
        same = self.said == said and self.state is state and self.facts is facts
        return same and abs(now - self.at) < FRESH_FOR


class Thinking(Generic[S]):
    """The script at work for one call."""

    def __init__(self, script: Script[S], clock: Clock) -> None:
        self._script = script
        self._clock = clock
        self._ahead: Thought[S] | None = None

    def understand(self, words: str, state: Written[S], facts: CallFacts) -> Understanding:
        """What these words mean now."""
        return self._script.understand(words, state.value, facts, self._clock.now())

    def hear(self, said: Said, state: Written[S], facts: CallFacts) -> CallerSpoke:
        """What the caller has said, understood."""
        return CallerSpoke(
            understanding=self.understand(said.words, state, facts),
            interrupted=said.interrupted,
            during_work=said.during_work,
        )

    def next(self, event: Event, state: Written[S], facts: CallFacts) -> Next[S]:
        """What follows from the event in this state."""
        after, actions = self._script.step(state.value, event, facts, self._clock.now())
        says = [action for action in actions if isinstance(action, Say)]
        spoken = [(say, self._script.words(say.sentence, facts)) for say in says]
        return Next(state=Written(after), actions=actions, spoken=spoken)

    def think_ahead(self, said: Said, state: Written[S], facts: CallFacts) -> None:
        """Keep what would follow from these words; the thought before is forgotten."""
        if self._recalled(said, state, facts):
            return
        self._ahead = None
        at = self._clock.now()
        spoke = self.hear(said, state, facts)
        following = self.next(spoke, state, facts)
        following.state.text(self._script)
        self._ahead = Thought(
            said=said, state=state, facts=facts, at=at, spoke=spoke, next=following
        )

    def recall(self, said: Said, state: Written[S], facts: CallFacts) -> Thought[S] | None:
        """What was thought ahead of exactly this, once; None = it has to be thought now."""
        recalled, self._ahead = self._recalled(said, state, facts), None
        return recalled

    def _recalled(self, said: Said, state: Written[S], facts: CallFacts) -> Thought[S] | None:
        ahead = self._ahead
        if ahead is None or not ahead.is_about(said, state, facts, self._clock.now()):
            return None
        return ahead
