"""The first words of a call: whose salon it is, that no human speaks, and what can be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.dialogue import sentences
from voice_agent.dialogue.actions import Say
from voice_agent.dialogue.asked import AskWhat
from voice_agent.dialogue.replacing import replace

if TYPE_CHECKING:
    from voice_agent.dialogue.events import CallStarted
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step


def greet(state: CallState, event: CallStarted, scene: Scene) -> Step:
    """Once a call: a reconnected line is not greeted again."""
    if state.started:
        return state, ()
    greeted = replace(
        state,
        caller_number=event.caller_number,
        known=event.known,
        greeted=_by_name(event, scene),
        question=AskWhat(),
    )
    hello = sentences.greeting(scene.salon, greeted.greeted)
    return greeted, (Say(sentence=hello, uninterruptible=True),)


def _by_name(event: CallStarted, scene: Scene) -> str | None:
    """The one full name on file for the number, in a salon that greets by it.

    A number that several people share has none; and nobody is greeted by a bare surname.
    """
    if not scene.salon.branch.greets_by_name:
        return None
    names = {person.name for person in event.known}
    name = names.pop() if len(names) == 1 else ""
    return name if " " in name.strip() else None
