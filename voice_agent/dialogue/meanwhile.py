"""What callers say while work is running: never a consent, never lost, answered with the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu import Intent
from voice_agent.dialogue import sentences
from voice_agent.dialogue.concern import Act
from voice_agent.dialogue.events import SlotsAnswered, VisitsFound, Work
from voice_agent.dialogue.hearing import moves_on, says_something
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.steps import say

if TYPE_CHECKING:
    from nlu import IntentScore, Understanding
    from voice_agent.dialogue.events import CallerSpoke, Result
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

_TOLD_WITH_A_GOODBYE = frozenset({Work.BOOKING, Work.CANCEL, Work.MOVE, Work.LATENESS})
"""Work whose good result has words for whoever is leaving."""


def is_busy(state: CallState, event: CallerSpoke) -> bool:
    """Whether this was said into work that goes on whatever is said."""
    return event.during_work or (state.work is not None and state.work.is_change)


def keep_for_later(state: CallState, understood: Understanding) -> Step:
    """No yes, no or choice counts while work runs: what they answer has not been asked yet."""
    unasked = replace(understood, yes_no=None, choice=None)
    if understood.has(Intent.GOODBYE) and state.work in _TOLD_WITH_A_GOODBYE:
        unasked = replace(unasked, intents=_without_goodbye(unasked))
        state = replace(state, leaving=not says_something(unasked))
    if _is_late_again(state, unasked):
        state, unasked = _the_same_lateness(state, unasked), _rest_of(unasked)
    matters = says_something(unasked) or unasked.has(Intent.GOODBYE)
    later = unasked if matters else state.later
    return replace(state, later=later, in_advance=None), say(sentences.plain("work_running"))


def kept(state: CallState) -> Understanding | None:
    """What was said meanwhile and can be answered now."""
    return None if state.ended or state.work else state.later


def _is_late_again(state: CallState, understood: Understanding) -> bool:
    """The salon hears once that somebody is late, in however many pieces that was said."""
    concern = state.concern
    return concern is not None and concern.act is Act.LATE and understood.has(Intent.LATE)


def _the_same_lateness(state: CallState, understood: Understanding) -> CallState:
    """How late comes in time as long as the visit is looked for."""
    assert state.concern is not None
    if state.work is not Work.LOOKUP or not understood.times:
        return state
    return replace(state, concern=replace(state.concern, said=understood))


def _rest_of(understood: Understanding) -> Understanding:
    """What else is named beside being late."""
    others = tuple(one for one in understood.intents if one.intent is not Intent.LATE)
    return replace(understood, intents=others, times=(), text="")


def _without_goodbye(understood: Understanding) -> tuple[IntentScore, ...]:
    return tuple(one for one in understood.intents if one.intent is not Intent.GOODBYE)


def with_result(result: Step, heard: Step, event: Result) -> Step:
    """After what came of a change; in place of what was found, if it was about something else."""
    (told, actions), (answered, more) = result, heard
    if not isinstance(event, SlotsAnswered | VisitsFound):
        return answered, (*actions, *more)
    return heard if answered.ended or moves_on(told, answered) else (told, actions)
