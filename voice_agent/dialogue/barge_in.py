"""Speaking over the read-back: a yes that began before the question was out is none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu import YesNo
from voice_agent.dialogue import confirming
from voice_agent.dialogue.asked import ConfirmCancel, Consent
from voice_agent.dialogue.hearing import moves_on, take_in
from voice_agent.dialogue.questions import wording
from voice_agent.dialogue.steps import say

if TYPE_CHECKING:
    from nlu import Understanding
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
