"""Dates: der zwölfte März, am zweiten vierten, 3.4., im Mai, der erste Samstag im April."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu.day_numbers import (
    LISTS,
    MOST_IN_LIST,
    MOST_WEEKDAYS,
    counts_something,
    licenses_ordinal,
)
from nlu.day_pieces import Features, behind_joints, day_piece, of_month, year_at
from nlu.days import DayWords
from nlu.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom

_LAST_DAY, _LAST_MONTH = 31, 12
_TO_NEXT_DAY = ("dash", "until", "to")
_CENTURY = 2000
_BEHIND_DAY = ("stop", "comma", "or", "at", "pod", "filler", "from", "between", "after", "before")
_HALVES = {1: "half1", 2: "half2"}


def date_in_figures(atoms: Sequence[Atom], i: int) -> Piece | None:
    """13.3., 2026-03-13."""
    found = date_at(atoms, i, licensed=True)
    return found and day_piece(i, found[1], found[2], **found[0])


def ordinal(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Der zwölfte März, am zweiten vierten, der erste Samstag im April, die dritte Juliwoche."""
    return _ordinal_of_period(atoms, i) or _ordinal_date(atoms, i)


def _ordinal_date(atoms: Sequence[Atom], i: int) -> Piece | None:
    shared = _month_of_list(atoms, i)
    if shared:
        day: Features = {**shared, "day": atoms[i].kinds["ordinal"]}
        return day_piece(i, i + 1, "day_of_list", **day)
    found = date_at(atoms, i, licensed=_begins_range(atoms, i) or licenses_ordinal(atoms, i))
    return found and day_piece(i, found[1], found[2], **found[0])


def _month_of_list(atoms: Sequence[Atom], i: int) -> Features | None:
    """Am ersten, zweiten oder dritten April: the month said last holds for all."""
    place = i
    for _ in range(MOST_IN_LIST):
        if "ordinal" not in atoms[place].kinds or not atoms[place + 1].kinds.keys() & LISTS:
            return None
        place = _behind_list_sign(atoms, place + 1)
        month = _month_behind_number(atoms, place + 1) if "ordinal" in atoms[place].kinds else None
        if month is not None:
            return {"month": month[0], "year": year_at(atoms, month[1])[0]}
    return None


def _behind_list_sign(atoms: Sequence[Atom], i: int) -> int:
    """Behind a comma, "oder", and an article."""
    while "ordinal" not in atoms[i].kinds and atoms[i].kinds.keys() & (LISTS | {"joint", "filler"}):
        i += 1
    return i


def number_with_month(atoms: Sequence[Atom], i: int) -> Piece | None:
    """14 April; 13 - 15 Juli: the first number is a day as well."""
    found = date_at(atoms, i, licensed=False)
    if found:
        return day_piece(i, found[1], found[2], **found[0])
    number = atoms[i].kinds["cardinal"]
    if _is_day_number(atoms, i):
        return day_piece(i, i + 1, "day_of_month", day=number)
    if not 1 <= number <= _LAST_DAY or not any(k in atoms[i + 1].kinds for k in _TO_NEXT_DAY):
        return None
    other = date_at(atoms, behind_joints(atoms, i + 2), licensed=False)
    if other is None or "day" not in other[0]:
        return None
    return day_piece(i, i + 1, "first_day_of_range", day=number)


def _is_day_number(atoms: Sequence[Atom], i: int) -> bool:
    """The 24, on 24: where hours are not said so, and nothing is counted."""
    before, following = atoms[i - 1].kinds if i else {}, atoms[i + 1]
    ends = not following.raw or not following.kinds.keys().isdisjoint(_BEHIND_DAY)
    return "day_number" in atoms[i].kinds and "joint" in before and ends


