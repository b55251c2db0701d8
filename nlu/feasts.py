"""Feast days by name, as callers count them: independent of whether anybody closes on them."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

from nlu.calendar import nth_weekday

_FIXED = {
    "neujahr": (1, 1),
    "heilige_drei_koenige": (1, 6),
    "valentinstag": (2, 14),
    "frauentag": (3, 8),
    "tag_der_arbeit": (5, 1),
    "johannistag": (6, 24),
    "friedensfest": (8, 8),
    "mariae_himmelfahrt": (8, 15),
    "weltkindertag": (9, 20),
    "einheit": (10, 3),
    "reformationstag": (10, 31),
    "halloween": (10, 31),
    "allerheiligen": (11, 1),
    "allerseelen": (11, 2),
    "martinstag": (11, 11),
    "nikolaus": (12, 6),
    "heiligabend": (12, 24),
    "weihnachten": (12, 25),
    "weihnachten2": (12, 26),
    "silvester": (12, 31),
    "st_patrick": (3, 17),
    "april_fools": (4, 1),
    "st_george": (4, 23),
    "walpurgis": (4, 30),
    "independence": (7, 4),
    "bonfire_night": (11, 5),
    "veterans": (11, 11),
}
_NTH_WEEKDAY = {
    "martin_luther_king": (1, 0, 3),
    "presidents": (2, 0, 3),
    "muttertag": (5, 6, 2),
    "memorial": (5, 0, -1),
    "fathers": (6, 6, 3),
    "columbus": (10, 0, 2),
    "thanksgiving": (11, 3, 4),
}
"""Month, weekday, the how manieth one."""
_AFTER_THANKSGIVING = {"black_friday": 1, "cyber_monday": 4}
_FROM_EASTER = {
    "weiberfastnacht": -52,
    "fastnachtssamstag": -50,
    "rosenmontag": -48,
    "fastnacht": -47,
    "aschermittwoch": -46,
    "palmsonntag": -7,
    "gruendonnerstag": -3,
    "karfreitag": -2,
    "karsamstag": -1,
    "ostern": 0,
    "ostermontag": 1,
    "himmelfahrt": 39,
    "pfingsten": 49,
    "pfingstmontag": 50,
    "fronleichnam": 60,
}
_FROM_FIRST_ADVENT = {"busstag": -11, "totensonntag": -7, "volkstrauertag": -14}
_EVES = {"weihnachten": 1, "ostern": 2, "pfingsten": 1}
"""Days that belong to a feast before its own day: Weihnachten begins on Heiligabend."""
_DAYS_AFTER = {"weihnachten": 1, "ostern": 1, "pfingsten": 1}


@lru_cache(maxsize=512)
def easter(year: int) -> date:
    """Easter Sunday of a year (Gauss, as corrected by Lichtenberg).

    >>> easter(2026)
    datetime.date(2026, 4, 5)
    """
    century = year // 100
    moon = 15 + (3 * century + 3) // 4 - (8 * century + 13) // 25
    sun = 2 - (3 * century + 3) // 4
    golden = year % 19
    seed = (19 * golden + moon) % 30
    late = (seed + golden // 11) // 29
    limit = 21 + seed - late
    first_sunday = 7 - (year + year // 4 + sun) % 7
    return date(year, 3, 1) + timedelta(limit + 7 - (limit - first_sunday) % 7 - 1)


@lru_cache(maxsize=2048)
def feast(name: str, year: int, count: int = 1) -> date | None:
    """The day of a feast in a year; `count` tells the Sunday of Advent.

    >>> feast("rosenmontag", 2026), feast("advent", 2026, 4), feast("muttertag", 2026)
    (datetime.date(2026, 2, 16), datetime.date(2026, 12, 20), datetime.date(2026, 5, 10))
    """
    if name in _FIXED:
        month, day = _FIXED[name]
        return date(year, month, day)
    if name in _FROM_EASTER:
        return easter(year) + timedelta(_FROM_EASTER[name])
    if name in _FROM_FIRST_ADVENT:
        return _first_advent(year) + timedelta(_FROM_FIRST_ADVENT[name])
    if name == "advent":
        return _first_advent(year) + timedelta(7 * (count - 1)) if 1 <= count <= 4 else None  # noqa: PLR2004 - Advent has four Sundays
    if name in _NTH_WEEKDAY:
        month, weekday, nth = _NTH_WEEKDAY[name]
        return nth_weekday(year, month, weekday, nth)
    thanksgiving = feast("thanksgiving", year) if name in _AFTER_THANKSGIVING else None
    return thanksgiving and thanksgiving + timedelta(_AFTER_THANKSGIVING[name])


def feast_span(name: str, day: date) -> tuple[date, date]:
    """The days a feast takes, end exclusive: over Easter is Good Friday to Easter Monday."""
    return day - timedelta(_EVES.get(name, 0)), day + timedelta(_DAYS_AFTER.get(name, 0) + 1)


def _first_advent(year: int) -> date:
    """Three weeks before the Sunday before Christmas Day."""
    christmas = date(year, 12, 25)
    return christmas - timedelta((christmas.weekday() + 1) % 7 or 7) - timedelta(21)
