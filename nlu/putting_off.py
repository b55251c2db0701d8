"""Put off for now: I need to check with my husband first; I'll call back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu.phrases import Hit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.talk import Talk
    from nlu.tokens import Token

_ENDS = frozenset({".", ";", "?", "!"})
_BETWEEN = 2
"""Words between the verb and whom it asks: "with my husband"."""
_HANG_ON_IT = frozenset(
    {"book", "cancel", "reschedule", "callback", "prevented", "query", "question"}
)
"""What is said behind hangs on the answer, and "talk to" wants nobody of the salon."""


def consulted(words: Sequence[Token], hits: Sequence[Hit], language: Talk) -> Hit | None:
    """The clause in which the caller has to ask somebody, or a diary, first.

    It is no yes and no no, and neither a booking nor a cancellation; a question is none.
    """
    if "consulted" not in language.words:
        return None
    for need in (hit for hit in hits if hit.label == "consult_need"):
        last = next((i for i in range(need.last, len(words)) if words[i].raw in _ENDS), len(words))
        asks = (h for h in hits if h.label == "consult" and need.last <= h.first <= need.last + 1)
        is_question = last < len(words) and words[last].raw == "?"
        if not is_question and any(_whom(words, ask, language) for ask in asks):
            return Hit("unsure", need.first, last)
    return None


def without_own_calls(hits: Sequence[Hit]) -> list[Hit]:
    """The acts of a sentence; the "call back" of "I'll call back" wants no call of the salon's."""
    own = [hit for hit in hits if hit.label == "again"]
    return [
        hit
        for hit in hits
        if hit.label != "callback"
        or not any(o.first <= hit.first and hit.last <= o.last for o in own)
    ]


def without_consequences(hits: Sequence[Hit], clause: Hit) -> list[Hit]:
    """The acts of the sentence, without those that hang on what somebody says to them."""
    kept = [
        hit
        for hit in hits
        if hit.label not in _HANG_ON_IT or not clause.first <= hit.first < clause.last
    ]
    return [*kept, clause]


def _whom(words: Sequence[Token], ask: Hit, language: Talk) -> bool:
    for word in words[ask.last : ask.last + _BETWEEN + 1]:
        if word.folded in language.words["consulted"]:
            return True
        if word.folded not in language.words["before_consulted"]:
            return False
    return False
