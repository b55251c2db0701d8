"""Fixed phrases in a sentence: one pass finds all of them, overlapping ones too."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from nlu.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nlu.tokens import Token


_MOST_PARTICLES = 2


class Hit(NamedTuple):
    """A phrase with its label at the words from `first` up to, not including, `last`."""

    label: str
    first: int
    last: int


class Phrases:
    """Phrases with labels; a phrase may have several."""

    def __init__(
        self, labelled: Mapping[str, Iterable[str]], particles: frozenset[str] = frozenset()
    ) -> None:
        self._particles = particles
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
                last = place + 1 if len(phrase) == 1 else self._end(words, place, phrase)
                if last:
                    seen.add(label)
                    hits.append(Hit(label, place, last))
        return hits

    def _end(self, words: Sequence[Token], place: int, phrase: tuple[str, ...]) -> int:
        """The place behind a phrase, or 0; particles may stand between its words."""
        skipped = 0
        for expected in phrase[1:]:
            place += 1
            while place < len(words) and words[place].folded != expected:
                if words[place].folded not in self._particles or skipped == _MOST_PARTICLES:
                    return 0
                place, skipped = place + 1, skipped + 1
            if place >= len(words):
                return 0
        return place + 1
