"""Services a caller does not want: ohne die Tönung; das Föhnen lassen wir weg."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlu.phrases import Phrases
from nlu.talk import folded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.talk import Talk
    from nlu.tokens import Token

_WORDS_BEFORE = 4
_WORDS_BEHIND = 8
_SIGNS = frozenset({",", ".", "!", ";", ":"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Removals:
    """The words of one language by which a service is left out."""

    negations: frozenset[str]
    between: frozenset[str]
    """Words that may stand between a negation and the service."""
    phrases: Phrases
    ends: frozenset[str]
    """Words behind which a refusal is over."""

    def removes(self, words: Sequence[Token], first: int, last: int) -> bool:
        """Whether the service at these words is one to leave out."""
        return self._before(words, first) or self._behind(words, last)

    def _before(self, words: Sequence[Token], first: int) -> bool:
        """Ohne die Tönung; streichen Sie bitte das Föhnen."""
        start = max(0, first - _WORDS_BEFORE)
        for hit in self.phrases.find(words[start:first]):
            rest = words[start + hit.last : first]
            if hit.label == "before" and all(word.folded in self.between for word in rest):
                return True
        for place in range(first - 1, start - 1, -1):
            if words[place].folded in self.negations:
                return True
            if words[place].folded not in self.between:
                return False
        return False

    def _behind(self, words: Sequence[Token], last: int) -> bool:
        """Das Föhnen brauche ich nicht: the refusal ends the clause. A question refuses nothing."""
        if words[-1].raw == "?":
            return False
        clause = words[last : last + _WORDS_BEHIND]
        signs = (place for place, word in enumerate(clause) if word.raw in _SIGNS)
        clause = clause[: next(signs, len(clause))]
        for hit in self.phrases.find(clause):
            ends = hit.last >= len(clause) or clause[hit.last].folded in self.ends
            reaches = all(word.folded in self.between for word in clause[: hit.first])
            if hit.label == "behind" and ends and reaches:
                return True
        return False


def build_removals(language: Talk) -> Removals:
    """The removals of a language."""
    data = language.raw.get("service_removal", {})
    return Removals(
        negations=folded(language.raw["service_negations"]),
        between=folded(data.get("between", ())),
        phrases=Phrases(
            {label: data.get(label, ()) for label in ("before", "behind")},
            folded(data.get("particles", ())),
        ),
        ends=folded(data.get("ends", ())),
    )
