"""Wishes about the person: a name of the team, also misheard, a name nobody has, or anybody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nlu.meaning import ACCEPT_SCORE, ASK_SCORE, Candidate, StaffMention, StaffWish
from nlu.names import similarity
from nlu.talk import folded, folded_phrases
from nlu.tokens import fold

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from nlu.phrases import Hit
    from nlu.talk import Talk
    from nlu.tokens import Token
    from nlu.vocabulary import Vocabulary

_OTHER_NAME = 0.8
"""A name of its own is not a misheard one: Florian is asked about, never taken for Fabian."""
_CUE_BONUS = 0.03
_SHORT_FORM = 0.93
_SHORTEST_SHORT_FORM = 3  # letters: "Fab" for Fabian, but "Em" is nothing
_GAP_BETWEEN_TWO = 0.08
"""Two people whose names fit this equally well are both candidates."""
_WORDS_BEHIND_CUE = 4
_WORDS_BEFORE_NAME = 5
_WORDS_BEHIND_NAME = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffFinder:
    """Finds the staff of one salon."""

    last_names: frozenset[str]
    names: Mapping[str, tuple[str, ...]]
    """Folded first, last and nicknames, each with the ids of those who have it."""
    articles: frozenset[str]
    titles: frozenset[str]
    negations: frozenset[str]
    between: frozenset[str]
    """Words that may stand between a refusal and the name."""
    things: frozenset[str]
    """Behind "any" these tell that no person is meant."""
    ends: frozenset[str]
    """Words behind which a refusal is over."""
    language: Talk
    common: Container[str]

    def find(
        self, words: Sequence[Token], taken: Sequence[tuple[int, int]], *, asked: bool
    ) -> list[StaffMention]:
        """The wishes about persons; `taken` are character spans that mean something else."""
        hits = self.language.staff.find(words)
        anybody = [
            _mention(StaffWish.ANY, words, hit)
            for hit in hits
            if hit.label == "anybody" and not self._is_about_thing(words, hit.last)
        ]
        free = [not any(a <= word.start < b for a, b in taken) for word in words]
        named = self._named(words, hits, free, asked=asked)
        if not anybody:
            return named
        refused = [mention for mention in named if mention.wish is StaffWish.NOT]
        return refused or anybody[:1]  # "egal wer, nur nicht Emma"

    def _named(
        self, words: Sequence[Token], hits: Sequence[Hit], free: list[bool], *, asked: bool
    ) -> list[StaffMention]:
        found: list[StaffMention] = []
        place = 0
        cues = {hit.last: hit for hit in hits if hit.label == "cues"}
        behind_cue = -1
        while place < len(words):
            if place < behind_cue and place not in cues and self._ends_wish(words, place):
                behind_cue = -1
            if place in cues:
                behind_cue = place + _WORDS_BEHIND_CUE
                place_of_name = self._skip_articles(words, place)
                if place_of_name < len(words) and not free[place_of_name]:  # "zur Aufbaukur"
                    place, behind_cue = place_of_name + 1, -1
                    continue
                mention, last = self._at(words, place_of_name, free, cue=True)
                if mention and (mention.candidates or self._is_strong(words, cues[place])):
                    found.append(self._with_wish(mention, words, cues[place].first))
                    place, behind_cue = last, -1
                    continue
            expected = asked and words[place].raw[:1].isupper()
            mention, last = self._at(words, place, free, cue=expected or place < behind_cue)
            if mention and (mention.candidates or expected):
                found.append(self._with_wish(mention, words, place))
                place = last
                continue
            place += 1
        return _once(found)

    def _ends_wish(self, words: Sequence[Token], place: int) -> bool:
        """Von dunkel auf blond; bei der Emma, Vogt mein Name: nobody is named behind these."""
        if words[place].folded in self.language.words["other_prepositions"]:
            return True
        before = words[place - 1].folded if place else ""
        hesitates = before in self.language.words["noises"] | self.language.words["staff_cues"]
        return words[place].raw in {",", ".", "!"} and not hesitates

    def _is_about_thing(self, words: Sequence[Token], place: int) -> bool:
        """Egal welcher Tag; any slot."""
        return place < len(words) and words[place].folded in self.things

    def _is_strong(self, words: Sequence[Token], cue: Hit) -> bool:
        """Only "bei" and "zu" make a name that nobody here has a wish for a person."""
        strong = self.language.words["strong_staff_cues"]
        following = words[cue.last].folded if cue.last < len(words) else ""
        is_doing = following.endswith("en") and following not in self.language.first_names
        if is_doing and words[cue.last - 1].folded in self.language.words["before_doing"]:
            return False  # "zum Warten"
        return not strong.isdisjoint(word.folded for word in words[cue.first : cue.last])

    def _skip_articles(self, words: Sequence[Token], place: int) -> int:
        while place < len(words) and words[place].folded in self.articles:
            place += 1
        return place

    def _at(
        self, words: Sequence[Token], place: int, free: list[bool], *, cue: bool
    ) -> tuple[StaffMention | None, int]:
        """The person named at a place, or a name that nobody here has."""
        if place >= len(words) or not free[place]:
            return None, place
        word = words[place]
        if not self._may_be_name(word):
            return None, place
        titled = place > 0 and words[place - 1].folded in self.titles
        if titled and place > 1:  # "for Mrs Stone" books for her
            titled = words[place - 2].folded not in self.language.words["booked_for"]
        candidates = self._candidates(word.folded, cue=cue or titled)
        if word.folded not in self.names and _is_small_among_capitals(word, words):
            candidates = ()
        last = place + 1
        if last < len(words) and free[last] and self._may_be_name(words[last]):
            both = self._both(candidates, words[last].folded)
            if both:
                candidates, last = both, last + 1
        if not candidates and not (cue and (word.raw[:1].isupper() or titled)):
            return None, place
        text = " ".join(w.raw for w in words[place:last])
        span = (word.start, words[last - 1].end)
        return StaffMention(wish=StaffWish.NAMED, candidates=candidates, span=span, text=text), last

    def _may_be_name(self, word: Token) -> bool:
        if word.folded in self.names:
            return True
        return (
            word.raw.isalpha()
            and len(word.raw) > 1
            and word.folded not in self.common
            and word.folded not in self.language.not_staff
            and word.folded not in self.language.never_names
        )

    def _candidates(self, heard: str, *, cue: bool) -> tuple[Candidate, ...]:
        if heard in self.names:
            return tuple(Candidate(id=i, score=0.98) for i in self.names[heard])
        is_other_name = heard in self.language.first_names
        scores: dict[str, float] = {}
        for name, ids in self.names.items():
            if name in self.last_names and (is_other_name or not cue):
                continue  # Petra is no misheard Petersen, Brandner no Brandt
            score = _likeness(heard, name, is_other_name=is_other_name)
            if cue and not is_other_name and score >= _OTHER_NAME:
                score = min(score + _CUE_BONUS, 0.97)
            threshold = ASK_SCORE + 0.12 if cue else ACCEPT_SCORE + _CUE_BONUS
            if score >= threshold:
                for i in ids:
                    scores[i] = max(score, scores.get(i, 0.0))
        ranked = sorted(scores.items(), key=lambda item: -item[1])
        if ranked and len(ranked) > 1 and ranked[0][1] >= ACCEPT_SCORE:
            ranked = [one for one in ranked if one[1] >= ranked[0][1] - _GAP_BETWEEN_TWO]
        return tuple(Candidate(id=i, score=round(score, 3)) for i, score in ranked)

    def _both(self, candidates: tuple[Candidate, ...], second: str) -> tuple[Candidate, ...]:
        """First and last name together decide between two people."""
        others = {c.id for c in self._candidates(second, cue=True)}
        return tuple(c for c in candidates if c.id in others)

    def _with_wish(self, mention: StaffMention, words: Sequence[Token], first: int) -> StaffMention:
        """Nicht bei Emma; Emma lieber nicht: somebody else."""
        behind = next(
            (i for i, word in enumerate(words) if word.start >= mention.span[1]), len(words)
        )
        if self._is_refused_before(words, first) or self._is_refused_behind(words, behind):
            return replace(mention, wish=StaffWish.NOT)
        return mention

    def _is_refused_before(self, words: Sequence[Token], first: int) -> bool:
        """A refusal, with little words between it and the name: nur nicht wieder zu der Emma."""
        for place in range(first - 1, max(-1, first - _WORDS_BEFORE_NAME), -1):
            pair = f"{words[place - 1].folded} {words[place].folded}" if place else ""
            if words[place].folded in self.negations or pair in self.negations:
                return True
            if words[place].folded not in self.between:
                return False
        return False

    def _is_refused_behind(self, words: Sequence[Token], place: int) -> bool:
        """A refusal that ends the clause the name stands in: Emma möchte ich nicht."""
        if words and words[-1].raw == "?":
            return False
        for hit in self.language.staff.find(words[place : place + _WORDS_BEHIND_NAME]):
            last = place + hit.last
            ends = last >= len(words) or words[last].folded in self.ends
            if hit.label == "refusals" and hit.first == 0 and ends:
                return True
        return False


def _is_small_among_capitals(word: Token, words: Sequence[Token]) -> bool:
    """Wann ich bei Ihnen dran bin: written so, a name would have its capital."""
    return word.raw[0].islower() and any(other.raw[0].isupper() for other in words[1:])


def _likeness(heard: str, name: str, *, is_other_name: bool) -> float:
    if (
        len(heard) >= _SHORTEST_SHORT_FORM
        and name.startswith(heard.rstrip("i"))
        and len(heard.rstrip("i")) >= _SHORTEST_SHORT_FORM
    ):
        return _SHORT_FORM if not is_other_name else _OTHER_NAME
    doubled = heard[:-2] if heard.endswith("i") and heard[-3:-2] == heard[-2:-1] else ""
    if doubled and name.startswith(doubled) and len(doubled) > 1:
        return _SHORT_FORM  # Olli is Oliver
    score = similarity(heard, name)
    return min(score, _OTHER_NAME) if is_other_name else score


def _mention(wish: StaffWish, words: Sequence[Token], hit: Hit) -> StaffMention:
    pieces = words[hit.first : hit.last]
    text = " ".join(word.raw for word in pieces)
    return StaffMention(wish=wish, span=(pieces[0].start, pieces[-1].end), text=text)


def _once(found: list[StaffMention]) -> list[StaffMention]:
    """A person named twice is one wish."""
    kept: list[StaffMention] = []
    for mention in found:
        key = (mention.wish, mention.candidates[:1])
        if not any((other.wish, other.candidates[:1]) == key for other in kept):
            kept.append(mention)
    return kept


def build_staff(vocabulary: Vocabulary, language: Talk, common: Container[str]) -> StaffFinder:
    """The finder of one salon's staff."""
    names: dict[str, list[str]] = {}
    for member in vocabulary.staff:
        for name in (member.first_name, *member.last_name.split(), *member.nicknames):
            ids = names.setdefault(fold(name), []) if len(name) > 1 else []
            if member.id not in ids:
                ids.append(member.id)
    staff = language.raw["staff"]
    return StaffFinder(
        last_names=folded(name for member in vocabulary.staff for name in member.last_name.split()),
        names={name: tuple(ids) for name, ids in names.items()},
        articles=folded(staff["articles"]),
        titles=folded(staff["titles"]),
        negations=folded_phrases(staff["negations"]),
        between=folded((*staff["articles"], *staff["cues"], *staff.get("between", ()))),
        things=folded(staff.get("not_persons", ())),
        ends=folded(staff.get("ends", ())) | {",", ".", "!", ";"},
        language=language,
        common=common,
    )