def month_name(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Im Mai, Mai 2027, Februar 15."""
    kinds = atoms[i].kinds
    month = kinds["month"] if "month" in kinds else kinds["month_short"]
    if "title_behind" in atoms[i + 1].kinds:
        return None
    found = month_day_at(atoms, i)
    if found:
        return _days_of_month(atoms, i, found)
    year, end = _year_behind_month(atoms, i + 1)
    if "month" not in kinds and year is None:
        return None  # "Jan" and "Mar" are names
    if i and "ordinal" in atoms[i - 1].kinds and "figures" in atoms[i - 1].kinds:
        return None  # a day that this month does not have
    return day_piece(i, end, "month", month=month, year=year)


def _days_of_month(atoms: Sequence[Atom], i: int, found: Found) -> Piece:
    """April 7th; April 7th to 9th."""
    features, end, rule = found
    last_day = _last_day_behind(atoms, end)
    if last_day is None:
        return day_piece(i, end, rule, **features)
    first, last = DayWords(**features), DayWords(**{**features, "day": last_day[0]})
    return Piece(first=i, last=last_day[1], rule="days_of_month", day=first, day_end=last)


def month_day_at(atoms: Sequence[Atom], i: int) -> Found | None:
    """A date with its month first: April 7th, May the fourth, 2026."""
    kinds = atoms[i].kinds
    month = kinds.get("month") or kinds.get("month_short")
    found = _day_behind_month(atoms, i + 1) if month else None
    if found is None:
        return None
    day, end = found
    behind = end + 1 if "comma" in atoms[end].kinds and year_at(atoms, end + 1)[0] else end
    year, year_end = year_at(atoms, behind)
    return (
        {"month": month, "day": day, "year": year},
        year_end if year else end,
        "month_and_day",
    )


def _year_behind_month(atoms: Sequence[Atom], i: int) -> tuple[int | None, int]:
    """May 2027; as written: Dec-2026, Dec, 2026."""
    place = i + 1 if atoms[i].kinds.keys() & {"dash", "comma"} else i
    year, end = year_at(atoms, place)
    return (year, end) if year is not None else (None, i)


def month_in_figures(atoms: Sequence[Atom], i: int) -> Piece | None:
    """4/2026, 2026/04."""
    month, year = atoms[i].kinds["month_of_year"]
    return day_piece(i, i + 1, "month_in_figures", month=month, year=year)


def _last_day_behind(atoms: Sequence[Atom], i: int) -> tuple[int, int] | None:
    """July 13 to 15."""
    if "until" not in atoms[i].kinds and "dash" not in atoms[i].kinds:
        return None
    found = _day_behind_month(atoms, i + 1)
    return None if found and "meridiem" in atoms[found[1]].kinds else found


def _day_behind_month(atoms: Sequence[Atom], i: int) -> tuple[int, int] | None:
    """February 15, march the third: the day and the place behind it."""
    place = _behind_sign(atoms, i)
    kinds = atoms[place].kinds
    day = kinds.get("cardinal") if "figures" in kinds or _is_said_day(atoms, place) else None
    if "ordinal" in kinds and not counts_something(atoms, place):
        day = kinds["ordinal"]
    if day is None or not 1 <= day <= _LAST_DAY:
        return None
    counts = any(k in atoms[place + 1].kinds for k in ("oclock", "unit", "measure", "month"))
    return None if counts else (day, place + 1)


def _behind_sign(atoms: Sequence[Atom], i: int) -> int:
    """May the fourth; April, 3rd; Apr/7, Apr-7."""
    kinds, following = atoms[i].kinds, atoms[i + 1].kinds
    if ("joint" in kinds or "comma" in kinds) and "ordinal" in following:
        return i + 1
    short = "month_short" in atoms[i - 1].kinds or "slash" in kinds
    close = atoms[i - 1].end == atoms[i].start and atoms[i].end == atoms[i + 1].start
    joins = "dash" in kinds and short and close and "figures" in following
    return i + 1 if joins else i


def _is_said_day(atoms: Sequence[Atom], i: int) -> bool:
    """May twenty nine; but in May ten times, on the third of May nine or ten."""
    before = atoms[i - 2].kinds if i > 1 else {}
    following = atoms[i + 1].kinds
    free = not atoms[i - 1].kinds.keys() & {"joint", "comma", "dash"} and "in" not in before
    counted = following.keys() & {"cardinal", "meridiem", "or", "until", "dash", "factor", "oh"}
    noun = not following and atoms[i + 1].raw[:1].isupper()
    return free and not counted and not noun


Found = tuple[Features, int, str]
"""What a date says, the place behind its words, the name of the rule."""


def date_at(atoms: Sequence[Atom], i: int, *, licensed: bool) -> Found | None:
    """The date that begins at place `i`; a lone number of a day only counts where `licensed`."""
    kinds = atoms[i].kinds
    if "date" in kinds:
        day, month, year = kinds["date"]
        later, end = year_at(atoms, i + 1) if year is None else (year, i + 1)
        return {"day": day, "month": month, "year": later}, end, "date_in_figures"
    day = kinds.get("ordinal") or kinds.get("cardinal")
    if not day or not 1 <= day <= _LAST_DAY:
        return None
    found = _with_month_behind(atoms, i, day)
    if found or "ordinal" not in kinds:
        return found
    return _ordinals(atoms, i, day, licensed=licensed)


def _with_month_behind(atoms: Sequence[Atom], i: int, day: int) -> Found | None:
    """Zwölfter März; the third of next month."""
    month = _month_behind_number(atoms, i + 1)
    if month is not None:
        return _with_year({"day": day, "month": month[0]}, atoms, month[1], "day_and_month")
    if "of" not in atoms[i + 1].kinds or "which" not in atoms[i + 2].kinds:
        return None
    period = of_month(atoms, i + 1)
    if period is None or "months" not in period[0]:
        return None
    return {"day": day, "months": period[0]["months"]}, period[1], "day_of_that_month"


def _ordinals(atoms: Sequence[Atom], i: int, day: int, *, licensed: bool) -> Found | None:
    """Zweiter vierter, dritter/11., fünfzehnte Punkt eins, am zwölften."""
    following = atoms[i + 1].kinds
    slash = "slash" in following
    place = i + 2 if slash else i + 1
    second = atoms[place].kinds.get("ordinal")
    if second is None and slash:
        second = atoms[place].kinds.get("cardinal")
    if second and any(k in atoms[place + 1].kinds for k in ("month", "month_short", "feast")):
        return None  # said twice: zweiter, zweiter Mai
    if second and second <= _LAST_MONTH and not counts_something(atoms, place):
        return _with_year({"day": day, "month": second}, atoms, place + 1, "two_ordinals")
    number = atoms[i + 2].kinds.get("cardinal", 0) if "exact" in following else 0
    if 0 < number <= _LAST_MONTH:
        return {"day": day, "month": number, "garbled": True}, i + 3, "day_point_month"
    if licensed and not counts_something(atoms, i):
        return {"day": day}, i + 1, "day_of_month"
    return None


def _month_behind_number(atoms: Sequence[Atom], i: int) -> tuple[int, int] | None:
    """The month and the place behind it: zwölfter März, twelfth of March."""
    if "of" in atoms[i].kinds:
        i += 2 if "joint" in atoms[i + 1].kinds else 1
    if "dash" in atoms[i].kinds and "figures" in atoms[i - 1].kinds:  # 17-Mar
        i += 1
    kinds = atoms[i].kinds
    if "month" in kinds or "month_short" in kinds:
        return kinds.get("month") or kinds["month_short"], i + 1
    return None


def _with_year(features: Features, atoms: Sequence[Atom], i: int, rule: str) -> Found:
    if atoms[i].raw == "." and "cardinal" in atoms[i + 1].kinds and year_at(atoms, i + 1)[0]:
        i += 1
    year, end = year_at(atoms, i)
    if year is None:
        year, end = _short_year(atoms, i)
    return {**features, "year": year}, end, rule


def _short_year(atoms: Sequence[Atom], i: int) -> tuple[int | None, int]:
    """A year of two figures: 18. Juli 26."""
    kinds = atoms[i].kinds
    value = kinds.get("cardinal")
    is_short = value is not None and "figures" in kinds and len(atoms[i].raw) == 2  # noqa: PLR2004 - two figures
    following = atoms[i + 1].kinds
    if not is_short or any(
        k in following
        for k in ("oclock", "dash", "until", "comma", "measure", "unit", "or", "and", "time")
    ):
        return None, i
    return _CENTURY + int(value or 0), i + 1


def _begins_range(atoms: Sequence[Atom], i: int) -> bool:
    """14. - 15.10."""
    joins = any(k in atoms[i + 1].kinds for k in ("dash", "until"))
    if not joins or "figures" not in atoms[i].kinds:
        return False
    other = date_at(atoms, behind_joints(atoms, i + 2), licensed=True)
    return other is not None and "day" in other[0]


def _ordinal_of_period(atoms: Sequence[Atom], i: int) -> Piece | None:
    """The nth weekday, week, day or half of a month; the nth Advent."""
    nth, kinds = atoms[i].kinds["ordinal"], atoms[i + 1].kinds
    if kinds.get("feast") == "advent":
        year, end = year_at(atoms, i + 2)
        return day_piece(i, end, "advent", feast="advent", nth=nth, year=year)
    if "kw" in kinds:
        return day_piece(i, i + 2, "calendar_week", kw=nth)
    if "compound" in kinds:
        return _nth_of_compound(i, nth, kinds["compound"], atoms[i + 2].kinds.get("month"))
    if "month" in kinds and atoms[i + 2].kinds.get("unit") == "week":  # erste Januar Woche
        return _nth_of_compound(i, nth, "week", kinds["month"])
    if "half_of_period" in kinds and nth in _HALVES:
        return _half(atoms, i, _HALVES[nth])
    return _nth_of_month(atoms, i, nth)


def _nth_of_compound(i: int, nth: int, part: str, month: int | None) -> Piece | None:
    """Die dritte Juliwoche, erste Maihälfte."""
    if part == "week":
        return day_piece(i, i + 3, "week_of_month", unit="week", nth=nth, month=month)
    if part == "half" and nth in _HALVES:
        return day_piece(i, i + 3, "half_of_month", edge=_HALVES[nth], month=month)
    return None


def _nth_of_month(atoms: Sequence[Atom], i: int, nth: int) -> Piece | None:  # noqa: PLR0911 - one part of a month a line
    """Der zweite Dienstag, das erste Wochenende, die dritte Woche, der vierte Tag im Mai."""
    kinds = atoms[i + 1].kinds
    if not kinds.keys() & {"weekday", "unit", "weekend"}:
        return None
    weekday, unit = kinds.get("weekday"), kinds.get("unit")
    part = atoms[i + 2].kinds.get("pod") if weekday is not None else None
    month = of_month(atoms, i + 3 if part else i + 2)
    if part and month:  # the first Monday evening in April
        day = DayWords(weekday=weekday, nth=nth, **month[0])
        return Piece(first=i, last=month[1], rule="nth_weekday_of_month", day=day, pod=part)
    if month is None:
        if weekday is None or nth > MOST_WEEKDAYS:
            return None
        return day_piece(i, i + 2, "nth_weekday", weekday=weekday, nth=nth, unit="month")
    features, end = month
    if weekday is not None:
        return day_piece(i, end, "nth_weekday_of_month", weekday=weekday, nth=nth, **features)
    if "weekend" in kinds:
        return day_piece(i, end, "weekend_of_month", **{**features, "unit": "weekend", "nth": nth})
    if unit == "week":
        return day_piece(i, end, "week_of_month", **{**features, "unit": "week", "nth": nth})
    return day_piece(i, end, "nth_day_of_month", nth=nth, **features) if unit == "day" else None


def _half(atoms: Sequence[Atom], i: int, edge: str) -> Piece | None:
    month = of_month(atoms, i + 2)
    return day_piece(i, month[1], "half_of_month", edge=edge, **month[0]) if month else None


RULES = {
    "date": (date_in_figures,),
    "ordinal": (ordinal,),
    "cardinal": (number_with_month,),
    "month": (month_name,),
    "month_short": (month_name,),
    "month_of_year": (month_in_figures,),
}
"""Rules by the kind of the word they begin with."""
