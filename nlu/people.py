"""The caller's own name: introduced, called in passing, or the answer to a question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from nlu.meaning import PersonName
from nlu.name_text import as_text

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from nlu.phrases import Hit
    from nlu.talk import Talk
    from nlu.tokens import Token

_INTRODUCED, _ANSWERED, _KNOWN_FIRST_NAME, _CALLED, _PERHAPS = 0.97, 0.95, 0.9, 0.87, 0.8
_WISH_WORDS = 4  # so much is said beside a name that is put in front or behind
_MOST_WORDS = 3
_LOWER_CASE_LIMIT = 4  # words of an answer that recognition wrote without capitals


class _Name(NamedTuple):
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NameListener:
    """Listens for the caller's name in one sentence."""

    words: Sequence[Token]
    free: Sequence[bool]
    """Words that mean nothing else: no time, no service, no member of staff."""
    language: Talk
    common: Container[str]
    """Words of time, which are names only behind an introduction."""

    def find(self, *, asked: bool) -> PersonName | None:
        """The name, if one is said."""
        hits = self.language.names.find(self.words)
        if any(hit.label == "refusals" for hit in hits):
            return None
        found = self._in_parts(hits) or self._introduced(hits, asked=asked) or self._closed(hits)
        if found or (asked and self._begins_with_verb()):
            return found
        return self._passing(asked=asked)

    def _begins_with_verb(self) -> bool:
        """Schreiben Sie ...; regnet es ...: a sentence, not a name."""
        hesitation = self.language.words["hesitation"]
        for word, following in pairwise(self.words):
            if word.folded not in hesitation:
                return following.folded in self.language.words["behind_first_verb"]
        return False

    def corrected(self) -> PersonName | None:
        """Nein, Vogt: a name that puts right the one that was read back."""
        skipped = self.language.words["before_corrected_name"]
        denials = self.language.words["plain_no"]
        first = next((i for i, w in enumerate(self.words) if w.folded not in skipped), -1)
        if first < 1 or denials.isdisjoint(word.folded for word in self.words[:first]):
            return None
        found = self._name_at(first, introduced=False)
        return (
            self._person(found, _ANSWERED, introduced=False)
            if found and self._ends(found)
            else None
        )

    def alone(self) -> PersonName | None:
        """Nothing but a name."""
        found = self._name_at(0, introduced=False) if self.words else None
        return (
            self._person(found, _PERHAPS, introduced=False) if found and self._ends(found) else None
        )

    def _ends(self, found: _Name) -> bool:
        """Whether a name ends its sentence, but for how it is written: Vogt mit V."""
        following = self.words[found.last].folded if found.last < len(self.words) else "."
        return following in {".", "!", ","} or following in self.language.words["spelled_with"]

    # --- with an introduction ---

    def _in_parts(self, hits: Sequence[Hit]) -> PersonName | None:
        """Vorname Marlene, Nachname Vogt, in either order."""
        first = self._part(hits, self.language.words["says_first_name"])
        last = self._part(hits, self.language.words["says_last_name"])
        if first and last is None:
            last = self._called_before(hits)
        if first is None or last is None or first.text == last.text:
            return None
        return replace(first, text=f"{first.text} {last.text}")

    def _called_before(self, hits: Sequence[Hit]) -> PersonName | None:
        """Vogt, Vorname Marlene: the last name stands in front."""
        labels = self.language.words["says_first_name"]
        place = min(
            (h.first for h in hits if not labels.isdisjoint(self._folded(h))),
            default=len(self.words),
        )
        found = next((f for i in range(place) if (f := self._name_at(i, introduced=False))), None)
        if found is None or found.last > place:
            return None
        between = self.words[found.last : place]
        is_close = all(not word.folded[0].isalnum() for word in between)
        return self._person(found, _INTRODUCED, introduced=True) if is_close else None

    def _folded(self, hit: Hit) -> set[str]:
        return {word.folded for word in self.words[hit.first : hit.last]}

    def _part(self, hits: Sequence[Hit], labels: frozenset[str]) -> PersonName | None:
        """What is said behind "Nachname"."""
        for hit in hits:
            if hit.label != "introductions" or self._folded(hit).isdisjoint(labels):
                continue
            found = self._name_at(self._skip_titles(hit.last), introduced=True)
            if found and self._is_surely_name(found):
                return self._person(found, _INTRODUCED, introduced=True)
        return None

    def _introduced(self, hits: Sequence[Hit], *, asked: bool) -> PersonName | None:
        """Mein Name ist Vogt; ich bin die Marlene; hier spricht Vogt."""
        best: PersonName | None = None
        for hit in hits:
            if hit.label != "introductions":
                continue
            phrase = " ".join(w.folded for w in self.words[hit.first : hit.last])
            weak = phrase in self.language.words["weak_introductions"]
            found = self._name_at(self._skip_titles(hit.last), introduced=not weak)
            if found is None:
                continue
            if weak and not (
                self._is_surely_name(found) and self._introduces(hit, found, asked=asked)
            ):
                continue
            best = self._person(self._fuller(found), _INTRODUCED, introduced=True)
        return best

    def _introduces(self, hit: Hit, found: _Name, *, asked: bool) -> bool:
        """Unter Vogt müsste das stehen; hier Vogt, guten Tag: little words that may do so."""
        said = self._folded(hit)
        if said <= self.language.words["noting"]:
            return asked
        if said <= self.language.words["under"]:
            filed = self.language.words["filed_under"]
            return any(word.folded in filed for word in self.words[found.last :])
        if said <= self.language.words["closing_here"]:
            opening = self.language.words["before_called_name"] | self.language.words["hesitation"]
            return self._ends(found) and all(w.folded in opening for w in self.words[: hit.first])
        return True

    def _skip_titles(self, place: int) -> int:
        while place < len(self.words) and self.words[place].folded in (
            self.language.titles | self.language.words["before_name"]
        ):
            place += 1
        return place

    def _closed(self, hits: Sequence[Hit]) -> PersonName | None:
        """Vogt mein Name; Kröger hier."""
        for hit in hits:
            if hit.label != "closings":
                continue
            last = hit.first
            if last and self.words[last - 1].folded == ",":
                last -= 1
            first = self._first_before(last)
            if (
                first < last
                and self._ends_closing(hit)
                and self._is_surely_name(_Name(first, last))
            ):
                return self._person(_Name(first, last), _INTRODUCED, introduced=True)
        return None

    def _first_before(self, last: int) -> int:
        """Where the run of name words that ends at a place begins; hyphens join."""
        first = last
        while first > 0 and last - first < _MOST_WORDS:
            if first < last and self.words[first - 1].folded in self.language.words["greeted"]:
                break  # Guten Morgen, Vogt mein Name
            if self._is_name_word(first - 1, introduced=True):
                first -= 1
            elif self.words[first - 1].raw == "-" and first > 1 and first < last:
                first -= 2
            else:
                break
        return first

    def _ends_closing(self, hit: Hit) -> bool:
        """Hier only closes a name at the end of its clause."""
        closing = self.words[hit.first].folded
        if closing not in self.language.words["closing_here"] or hit.last >= len(self.words):
            return True
        return (
            not self.words[hit.last].folded[0].isalpha()
            or self.words[hit.last].folded in self.language.words["after_closing"]
        )

    # --- without one ---

    def _passing(self, *, asked: bool) -> PersonName | None:
        if asked and (answer := self._answer()):
            return answer
        place = 0
        while place < len(self.words):
            found = self._name_at(place, introduced=False)
            if found is None or self._is_put_right(found):
                place += 1
                continue
            score = self._passing_score(found, asked=asked)
            if score:
                fullest = self._fuller(found) if asked else found
                return self._person(fullest, score, introduced=False)
            place = found.last
        return None

    def _is_put_right(self, found: _Name) -> bool:
        """Nicht Schmidt, Schmitt: the first one is not the name."""
        denied = self.words[found.first - 1].folded if found.first else ""
        is_no = denied in self.language.words["not_at_the_end"]
        return is_no and any(word.raw[0].isupper() for word in self.words[found.last :])

    def _fuller(self, found: _Name) -> _Name:
        """Behrens, Anna Behrens: the later run that contains what was said before."""
        said = {word.folded for word in self.words[found.first : found.last]}
        for place in range(found.last, len(self.words)):
            other = self._name_at(place, introduced=False)
            if other and said < {word.folded for word in self.words[other.first : other.last]}:
                return other
        return found

    def _passing_score(self, found: _Name, *, asked: bool) -> float:
        """How sure a name in passing is: by a known first name, or by where it stands."""
        count = found.last - found.first
        before = self.words[found.first - 1].folded if found.first else ""
        if before in self.language.words["before_noun"]:
            return 0.0
        has_first_name = self.words[found.first].folded in self.language.first_names
        titled = found.first > 0 and self.words[found.first - 1].folded in self.language.titles
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
        return place > 0 and self.words[place - 1].folded in self.language.words["name_cues"]

    def _stands_alone(self, found: _Name) -> bool:
        """Between a sentence's borders, with a courtesy or a wish beside it: Vogt, guten Tag."""
        before = self.words[found.first - 1].folded if found.first else ""
        after = self.words[found.last].folded if found.last < len(self.words) else ""
        if before and before not in self.language.words["before_called_name"]:
            return False
        if after not in {",", ".", "!"}:
            return False
        following = self.words[found.last + 1].folded if found.last + 1 < len(self.words) else ""
        greeted = any(w.folded in self.language.words["greeted"] for w in self.words[: found.first])
        return following in self.language.words["after_called_name"] or (
            greeted and following != ""
        )

    def _at_the_edge(self, found: _Name) -> float:
        """A name put in front of a wish or behind it: "Neumann, können wir ...", "..., Neumann"."""
        words, count = self.words, len(self.words)
        if count - (found.last - found.first) < _WISH_WORDS:
            return 0.0
        if found.first == 0 and found.last + 1 < count and words[found.last].raw in {",", "."}:
            return _CALLED if words[found.last + 1].raw[0].islower() else _PERHAPS
        if found.first > 1 and words[found.first - 1].raw in {",", "."}:
            ends = found.last == count or (found.last == count - 1 and words[-1].raw in {".", "!"})
            return _CALLED if ends else 0.0
        return 0.0

    def _answer(self) -> PersonName | None:
        """An answer to "Wie ist Ihr Name?", perhaps without capitals."""
        content = [
            i
            for i, word in enumerate(self.words)
            if word.folded[0].isalpha() and word.folded not in self.language.fillers
        ]
        if (
            not content
            or len(content) > _LOWER_CASE_LIMIT
            or len(self.words) > 2 * _LOWER_CASE_LIMIT
        ):
            return None
        first = content[0]
        last = first
        while last < len(self.words) and self._continues_answer(first, last):
            last += 1
        explained = (
            last < len(self.words)
            and self.words[last].folded in self.language.words["spelled_with"]
        )
        if last == first or (last <= content[-1] and not explained):
            return None
        while first > 0 and self.words[first - 1].folded in self.language.name_particles:
            first -= 1
        return self._person(_Name(first, last), _ANSWERED, introduced=False)

    def _continues_answer(self, first: int, place: int) -> bool:
        """Name words in a row, hyphens and particles among them."""
        word = self.words[place]
        if self._could_answer(place) and word.folded not in self.language.fillers:
            return True
        inside = first < place < len(self.words) - 1
        return inside and (word.raw == "-" or word.folded in self.language.name_particles)

    def _could_answer(self, place: int) -> bool:
        word = self.words[place]
        if word.raw[0].isupper() and word.folded in self.language.words["short_surnames"]:
            return True
        if (
            not self.free[place]
            or word.folded in self.common
            or word.folded in self.language.titles
        ):
            return False
        is_word = len(word.raw) > 1 and word.raw[0].isalpha()
        if word.folded in self.language.first_names:
            return is_word
        known = word.folded in self.language.known or word.folded in self.language.never_names
        return is_word and not known

    # --- pieces ---

    def _name_at(self, place: int, *, introduced: bool) -> _Name | None:
        """A run of words that can be a name."""
        last = place
        while last < len(self.words) and last - place < _MOST_WORDS + 1:
            if not self._is_name_word(last, introduced=introduced) and not self._is_particle(last):
                break
            last += 1
        while (
            last > place
            and self.words[last - 1].folded in self.language.name_particles
            and not self._is_name_word(last - 1, introduced=introduced)
        ):
            last -= 1
        last = self._with_second_half(place, last)
        return (
            _Name(place, last)
            if last > place and self._is_name_word(last - 1, introduced=introduced)
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

    def _is_name_word(self, place: int, *, introduced: bool) -> bool:
        word = self.words[place]
        if not word.raw[0].isalpha() or len(word.raw) < 2:  # noqa: PLR2004 - a letter is no name
            return False
        if introduced and word.folded in self.language.words["introduced_surnames"]:
            return word.raw[0].isupper() or (
                self._follows_is(place) and self._ends(_Name(place, place + 1))
            )
        is_calendar = word.folded in self.common
        if word.folded in self.language.first_names:
            return self.free[place] or introduced
        if introduced and is_calendar:
            return word.raw[0].isupper() and word.folded in self.language.words["calendar_names"]
        if (
            is_calendar
            or word.folded in self.language.never_names
            or word.folded in self.language.fillers
        ):
            return False
        return (self.free[place] or introduced) and (
            word.raw[0].isupper()
            or (introduced and self._follows_is(place))
            or self._is_small_surname(place)
        )

    def _is_small_surname(self, place: int) -> bool:
        """Recognition without capitals: hier ist petra dietz, ich möchte ..."""
        if place == 0 or self.words[place - 1].folded not in self.language.first_names:
            return False
        before, word = self.words[place - 1], self.words[place]
        small = before.raw[0].islower() and word.raw[0].islower()
        return small and self.free[place] and word.folded not in self.language.known

    def _follows_is(self, place: int) -> bool:
        """Recognition without capitals: mein name ist vogt."""
        return place > 0 and self.words[place - 1].folded in self.language.words["says_name"]

    def _is_surely_name(self, found: _Name) -> bool:
        words = self.words[found.first : found.last]
        return any(w.folded in self.language.first_names for w in words) or all(
            w.raw[0].isupper() or w.folded in self.language.name_particles or w.raw == "-"
            for w in words
        )

    def _person(self, found: _Name, score: float, *, introduced: bool) -> PersonName:
        words = self.words[found.first : found.last]
        text = as_text(words, self.language.name_particles)
        return PersonName(text=text, score=score, introduced=introduced)
