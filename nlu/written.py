"""Dates and times as they are written in figures: 13.3., 2026-03-13, 14:30, 16.15 Uhr, 7h45."""

from __future__ import annotations

import re
from typing import NamedTuple

_LAST_HOUR, _LAST_MINUTE, _LAST_DAY, _LAST_MONTH = 24, 59, 31, 12
_CENTURY = 2000
_YEAR_FIGURES = 4

_WRITTEN = re.compile(
    r"""(?<![\d,:/])(?<!\d\.)(?:
    (?P<digits>\d{3,}-\d{3,}-\d{2,})
    |(?P<iso>(?P<iy>[12]\d{3})(?P<is>[-/])(?P<im>\d{1,2})(?P=is)(?P<id>\d{1,2}))(?!\d)
    |(?P<month>(?P<mm>0?[1-9]|1[0-2])/(?P<my>20\d{2})|(?P<yy>20\d{2})/(?P<ym>0[1-9]|1[0-2]))(?![\d/:])
    |(?P<full>(?P<d>0?[1-9]|[12]\d|3[01])[./-]\ ?(?P<m>0?[1-9]|1[0-2])
        (?:[./-]\ ?(?P<y4>[12]\d{3})|[./-]'?(?P<y2>\d{2})))
        (?![\d:]|\.\d|\s?(?:uhr|h)\b)
    |(?P<american>(?P<am>0?[1-9]|1[0-2])/(?P<ad>1[3-9]|2\d|3[01])/(?P<ay>[12]\d{3}|\d{2}))(?![\d:/])
    |(?P<clock>(?P<h>[01]?\d|2[0-4])(?::(?P<mi>[0-5]\d)(?::[0-5]\d)?|[.](?P<mp>[0-5]\d)(?=\s?(?:uhr|h|[ap]\.?m)\b)
        |\s?h\s?(?P<mh>[0-5]\d)))(?![\d:])
    |(?P<short>(?P<sd>\d{1,2})(?:\.\ ?(?P<sm>\d{1,2})\b\.?|/(?P<sl>0[1-9]|1[0-2])\b\.?))
        (?![\d:]|,\d|\s?(?:uhr|h|[ap]\.?m|std|stunden?|tagen?|wochen?|minuten?|min|monate?n?|jahre?n?
            |hours?|hrs?|days?|weeks?|minutes?|mins?|months?|years?)\b)
    |(?P<us>(?P<um>1[0-2]|0?[1-9])\ ?/\ ?(?P<ud>3[01]|[12]\d))(?![\d/:]|\s?(?:uhr|h)\b)
    |(?P<ordinal>(?P<o>\d{1,2})(?:\.(?=[\s,/–?!;)-]|[A-Za-zÄÖÜäöü]|\.?$)|(?:ste|te|e)[rns]?\b|(?:st|nd|rd|th)\b))
    )""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


class Written(NamedTuple):
    """Something in figures: a date (day, month, year), a time (hour, minute) or an ordinal.

    A month of a year is (month, year); digits are a telephone number and mean no time.
    """

    kind: str
    value: tuple[int | None, ...]
    start: int
    end: int
    time: tuple[int, int] | None = None
    """What a date would be as a time: 11.05 after "um"."""


def written(text: str, *, month_first: bool = False) -> list[Written]:
    """Dates and times in figures, in order.

    >>> [(found.kind, found.value) for found in written("am 13.3. um 14:30, bis 20.4.2026")]
    [('date', (13, 3, None)), ('time', (14, 30)), ('date', (20, 4, 2026))]
    """
    found = [item for item in map(_read, _WRITTEN.finditer(text)) if item]
    return (
        [_swapped(item, text) for item in found]
        if month_first
        else [item for item in found if item.kind != "us"]
    )


def _swapped(item: Written, text: str) -> Written:
    """3/14 in English: the month stands first, if it can."""
    if item.kind == "us":
        return item._replace(kind="date", value=(item.value[1], item.value[0], None))
    if item.kind != "date" or "/" not in text[item.start : item.start + _YEAR_FIGURES]:
        return item
    day, month, year = item.value
    if day is None or month is None or day > _LAST_MONTH:
        return item
    return item._replace(value=(month, day, year))


def _read(match: re.Match[str]) -> Written | None:  # noqa: PLR0911 - one way of saying it a line
    start, end = match.span()
    if match["digits"]:
        return Written("digits", (), start, end)
    if match["iso"]:
        return _date(int(match["id"]), int(match["im"]), int(match["iy"]), start, end)
    if match["month"]:
        month, year_of_month = match["mm"] or match["ym"], match["my"] or match["yy"]
        return Written("month_of_year", (int(month), int(year_of_month)), start, end)
    if match["full"]:
        year = int(match["y4"] or 0) or _CENTURY + int(match["y2"])
        return _date(int(match["d"]), int(match["m"]), year, start, end)
    if match["american"]:  # 03/13/2026 has one reading
        year = int(match["ay"]) + (0 if len(match["ay"]) == _YEAR_FIGURES else _CENTURY)
        return _date(int(match["ad"]), int(match["am"]), year, start, end)
    if match["clock"]:
        minute = int(match["mi"] or match["mp"] or match["mh"])
        return Written("time", (int(match["h"]), minute), start, end)
    if match["us"]:
        return Written("us", (int(match["um"]), int(match["ud"])), start, end)
    if match["short"]:
        return _date_or_time(match, start, end)
    return Written("ordinal", (int(match["o"]),), start, end)


def _date_or_time(match: re.Match[str], start: int, end: int) -> Written | None:
    """Two numbers with a point: a date if it can be one, else a time."""
    first, second = int(match["sd"]), int(match["sm"] or match["sl"])
    as_date = _date(first, second, None, start, end)
    two_figures = match["sm"] is not None and len(match["sm"]) == 2  # noqa: PLR2004 - minutes have two figures
    if not two_figures or first > _LAST_HOUR or second > _LAST_MINUTE:
        return as_date
    if as_date is None:
        return Written("time", (first, second), start, end)
    return as_date if match.group().endswith(".") else as_date._replace(time=(first, second))


def _date(day: int, month: int, year: int | None, start: int, end: int) -> Written | None:
    if not 1 <= day <= _LAST_DAY or not 1 <= month <= _LAST_MONTH:
        return None
    return Written("date", (day, month, year), start, end)
