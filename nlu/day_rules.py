"""Single days and weeks: heute, Dienstag morgen, nächsten Freitag, übernächste Woche."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu.date_rules import month_day_at
from nlu.day_pieces import WEEKS, day_piece, of_month, year_at
from nlu.days import DayWords
from nlu.meaning import PartOfDay
from nlu.period_rules import feast_piece
from nlu.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom

_NEXT = 2
_LAST = -1
_DAYS_AHEAD = {-1: -1, 0: 0, 1: 1, 2: 1}
"""Of a part of day by its "last", "this", "next": last night, this morning, next morning."""


def day_word(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Heute, übermorgen."""
    return day_piece(i, i + 1, "day_word", offset=atoms[i].kinds["offset"])


def tonight(_atoms: Sequence[Atom], i: int) -> Piece:
    """Tonight."""
    day = DayWords(offset=0)
    return Piece(first=i, last=i + 1, rule="tonight", day=day, pod=PartOfDay.EVENING)


def tomorrow_or_morning(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Morgen is tomorrow, but behind another day it is the morning: Dienstag morgen."""
    before = atoms[i - 1].kinds if i else {}
    if any(kind in before for kind in ("weekday", "offset", "tomorrow")) and "set" not in before:
        return Piece(first=i, last=i + 1, rule="morning_behind_day", pod=PartOfDay.MORNING)
    return day_piece(i, i + 1, "tomorrow", offset=1)


def weekday(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Samstag; Samstag nach dem nächsten."""
    if "title_behind" in atoms[i + 1].kinds:
        return None
    number = atoms[i].kinds["weekday"]
    following = atoms[i + 1].kinds
    which = i + 3 if "joint" in atoms[i + 2].kinds else i + 2
    if "after" in following and atoms[which].kinds.get("which") == _NEXT:
        ends_there = not any(k in atoms[which + 1].kinds for k in ("unit", "weekday", "weekend"))
        if ends_there:
            return day_piece(i, which + 1, "weekday_after_next", weekday=number, which=3)
    numbered = _number_behind(atoms, i)
    if numbered:
        day, end = numbered
        return day_piece(i, end, "weekday_and_number", weekday=number, day=day)
    return day_piece(i, i + 1, "weekday", weekday=number)


def _number_behind(atoms: Sequence[Atom], i: int) -> tuple[int, int] | None:
    """Saturday 21, where hours are not said so; Saturday the 7."""
    articled = "joint" in atoms[i + 1].kinds
    place = i + 2 if articled else i + 1
    kinds, following = atoms[place].kinds, atoms[place + 1].kinds
    day = kinds.get("day_number")
    counted = following.keys() & {"oclock", "meridiem", "unit", "measure", "dash", "month", "until"}
    return None if day is None or counted else (day, place + 1)


def weekday_short(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Abbreviations of writing: Mo., Fr 13.3."""
    following = atoms[i + 1].kinds
    place = i + 1
    shown = i and (atoms[i - 1].folded in {"am", "on"} or "which" in atoms[i - 1].kinds)
    shown = shown or "pod" in following or ("at" in following and "cardinal" in atoms[i + 2].kinds)
    if shown and atoms[i].raw[:1].isupper():
        return day_piece(i, i + 1, "weekday_abbreviated", weekday=atoms[i].kinds["weekday_short"])
    if atoms[i + 1].raw in {".", ","}:
        place += 1
        following = atoms[place].kinds
    has_date = any(kind in following for kind in ("date", "ordinal", "time", "month")) or (
        "cardinal" in following
        and any(k in atoms[place + 1].kinds for k in ("month", "month_short", "oclock"))
    )
    alone = i == 0 and (atoms[place].raw == "" and len(atoms[i].raw) < 6)  # noqa: PLR2004 - abbreviations have two letters
    if (not has_date and not alone) or (
        "figures" not in following and has_date and atoms[i].raw.islower()
    ):
        return None
    end = i + 2 if atoms[i + 1].raw == "." else i + 1
    return day_piece(i, end, "weekday_abbreviated", weekday=atoms[i].kinds["weekday_short"])


def which_day(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Nächsten Dienstag, kommende Woche, übernächstes Wochenende, letzte Woche im Juli."""
    if atoms[i].kinds["which"] == _LAST and (found := _last_of_month(atoms, i)):
        return found
    return _which_day_or_month(atoms, i) or _which_period(atoms, i)


def _last_of_month(atoms: Sequence[Atom], i: int) -> Piece | None:  # noqa: PLR0911 - one part of a month a line
    """The last Friday, weekend, week or day of a month."""
    kinds = atoms[i + 1].kinds
    if kinds.get("compound") == "week":
        month_of_week = atoms[i + 2].kinds.get("month")
        return day_piece(i, i + 3, "last_week_of_month", unit="week", nth=-1, month=month_of_week)
    if "month" in kinds and atoms[i + 2].kinds.get("unit") == "week":  # letzte Oktober Woche
        named = kinds["month"]
        return day_piece(i, i + 3, "last_week_of_month", unit="week", nth=-1, month=named)
    month = of_month(atoms, i + 2)
    if month is None:
        return None
    features, end = month
    if "weekday" in kinds:
        number = kinds["weekday"]
        return day_piece(i, end, "last_weekday_of_month", weekday=number, nth=-1, **features)
    if "weekend" in kinds:
        return day_piece(i, end, "weekend_of_month", **{**features, "unit": "weekend", "nth": -1})
    if kinds.get("unit") == "week":
        return day_piece(i, end, "last_week_of_month", **{**features, "unit": "week", "nth": -1})
    if kinds.get("unit") == "day":
        return day_piece(i, end, "last_day_of_month", nth=-1, **features)
    return None


def _which_day_or_month(atoms: Sequence[Atom], i: int) -> Piece | None:  # noqa: PLR0911 - one way of saying it a line
    """A weekday, weekend, month, feast or part of day with its "next"."""
    which, kinds = atoms[i].kinds["which"], atoms[i + 1].kinds
    short = kinds.get("weekday_short") if atoms[i + 1].raw[:1].isupper() else None
    number = kinds.get("weekday", short)
    if number is not None:
        return day_piece(i, i + 2, "which_weekday", weekday=number, which=which)
    if "weekend" in kinds:
        return day_piece(i, i + 2, "which_weekend", unit="weekend", which=which)
    if "month" in kinds:
        if (date := month_day_at(atoms, i + 1)) and which != _LAST:  # this coming May 8th
            return day_piece(i, date[1], "which_date", **date[0])
        year, end = year_at(atoms, i + 2)
        return day_piece(i, end, "which_month", month=kinds["month"], which=which, year=year)
    if "feast" in kinds:
        return feast_piece(atoms, i + 1, i)
    if "pod" in kinds and which in _DAYS_AHEAD:
        return day_piece(i, i + 1, "this_part_of_day", offset=_DAYS_AHEAD[which])
    return None


def _which_period(atoms: Sequence[Atom], i: int) -> Piece | None:
    """A week, month or year; the unit may be said with the other one of a choice."""
    kinds = atoms[i + 1].kinds
    if "unit" in kinds:
        return _which_unit(i, i + 2, atoms[i].kinds["which"], kinds["unit"])
    unit = None
    if "or" in kinds and "which" in atoms[i + 2].kinds:  # nächste oder übernächste Woche
        unit = atoms[i + 3].kinds.get("unit")
    return _which_unit(i, i + 1, atoms[i].kinds["which"], unit or _unit_said_before(atoms, i))


def _unit_said_before(atoms: Sequence[Atom], i: int) -> str | None:
    """Nächste Woche, besser übernächste: the week is still meant."""
    if atoms[i + 1].kinds.keys() - {"stop", "comma", "filler"} or atoms[i + 1].raw.isalnum():
        return None
    said = [k for k in range(1, i) if "which" in atoms[k - 1].kinds and "unit" in atoms[k].kinds]
    return atoms[said[-1]].kinds["unit"] if said else None


def _which_unit(i: int, end: int, which: int, unit: str | None) -> Piece | None:
    if unit == "week":
        return day_piece(i, end, "which_week", unit="week", week=WEEKS[which])
    if unit == "month":
        return day_piece(i, end, "which_month", unit="month", months=WEEKS[which])
    if unit == "year":
        return day_piece(i, end, "which_year", unit="year", months=12 * WEEKS[which])
    return None


RULES = {
    "offset": (day_word,),
    "tonight": (tonight,),
    "tomorrow": (tomorrow_or_morning,),
    "weekday": (weekday,),
    "weekday_short": (weekday_short,),
    "which": (which_day,),
}
"""Rules by the kind of the word they begin with."""
