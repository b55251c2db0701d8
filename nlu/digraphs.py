"""Umlauts written as two letters: "fuer" is "für", but "neue" stays what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nlu.tokens import fold, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from nlu.numbers import NumberWords
    from nlu.tokens import Token

_WRITTEN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_PLAIN = {"ae": "a", "oe": "o", "ue": "u"}


class Digraphs:
    """The words that have an umlaut, by how they are written without one."""

    def __init__(self, words: Iterable[str], numbers: NumberWords) -> None:
        self._numbers = numbers
        self._known = {
            written: fold(word)
            for word in words
            if (written := fold(word.lower().translate(_WRITTEN))) != fold(word)
        }

    def read(self, words: list[Token]) -> list[Token]:
        """The words with their umlauts, where they were written as two letters."""
        return [self._read(word) if _has_digraph(word.folded) else word for word in words]

    def _read(self, word: Token) -> Token:
        known = self._known.get(word.folded)
        return word._replace(folded=known) if known else self._number(word)

    def _number(self, word: Token) -> Token:
        """Fuenfunddreissig: numbers are put together, not listed."""
        plain = word.folded
        for written, letter in _PLAIN.items():
            plain = plain.replace(written, letter)
        return word if self._numbers.cardinal(plain) is None else word._replace(folded=plain)


def _has_digraph(word: str) -> bool:
    return "ae" in word or "oe" in word or "ue" in word


def words_of(data: Mapping[str, Any]) -> Iterator[str]:
    """Every word in packaged data, wherever it stands."""
    for value in data.values():
        yield from _words(value)


def _words(value: object) -> Iterator[str]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _words(key)
                yield from _words(inner)
        case list() | tuple():
            for inner in value:
                yield from _words(inner)
        case str():
            yield from (token.raw for token in tokens(value))
        case _:
            return
