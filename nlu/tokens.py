"""Words with their places in the text, folded so that lost umlauts and capitals do not matter."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

MAX_CHARACTERS = 2000
"""A turn on the phone is shorter; what is beyond is not listened to."""

_MARKS = range(0x300, 0x370)
"""Dots and accents as characters of their own, as some systems write "ü"."""
_LETTERS = r"(?:[^\W\d_][\u0300-\u036f]*)+"
_TOKEN = re.compile(rf"[0-9]+|{_LETTERS}(?:['’]{_LETTERS})*|['’]{_LETTERS}|[^\w\s]")
_PLAIN = {"ä": "a", "ö": "o", "ü": "u", "ß": "ss", "é": "e", "è": "e", "â": "a", "ê": "e"}
_FOLDED = str.maketrans({**_PLAIN, "'": "", "’": ""} | dict.fromkeys(map(chr, _MARKS), ""))


class Token(NamedTuple):
    """One word, number or sign."""

    folded: str
    raw: str
    start: int
    end: int


@lru_cache(maxsize=16384)
def fold(word: str) -> str:
    """A word without capitals, umlauts and apostrophes.

    >>> fold("Übermorgen"), fold("wenn's"), fold("Dreißig")
    ('ubermorgen', 'wenns', 'dreissig')
    """
    return word.lower().translate(_FOLDED)


def tokens(text: str) -> list[Token]:
    """The words, numbers and signs of a text, in order.

    >>> [token.folded for token in tokens("Am Montag, um 9?")]
    ['am', 'montag', ',', 'um', '9', '?']
    """
    return list(_tokens(text[:MAX_CHARACTERS]))


@lru_cache(maxsize=512)  # one turn asks several times for the same sentence
def _tokens(text: str) -> tuple[Token, ...]:
    return tuple(
        Token(fold(found.group()) or found.group(), found.group(), found.start(), found.end())
        for found in _TOKEN.finditer(text)
    )
