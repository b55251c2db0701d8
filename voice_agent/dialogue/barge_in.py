"""Speaking over the read-back: a yes that began before the question was out is none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu import YesNo
from voice_agent.dialogue import claims, confirming
from voice_agent.dialogue.actions import Say
from voice_agent.dialogue.asked import ConfirmCancel, Consent
from voice_agent.dialogue.hearing import moves_on, take_in
from voice_agent.dialogue.questions import wording
from voice_agent.dialogue.steps import say

if TYPE_CHECKING:
    from nlu import Understanding
    from voice_agent.dialogue.actions import Action
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step


def is_early_yes(state: CallState, understood: Understanding, scene: Scene) -> bool:
    """Whether this agrees to what was not heard to its end, and to nothing else."""
    asks = isinstance(state.question, Consent | ConfirmCancel)
    if not asks or understood.yes_no is not YesNo.YES:
        return False
    return not moves_on(state, take_in(state, understood, scene).state)


def read_back_again(state: CallState, scene: Scene) -> Step:
    """The question once more, with what is agreed to."""
    if state.offer is None or state.moving is not None:
        return state, say(wording(state, scene))
    return state, say(confirming.read_back(state.offer, state, scene, again=True))


def whole(before: CallState, step: Step, scene: Scene) -> Step:
    """What was cut short is read back whole: its short question stands for words nobody heard."""
    state, actions = step
    if not isinstance(state.question, Consent) or state.offer is None:
        return step
    if state.offer != before.offer or state.moving is not None:
        return step
    again = Say(sentence=confirming.read_back(state.offer, state, scene, again=True))
    return state, tuple(again if _is_short(action) else action for action in actions)


def _is_short(action: Action) -> bool:
    return isinstance(action, Say) and action.sentence.key == claims.ASK_CONSENT.key
