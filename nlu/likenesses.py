"""What a name is like: Weser wie der Fluss, Freitag wie der Wochentag. No name stands there."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from nlu.phrases import Phrases
from nlu.talk import spelling_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.tokens import Token

_ENDS = frozenset({",", ".", "!", "?", ";"})


@lru_cache(maxsize=8)
def _openings(language: str) -> Phrases:
    return Phrases({"like": spelling_data(language).get("like", ())})


def descriptions(words: Sequence[Token], language: str) -> list[tuple[int, int]]:
    """The character spans of what a name is compared with, each to the end of its clause.

    >>> from nlu.tokens import tokens
    >>> descriptions(tokens("Weser wie der Fluss, bitte"), "de")
    [(6, 19)]
    """
    found = []
    for hit in _openings(language).find(words):
        last = hit.last
        while last < len(words) and words[last].raw not in _ENDS:
            last += 1
        found.append((words[hit.first].start, words[last - 1].end))
    return found
