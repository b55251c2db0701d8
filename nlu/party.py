"""Who comes: the caller, somebody else, or both: für mich und meine Tochter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlu.meaning import Guest, Party
from nlu.phrases import Phrases
from nlu.talk import folded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlu.talk import Talk
    from nlu.tokens import Token

_WORDS_BEFORE = 2
_WORDS_BEHIND = 4
"""Within so many words a guest's name follows: meine Tochter, sie heißt Mia."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyFinder:
    """Finds who comes, in one language."""

    possessives: frozenset[str]
    relatives: Mapping[str, str]
    """Folded words for relatives and friends, with their audience."""
    cues: frozenset[str]
    """Words before a guest: für, und."""
    verbs: frozenset[str]
    """Verbs of which a guest is the subject: meine Tochter braucht."""
    caller: frozenset[str]
    """The caller as the second of two: meine Frau und ich."""
    phrases: Phrases
    counts: Mapping[str, int]
    pronouns: frozenset[str]
    """Words for a guest who was spoken of before: er, sie."""
    called: frozenset[str]
    """Words before a guest's name: heißt, namens."""
    first_names: frozenset[str]
    never_names: frozenset[str]

    def find(self, words: Sequence[Token]) -> Party | None:
        """Who comes, if it is not the caller alone."""
        guests = tuple(
            self._guest(words, place)
            for place, word in enumerate(words)
            if word.folded in self.relatives and self._comes(words, place)
        )
        if not guests and (called := self._called(words)):
            guests = (called,)
        hits = self.phrases.find(words)
        caller = any(hit.label == "caller" for hit in hits)
        told = max((self.counts.get(hit.label, 0) for hit in hits), default=0)
        if not guests and told <= 1:
            return None
        people = max(told, len(guests) + caller, 1)
        return Party(guests=guests, caller=caller or people > len(guests), people=people)

    def _called(self, words: Sequence[Token]) -> Guest | None:
        """Er heißt Finn: whoever was spoken of comes."""
        for place, word in enumerate(words[:-2]):
            if word.folded not in self.pronouns or words[place + 1].folded not in self.called:
                continue
            if named := self._named(words, place):
                span = (word.start, named[-1].end)
                name = " ".join(one.raw for one in named)
                return Guest(text=word.raw, audience="", span=span, name=name)
        return None

    def _guest(self, words: Sequence[Token], place: int) -> Guest:
        relative, named = words[place], self._named(words, place)
        return Guest(
            text=relative.raw,
            audience=self.relatives[relative.folded],
            span=(relative.start, named[-1].end if named else relative.end),
            name=" ".join(word.raw for word in named) or None,
        )

    def _named(self, words: Sequence[Token], place: int) -> Sequence[Token]:
        """Mein Sohn Emil; meine Tochter heißt Mia: a first name, and a surname behind it."""
        behind = range(place + 1, min(place + 1 + _WORDS_BEHIND, len(words)))
        cue = next((at for at in behind if words[at].folded in self.called), None)
        first = place + 1 if cue is None else cue + 1
        if first >= len(words) or not self._is_name(words[first], sure=cue is None):
            return ()
        has_surname = first + 1 < len(words) and self._is_name(words[first + 1], sure=False)
        return words[first : first + 1 + has_surname]

    def _is_name(self, word: Token, *, sure: bool) -> bool:
        if word.folded in self.first_names:
            return True
        return not sure and word.raw.istitle() and word.folded not in self.never_names

    def _comes(self, words: Sequence[Token], place: int) -> bool:
        """Für meine Tochter; meine Tochter Mia braucht: not "von meiner Tochter"."""
        if not place or words[place - 1].folded not in self.possessives:
            return False
        before = words[place - _WORDS_BEFORE].folded if place >= _WORDS_BEFORE else ""
        named = place + 1 < len(words) and self._is_name(words[place + 1], sure=True)
        behind = words[place + 1 + named :]
        following = behind[0].folded if behind else ""
        with_caller = len(behind) > 1 and behind[1].folded in self.caller
        return before in self.cues or following in self.verbs | self.called or with_caller


def build_party(language: Talk) -> PartyFinder:
    """The finder of a language; one without words for it finds nobody."""
    data = language.raw.get("party", {})
    counts = {f"count_{number}": number for number in data.get("counts", {})}
    labelled = {f"count_{number}": phrases for number, phrases in data.get("counts", {}).items()}
    return PartyFinder(
        possessives=folded(data.get("possessives", ())),
        relatives={
            word: audience
            for audience, words in data.get("relatives", {}).items()
            for word in folded(words)
        },
        cues=folded(data.get("cues", ())),
        verbs=folded(data.get("verbs", ())),
        caller=folded(data.get("caller_words", ())),
        phrases=Phrases({"caller": data.get("caller", ()), **labelled}),
        counts=counts,
        pronouns=folded(data.get("pronouns", ())),
        called=folded(data.get("called", ())),
        first_names=language.first_names,
        never_names=language.never_names,
    )
