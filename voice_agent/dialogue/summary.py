"""What was understood of a sentence, as plain data for the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlu import Understanding


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
