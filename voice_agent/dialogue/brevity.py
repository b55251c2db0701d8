"""One turn asks one question and says two sentences before it; what is too much is left out here.

two questions   the last one is open: the earlier are not asked
the end         whoever says goodbye asks nothing more
work to come    nothing is asked yet, and one sentence is left for its result
too long        the question goes without its lead; then courtesies go, then what came last
kept always     results of changes, and whatever asks the open question
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prompts.brevity import MOST_STATEMENTS, is_brief, is_question, sentences, without_questions
from voice_agent.dialogue.actions import Action, EndCall, Say
from voice_agent.dialogue.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voice_agent.dialogue.actions import Sentence

_PASSES_TIME = frozenset({"work_running"})
_ASKS_FOR_PRESENCE = frozenset({"silence_1"})
"""No question of the conversation."""
_COURTESIES = frozenset({"chat", "complaint", "one_by_one", "presence", "thanks"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What is heard between two things that the caller says."""

    spoken: str
    """What was said of it before."""
    words: Callable[[Sentence], str]
    goes_on: bool
    """Work is under way: this is not the end of it."""

    def to_the_point(self, actions: tuple[Action, ...]) -> tuple[Action, ...]:
        """The actions with no more to say than one can keep in mind."""
        asked = self._one_question(actions)
        if self._is_brief(asked):
            return asked
        shorter = tuple(self._shorter(asked))
        return next(filter(self._is_brief, shorter), shorter[-1])

    def heard(self, actions: tuple[Action, ...]) -> str:
        """Everything that is said in it so far, with these; to pass the time is to say nothing."""
        said = [a.sentence for a in actions if isinstance(a, Say)]
        words = [self.words(one) for one in said if one.key not in _PASSES_TIME]
        return " ".join(filter(None, [self.spoken, *words]))

    def _is_brief(self, actions: tuple[Action, ...]) -> bool:
        most = MOST_STATEMENTS - 1 if self.goes_on else MOST_STATEMENTS
        return is_brief(self.heard(actions), most=most)

    def _one_question(self, actions: tuple[Action, ...]) -> tuple[Action, ...]:
        asking = [place for place, action in enumerate(actions) if self._asks(action)]
        ends = any(isinstance(action, EndCall) for action in actions)
        dropped = set(asking if self.goes_on or ends else asking[:-1])
        kept = (self._unasked(a) if i in dropped else a for i, a in enumerate(actions))
        return tuple(action for action in kept if action is not None)

    def _asks(self, action: Action) -> bool:
        if not isinstance(action, Say) or action.sentence.key in _ASKS_FOR_PRESENCE:
            return False
        return any(is_question(one) for one in sentences(self.words(action.sentence)))

    def _unasked(self, action: Action) -> Action | None:
        """What it says besides its question; None when it says nothing else."""
        assert isinstance(action, Say)
        if not without_questions(self.words(action.sentence)):
            return None
        return replace(action, sentence=replace(action.sentence, asks=False))

    def _shorter(self, actions: tuple[Action, ...]) -> Iterator[tuple[Action, ...]]:
        """Ever less: the question alone, then one sentence after the other left out."""
        left = tuple(_brief(action) if self._asks(action) else action for action in actions)
        yield left
        courtesies, others = self._may_go(left)
        for gone in (*courtesies, *others):
            left = tuple(action for action in left if action is not gone)
            yield left

    def _may_go(self, actions: tuple[Action, ...]) -> tuple[list[Say], list[Say]]:
        """What can be left out, the last first."""
        said = [action for action in reversed(actions) if isinstance(action, Say)]
        may_go = [say for say in said if not (say.uninterruptible or self._asks(say))]
        courtesies = [say for say in may_go if say.sentence.key in _COURTESIES]
        return courtesies, [say for say in may_go if say not in courtesies]


def _brief(action: Action) -> Action:
    assert isinstance(action, Say)
    return replace(action, sentence=replace(action.sentence, brief=True))
