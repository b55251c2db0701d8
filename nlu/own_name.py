"""The caller's own name in one sentence: as it was said, as it was spelled, put right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nlu.fluency import fluent
from nlu.likenesses import descriptions
from nlu.meaning import PersonName
from nlu.name_runs import NameRuns
from nlu.names import sounds_alike
from nlu.people import NameListener
from nlu.spelling import spelled
from nlu.spelling_hints import as_hinted
from nlu.tokens import fold, tokens
from nlu.vocabulary import Expecting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Lexicon
    from nlu.phrases import Hit
    from nlu.talk import Talk
    from nlu.tokens import Token
    from nlu.vocabulary import Context

Span = tuple[int, int]
_SPELLED_SCORE = 0.97
_VOWELS = frozenset("aeiouyäöü")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnName:
    """Looks for the caller's name in one sentence; built once for it."""

    text: str
    words: Sequence[Token]
    said: Sequence[Token]
    """The words as if nobody had hesitated."""
    phrases: Sequence[Hit]
    """What is said about names: mein Name ist, keinen Namen."""
    language: Talk
    common: TimeWords
    context: Context

    def find(
        self, taken: Sequence[Span], acts: Sequence[Hit]
    ) -> tuple[PersonName | None, list[Span]]:
        """The name, and where it stands if it is surely one.

        `taken` spans mean something else; phrases that do something, the `acts`, are no names.
        """
        asked = self.context.expecting is Expecting.NAME
        name = spelled(self.said, self.context.language)
        if name and not self._only_hints(name) and (asked or self._spells_own_name()):
            return self._spelled_name(name)
        likenesses = descriptions(self.words, self.context.language)
        if asked and likenesses and (named := self._described(likenesses[0])):
            return named
        spans = [*taken, *self._spans_of(acts), *likenesses]
        free = [not any(a <= word.start < b for a, b in spans) for word in self.words]
        listener = self._listener(free)
        found = listener.find(asked=asked)
        if found is None and self.context.expecting is Expecting.CONFIRM:
            found = listener.corrected() or listener.written() or self._repeated_name(listener)
        if found is None:
            return None, []
        place = self._place_of(found)
        found = self._as_written(found, place)
        if asked or found.introduced:
            found = listener.whole(found)
        surnames = self.language.words["short_surnames"]
        is_surname = not surnames.isdisjoint(word.folded for word in tokens(found.text))
        return found, place if found.introduced or is_surname else []

    def _described(self, likeness: Span) -> tuple[PersonName, list[Span]] | None:
        """Freitag, wie der Wochentag: the word before it is the name, whatever it means else."""
        before = [w for w in self.words if w.end <= likeness[0] and w.folded[0].isalpha()]
        if not before or not before[-1].raw[0].isupper():
            return None
        name = before[-1]
        words = self.language.words
        also_names = words["calendar_names"] | words["introduced_surnames"]
        if name.folded in (self.language.never_names | self.language.titles) - also_names:
            return None
        first_name = self._first_name_beside(" ".join(w.raw for w in before[-2:]), name.raw)
        known = fold(first_name) in self.language.first_names
        text = f"{first_name} {name.raw}" if known else name.raw
        return PersonName(text=text, score=_SPELLED_SCORE), [(name.start, name.end)]

    def introduced_spans(self) -> list[Span]:
        """Where the caller says the own name: no wish for a person of that name."""
        if not self.phrases:
            return []
        found = self._listener([True] * len(self.words)).introduced()
        return self._place_of(found) if found else []

    def _place_of(self, name: PersonName) -> list[Span]:
        """Where a name is introduced: "Freitag um neun, mein Name ist Freitag" has it twice."""
        starts = [at for at in range(len(self.text)) if self.text.startswith(name.text, at)]
        if not starts:
            return self._spread(name)
        same = self.said is self.words
        phrases = self.phrases if same else self.language.names.find(self.words)
        hits = [hit for hit in phrases if hit.label == "introductions"]
        behind = [at for at in starts for h in hits if at >= self.words[h.last - 1].end]
        return [(at, at + len(name.text)) for at in (behind or starts)[:1]]

    def _spread(self, name: PersonName) -> list[Span]:
        """Marion, ähm, Eckert: from the first of its words to the last."""
        pieces = {fold(piece) for piece in name.text.split()}
        said = [word for word in self.words if word.folded in pieces]
        return [(said[0].start, said[-1].end)] if said else []

    def _repeated_name(self, listener: NameListener) -> PersonName | None:
        """Only a name, like the one that was read back or with a known first name."""
        found = listener.alone()
        if found is None:
            return None
        said = [word.raw for word in tokens(self.context.agent_said or "") if word.raw.istitle()]
        heard = found.text.split()
        known = fold(heard[0]) in self.language.first_names and len(heard) > 1
        return found if known or any(sounds_alike(heard[-1], word) for word in said) else None

    def _only_hints(self, name: tuple[str, int, int]) -> bool:
        """Hoffmann mit zwei F und zwei N: letters without a vowel tell how a name is written."""
        text, first, _ = name
        before = self.said[first - 1].folded if first else ""
        return before in self.language.words["spelled_with"] and not _VOWELS & set(text.lower())

    def _spells_own_name(self) -> bool:
        """Letters are a name also unasked: at the read-back, behind a name, or announced."""
        if self.context.expecting is Expecting.CONFIRM or self.introduced_spans():
            return True
        cues = self.language.words["spelling_cues"]
        return not cues.isdisjoint(word.folded for word in self.words)

    def _as_written(self, name: PersonName, place: Sequence[Span]) -> PersonName:
        """Vogt mit V: as the caller says it is written."""
        if not place:
            return name
        behind = [word for word in self.words if word.start >= place[0][1]]
        written = as_hinted(name.text, behind, self.context.language) if behind else name.text
        return name if written == name.text else replace(name, text=written)

    def _spelled_name(self, name: tuple[str, int, int]) -> tuple[PersonName, list[Span]]:
        """What was spelled wins over what was heard, for the last name if both were said."""
        text, first, last = name
        said = self.said
        heard = self._listener([True] * first, said[:first]).find(asked=True)
        if heard and (first_name := self._first_name_beside(heard.text, text)):
            text = f"{first_name} {text}"
        span = (said[first].start, said[last - 1].end)
        return PersonName(text=text, score=_SPELLED_SCORE), [span]

    def _first_name_beside(self, heard: str, last_name: str) -> str:
        """Marlene in "Marlene Vogt, V O G T" and in "Marlene, V O G T"."""
        before = heard.rpartition(" ")[0]
        if self._is_likeness(before):
            return ""
        is_first = fold(heard) in self.language.first_names
        return before or (heard if is_first and not sounds_alike(heard, last_name) else "")

    def _is_likeness(self, words: str) -> bool:
        """Wie der Fluss Weser: what stands before the name is no name itself."""
        likenesses = descriptions(self.words, self.context.language)
        place = self.text.find(words) if words else -1
        return place >= 0 and any(first <= place < last for first, last in likenesses)

    def _spans_of(self, acts: Sequence[Hit]) -> list[Span]:
        """Phrases that do something are no names: "keine Ahnung"."""
        return [
            (self.words[hit.first].start, self.words[hit.last - 1].end)
            for hit in acts
            if hit.last - hit.first > 1
        ]

    def _listener(self, free: Sequence[bool], words: Sequence[Token] | None = None) -> NameListener:
        said, free = fluent(self.words if words is None else words, free, self.language)
        runs = NameRuns(words=said, free=free, language=self.language, common=self.common)
        phrases = self.phrases if words is None else self.language.names.find(said)
        return NameListener(runs=runs, phrases=phrases)


def own_name(
    text: str, words: Sequence[Token], language: Talk, common: TimeWords, context: Context
) -> OwnName:
    """The one that looks for the caller's name in this sentence."""
    said = fluent(words, [True] * len(words), language)[0]
    return OwnName(
        text=text,
        words=words,
        said=said,
        phrases=language.names.find(said),
        language=language,
        common=common,
        context=context,
    )


class TimeWords:
    """The words that mean something about time; looked up, not listed."""

    __slots__ = ("_lexicon", "_names")

    def __init__(self, lexicon_: Lexicon, names: frozenset[str]) -> None:
        self._lexicon = lexicon_
        self._names = names

    def __contains__(self, word: object) -> bool:
        return (
            isinstance(word, str) and word not in self._names and bool(self._lexicon.kinds(word)[0])
        )
