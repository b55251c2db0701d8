"""Names in passing: the answer to a question, or said beside a wish without an introduction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlu.name_runs import Run

if TYPE_CHECKING:
    from nlu.meaning import PersonName
    from nlu.name_runs import NameRuns

_ANSWERED, _KNOWN_FIRST_NAME, _CALLED, _PERHAPS = 0.95, 0.9, 0.87, 0.8
_WISH_WORDS = 4  # so much is said beside a name that is put in front or behind
_LOWER_CASE_LIMIT = 4  # words of an answer that recognition wrote without capitals


@dataclass(frozen=True, slots=True, kw_only=True)
class PassingNames:
    """Finds the names of one sentence that nothing introduces."""

    runs: NameRuns

    def find(self, *, asked: bool) -> PersonName | None:
        """The name, if one is said without ceremony."""
        if asked and (answer := self._answer()):
            return answer
        place = 0
        while place < len(self.runs.words):
            found = self.runs.at(place, introduced=False)
            if found is None or self._is_put_right(found):
                place += 1
                continue
            score = self._passing_score(found, asked=asked)
            if score:
                fullest = self.runs.fuller(found) if asked else found
                return self.runs.person(fullest, score, introduced=False)
            place = found.last
        return None

    def _is_put_right(self, found: Run) -> bool:
        """Nicht Schmidt, Schmitt: the first one is not the name."""
        denied = self.runs.words[found.first - 1].folded if found.first else ""
        is_no = denied in self.runs.language.words["not_at_the_end"]
        return is_no and any(word.raw[0].isupper() for word in self.runs.words[found.last :])

    def _passing_score(self, found: Run, *, asked: bool) -> float:
        """How sure a name in passing is: by a known first name, or by where it stands."""
        count = found.last - found.first
        before = self.runs.words[found.first - 1].folded if found.first else ""
        if before in self.runs.language.words["before_noun"]:
            return 0.0
        has_first_name = self.runs.words[found.first].folded in self.runs.language.first_names
        titled = (
            found.first > 0 and self.runs.words[found.first - 1].folded in self.runs.language.titles
        )
        if has_first_name and (count > 1 or asked):
            return _KNOWN_FIRST_NAME
        if titled and not self._has_cue_before(found.first - 1):
            return _CALLED
        if asked:
            return _ANSWERED if count > 1 else _KNOWN_FIRST_NAME
        if self._stands_alone(found):
            return _CALLED
        return self._at_the_edge(found)

    def _has_cue_before(self, place: int) -> bool:
        return (
            place > 0 and self.runs.words[place - 1].folded in self.runs.language.words["name_cues"]
        )

    def _stands_alone(self, found: Run) -> bool:
        """Between a sentence's borders, with a courtesy or a wish beside it: Vogt, guten Tag."""
        before = self.runs.words[found.first - 1].folded if found.first else ""
        after = self.runs.words[found.last].folded if found.last < len(self.runs.words) else ""
        if before and before not in self.runs.language.words["before_called_name"]:
            return False
        if after not in {",", ".", "!"}:
            return False
        following = (
            self.runs.words[found.last + 1].folded if found.last + 1 < len(self.runs.words) else ""
        )
        greeted = any(
            w.folded in self.runs.language.words["greeted"] for w in self.runs.words[: found.first]
        )
        return following in self.runs.language.words["after_called_name"] or (
            greeted and following != ""
        )

    def _at_the_edge(self, found: Run) -> float:
        """A name put in front of a wish or behind it: "Neumann, können wir ...", "..., Neumann"."""
        words, count = self.runs.words, len(self.runs.words)
        if self._follows_a_time(found) or self._is_booked_for(found):
            return _CALLED
        if count - (found.last - found.first) < _WISH_WORDS:
            return 0.0
        if found.first == 0 and found.last + 1 < count and words[found.last].raw in {",", "."}:
            return _CALLED if words[found.last + 1].raw[0].islower() else _PERHAPS
        if found.first > 1 and words[found.first - 1].raw in {",", "."}:
            ends = found.last == count or (found.last == count - 1 and words[-1].raw in {".", "!"})
            return _CALLED if ends else 0.0
        return _CALLED if self._closes_the_wish(found) else 0.0

    def _follows_a_time(self, found: Run) -> bool:
        """Seven. Hargreaves: a sentence of its own behind a time, and the last."""
        words, before = self.runs.words, found.first - 2
        if before < 0 or words[before + 1].raw not in {".", ","}:
            return False
        if found.last < len(words) - (words[-1].raw in {".", "!"}):
            return False
        capital = all(words[at].raw[0].isupper() for at in range(found.first, found.last))
        return (
            self._is_time(before)
            and capital
            and all(map(self._could_answer, range(found.first, found.last)))
        )

    def _is_booked_for(self, found: Run) -> bool:
        """A cut on Friday at noon for Barnaby Stone: a full name, a title, or behind a time."""
        words, inside = self.runs.words, range(found.first, found.last)
        cue = found.first - 1
        if cue > 0 and words[cue].folded in self.runs.language.titles:
            cue -= 1
        if cue < 0 or words[cue].folded not in self.runs.language.words["booked_for"]:
            return False
        capital = all(words[at].raw[0].isupper() for at in inside)
        if not capital or not all(map(self._could_answer, inside)):
            return False
        return len(inside) > 1 or cue < found.first - 1 or self._is_time(cue - 1)

    def _is_time(self, place: int) -> bool:
        word = self.runs.words[place] if place >= 0 else None
        return bool(word and word.folded in self.runs.common and not self.runs.free[place])

    def _closes_the_wish(self, found: Run) -> bool:
        """Einen Haarschnitt am Freitag um drei Brinkmann: right behind the time, and last."""
        words, before = self.runs.words, found.first - 1
        if found.last < len(words) - (words[-1].raw in {".", "!"}):
            return False
        return self._is_time(before) and all(
            self._could_answer(at) for at in range(found.first, found.last)
        )

    def _answer(self) -> PersonName | None:
        """An answer to "Wie ist Ihr Name?", perhaps without capitals."""
        content = [
            i
            for i, word in enumerate(self.runs.words)
            if word.folded[0].isalpha() and word.folded not in self.runs.language.fillers
        ]
        if (
            not content
            or len(content) > _LOWER_CASE_LIMIT
            or len(self.runs.words) > 2 * _LOWER_CASE_LIMIT
        ):
            return None
        first = content[0]
        last = first
        while last < len(self.runs.words) and self._continues_answer(first, last):
            last += 1
        behind = last + 1 if self._is_comma(last) else last
        explained = (
            behind < len(self.runs.words)
            and self.runs.words[behind].folded in self.runs.language.words["spelled_with"]
        )
        if last == first or (last <= content[-1] and not explained):
            return None
        while first > 0 and self.runs.words[first - 1].folded in self.runs.language.name_particles:
            first -= 1
        return self.runs.person(Run(first, last), _ANSWERED, introduced=False)

    def _is_comma(self, place: int) -> bool:
        return place < len(self.runs.words) and self.runs.words[place].raw == ","

    def _continues_answer(self, first: int, place: int) -> bool:
        """Name words in a row, hyphens and particles among them."""
        word = self.runs.words[place]
        if self._could_answer(place) and word.folded not in self.runs.language.fillers:
            return True
        inside = first < place < len(self.runs.words) - 1
        return inside and (word.raw == "-" or word.folded in self.runs.language.name_particles)

    def _could_answer(self, place: int) -> bool:
        word = self.runs.words[place]
        if word.raw[0].isupper() and word.folded in self.runs.language.words["short_surnames"]:
            return True
        if (
            not self.runs.free[place]
            or word.folded in self.runs.common
            or word.folded in self.runs.language.titles
        ):
            return False
        is_word = len(word.raw) > 1 and word.raw[0].isalpha()
        if word.folded in self.runs.language.first_names:
            return is_word
        known = (
            word.folded in self.runs.language.known or word.folded in self.runs.language.never_names
        )
        return is_word and not known
