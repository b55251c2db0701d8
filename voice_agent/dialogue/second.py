"""A visit that stands already: mentioned before an equal one is offered, or one moved onto it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu import Intent, YesNo
from voice_agent.dialogue import telling
from voice_agent.dialogue.asked import AskChange
from voice_agent.dialogue.leaving import keep, leave
from voice_agent.dialogue.progress import proceed
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.replies import renewed
from voice_agent.dialogue.steps import ask, fresh
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from nlu import Understanding
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step


def answered(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """A yes wants a second one; "dann ist ja gut" does not."""
    keeps = touches(understood.text, Topic.KEEP, scene.language) or understood.has(Intent.STOP)
    if not keeps and _is_meant(understood, scene):
        return proceed(_to_be_agreed(state), scene)
    if state.draft.moving:
        return _left(state, understood, scene, keeps=keeps)
    if keeps or understood.yes_no is YesNo.NO:
        return leave(fresh(state), scene, telling.kept(None, scene))
    return None


def _is_meant(understood: Understanding, scene: Scene) -> bool:
    more = touches(understood.text, Topic.SECOND, scene.language)
    return understood.yes_no is YesNo.YES or (more and understood.yes_no is not YesNo.NO)


def _to_be_agreed(state: CallState) -> CallState:
    """What was ordered, and not carried out for this, needs a new yes."""
    return renewed(state) if state.ordered == state.draft.version else state


def _left(state: CallState, understood: Understanding, scene: Scene, *, keeps: bool) -> Step | None:
    """Not onto that other visit: nowhere, or somewhere else."""
    if keeps:
        return keep(state, scene)
    elsewhere = understood.times or understood.staff or understood.services
    if understood.yes_no is not YesNo.NO or elsewhere:
        return None
    return ask(replace(state, refusals=state.refusals + 1), AskChange(), scene)
