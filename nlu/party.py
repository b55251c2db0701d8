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

    def find(self, words: Sequence[Token]) -> Party | None:
        """Who comes, if it is not the caller alone."""
        guests = tuple(
            Guest(text=word.raw, audience=self.relatives[word.folded], span=(word.start, word.end))
            for place, word in enumerate(words)
            if word.folded in self.relatives and self._comes(words, place)
        )
        hits = self.phrases.find(words)
        caller = any(hit.label == "caller" for hit in hits)
        told = max((self.counts.get(hit.label, 0) for hit in hits), default=0)
        if not guests and told <= 1:
            return None
        people = max(told, len(guests) + caller, 1)
        return Party(guests=guests, caller=caller or people > len(guests), people=people)

    def _comes(self, words: Sequence[Token], place: int) -> bool:
        """Für meine Tochter; meine Tochter braucht: not "von meiner Tochter"."""
        if not place or words[place - 1].folded not in self.possessives:
            return False
        before = words[place - _WORDS_BEFORE].folded if place >= _WORDS_BEFORE else ""
        following = words[place + 1].folded if place + 1 < len(words) else ""
        with_caller = words[place + 2].folded in self.caller if place + 2 < len(words) else False
        return before in self.cues or following in self.verbs or with_caller


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
    )
