"""The caller's own name: introduced, called in passing, or the answer to a question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from nlu.introductions import Introductions
from nlu.names import sounds_alike
from nlu.passing_names import PassingNames
from nlu.spelling_hints import tells_letters
from nlu.tokens import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.meaning import PersonName
    from nlu.name_runs import NameRuns
    from nlu.phrases import Hit

_CORRECTED, _REPEATED = 0.95, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class NameListener:
    """Listens for the caller's name in one sentence."""

    runs: NameRuns
    phrases: Sequence[Hit]
    """What the sentence says about names: mein Name ist, keinen Namen."""

    def find(self, *, asked: bool) -> PersonName | None:
        """The name, if one is said."""
        if self._refuses():
            return None
        found = Introductions(runs=self.runs).find(self.phrases, asked=asked)
        if found or (asked and self._begins_with_verb()):
            return found
        return PassingNames(runs=self.runs).find(asked=asked)

    def introduced(self) -> PersonName | None:
        """The name that is introduced as one, if any is."""
        if self._refuses():
            return None
        return Introductions(runs=self.runs).find(self.phrases, asked=False)

    def _refuses(self) -> bool:
        return any(hit.label == "refusals" for hit in self.phrases)

    def whole(self, name: PersonName) -> PersonName:
        """Delacroix, Odette: with the first name said behind it, as on a form; or the other way."""
        words, first_names = self.runs.words, self.runs.language.first_names
        comma = next((i + 1 for i, word in enumerate(words) if word.raw == name.text), len(words))
        beside = self.runs.at(comma + 1, introduced=False) if comma + 1 < len(words) else None
        if beside is None or words[comma].raw != "," or beside.last - beside.first > 1:
            return name
        other = words[beside.first]
        is_first, behind_is = fold(name.text) in first_names, other.folded in first_names
        on_a_form = bool(self.runs.language.words.get("turned_by"))  # there a comma tells
        unsure = (is_first and behind_is) or not (is_first or behind_is or on_a_form)
        if unsure or not self.runs.ends(beside) or sounds_alike(name.text, other.raw):
            return name
        pair = (name.text, other.raw) if is_first else (other.raw, name.text)
        return replace(name, text=" ".join(pair))

    def corrected(self) -> PersonName | None:
        """Nein, Vogt: a name that puts right the one that was read back."""
        skipped = self.runs.language.words["before_corrected_name"]
        denials = self.runs.language.words["plain_no"]
        words = self.runs.words
        first = next((i for i, word in enumerate(words) if word.folded not in skipped), -1)
        if first < 1 or denials.isdisjoint(word.folded for word in words[:first]):
            return None
        return self._ending_at(first, _CORRECTED)

    def written(self) -> PersonName | None:
        """Ja, aber Hoffmann mit zwei F: a name, and how it is written."""
        words = self.runs.words
        for place in range(len(words)):
            found = self.runs.at(place, introduced=False)
            if found and tells_letters(words[found.last :], self.runs.language.language):
                return self.runs.person(found, _CORRECTED, introduced=False)
        return None

    def alone(self) -> PersonName | None:
        """Nothing but a name."""
        return self._ending_at(0, _REPEATED) if self.runs.words else None

    def _ending_at(self, place: int, score: float) -> PersonName | None:
        """The name that begins at a place and ends its sentence."""
        found = self.runs.at(place, introduced=False)
        if found is None or not self.runs.ends(found):
            return None
        return self.runs.person(found, score, introduced=False)

    def _begins_with_verb(self) -> bool:
        """Schreiben Sie ...; regnet es ...: a sentence, not a name."""
        hesitation = self.runs.language.words["hesitation"]
        for word, following in pairwise(self.runs.words):
            if word.folded not in hesitation:
                return following.folded in self.runs.language.words["behind_first_verb"]
        return False
