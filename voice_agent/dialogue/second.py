"""An equal visit that stands already: mentioned once, before another one is offered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu import Intent, YesNo
from voice_agent.dialogue import telling
from voice_agent.dialogue.leaving import leave
from voice_agent.dialogue.progress import proceed
from voice_agent.dialogue.steps import fresh
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from nlu import Understanding
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step


def answered(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """A yes wants a second one; "dann ist ja gut" does not."""
    keeps = touches(understood.text, Topic.KEEP, scene.language)
    if keeps or understood.yes_no is YesNo.NO or understood.has(Intent.STOP):
        return leave(fresh(state), scene, telling.kept(None, scene))
    more = touches(understood.text, Topic.SECOND, scene.language)
    if understood.yes_no is YesNo.YES or more:
        return proceed(state, scene)
    return None
