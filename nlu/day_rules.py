"""Single days and weeks: heute, Dienstag morgen, nächsten Freitag, übernächste Woche."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu.day_pieces import WEEKS, day_piece, of_month, year_at
from nlu.days import DayWords
from nlu.meaning import PartOfDay
from nlu.period_rules import feast_at, feast_piece
from nlu.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom

_NEXT = 2
_ENDLESS = 6  # empty words behind the end of every sentence


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
    if ("before" in following or "after" in following) and (found := feast_at(atoms, i + 2)):
        name, count, year, end = found
        sign = -1 if "before" in following else 1
        return day_piece(
            i,
            end,
            "weekday_beside_feast",
            weekday=number,
            relation=sign,
            feast=name,
            nth=count,
            year=year,
        )
    return day_piece(i, i + 1, "weekday", weekday=number)


def weekday_short(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Abbreviations of writing: Mo., Fr 13.3."""
    following = atoms[i + 1].kinds
    place = i + 1
    shown = i and (atoms[i - 1].folded == "am" or "which" in atoms[i - 1].kinds)
    if (shown or "pod" in following) and atoms[i].raw[:1].isupper():
        return day_piece(i, i + 1, "weekday_abbreviated", weekday=atoms[i].kinds["weekday_short"])
    if atoms[i + 1].raw in {".", ","}:
        place += 1
        following = atoms[place].kinds
    has_date = any(kind in following for kind in ("date", "ordinal", "time")) or (
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


def which_day(atoms: Sequence[Atom], i: int) -> Piece | None:  # noqa: PLR0911 - one way of saying it a line
    """Nächsten Dienstag, kommende Woche, übernächstes Wochenende, letzte Woche im Juli."""
    which = atoms[i].kinds["which"]
    kinds = atoms[i + 1].kinds
    if "weekday" in kinds:
        if which == -1 and (month := of_month(atoms, i + 2)):
            return day_piece(
                i, month[1], "last_weekday_of_month", weekday=kinds["weekday"], nth=-1, **month[0]
            )
        return day_piece(i, i + 2, "which_weekday", weekday=kinds["weekday"], which=which)
    if "weekday_short" in kinds and atoms[i + 1].raw[:1].isupper():
        short = kinds["weekday_short"]
        return day_piece(i, i + 2, "which_weekday", weekday=short, which=which)
    if "weekend" in kinds:
        return day_piece(i, i + 2, "which_weekend", unit="weekend", which=which)
    if "month" in kinds:
        year = year_at(atoms, i + 2)
        return day_piece(i, year[1], "which_month", month=kinds["month"], which=which, year=year[0])
    if "feast" in kinds:
        return feast_piece(atoms, i + 1, i)
    if kinds.get("compound") == "week" and which == -1:
        month = atoms[i + 2].kinds["month"]
        return day_piece(i, i + 3, "last_week_of_month", unit="week", nth=-1, month=month)
    if "pod" in kinds and which == 0:
        return day_piece(i, i + 1, "this_part_of_day", offset=0)
    if "or" in kinds and "which" in atoms[i + 2].kinds and (unit := atoms[i + 3].kinds.get("unit")):
        found = _which_unit((atoms[i], atoms[i + 3], *atoms[-_ENDLESS:]), 0, which, unit)
        return found and Piece(first=i, last=i + 1, rule=found.rule, day=found.day)
    return _which_unit(atoms, i, which, kinds.get("unit"))


def _which_unit(atoms: Sequence[Atom], i: int, which: int, unit: str | None) -> Piece | None:
    if unit == "week":
        if which == -1 and (month := of_month(atoms, i + 2)):
            return day_piece(i, month[1], "last_week_of_month", unit="week", nth=-1, **month[0])
        return day_piece(i, i + 2, "which_week", unit="week", week=WEEKS[which])
    if unit == "month":
        return day_piece(i, i + 2, "which_month", unit="month", months=WEEKS[which])
    if unit == "year":
        return day_piece(i, i + 2, "which_year", unit="year", months=12 * WEEKS[which])
    if unit == "day" and which == -1 and (month := of_month(atoms, i + 2)):
        return day_piece(i, month[1], "last_day_of_month", nth=-1, **month[0])
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
