"""What a sentence does to the visit that is talked about, when nothing else has taken it up.

    slots      the draft changes slot by slot                     (hearing)
    agrees     beforehand, to exactly what will be found          (advance)
    depends    on a fact: that is told first                      (conditions)
    asks       price, hours, ... from the salon's data            (answers, topical)

    changed    on with what is missing, search, read back         (progress)
    answered   back to the open question                          (requesting)
    known      nothing new was said: the open question again
    reply      yes, no or "egal" to the open question             (replies)
    noise      asked to say it again, then narrower               (repairs)

What is named is understood first; then the first of the lower rows that fits goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlu import Intent, YesNo
from voice_agent.dialogue.advance import hear_advance
from voice_agent.dialogue.answers import answer_later, answers, answers_owed
from voice_agent.dialogue.asked import AskChange, AskTime, Consent
from voice_agent.dialogue.conditions import depends_on
from voice_agent.dialogue.ellipsis import asked_in, day_in, on_day_asked_about
from voice_agent.dialogue.hearing import moves_on, says_something, take_in
from voice_agent.dialogue.progress import proceed, search
from voice_agent.dialogue.repairs import give_up, is_stuck, not_understood
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.replies import reply
from voice_agent.dialogue.requesting import after_answers
from voice_agent.dialogue.sentences import in_one
from voice_agent.dialogue.steps import ask, ask_again
from voice_agent.dialogue.wish import time_wishes

if TYPE_CHECKING:
    from nlu import Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

_MOST_ANSWERS = 2
"""In one turn; more is not kept in mind."""
_WANTS_A_VISIT = (Intent.BOOK, Intent.CHECK_AVAILABILITY, Intent.FIND_NEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grasped:
    state: CallState
    said: tuple[Sentence, ...]
    """Notes and answers, before any question."""
    asks: bool
    """Something was asked that the salon's data answers."""


def draft(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """The call with the changed draft, and on to what is missing; or back to what is open."""
    understood = on_day_asked_about(state, understood, scene)
    grasped = _grasp(state, understood, scene)
    if moves_on(state, grasped.state):
        return _on(state, grasped, understood, scene)
    if grasped.said:
        return after_answers(grasped.state, grasped.said, understood, scene)
    if _repeats(understood):
        return _known_already(grasped.state, state, understood, scene)
    step = reply(_leaving(grasped.state, understood), understood, scene)
    return step or _wish_or_noise(state, understood, scene)


def wants_a_visit(understood: Understanding) -> bool:
    """Whether somebody says that they want to come."""
    return any(understood.has(intent) for intent in _WANTS_A_VISIT)


def _grasp(state: CallState, understood: Understanding, scene: Scene) -> _Grasped:
    heard = take_in(state, understood, scene)
    heard = replace(heard, state=hear_advance(heard.state, understood, scene))
    owed = answers_owed(heard.state, understood, scene)
    needed = depends_on(heard.state, understood, scene)
    told = answers(heard.state, understood, scene)
    said = in_one(_once((*heard.notes, *owed, *needed, *told)))[:_MOST_ANSWERS]
    after = replace(
        answer_later(heard.state, understood),
        misses=0,
        asked=asked_in(understood),
        asked_day=day_in(understood),
    )
    return _Grasped(state=after, said=said, asks=bool(told or owed))


def _on(state: CallState, grasped: _Grasped, understood: Understanding, scene: Scene) -> Step:
    if grasped.asks and _only_asks(grasped.state, understood):
        return ask(grasped.state, AskTime(perhaps=True), scene, *grasped.said)
    return proceed(_anew(grasped.state, state), scene, *grasped.said)


def _only_asks(state: CallState, understood: Understanding) -> bool:
    """Whether a service was only asked about: nobody has said that they want to come."""
    wished = state.draft
    begun = wished.wishes or wished.staff or wished.moving or state.unclear or not wished.services
    return not (wants_a_visit(understood) or begun)


def _anew(state: CallState, before: CallState) -> CallState:
    """Another offer is told in full, also where the same question was open before."""
    return replace(state, question=None) if state.chosen != before.chosen else state


def _once(said: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    """No sentence twice in a turn, whatever it answers."""
    return tuple({sentence.key: sentence for sentence in reversed(said)}.values())[::-1]


def _repeats(understood: Understanding) -> bool:
    """Whether a sentence that changed nothing names what is known; yes and "egal" do more."""
    answers_only = understood.yes_no is YesNo.YES or understood.has(Intent.NO_PREFERENCE)
    return says_something(understood) and not answers_only


def _known_already(
    state: CallState, before: CallState, understood: Understanding, scene: Scene
) -> Step:
    """Nothing new: "nein, um neun" where nine it is. So on with what is open."""
    counted = replace(state, misses=before.misses + 1)
    if is_stuck(counted):
        return give_up(counted)
    if isinstance(state.question, AskChange):
        return proceed(counted, scene)
    if _insists(state, understood, scene):
        return search(replace(counted, obstacle=None), scene)  # the reason is told again
    return ask_again(counted, scene)


def _insists(state: CallState, understood: Understanding, scene: Scene) -> bool:
    """Nein, am Sonntag: what could not be had is wished again, and not what is read back."""
    refuses = understood.yes_no is YesNo.NO or understood.has(Intent.CORRECT)
    if state.offer is None or not (refuses and understood.times):
        return False
    start = state.offer.plan.start
    wished = [wish.window for wish in time_wishes(state.draft.wishes, scene)]
    return bool(wished) and not any(window.start <= start < window.end for window in wished)


def _leaving(state: CallState, understood: Understanding) -> CallState:
    if isinstance(state.question, Consent) and understood.has(Intent.GOODBYE):
        return replace(state, leaving=True)
    return state


def _wish_or_noise(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """Nothing new and no answer: a wish for a visit as such, or noise."""
    if wants_a_visit(understood):
        return proceed(replace(state, misses=0), scene)
    return not_understood(state, understood, scene)
