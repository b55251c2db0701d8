"""Periods and feasts: Ende des Monats, am Wochenende, KW 14, über Ostern, der Tag vor Silvester."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nlu.date_rules import date_at, month_day_at
from nlu.day_pieces import WEEKS, behind_joints, day_piece, year_at
from nlu.days import DayWords
from nlu.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom

_JOINS = frozenset({"until", "or", "and", "dash", "comma"})
"""Between two edges of one period: Anfang oder Mitte April."""


def edge_of_period(atoms: Sequence[Atom], i: int) -> Piece | None:  # noqa: PLR0911 - one way of saying it a line
    """Anfang nächster Woche, Mitte Mai, Ende des Monats."""
    edge = atoms[i].kinds["edge"]
    joins = atoms[i + 1].kinds.keys() & _JOINS
    if joins and "edge" in atoms[i + 2].kinds and (other := edge_of_period(atoms, i + 2)):
        day = replace(other.day or DayWords(), edge=edge)  # "Anfang bis Mitte Dezember"
        return Piece(first=i, last=i + 1, rule=other.rule, day=day)
    place = behind_joints(atoms, i + 2 if "dash" in atoms[i + 1].kinds else i + 1)
    place += "about" in atoms[place].kinds
    kinds = atoms[place].kinds
    if edge == "rest":
        rest = "which" in kinds and kinds["which"] == 0
        unit = atoms[place + rest].kinds.get("unit")
        return (
            day_piece(i, place + rest + 1, "rest_of_week", unit="week", week=0)
            if unit == "week"
            else None
        )
    if "month" in kinds:
        year, end = year_at(atoms, place + 1)
        return day_piece(i, end, "edge_of_month", edge=edge, month=kinds["month"], year=year)
    which, end = None, place
    if "which" in kinds:
        which, end = kinds["which"], place + 1
    unit = atoms[end].kinds.get("unit")
    if unit == "week":
        edge = atoms[i].kinds.get("edge_of_week", edge)
        return day_piece(i, end + 1, "edge_of_week", unit="week", week=WEEKS.get(which), edge=edge)
    if unit == "month":
        return day_piece(
            i, end + 1, "edge_of_month", unit="month", months=WEEKS.get(which), edge=edge
        )
    if unit == "year":
        return _edge_of_year(i, end + 1, edge, which)
    if unit == "day" and edge == "end" and "later" not in atoms[i].kinds:
        return day_piece(i, end + 1, "end_of_day", offset=0)
    return None


def end_of_period(atoms: Sequence[Atom], i: int) -> Piece | None:
    """EOD, EOM, EOY."""
    unit = atoms[i].kinds["end_of"]
    if unit == "month":
        return day_piece(i, i + 1, "edge_of_month", unit="month", edge="end")
    if unit == "year":
        return _edge_of_year(i, i + 1, "end", None)
    return day_piece(i, i + 1, "end_of_day", offset=0)


def midweek(_atoms: Sequence[Atom], i: int) -> Piece | None:
    """Midweek."""
    return day_piece(i, i + 1, "edge_of_week", unit="week", edge="middle")


def _edge_of_year(i: int, end: int, edge: str, which: int | None) -> Piece:
    if edge == "end" and not which:
        return day_piece(i, end, "end_of_year", month=12)
    month = {"start": 1, "middle": 6, "end": 12}[edge]
    return day_piece(i, end, "edge_of_year", month=month)


def new_year(_atoms: Sequence[Atom], i: int) -> Piece | None:
    """Im neuen Jahr: from the first of January on."""
    day = DayWords(day=1, month=1)
    return Piece(first=i, last=i + 1, rule="new_year", day=day, bound="from")


def month_edge_compound(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Dezemberanfang, Monatsende."""
    edge = atoms[i].kinds["compound"]
    if edge not in {"start", "middle", "end"}:
        return None
    return day_piece(i, i + 2, "edge_of_month", edge=edge, month=atoms[i + 1].kinds["month"])


