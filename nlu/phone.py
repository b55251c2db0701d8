"""Phone numbers as they are dictated: digit by digit, in pairs, in words, with repetitions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import phonenumbers

from nlu.digraphs import Digraphs
from nlu.lexicon import lexicon
from nlu.talk import folded, spelling_data
from nlu.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlu.numbers import NumberWords
    from nlu.tokens import Token

_FEWEST, _MOST = 6, 15
_FEWEST_WHOLE, _FEWEST_MOBILE = 8, 11
_MOBILE = re.compile(r"01[567]")
_PAIR = 99
_TRIPLE = 999  # nobody begins with one
_TENS = range(20, 100, 10)


def phone_number(
    words: Sequence[Token],
    numbers: NumberWords,
    *,
    asked: bool,
    country: str = "DE",
    language: str = "de",
) -> tuple[str, int, int] | None:
    """The number in international form with the places of its words; None if it cannot be one.

    >>> from nlu.numbers import german
    >>> from nlu.tokens import tokens
    >>> words = tokens("null eins sieben eins, vier vier drei zwo eins null neun")
    >>> phone_number(words, german(), asked=True)[0]
    '+491714432109'
    """
    found = _digits(words, numbers, language)
    if found is None:
        return None
    digits, first, last = found
    if not _FEWEST <= len(digits.lstrip("+")) <= _MOST:
        return None
    if not digits.startswith(("0", "+")) and not asked:
        return None
    number = _international(digits, country)
    return (number, first, last) if number else None


def _international(digits: str, country: str) -> str | None:
    try:
        parsed = phonenumbers.parse(digits, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _digits(
    words: Sequence[Token], numbers: NumberWords, language: str
) -> tuple[str, int, int] | None:
    """The longest run of dictated digits."""
    dictation = _dictation(language)
    best: tuple[str, int, int] | None = None
    place = 0
    while place < len(words):
        run = _run(words, place, numbers, dictation)
        if run and (best is None or len(run[0]) > len(best[0])):
            best = (run[0], place, run[1])
        place = run[1] if run else place + 1
    return best


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dictation:
    """How the digits of one language are said."""

    drop: frozenset[str]
    """Words that say nothing between digits."""
    times: Mapping[str, int]
    """Words that repeat the next one: double."""
    zero: frozenset[str]
    """Other words for zero: oh."""
    tens_first: bool
    """Thirty-five is said as two words."""


@lru_cache(maxsize=8)
def _dictation(language: str) -> _Dictation:
    data = spelling_data(language)["phone"]
    return _Dictation(
        drop=folded(data["drop"]),
        times={word: count for count, ws in data["times"].items() for word in folded(ws)},
        zero=folded(data.get("zero", ())),
        tens_first=bool(data.get("tens_first")),
    )


def _run(
    words: Sequence[Token], place: int, numbers: NumberWords, dictation: _Dictation
) -> tuple[str, int] | None:
    text, last, repeat = "", place, 1
    while place < len(words):
        word = words[place]
        most = _TRIPLE if text else _PAIR
        digits = "0" if word.folded in dictation.zero else _said(word, numbers, most)
        if digits is not None:
            before = words[place - 1] if dictation.tens_first and place else None
            tens = before and before.raw.isalpha() and numbers.cardinal(before.folded) in _TENS
            text, repeat = _appended(text, digits * repeat, word, after_tens=bool(tens)), 1
            last = place + 1
        elif word.folded in dictation.times and place + 1 < len(words):
            repeat = dictation.times[word.folded]
        elif word.folded in {"plus", "+"} and not text:
            text, last = "+", place + 1
        elif not text or (
            word.folded not in dictation.drop and word.raw not in {",", "-", "/", ".", "(", ")"}
        ):
            break
        place += 1
    return (text, last) if text.strip("+") else None


def _appended(text: str, digits: str, word: Token, *, after_tens: bool) -> str:
    """The digits behind the text; "thirty five" is one pair where tens are said first."""
    ones = len(digits) == 1 and digits != "0" and word.raw.isalpha()
    return text[:-1] + digits if ones and after_tens else text + digits


def _said(word: Token, numbers: NumberWords, most: int) -> str | None:
    if word.raw.isascii() and word.raw.isdigit():
        return word.raw
    value = numbers.cardinal(word.folded)
    return str(value) if value is not None and value <= most else None


def dictated(text: str, language: str = "de") -> str:
    """The digits of a sentence, as a number told in pieces begins, goes on or is put right with.

    >>> dictated("Nein, hinten vier eins.")
    '41'
    >>> dictated("ja, das stimmt"), dictated("zwei fuenf neun")
    ('', '259')
    """
    numbers = lexicon(language).numbers
    found = _digits(Digraphs((), numbers).read(tokens(text)), numbers, language)
    return found[0] if found else ""


def whole_number(digits: str, country: str = "DE") -> str | None:
    """The number in international form; None while more digits must follow.

    >>> whole_number("017604069012"), whole_number("017604069"), whole_number("03023125011")
    ('+4917604069012', None, '+493023125011')
    """
    fewest = _FEWEST_MOBILE if _MOBILE.match(digits) else _FEWEST_WHOLE
    return _international(digits, country) if len(digits) >= fewest else None
