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


class Sounds(NamedTuple):
    """Other forms of the same words, as recognition writes them down."""

    whole: Mapping[str, str]
    """Words with a sound swallowed, lower-case and with their umlauts: "wär" is "ware"."""
    contractions: Mapping[str, str]
    """Two words said as one: "geht es" is "gehts"."""

    def complete(self, words: Iterable[Token]) -> list[str]:
        """The folded words, each with all its sounds."""
        if not self.whole:
            return [word.folded for word in words]
        return [self.whole.get(word.raw.lower(), word.folded) for word in words]

    def forms(self, phrase: str) -> list[str]:
        """The phrase, also with two of its words said as one."""
        short = [phrase.replace(f"{a}", b) for a, b in self.contractions.items() if a in phrase]
        return [phrase, *short]


_NO_OTHER_SOUNDS = Sounds({}, {})


class Phrases:
    """Phrases with labels; a phrase may have several."""

    def __init__(
        self,
        labelled: Mapping[str, Iterable[str]],
        particles: frozenset[str] = frozenset(),
        sounds: Sounds = _NO_OTHER_SOUNDS,
    ) -> None:
        self._particles = particles
        self._sounds = sounds
        self._by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for label, phrases in labelled.items():
            for phrase in dict.fromkeys(f for p in phrases for f in sounds.forms(str(p))):
                words = tuple(sounds.complete(tokens(phrase)))
                self._by_first.setdefault(words[0], []).append((words, label))
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: -len(entry[0]))

    def find(self, words: Sequence[Token]) -> list[Hit]:
        """All phrases, by their first words; of one label only the longest at a place."""
        hits: list[Hit] = []
        said = self._sounds.complete(words)
        there = set(said)
        for place, word in enumerate(said):
            entries = self._by_first.get(word)
            if entries is None:
                continue
            seen: set[str] = set()
            for phrase, label in entries:
                if label in seen or phrase[-1] not in there:
                    continue
                last = place + 1 if len(phrase) == 1 else self._end(said, place, phrase)
                if last:
                    seen.add(label)
                    hits.append(Hit(label, place, last))
        return hits

    def _end(self, words: Sequence[str], place: int, phrase: tuple[str, ...]) -> int:
        """The place behind a phrase, or 0; particles may stand between its words."""
        skipped = 0
        for expected in phrase[1:]:
            place += 1
            while place < len(words) and words[place] != expected:
                filled = words[place] in self._particles or words[place] == words[place - 1]
                if not filled or skipped == _MOST_PARTICLES:
                    return 0
                place, skipped = place + 1, skipped + 1
            if place >= len(words):
                return 0
        return place + 1
