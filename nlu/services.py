"""Services of a salon in a sentence: by name, by synonym, misheard, or as several to ask about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz import fuzz, process

from nlu.meaning import ACCEPT_SCORE, Candidate, ServiceMention
from nlu.phonetics import cologne

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from nlu.removals import Removals
    from nlu.tokens import Token

SURE, HINT = 0.97, 0.7
_TOLD_BY_AUDIENCE = 0.9
_MOST_WORDS = 9
_FURTHEST_HALF = 6  # words from "Damen-" to "Kinderhaarschnitt"
_SHORTEST_HEAD = 5  # letters of what two services share
_SHORTEST_PART = 5  # letters; "kur" is part of many names
SHORTEST_MISHEARD = 7  # letters; shorter words resemble too many others
_MISHEARD, _PERHAPS_MISHEARD = 87.0, 78.0
"""Likeness in per cent from which a word is a service, and from which it is asked about."""


class Key(NamedTuple):
    """What a joined phrase stands for, and how surely."""

    service: str
    score: float


class _Found(NamedTuple):
    first: int
    last: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doers:
    """What tells that a woman or a man shall do it: folded words before and behind."""

    cues: frozenset[str]
    articles: frozenset[str]
    nouns: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFinder:
    """Finds the services of one salon."""

    keys: Mapping[str, tuple[Key, ...]]
    """Joined words without joints: "waschenschneidenfohnen"."""
    longest: int
    joints: frozenset[str]
    removals: Removals
    audience: Mapping[str, str]
    audiences_of: Mapping[str, frozenset[str]]
    misheard_keys: tuple[str, ...]
    by_sound: Mapping[str, tuple[str, ...]]
    """The same by how they sound."""
    known: frozenset[str]
    names: Mapping[str, tuple[str, ...]]
    """What each service is surely called, joined: what is part of it is no other service."""
    titles: frozenset[str] = frozenset()
    possessives: frozenset[str] = frozenset()
    """Meine Frau is no title."""
    common: Container[str] = frozenset()
    doers: Doers

    def find(
        self, words: Sequence[Token], *, several_people: bool = False
    ) -> tuple[list[ServiceMention], list[ServiceMention]]:
        """The services a sentence wishes for and those it leaves out, in order.

        Where several people come, the words for one of them tell nothing about the others.
        """
        every = self._scan(words)
        out = [one for one in every if self.removals.removes(words, one.first, one.last)]
        found = [one for one in every if one not in out]
        if several_people:
            found = self._completed(found, words)
        else:
            found = [self._told_apart(one, words) for one in self._completed(found, words)]
        kept = _without_repetition(self._without_parts(found, words))
        return [_mention(one, words) for one in kept], [_mention(one, words) for one in out]

    def _scan(self, words: Sequence[Token]) -> list[_Found]:
        """First what is said plainly, then what may have been misheard between it."""
        found: list[_Found] = []
        place = 0
        while place < len(words):
            one = self._at(words, place)
            if one is None:
                place += 1
                continue
            found.append(one)
            place = one.last
        taken = {i for one in found for i in range(one.first, one.last)}
        found += self._all_misheard(words, taken)
        return sorted(found, key=lambda one: one.first)

    def _all_misheard(self, words: Sequence[Token], taken: set[int]) -> list[_Found]:
        found: list[_Found] = []
        for place in range(len(words)):
            if place in taken:
                continue
            one = self._misheard(words, place, taken)
            if one is not None:
                found.append(one)
                taken.update(range(one.first, one.last))
        return found

    def _at(self, words: Sequence[Token], place: int) -> _Found | None:
        """The longest service that begins at a place."""
        if words[place].folded in self.joints or not words[place].folded[0].isalnum():
            return None
        if half := self._first_half(words, place):
            return half
        joined, best, content, last_word = "", None, 0, ""
        for last in range(place, min(place + _MOST_WORDS, len(words))):
            word = words[last].folded
            if word in self.joints or not word[0].isalnum():
                continue
            if word == last_word:
                continue  # "Herren Herrenhaarschnitt", "schneiden schneiden"
            last_word = word
            joined += word
            content += 1
            if len(joined) > self.longest + 8:
                break
            keys = self._keys_for(joined)
            if keys is not None:
                best = _Found(place, last + 1, _candidates(keys))
        return best or self._stuttered(words, place)

    def _first_half(self, words: Sequence[Token], place: int) -> _Found | None:
        """Damen- und Kinderhaarschnitt: the first of two that share their second half."""
        whole = place + 1
        while whole < min(place + _FURTHEST_HALF, len(words)) and self._joins(words[whole]):
            whole += 1
        if whole in {place + 1, len(words)} or words[whole].folded not in self.keys:
            return None
        first, second = words[place].folded, words[whole].folded
        for cut in range(_SHORTEST_PART, len(second) - _SHORTEST_HEAD + 1):
            keys = self._keys_for(first + second[cut:])
            if keys and keys != self.keys[second] and keys[0].score >= ACCEPT_SCORE:
                return _Found(place, place + 1, _candidates(keys))
        return None

    def _joins(self, word: Token) -> bool:
        return word.folded in self.joints or word.raw in {"-", ","}

    def _keys_for(self, joined: str) -> tuple[Key, ...] | None:
        """What joined words stand for; empty for what this salon does not do."""
        return self.keys.get(joined)

    def _stuttered(self, words: Sequence[Token], place: int) -> _Found | None:
        """A first piece said twice: Herren Herrenhaarschnitt."""
        if place + 1 < len(words) and len(words[place].folded) > 2:  # noqa: PLR2004 - shorter pieces are words of their own
            following = words[place + 1].folded
            keys = self._keys_for(following)
            if keys and following.startswith(words[place].folded):
                return _Found(place, place + 2, _candidates(keys))
        return None

    def _misheard(self, words: Sequence[Token], place: int, taken: set[int]) -> _Found | None:
        """Herrenhörschnitt, Ansatz Verbung: like a service, but not quite."""
        best: _Found | None = None
        for count in (1, 2):
            piece = words[place : place + count]
            if len(piece) < count or taken.intersection(range(place, place + count)):
                break
            if any(self._is_known(w.folded) or not w.folded.isalpha() for w in piece):
                break
            joined = "".join(word.folded for word in piece)
            found = self._like(joined) if len(joined) >= SHORTEST_MISHEARD else ()
            if found and (best is None or found[0].score > best.candidates[0].score):
                best = _Found(place, place + count, found)
        return best

    def _is_known(self, word: str) -> bool:
        """Words that mean something else are not misheard services."""
        return word in self.common or word in self.known

    def _like(self, joined: str) -> tuple[Candidate, ...]:
        """Services that sound like it; a part of several names points to all of them."""
        whole = [
            key for text in self.misheard_keys if text.endswith(joined) for key in self.keys[text]
        ]
        if len({key.service for key in whole}) > 1:
            return _candidates(tuple(Key(key.service, HINT) for key in whole))
        matches = process.extract(
            joined, self.misheard_keys, scorer=fuzz.ratio, score_cutoff=_PERHAPS_MISHEARD, limit=3
        )
        if not matches:
            return self._sounding_like(joined)
        best = matches[0][1]
        keys = [
            Key(key.service, min(key.score, _heard_score(likeness)))
            for text, likeness, _ in matches
            if likeness >= best - 1
            for key in self.keys[text]
        ]
        return _candidates(tuple(keys))

    def _sounding_like(self, joined: str) -> tuple[Candidate, ...]:
        """Haar detocks: other letters, the same sounds; worth a question."""
        alike = [key for text in self.by_sound.get(cologne(joined), ()) for key in self.keys[text]]
        return _candidates(tuple(Key(key.service, HINT) for key in alike))

    def _completed(self, found: list[_Found], words: Sequence[Token]) -> list[_Found]:
        """Ansatz, waschen, schneiden, föhnen: a hint that the next words complete to a name."""
        kept: list[_Found] = []
        for one in found:
            whole = self._whole(kept[-1], one, words) if kept else None
            if whole is None:
                kept.append(one)
            else:
                kept[-1] = whole
        return kept

    def _whole(self, first: _Found, rest: _Found, words: Sequence[Token]) -> _Found | None:
        """Both as the one service whose name ends with the later words, if there is one."""
        if (
            not _is_sure(rest)
            or not first.candidates
            or self._content(words[first.last : rest.first])
        ):
            return None
        ending = "".join(self._content(words[rest.first : rest.last]))
        longer = {
            key.service
            for text, keys in self.keys.items()
            for key in keys
            if text.endswith(ending) and text != ending and key.score >= ACCEPT_SCORE
        }
        fitting = [c.id for c in first.candidates if c.id in longer]
        if len(fitting) != 1:
            return None
        score = SURE if len(first.candidates) == 1 else HINT
        return _Found(first.first, rest.last, (Candidate(id=fitting[0], score=score),))

    def _without_parts(self, found: list[_Found], words: Sequence[Token]) -> list[_Found]:
        """Längenausgleich mit Ansatz: a hint that is part of a sure name is no second service."""
        sure = [one for one in found if _is_sure(one)]
        if not sure or len(sure) == len(found):
            return found
        called = [name for one in sure for name in self.names.get(one.candidates[0].id, ())]
        return [
            one
            for one in found
            if _is_sure(one) or not one.candidates or not self._is_part(one, called, words)
        ]

    def _is_part(self, hint: _Found, called: Sequence[str], words: Sequence[Token]) -> bool:
        said = "".join(self._content(words[hint.first : hint.last]))
        return len(said) >= _SHORTEST_PART and any(said in name for name in called)

    def _content(self, words: Sequence[Token]) -> list[str]:
        """The words that are no joints and no signs."""
        return [w.folded for w in words if w.folded not in self.joints and w.folded[0].isalnum()]

    def for_whom(self, words: Sequence[Token]) -> list[ServiceMention]:
        """Only "Herren" or "für Kinder": all services that are for them, to ask about."""
        for place, word in enumerate(words):
            group = None if self._is_doer(words, place) else self.audience.get(word.folded)
            fitting = [i for i, groups in self.audiences_of.items() if group in groups]
            if group and fitting:
                candidates = tuple(Candidate(id=i, score=HINT) for i in fitting)
                return [_mention(_Found(place, place + 1, candidates), words)]
        return []

    def _told_apart(self, found: _Found, words: Sequence[Token]) -> _Found:
        """For men, women or children: said elsewhere in the sentence, it decides."""
        if len(found.candidates) < 2 or found.candidates[0].score >= ACCEPT_SCORE:  # noqa: PLR2004 - two to tell apart
            return found
        said = {
            self.audience[word.folded]
            for i, word in enumerate(words)
            if word.folded in self.audience
            and not (self._is_title(words, i) or self._is_doer(words, i))
        }
        if len(said) != 1:
            return found
        fitting = [c for c in found.candidates if said <= self.audiences_of[c.id]]
        if len(fitting) != 1:
            return found
        return found._replace(candidates=(Candidate(id=fitting[0].id, score=_TOLD_BY_AUDIENCE),))

    def _is_title(self, words: Sequence[Token], place: int) -> bool:
        """Herr Petersen schneidet auch Damen: a title tells nothing about who is served."""
        following = words[place + 1].folded if place + 1 < len(words) else ""
        before = words[place - 1].folded if place else ""
        if words[place].folded not in self.titles or before in self.possessives:
            return False
        return following.isalpha() and following not in self.joints | self.known

    def _is_doer(self, words: Sequence[Token], place: int) -> bool:
        """Von einer Frau, with a woman: who shall do it tells nothing about who is served."""
        cue, article = ["", "", *(word.folded for word in words[:place])][-2:]
        behind = words[place + 1].folded if place + 1 < len(words) else ""
        doers = self.doers
        return behind in doers.nouns or (article in doers.articles and cue in doers.cues)


def _heard_score(likeness: float) -> float:
    return 0.88 if likeness >= _MISHEARD else HINT


def _candidates(keys: tuple[Key, ...]) -> tuple[Candidate, ...]:
    """Best first, each service once; one sure candidate silences the hints."""
    scores: dict[str, float] = {}
    for key in keys:
        scores[key.service] = max(key.score, scores.get(key.service, 0.0))
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    if ranked and ranked[0][1] >= ACCEPT_SCORE and ranked[1:2] and ranked[1][1] < ACCEPT_SCORE:
        ranked = ranked[:1]
    return tuple(Candidate(id=service, score=score) for service, score in ranked)


def _without_repetition(found: list[_Found]) -> list[_Found]:
    """A hint beside a sure word of the same service, or in the same breath, adds nothing."""
    sure = {one.candidates[0].id for one in found if _is_sure(one)}
    kept: list[_Found] = []
    for one in found:
        ids = {candidate.id for candidate in one.candidates}
        if ids and not _is_sure(one) and ids & sure:
            continue
        if any(ids and ids == {c.id for c in other.candidates} for other in kept):
            continue
        kept.append(one)
    return kept


def _is_sure(found: _Found) -> bool:
    return bool(found.candidates) and found.candidates[0].score >= ACCEPT_SCORE


def _mention(found: _Found, words: Sequence[Token]) -> ServiceMention:
    pieces = words[found.first : found.last]
    return ServiceMention(
        candidates=found.candidates,
        span=(pieces[0].start, pieces[-1].end),
        text=" ".join(word.raw for word in pieces if word.raw[0].isalnum()),
    )


def said_again(words: Sequence[Token], services: Sequence[ServiceMention]) -> list[tuple[int, int]]:
    """Where words of these services stand: "das wäre Dauerwellen. Dauerwellen" names no caller."""
    inside = {
        word.folded
        for word in words
        if any(mention.span[0] <= word.start < mention.span[1] for mention in services)
    }
    return [(word.start, word.end) for word in words if word.folded in inside]
