"""Days that no calendar has: named as such, and asked for again without blame.

>>> impossible_day("am 31. November um zehn", "de")
(31, 11)
>>> impossible_day("on the thirty-first of June", "en")
(31, 6)
>>> impossible_day("am 30. November", "de") is None
True
"""

from __future__ import annotations

import re
from calendar import monthrange
from functools import cache

from prompts import month_names
from voice_agent.dialogue.topics import Topic, words_of

_LEAP_YEAR = 2028
"""February may have 29 days: which year is meant is not known here."""
_WORDS = {30: Topic.THIRTIETH, 31: Topic.THIRTY_FIRST}
_GAP = r"\.?(?:st|nd|rd|th)?(?:\s+of)?\s+"


def impossible_day(text: str, language: str) -> tuple[int, int] | None:
    """Day and month of a date that does not exist; None when there is none such."""
    for found in _dates(language).finditer(text.casefold()):
        said = found.groupdict()
        day = _number(said["day"] or said["late"], language)
        month = _months(language).index(said["month"] or said["first"]) + 1
        if day > monthrange(_LEAP_YEAR, month)[1]:
            return day, month
    return None


def _number(said: str, language: str) -> int:
    if said.isdigit():
        return int(said)
    return next(day for day, words in _spoken(language).items() if said in words)


@cache
def _spoken(language: str) -> dict[int, tuple[str, ...]]:
    return {day: words_of(key, language) for day, key in _WORDS.items()}


@cache
def _months(language: str) -> list[str]:
    return [name.casefold() for name in month_names(language)]


@cache
def _dates(language: str) -> re.Pattern[str]:
    days = "|".join([r"\d{1,2}", *(w for words in _spoken(language).values() for w in words)])
    months = "|".join(_months(language))
    return re.compile(
        rf"\b(?:(?P<day>{days}){_GAP}(?P<month>{months})|(?P<first>{months})\s+(?:the\s+)?(?P<late>{days}))\b"
    )
