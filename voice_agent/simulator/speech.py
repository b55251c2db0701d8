"""Text as sound: how long it takes to say, where its first sentence ends, what cannot be said."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

CHARACTERS_PER_SECOND = 15.0  # an unhurried German voice
WORD_GAP_S = 0.05

_SENTENCE_END = re.compile(r"(?<!\d)[.!?…]+[\"“”«»')]*(?=\s|$)")
_UNSPEAKABLE = re.compile(r"[{}<>\[\]|*#_`~\\]|https?:|\b(?:None|null|undefined|NaN)\b")
_DIGITS = re.compile(
    r"\b(?:(?:null|eins|zwei|zwo|drei|vier|fünf|sechs|sieben|acht|neun|plus)\b,? ?){3,}"
)
"""A number that is read back digit by digit: its "null" stands for nothing missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a transcript with its place on the recording, in seconds."""

    word: str
    start: float
    end: float


def duration_s(text: str) -> float:
    """How long it takes to say this."""
    return len(text.strip()) / CHARACTERS_PER_SECOND


def timed_words(text: str, start_s: float) -> list[Word]:
    """The words of a text that is spoken from `start_s` on."""
    words, at = [], start_s
    for word in text.split():
        end = at + max(duration_s(word), WORD_GAP_S)
        words.append(Word(word=word, start=round(at, 3), end=round(end, 3)))
        at = end + WORD_GAP_S
    return words


def first_sentence(text: str) -> str | None:
    """The first complete sentence, or nothing while it is still being written.

    >>> first_sentence("Am 28. Oktober um 14 Uhr. Passt")
    'Am 28. Oktober um 14 Uhr.'
    """
    end = _SENTENCE_END.search(text)
    return text[: end.end()] if end else None


def first_words(text: str, count: int) -> str:
    """What has been heard when somebody is cut off after so many words."""
    return " ".join(text.split()[:count])


def misheard(text: str) -> str:
    """The text as speech recognition first believes to hear it, before it knows better.

    >>> misheard("einmal Ansatzfärbung")
    'einmal Ansatzf'
    """
    *before, last = text.split() or [""]
    return " ".join([*before, last[: max(len(last) // 2 + 1, 1)]])


def unspeakable(text: str) -> list[str]:
    """Everything in a text that a voice would stumble over: markup, braces, emoji, placeholders."""
    symbols = [c for c in text if unicodedata.category(c) in {"So", "Cc", "Cs"} and c != "\n"]
    spoken = _DIGITS.sub(" ", text)
    return [*(hit.group() for hit in _UNSPEAKABLE.finditer(spoken)), *symbols]


def spaced(before: str, after: str, *, whole_words: bool = True) -> bool:
    """Whether two chunks, joined as they are, leave their words apart.

    A language model cuts words in two as well; then only sentences can be seen to run together.
    """
    if not before or not after or before[-1].isspace() or after[0].isspace():
        return True
    return not whole_words and not (before[-1] in ".!?…" and after[0].isupper())