def weekend(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Wochenende; am Wochenende nach Ostern."""
    if ("after" in atoms[i + 1].kinds or "before" in atoms[i + 1].kinds) and (
        found := feast_at(atoms, i + 2)
    ):
        name, count, year, end = found
        sign = 1 if "after" in atoms[i + 1].kinds else -1
        return day_piece(
            i,
            end,
            "weekend_beside_feast",
            unit="weekend",
            relation=sign,
            feast=name,
            nth=count,
            year=year,
        )
    return day_piece(i, i + 1, "weekend", unit="weekend")


def calendar_week(atoms: Sequence[Atom], i: int) -> Piece | None:
    """KW vierzehn; vierzehnte KW."""
    number = atoms[i + 1].kinds.get("cardinal")
    return day_piece(i, i + 2, "calendar_week", kw=number) if number else None


def period_of_unit(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Die Woche ab dem 16."""
    unit = atoms[i].kinds["unit"]
    kinds = atoms[i + 1].kinds
    if unit == "week" and "from" in kinds:
        place = behind_joints(atoms, i + 2)
        if "weekday" in atoms[place].kinds:  # the week starting Monday the 16th
            place = behind_joints(atoms, place + 1)
        date = date_at(atoms, place, licensed=True) or month_day_at(atoms, place)
        if date:
            return Piece(
                first=i,
                last=date[1],
                rule="week_from_date",
                day=DayWords(**date[0]),
                day_end=DayWords(**date[0], relation=6),
            )
    return None


def feast_day(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Karfreitag, Himmelfahrt 2027; über Ostern."""
    before = atoms[i - 1] if i else atoms[-1]
    if "past" in before.kinds and "from" not in before.kinds and (found := feast_at(atoms, i)):
        day = DayWords(feast=found[0], year=found[2], edge="whole")
        return Piece(first=i, last=found[3], rule="over_feast", day=day)
    name, _, year, end = feast_at(atoms, i) or ("", None, None, i)
    if name and "weekend" in atoms[end].kinds:  # Easter weekend
        return day_piece(i, end + 1, "over_feast", feast=name, year=year, edge="whole")
    return feast_piece(atoms, i, i)


def week_of_feast(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Karwoche, Christmas week."""
    return day_piece(i, i + 1, "week_of_feast", unit="week", feast=atoms[i].kinds["week_of"])


def between_the_years(_atoms: Sequence[Atom], i: int) -> Piece | None:
    """Zwischen den Jahren."""
    last = DayWords(day=30, month=12)
    return Piece(
        first=i, last=i + 1, rule="between_the_years", day=DayWords(day=27, month=12), day_end=last
    )


def after_the_feasts(_atoms: Sequence[Atom], i: int) -> Piece | None:
    """Nach den Feiertagen."""
    return Piece(
        first=i, last=i + 1, rule="after_the_feasts", day=DayWords(day=27, month=12), bound="from"
    )


def before_the_feasts(_atoms: Sequence[Atom], i: int) -> Piece | None:
    """Vor den Feiertagen: Christmas Eve is the last day."""
    return Piece(
        first=i,
        last=i + 1,
        rule="before_the_feasts",
        day=DayWords(day=24, month=12),
        bound="until",
    )


def feast_piece(atoms: Sequence[Atom], i: int, first: int) -> Piece | None:
    """The feast whose words begin at place `i`, as a piece from `first` on."""
    found = feast_at(atoms, i)
    if found is None or "title_behind" in atoms[i + 1].kinds:
        return None
    name, count, year, end = found
    return day_piece(first, end, "feast", feast=name, nth=count, year=year)


def feast_at(atoms: Sequence[Atom], i: int) -> tuple[str, int | None, int | None, int] | None:
    """Name, number, year and the place behind: dem zweiten Advent 2027."""
    place = behind_joints(atoms, i)
    count = None
    if "ordinal" in atoms[place].kinds and "feast" in atoms[place + 1].kinds:
        count, place = atoms[place].kinds["ordinal"], place + 1
    elif "ordinal" in atoms[place].kinds and (end := _sunday_of_advent(atoms, place + 1)):
        return "advent", atoms[place].kinds["ordinal"], None, end
    name = atoms[place].kinds.get("feast")
    if name is None:
        return None
    year, end = year_at(atoms, place + 1)
    return name, count, year, end


def _sunday_of_advent(atoms: Sequence[Atom], i: int) -> int:
    """The place behind "Sunday of Advent", or 0."""
    place = behind_joints(atoms, i + 1)
    is_sunday = atoms[i].kinds.get("weekday") == 6  # noqa: PLR2004 - Sunday
    is_advent = place > i + 1 and atoms[place].kinds.get("feast") == "advent"
    return place + 1 if is_sunday and is_advent else 0


RULES = {
    "weekend": (weekend,),
    "kw": (calendar_week,),
    "unit": (period_of_unit,),
    "edge": (edge_of_period,),
    "end_of": (end_of_period,),
    "midweek": (midweek,),
    "new_year": (new_year,),
    "compound": (month_edge_compound,),
    "feast": (feast_day,),
    "week_of": (week_of_feast,),
    "between_years": (between_the_years,),
    "after_feasts": (after_the_feasts,),
    "before_feasts": (before_the_feasts,),
}
"""Rules by the kind of the word they begin with."""
