"""A yes that depends on something: ja, wenn es bei Emma ist."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.phrases import Hit
    from nlu.talk import Talk
    from nlu.tokens import Token

_ENDS = frozenset({",", ".", ";", "?", "!"})
_FEWEST = 3
"""Words of a condition: "wenn möglich" is a courtesy."""


def condition(words: Sequence[Token], hits: Sequence[Hit], language: Talk) -> str | None:
    """The words a yes depends on, if it depends on any.

    "Wenn es frei ist" holds for what is offered, so it is none.
    """
    if not any(hit.label in {"yes", "weak_yes", "agreed"} for hit in hits):
        return None
    courtesies = [hit for hit in hits if hit.label == "if_free"]
    for place, word in enumerate(words):
        if word.folded not in language.words["conditions"]:
            continue
        if any(hit.first <= place < hit.last for hit in courtesies):
            continue
        last = next((i for i in range(place, len(words)) if words[i].raw in _ENDS), len(words))
        if last - place >= _FEWEST:
            return " ".join(word.raw for word in words[place:last])
    return None
