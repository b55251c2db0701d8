"""Spelled words: letters, spelling alphabets, double letters, "mit Ypsilon", "scharfes S"."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from nlu.talk import folded, spelling_data
from nlu.tokens import fold, tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlu.tokens import Token

_FEWEST = 3
"""Fewer letters are no spelled word: "e i" may be anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alphabet:
    """What is said for letters."""

    names: Mapping[tuple[str, ...], str]
    """Folded words to a letter: ("scharfes", "s") to "ß"."""
    words: Mapping[str, str]
    """Spelling alphabets: anton to "a"."""
    double: frozenset[str]
    hyphen: frozenset[str]
    as_in: frozenset[str]
    joints: frozenset[str]

    def letter(self, words: Sequence[Token], place: int) -> tuple[str, int] | None:
        """The letter at a place and the place behind it."""
        for length in (2, 1):
            key = tuple(word.folded for word in words[place : place + length])
            if len(key) == length and key in self.names:
                return self.names[key], place + length
        word = words[place]
        if len(word.raw) == 1 and word.raw.isalpha():
            return word.raw.lower(), place + 1
        if word.folded in self.words:
            return self.words[word.folded], place + 1
        return None


@lru_cache(maxsize=8)
def alphabet(language: str) -> Alphabet:
    """The alphabets of a language."""
    data: dict[str, Any] = spelling_data(language)
    names: dict[tuple[str, ...], str] = {}
    for letter, phrases in data["letters"].items():
        for phrase in phrases:
            names[tuple(token.folded for token in tokens(str(phrase)))] = str(letter)
    words = {fold(word): str(letter) for letter, ws in data["alphabet"].items() for word in ws}
    return Alphabet(
        names=names,
        words=words,
        double=folded(data["double"]),
        hyphen=folded(data["hyphen"]),
        as_in=folded(data["as_in"]),
        joints=folded(data["joints"]),
    )


def spelled(words: Sequence[Token], language: str) -> tuple[str, int, int] | None:
    """The longest spelled word, with the places it spans.

    >>> from nlu.tokens import tokens
    >>> spelled(tokens("M A Y R"), "de")
    ('Mayr', 0, 4)
    """
    letters = alphabet(language)
    best: tuple[str, int, int] | None = None
    place = 0
    while place < len(words):
        text, last = _run(words, place, letters)
        if len(text) >= _FEWEST and (best is None or len(text) > len(best[0])):
            best = (text, place, last)
        place = max(last, place + 1)
    return best and (best[0][:1].upper() + best[0][1:], best[1], best[2])


def _run(words: Sequence[Token], place: int, letters: Alphabet) -> tuple[str, int]:
    """Letters in a row from a place on."""
    text, last, twice = "", place, False
    while place < len(words):
        word = words[place]
        if word.folded in letters.double:
            twice, place = True, place + 1
            continue
        if word.folded.startswith("doppel") and len(word.folded) == len("doppel") + 1:
            text, place = text + 2 * word.folded[-1], place + 1
            last = place
            continue
        if text and (word.folded in letters.joints or word.raw in {",", ".", "-"}):
            place += 1
            continue
        if text and word.folded in letters.hyphen:
            text, place = f"{text}-", place + 1
            continue
        found = letters.letter(words, place)
        if found is None:
            break
        alone = len(word.raw) == 1
        letter, place = found
        place = _behind_example(words, place, letters)
        if alone and place < len(words) and letters.words.get(words[place].folded) == letter:
            place += 1  # "E Echo"
        text += letter * (2 if twice else 1)
        twice, last = False, place
    return text.rstrip("-"), last


def _behind_example(words: Sequence[Token], place: int, letters: Alphabet) -> int:
    """Behind "wie Julius" in "J wie Julius", "as in Victor" in "V as in Victor"."""
    if place + 1 >= len(words) or words[place].folded not in letters.as_in:
        return place
    joined = words[place + 1].folded in letters.joints and place + 2 < len(words)
    return place + 3 if joined else place + 2
