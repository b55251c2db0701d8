"""Fixed phrases in a sentence: one pass finds all of them, overlapping ones too."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nlu.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nlu.tokens import Token


class Hit(NamedTuple):
    """A phrase with its label at the words from `first` up to, not including, `last`."""

    label: str
    first: int
    last: int


class Phrases:
    """Phrases with labels; a phrase may have several."""

    def __init__(self, labelled: Mapping[str, Iterable[str]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for label, phrases in labelled.items():
            for phrase in phrases:
                words = tuple(token.folded for token in tokens(str(phrase)))
                self._by_first.setdefault(words[0], []).append((words, label))
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: -len(entry[0]))

    def find(self, words: Sequence[Token]) -> list[Hit]:
        """All phrases, by their first words; of one label only the longest at a place."""
        hits: list[Hit] = []
        for place, word in enumerate(words):
            entries = self._by_first.get(word.folded)
            if entries is None:
                continue
            seen: set[str] = set()
            for phrase, label in entries:
                if label in seen:
                    continue
                if len(phrase) == 1 or _continues(words, place, phrase):
                    seen.add(label)
                    hits.append(Hit(label, place, place + len(phrase)))
        return hits


def _continues(words: Sequence[Token], place: int, phrase: tuple[str, ...]) -> bool:
    if place + len(phrase) > len(words):
        return False
    return all(words[place + i].folded == phrase[i] for i in range(1, len(phrase)))
