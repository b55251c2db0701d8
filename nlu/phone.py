"""Phone numbers as they are dictated: digit by digit, in pairs, in words, with repetitions."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import phonenumbers

from nlu.talk import folded, spelling_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.numbers import NumberWords
    from nlu.tokens import Token

_FEWEST, _MOST = 6, 15
_PAIR = 99


def phone_number(
    words: Sequence[Token], numbers: NumberWords, *, asked: bool, country: str = "DE"
) -> tuple[str, int, int] | None:
    """The number in international form with the places of its words; None if it cannot be one.

    >>> from nlu.numbers import german
    >>> from nlu.tokens import tokens
    >>> words = tokens("null eins sieben eins, vier vier drei zwo eins null neun")
    >>> phone_number(words, german(), asked=True)[0]
    '+491714432109'
    """
    found = _digits(words, numbers)
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


def _digits(words: Sequence[Token], numbers: NumberWords) -> tuple[str, int, int] | None:
    """The longest run of dictated digits."""
    drop, times = _noise_and_times()
    best: tuple[str, int, int] | None = None
    place = 0
    while place < len(words):
        run = _run(words, place, numbers, drop, times)
        if run and (best is None or len(run[0]) > len(best[0])):
            best = (run[0], place, run[1])
        place = run[1] if run else place + 1
    return best


@lru_cache(maxsize=1)
def _noise_and_times() -> tuple[frozenset[str], dict[str, int]]:
    """Words that say nothing between digits, and words that repeat the next one."""
    data = spelling_data("de")["phone"]
    times = {word: count for count, ws in data["times"].items() for word in folded(ws)}
    return folded(data["drop"]), times


def _run(
    words: Sequence[Token],
    place: int,
    numbers: NumberWords,
    drop: frozenset[str],
    times: dict[str, int],
) -> tuple[str, int] | None:
    text, last, repeat = "", place, 1
    while place < len(words):
        word = words[place]
        digits = _said(word, numbers)
        if digits is not None:
            text, repeat = text + digits * repeat, 1
            last = place + 1
        elif word.folded in times and place + 1 < len(words):
            repeat = times[word.folded]
        elif word.folded in {"plus", "+"} and not text:
            text, last = "+", place + 1
        elif not text or (
            word.folded not in drop and word.raw not in {",", "-", "/", ".", "(", ")"}
        ):
            break
        place += 1
    return (text, last) if text.strip("+") else None


def _said(word: Token, numbers: NumberWords) -> str | None:
    if word.raw.isascii() and word.raw.isdigit():
        return word.raw
    value = numbers.cardinal(word.folded)
    return str(value) if value is not None and value <= _PAIR else None
