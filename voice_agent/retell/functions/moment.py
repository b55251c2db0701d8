"""Everything a function may look at: the call it is called in, and what was passed on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from voice_agent.retell.functions.errand import Done, Errand

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.events import Event
    from voice_agent.dialogue.ports import Desk
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step
    from voice_agent.journal import Outcome
    from voice_agent.retell.functions.arguments import Arguments
    from voice_agent.retell.functions.memory import Memory
    from voice_agent.retell.functions.tickets import Tickets


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A function is called."""

    scene: Scene
    given: Arguments
    words: tuple[str, ...]
    """What the caller has said in this call."""
    state: CallState
    desk: Desk
    memory: Memory
    tickets: Tickets

    async def run(self, step: Step, *, key: str = "") -> Done:
        """Carry this step of the dialogue out."""
        return await Errand(desk=self.desk, scene=self.scene, key=key).run(step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a function answers; most of it is read off the state and off what the desk said."""

    state: CallState
    said: tuple[Sentence, ...] = ()
    events: tuple[Event, ...] = ()
    code: str | None = None
    """None = whatever the state and the events say."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    aside: bool = False
    """An answer in between: what is on the table is not told again."""
    outcome: Outcome | None = None
    """What the call has come to with this, if nothing of the events tells."""


def reply(done: Done, *notes: Sentence, code: str | None = None, **facts: Any) -> Reply:  # noqa: ANN401 - JSON
    """The reply that tells what came of it, after what else is to be said."""
    said = (*notes, *done.said)
    return Reply(state=done.state, said=said, events=done.events, code=code, facts=facts)
