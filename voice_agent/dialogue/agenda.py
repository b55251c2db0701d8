"""What waits for its turn: kept in mind, answered as soon as it can be, never done twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from voice_agent.dialogue import confirming, sentences
from voice_agent.dialogue.actions import Action, Say
from voice_agent.dialogue.acts import said_act
from voice_agent.dialogue.answers import answers
from voice_agent.dialogue.asked import AnythingElse, AskWhat
from voice_agent.dialogue.breath import agreed_first, requests_in
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.steps import say
from voice_agent.dialogue.waiting import Aim, Waiting

if TYPE_CHECKING:
    from nlu import Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

_NO_ANSWER = frozenset({"not_known", "price_of_which", "duration_of_which"})
_OPEN_QUESTIONS = frozenset({"ask_what", "anything_else"})


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """The request that is heard now, in the call in which the others of the breath wait."""

    state: CallState
    said: Understanding
    before: tuple[Sentence, ...] = ()
    """Answers, which come first, and that one thing comes after the other."""


def first_request(state: CallState, understood: Understanding, scene: Scene) -> First:
    """One request after the other, where a sentence has several; a yes comes before all."""
    if both := agreed_first(state, understood, scene):
        agrees, other = both
        return First(state=_kept_in_mind(state, (other,)), said=agrees)
    several = requests_in(understood, scene)
    if not several:
        return First(state=_without_repeated(state, understood, scene), said=understood)
    told, (first, *others) = _answered_now(state, several, scene)
    before = (*told, sentences.plain("one_by_one")) if others else told
    return First(state=_kept_in_mind(state, tuple(others)), said=first.said, before=before)


def answered_meanwhile(
    state: CallState, actions: tuple[Action, ...], scene: Scene
) -> tuple[CallState, tuple[Action, ...]]:
    """A question that waited for the visit it is about is answered once that is known."""
    if not state.draft.services or not any(one.aim is Aim.ASK for one in state.waiting):
        return state, actions
    told, left = _answered_now(state, state.waiting, scene)
    return replace(state, waiting=left), (*say(*told), *actions)


def is_free(state: CallState) -> bool:
    """Whether the next request may be taken up: nothing is under way, and nothing was asked."""
    idle = not (state.ended or state.work)
    return bool(state.waiting) and idle and isinstance(state.question, AskWhat | AnythingElse)


def taken_up(state: CallState) -> tuple[CallState, Understanding]:
    """The next request, and the call without it; a second visit that was asked for is meant."""
    following, *others = state.waiting
    left = replace(state, waiting=tuple(others))
    if following.aim is Aim.BOOK and state.booked is not None:
        left = replace(left, seconds=(*left.seconds, state.booked.appointment.id))
    return left, following.said


def without_question(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """What was about to be said, without asking whether there is anything else: there is."""
    said = (_going_on(action) for action in actions)
    return tuple(action for action in said if action is not None)


def _kept_in_mind(state: CallState, requests: tuple[Waiting, ...]) -> CallState:
    """The call with these to come, in this order, before what waited already."""
    return replace(state, waiting=(*requests, *state.waiting)) if requests else state


def _without_repeated(state: CallState, understood: Understanding, scene: Scene) -> CallState:
    """What the caller now says again need not wait any more."""
    if not state.waiting:
        return state
    act, services = said_act(understood, scene), _services(understood)
    left = tuple(
        one
        for one in state.waiting
        if (act is None or one.aim.value != act.value)
        and not (one.aim is Aim.BOOK and services and services == _services(one.said))
    )
    return replace(state, waiting=left)


def _answered_now(
    state: CallState, requests: tuple[Waiting, ...], scene: Scene
) -> tuple[tuple[Sentence, ...], tuple[Waiting, ...]]:
    """Questions that can be answered at once, and the requests that remain; actions go first."""
    told: list[Sentence] = []
    later: list[Waiting] = []
    for one in (one for one in requests if one.aim is Aim.ASK):
        answer = _answer(state, one, scene)
        told.extend(answer)
        if not answer:
            later.append(one)
    return tuple(told), (*(one for one in requests if one.aim is not Aim.ASK), *later)


def _going_on(action: Action) -> Action | None:
    if not isinstance(action, Say):
        return action
    if action.sentence.key in _OPEN_QUESTIONS:
        return None
    return replace(action, sentence=confirming.going_on(action.sentence))


def _answer(state: CallState, one: Waiting, scene: Scene) -> tuple[Sentence, ...]:
    told = answers(state, one.said, scene)
    return () if any(sentence.key in _NO_ANSWER for sentence in told) else told


def _services(understood: Understanding) -> frozenset[UUID]:
    return frozenset(UUID(m.accepted) for m in understood.services if m.accepted)
