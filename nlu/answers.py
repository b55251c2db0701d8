"""Plain data of what was understood: one line of `understand --jsonl`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nlu.meaning import ASK_SCORE, Intent, StaffWish

if TYPE_CHECKING:
    from nlu.meaning import Understanding
    from nlu.vocabulary import Vocabulary


_FOLDED = {Intent.LATE: Intent.INFORM, Intent.AS_USUAL: Intent.BOOK}
"""Finer intents that the closed list of answers does not know."""


def to_jsonl(
    understanding: Understanding, vocabulary: Vocabulary, record_id: str, ms: float
) -> dict[str, Any]:
    """The answer to one question line, with names instead of ids."""
    name = understanding.name
    return {
        "id": record_id,
        "intent": _FOLDED.get(understanding.intent, understanding.intent).value,
        "service": _service(understanding, vocabulary),
        "staff": _staff(understanding, vocabulary),
        "times": [expression.to_contract() for expression in understanding.times],
        "name": name.text if name else None,
        "phone": understanding.phone,
        "email": understanding.email,
        "yes_no": understanding.yes_no.value if understanding.yes_no else None,
        "choice": understanding.choice.index if understanding.choice else None,
        "ms": round(ms, 3),
    }


def _service(understanding: Understanding, vocabulary: Vocabulary) -> str | list[str] | None:
    """The name of the service, or the names of all that may be meant."""
    names = {service.id: service.name for service in vocabulary.services}
    found: list[str] = []
    for mention in understanding.services:
        ids = [mention.accepted] if mention.accepted else [
            candidate.id for candidate in mention.candidates if candidate.score >= ASK_SCORE
        ]  # fmt: skip
        found += [names[i] for i in ids if i and names[i] not in found]
    return found[0] if len(found) == 1 else found or None


def _staff(understanding: Understanding, vocabulary: Vocabulary) -> str | None:
    names = {s.id: f"{s.first_name} {s.last_name}".strip() for s in vocabulary.staff}
    for mention in understanding.staff:
        if mention.wish is not StaffWish.NAMED:
            continue
        best = mention.accepted or (mention.candidates[0].id if mention.candidates else None)
        return names[best] if best else mention.text
    return None
