"""Number words of a language: cardinals and ordinals, also long ones written in one piece."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST = 60  # characters of the longest sensible number word
_TENS = 10
_ORDINALS_IN_ST = 20  # from here on German ordinals end in -st: zwanzigste


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberWords:
    """The pieces that number words of one language are made of, all folded."""

    cardinals: Mapping[str, int]
    one: frozenset[str] = frozenset()
    """Forms of one inside longer words: "ein-und-zwanzig"."""
    ordinal_stems: Mapping[str, int] = field(default_factory=dict)
    endings: Sequence[str] = ()
    hundred: str = ""
    thousand: str = ""
    joint: str = ""

    def cardinal(self, word: str) -> int | None:
        """The number a word names.

        >>> german().cardinal("einundzwanzig"), german().cardinal("zweitausendsechsundzwanzig")
        (21, 2026)
        """
        if not word or len(word) > _LONGEST:
            return None
        if word in self.cardinals:
            return self.cardinals[word]
        for unit, value in ((self.thousand, 1000), (self.hundred, 100)):
            if unit and unit in word:
                return self._with_unit(word, unit, value)
        return self._tens(word)

    def ordinal(self, word: str) -> int | None:
        """The number an ordinal names, whatever its ending.

        >>> german().ordinal("siebten"), german().ordinal("einunddreissigster")
        (7, 31)
        """
        for ending in self.endings:
            if word.endswith(ending):
                found = self._ordinal_stem(word[: -len(ending)])
                if found is not None:
                    return found
        return None

    def _with_unit(self, word: str, unit: str, value: int) -> int | None:
        left, _, right = word.partition(unit)
        count = 1 if not left or left in self.one else self.cardinal(left)
        rest = 0 if not right else self.cardinal(right.removeprefix(self.joint))
        return None if count is None or rest is None else count * value + rest

    def _tens(self, word: str) -> int | None:
        """Ones before tens, joined: fünf-und-dreißig."""
        left, joint, right = word.partition(self.joint) if self.joint else (word, "", "")
        if not joint:
            return None
        ones = 1 if left in self.one else self.cardinals.get(left)
        tens = self.cardinals.get(right)
        if not ones or not tens or ones >= _TENS or tens < 2 * _TENS or tens % _TENS:
            return None
        return tens + ones

    def _ordinal_stem(self, stem: str) -> int | None:
        if stem in self.ordinal_stems:
            return self.ordinal_stems[stem]
        for suffix in ("st", "t"):
            if stem.endswith(suffix):
                number = self.cardinal(stem[: -len(suffix)])
                if number and (number >= _ORDINALS_IN_ST) == (suffix == "st"):
                    return number
        return None


def german() -> NumberWords:
    """The German number words, for examples."""
    from nlu.lexicon import lexicon

    return lexicon("de").numbers
