"""What the journal is told about a turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from voice_agent.journal import TurnTaken

if TYPE_CHECKING:
    from datetime import datetime

    from nlu import Understanding
    from voice_agent.dialogue.answer import Answer
    from voice_agent.dialogue.script import S
    from voice_agent.dialogue.turn import Turns
    from voice_agent.journal import TurnEnd


def turn_taken(turns: Turns[S], answer: Answer, end: TurnEnd, *, at: datetime) -> TurnTaken:
    """The turn as it stands."""
    asked = turns.asked
    return TurnTaken(
        call_id=turns.facts.call_id,
        turn=turns.session.turn,
        at=at,
        response_id=answer.response_id,
        kind=asked.kind,
        end=end,
        caller_text=asked.words,
        agent_text=answer.said,
        understanding=summary(asked.understood) if asked.understood else {},
        actions=tuple(turns.actions),
        first_ms=answer.first_ms,
        total_ms=answer.total_ms,
        ahead=asked.ahead,
    )


def summary(understood: Understanding) -> dict[str, Any]:
    """The parts that are there; the caller's words themselves stand beside it."""
    parts: dict[str, Any] = {
        "intents": [scored.intent.value for scored in understood.intents],
        "services": [[c.id for c in mention.candidates] for mention in understood.services],
        "staff": [[c.id for c in mention.candidates] for mention in understood.staff],
        "times": [expression.to_contract() for expression in understood.times],
        "name": understood.name and understood.name.text,
        "phone": understood.phone,
        "email": understood.email,
        "yes_no": understood.yes_no and understood.yes_no.value,
        "choice": understood.choice and understood.choice.index,
    }
    return {key: value for key, value in parts.items() if value}
