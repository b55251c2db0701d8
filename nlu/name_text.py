"""The words of a name as one text, with capitals where recognition wrote none."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from nlu.tokens import Token


def as_text(words: Sequence[Token], particles: Container[str], hyphens: Container[str] = ()) -> str:
    """The name as it is written; a hyphen may have been said.

    >>> from nlu.tokens import tokens
    >>> as_text(tokens("anna von der heide"), {"von", "der"})
    'Anna von der Heide'
    >>> as_text(tokens("Wolf Strich Ritter"), set(), {"strich"})
    'Wolf-Ritter'
    >>> as_text(tokens("Anna Anna Heide"), set())
    'Anna Heide'
    """
    if said := [i for i in range(1, len(words) - 1) if words[i].folded in hyphens]:
        first, rest = words[: said[0]], words[said[0] + 1 :]
        parts = (as_text(part, particles, hyphens) for part in (first, rest))
        return "-".join(parts)
    text = words[0].raw + "".join(_spaced(before, word) for before, word in pairwise(words))
    text = _once(text.strip(" ,"))
    if not text.islower():
        return text
    return " ".join(w if w in particles else w.capitalize() for w in text.split())


def _once(text: str) -> str:
    """A word that recognition or a stutter has doubled is said once."""
    words = text.split(" ")
    twice = {i for i in range(1, len(words)) if words[i].casefold() == words[i - 1].casefold()}
    return " ".join(word for i, word in enumerate(words) if i not in twice)


def _spaced(before: Token, word: Token) -> str:
    """A word with the blank that stood before it."""
    if word.raw == ",":
        return ""
    return word.raw if before.end == word.start else f" {word.raw}"
