"""Runs of words that can be a name: Marlene Vogt, von der Heide, Müller-Lüdenscheidt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from nlu.meaning import PersonName
from nlu.name_text import as_text
from nlu.talk import folded, spelling_data

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from nlu.phrases import Hit
    from nlu.talk import Talk
    from nlu.tokens import Token

MOST_WORDS = 3


class Run(NamedTuple):
    """The words of a name, from `first` up to, not including, `last`."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRuns:
    """Tells which words of one sentence can be a name."""

    words: Sequence[Token]
    free: Sequence[bool]
    """Words that mean nothing else: no time, no service, no member of staff."""
    language: Talk
    common: Container[str]
    """Words of time, which are names only behind an introduction."""

    def at(self, place: int, *, introduced: bool) -> Run | None:
        """A run of words that can be a name."""
        last = place
        while last < len(self.words) and last - place < MOST_WORDS + 1:
            if not self.is_word(last, introduced=introduced) and not self._is_particle(last):
                break
            last += 1
        while (
            last > place
            and self.words[last - 1].folded in self.language.name_particles
            and not self.is_word(last - 1, introduced=introduced)
        ):
            last -= 1
        last = self._with_second_half(place, last)
        return (
            Run(place, last)
            if last > place and self.is_word(last - 1, introduced=introduced)
            else None
        )

    def _with_second_half(self, place: int, last: int) -> int:
        """Double names: Müller-Lüdenscheidt."""
        if last > place and last + 1 < len(self.words) and self.words[last].folded == "-":
            joined = self.words[last].start == self.words[last - 1].end
            if joined and self.words[last + 1].start == self.words[last].end:
                return last + 2
        return last

    def _is_particle(self, place: int) -> bool:
        particles = self.language.name_particles
        if place + 1 >= len(self.words) or self.words[place].folded not in particles:
            return False
        following = self.words[place + 1]
        return following.raw[:1].isupper() or following.folded in particles

    def is_word(self, place: int, *, introduced: bool) -> bool:
        """Whether this word can be one of a name."""
        word = self.words[place]
        if not word.raw[0].isalpha() or len(word.raw) < 2:  # noqa: PLR2004 - a letter is no name
            return False
        if introduced and word.folded in self.language.words["introduced_surnames"]:
            return word.raw[0].isupper() or (
                self._follows_is(place) and self.ends(Run(place, place + 1))
            )
        return self._is_everyday_surname(place) or self._is_of_a_name(place, introduced=introduced)

    def _is_of_a_name(self, place: int, *, introduced: bool) -> bool:
        """No word of everyday, of time, of courtesy."""
        word = self.words[place]
        is_calendar = word.folded in self.common
        if word.folded in self.language.first_names:
            return self.free[place] or introduced
        if introduced and is_calendar:
            return word.raw[0].isupper() and word.folded in self.language.words["calendar_names"]
        if (
            is_calendar
            or word.folded in self.language.never_names
            or word.folded in self.language.fillers
            or (not introduced and word.folded in self.language.words["answers"])
        ):
            return False
        return (self.free[place] or introduced) and (
            word.raw[0].isupper()
            or (introduced and self._follows_is(place))
            or self._is_small_surname(place)
        )

    def _is_everyday_surname(self, place: int) -> bool:
        """Jörg Weiß, Anna Kurz: behind a first name, a capital makes a name of it."""
        if place == 0 or not self.free[place - 1]:
            return False
        before, word = self.words[place - 1], self.words[place]
        return (
            word.raw[0].isupper()
            and word.folded in self.language.words["introduced_surnames"]
            and before.raw[0].isupper()
            and before.folded in self.language.first_names
        )

    def _is_small_surname(self, place: int) -> bool:
        """Recognition without capitals: hier ist petra dietz, ich möchte ..."""
        if place == 0 or self.words[place - 1].folded not in self.language.first_names:
            return False
        before, word = self.words[place - 1], self.words[place]
        small = before.raw[0].islower() and word.raw[0].islower()
        return small and self.free[place] and word.folded not in self.language.known

    def opens_small(self, place: int) -> bool:
        """Ja vogt hier ich möchte: without capitals, a word that opens the call and means nothing.

        Only where no word of the sentence has a capital.
        """
        if place < 0 or any(word.raw[0].isupper() for word in self.words):
            return False
        words, word = self.language.words, self.words[place]
        opening = words["before_called_name"] | words["hesitation"] | words["after_closing"]
        greets = all(each.folded in opening | self.language.fillers for each in self.words[:place])
        means = self.language.known | self.language.fillers | self.language.never_names | opening
        is_word = word.raw.isalpha() and len(word.raw) > 2 and word.folded not in means  # noqa: PLR2004 - "da" is no name
        return greets and is_word and self.free[place] and word.folded not in self.common

    def _follows_is(self, place: int) -> bool:
        """Recognition without capitals: mein name ist vogt; hier ist die frau vogt."""
        says = self.language.words["says_name"] | self.language.titles
        return place > 0 and self.words[place - 1].folded in says

    def is_surely_name(self, found: Run) -> bool:
        """Whether it has a known first name, or capitals throughout."""
        words = self.words[found.first : found.last]
        return any(w.folded in self.language.first_names for w in words) or all(
            w.raw[0].isupper() or w.folded in self.language.name_particles or w.raw == "-"
            for w in words
        )

    def ends(self, found: Run) -> bool:
        """Whether a name ends its sentence, but for how it is written: Vogt mit V."""
        following = self.words[found.last].folded if found.last < len(self.words) else "."
        return following in {".", "!", ","} or following in self.language.words["spelled_with"]

    def behind_titles(self, place: int) -> int:
        """The place behind Frau, Doktor and little words."""
        while place < len(self.words) and self.words[place].folded in (
            self.language.titles | self.language.words["before_name"]
        ):
            place += 1
        return place

    def first_before(self, last: int) -> int:
        """Where the run of name words that ends at a place begins; hyphens join."""
        first = last
        while first > 0 and last - first < MOST_WORDS:
            if first < last and self.words[first - 1].folded in self.language.words["greeted"]:
                break  # Guten Morgen, Vogt mein Name
            if self.is_word(first - 1, introduced=True):
                first -= 1
            elif self.words[first - 1].raw == "-" and first > 1 and first < last:
                first -= 2
            else:
                break
        return first

    def fuller(self, found: Run) -> Run:
        """Behrens, Anna Behrens: the later run that contains what was said before."""
        said = {word.folded for word in self.words[found.first : found.last]}
        for place in range(found.last, len(self.words)):
            other = self.at(place, introduced=False)
            if other and said < {word.folded for word in self.words[other.first : other.last]}:
                return other
        return found

    def person(self, found: Run, score: float, *, introduced: bool) -> PersonName:
        """The name as it is written."""
        words = self.words[found.first : found.last]
        hyphens = folded(spelling_data(self.language.language)["hyphen"])
        text = as_text(words, self.language.name_particles, hyphens)
        return PersonName(text=text, score=score, introduced=introduced)

    def said(self, hit: Hit) -> set[str]:
        """The folded words of a phrase."""
        return {word.folded for word in self.words[hit.first : hit.last]}
