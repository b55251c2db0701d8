"""Words that name days, weeks and months: one small rule for each way of saying it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nlu.days import DayWords
from nlu.meaning import PartOfDay
from nlu.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom

_LAST_DAY, _LAST_MONTH = 31, 12
_NEXT = 2
_TO_NEXT_DAY = ("dash", "until", "to")
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_CENTURY = 2000
_ENDLESS = 6  # empty words behind the end of every sentence
_COUNTED_ORDINALS = 3  # "den ersten", "den dritten" are mostly choices, "den zwölften" is a date
_WEEKS: dict[int | None, int] = {-1: -1, 0: 0, 1: 1, 2: 1, 3: 2}
_HALVES = {1: "half1", 2: "half2"}


def _piece(i: int, end: int, rule: str, **day: Any) -> Piece:  # noqa: ANN401 - the fields of DayWords
    return Piece(first=i, last=end, rule=rule, day=DayWords(**day))


def _behind_joints(atoms: Sequence[Atom], i: int) -> int:
    """The place behind "am", "der", "im", "von der" and the like."""
    while any(kind in atoms[i].kinds for kind in ("joint", "in", "of")) and not _is_calendar(
        atoms[i]
    ):
        i += 1
    return i


def _is_calendar(atom: Atom) -> bool:
    return any(
        kind in atom.kinds for kind in ("weekday", "month", "unit", "feast", "ordinal", "date")
    )


# --- single days --------------------------------------------------------------------------------


def day_word(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Heute, übermorgen."""
    return _piece(i, i + 1, "day_word", offset=atoms[i].kinds["offset"])


def tomorrow_or_morning(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Morgen is tomorrow, but behind another day it is the morning: Dienstag morgen."""
    before = atoms[i - 1].kinds if i else {}
    if any(kind in before for kind in ("weekday", "offset", "tomorrow")) and "set" not in before:
        return Piece(first=i, last=i + 1, rule="morning_behind_day", pod=PartOfDay.MORNING)
    return _piece(i, i + 1, "tomorrow", offset=1)


def weekday(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Samstag; Samstag nach dem nächsten."""
    if "title_behind" in atoms[i + 1].kinds:
        return None
    number = atoms[i].kinds["weekday"]
    following = atoms[i + 1].kinds
    if (
        "after" in following
        and "joint" in atoms[i + 2].kinds
        and atoms[i + 3].kinds.get("which") == _NEXT
    ):
        ends_there = not any(k in atoms[i + 4].kinds for k in ("unit", "weekday", "weekend"))
        if ends_there:
            return _piece(i, i + 4, "weekday_after_next", weekday=number, which=3)
    if ("before" in following or "after" in following) and (found := _feast_at(atoms, i + 2)):
        name, count, year, end = found
        sign = -1 if "before" in following else 1
        return _piece(
            i,
            end,
            "weekday_beside_feast",
            weekday=number,
            relation=sign,
            feast=name,
            nth=count,
            year=year,
        )
    return _piece(i, i + 1, "weekday", weekday=number)


def weekday_short(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Abbreviations of writing: Mo., Fr 13.3."""
    following = atoms[i + 1].kinds
    place = i + 1
    if not following and i and atoms[i - 1].folded == "am" and atoms[i].raw[:1].isupper():
        return _piece(i, i + 1, "weekday_abbreviated", weekday=atoms[i].kinds["weekday_short"])
    if atoms[i + 1].raw in {".", ","}:
        place += 1
        following = atoms[place].kinds
    has_date = any(kind in following for kind in ("date", "ordinal", "time")) or (
        "cardinal" in following
        and any(k in atoms[place + 1].kinds for k in ("month", "month_short", "oclock"))
    )
    alone = i == 0 and (atoms[place].raw == "" and len(atoms[i].raw) == 2)  # noqa: PLR2004 - abbreviations have two letters
    if (not has_date and not alone) or (
        "figures" not in following and has_date and atoms[i].raw.islower()
    ):
        return None
    end = i + 2 if atoms[i + 1].raw == "." else i + 1
    return _piece(i, end, "weekday_abbreviated", weekday=atoms[i].kinds["weekday_short"])


def which_day(atoms: Sequence[Atom], i: int) -> Piece | None:  # noqa: PLR0911 - one way of saying it a line
    """Nächsten Dienstag, kommende Woche, übernächstes Wochenende, letzte Woche im Juli."""
    which = atoms[i].kinds["which"]
    kinds = atoms[i + 1].kinds
    if "weekday" in kinds:
        if which == -1 and (month := _of_month(atoms, i + 2)):
            return _piece(
                i, month[1], "last_weekday_of_month", weekday=kinds["weekday"], nth=-1, **month[0]
            )
        return _piece(i, i + 2, "which_weekday", weekday=kinds["weekday"], which=which)
    if "weekend" in kinds:
        return _piece(i, i + 2, "which_weekend", unit="weekend", which=which)
    if "month" in kinds:
        year = _year_at(atoms, i + 2)
        return _piece(i, year[1], "which_month", month=kinds["month"], which=which, year=year[0])
    if "feast" in kinds:
        return _feast_piece(atoms, i + 1, i)
    if kinds.get("compound") == "week" and which == -1:
        month = atoms[i + 2].kinds["month"]
        return _piece(i, i + 3, "last_week_of_month", unit="week", nth=-1, month=month)
    if "pod" in kinds and which == 0:
        return _piece(i, i + 1, "this_part_of_day", offset=0)
    if "or" in kinds and "which" in atoms[i + 2].kinds and (unit := atoms[i + 3].kinds.get("unit")):
        found = _which_unit((atoms[i], atoms[i + 3], *atoms[-_ENDLESS:]), 0, which, unit)
        return found and Piece(first=i, last=i + 1, rule=found.rule, day=found.day)
    return _which_unit(atoms, i, which, kinds.get("unit"))


def _which_unit(atoms: Sequence[Atom], i: int, which: int, unit: str | None) -> Piece | None:
    if unit == "week":
        if which == -1 and (month := _of_month(atoms, i + 2)):
            return _piece(i, month[1], "last_week_of_month", unit="week", nth=-1, **month[0])
        return _piece(i, i + 2, "which_week", unit="week", week=_WEEKS[which])
    if unit == "month":
        return _piece(i, i + 2, "which_month", unit="month", months=_WEEKS[which])
    if unit == "year":
        return _piece(i, i + 2, "which_year", unit="year", months=12 * _WEEKS[which])
    if unit == "day" and which == -1 and (month := _of_month(atoms, i + 2)):
        return _piece(i, month[1], "last_day_of_month", nth=-1, **month[0])
    return None


def weekend(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Wochenende; am Wochenende nach Ostern."""
    if ("after" in atoms[i + 1].kinds or "before" in atoms[i + 1].kinds) and (
        found := _feast_at(atoms, i + 2)
    ):
        name, count, year, end = found
        sign = 1 if "after" in atoms[i + 1].kinds else -1
        return _piece(
            i,
            end,
            "weekend_beside_feast",
            unit="weekend",
            relation=sign,
            feast=name,
            nth=count,
            year=year,
        )
    return _piece(i, i + 1, "weekend", unit="weekend")


def calendar_week(atoms: Sequence[Atom], i: int) -> Piece | None:
    """KW vierzehn; vierzehnte KW."""
    number = atoms[i + 1].kinds.get("cardinal")
    return _piece(i, i + 2, "calendar_week", kw=number) if number else None


def period_of_unit(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Der Tag vor Silvester, die Woche nach Ostern, die Woche ab dem 16."""
    unit = atoms[i].kinds["unit"]
    kinds = atoms[i + 1].kinds
    if unit in {"day", "week"} and ("before" in kinds or "after" in kinds):
        found = _feast_at(atoms, i + 2)
        if found:
            name, count, year, end = found
            sign = -1 if "before" in kinds else 1
            return _piece(
                i,
                end,
                "beside_feast",
                unit=unit if unit == "week" else None,
                relation=sign,
                feast=name,
                nth=count,
                year=year,
            )
    if unit == "week" and "from" in kinds:
        date = date_at(atoms, _behind_joints(atoms, i + 2), licensed=True)
        if date:
            return Piece(
                first=i,
                last=date[1],
                rule="week_from_date",
                day=DayWords(**date[0]),
                day_end=DayWords(**date[0], relation=6),
            )
    return None


# --- dates --------------------------------------------------------------------------------------

Features = dict[str, Any]


def date_in_figures(atoms: Sequence[Atom], i: int) -> Piece | None:
    """13.3., 2026-03-13."""
    found = date_at(atoms, i, licensed=True)
    return found and _piece(i, found[1], found[2], **found[0])


def ordinal(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Der zwölfte März, am zweiten vierten, der erste Samstag im April, die dritte Juliwoche."""
    return _ordinal_of_period(atoms, i) or _ordinal_date(atoms, i)


def _ordinal_date(atoms: Sequence[Atom], i: int) -> Piece | None:
    found = date_at(atoms, i, licensed=_licenses_ordinal(atoms, i))
    return found and _piece(i, found[1], found[2], **found[0])


def number_with_month(atoms: Sequence[Atom], i: int) -> Piece | None:
    """14 April; 13 - 15 Juli: the first number is a day as well."""
    found = date_at(atoms, i, licensed=False)
    if found:
        return _piece(i, found[1], found[2], **found[0])
    number = atoms[i].kinds["cardinal"]
    if not 1 <= number <= _LAST_DAY or not any(k in atoms[i + 1].kinds for k in _TO_NEXT_DAY):
        return None
    other = date_at(atoms, _behind_joints(atoms, i + 2), licensed=False)
    if other is None or "day" not in other[0]:
        return None
    return _piece(i, i + 1, "first_day_of_range", day=number)


def month_name(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Im Mai, Mai 2027, Februar 15."""
    kinds = atoms[i].kinds
    month = kinds["month"] if "month" in kinds else kinds["month_short"]
    if "title_behind" in atoms[i + 1].kinds:
        return None
    day = atoms[i + 1].kinds.get("cardinal") or (
        atoms[i + 1].kinds.get("ordinal") if "figures" in atoms[i + 1].kinds else None
    )
    is_day = (
        day is not None
        and 1 <= day <= _LAST_DAY
        and not any(k in atoms[i + 2].kinds for k in ("oclock", "unit", "measure"))
    )
    if is_day and "figures" in atoms[i + 1].kinds:
        end = i + 3 if "comma" in atoms[i + 2].kinds and _year_at(atoms, i + 3)[0] else i + 2
        year = _year_at(atoms, end)
        return _piece(
            i, year[1] if year[0] else i + 2, "month_and_day", month=month, day=day, year=year[0]
        )
    if "month" not in kinds:
        return None  # "Jan" and "Mar" are names
    if i and "ordinal" in atoms[i - 1].kinds and "figures" in atoms[i - 1].kinds:
        return None  # a day that this month does not have
    year = _year_at(atoms, i + 1)
    return _piece(i, year[1], "month", month=month, year=year[0])


def date_at(atoms: Sequence[Atom], i: int, *, licensed: bool) -> tuple[Features, int, str] | None:  # noqa: PLR0911 - one way of saying it a line
    """The date that begins at place `i`: its features, the place behind it, the rule."""
    kinds = atoms[i].kinds
    if "date" in kinds:
        day, month, year = kinds["date"]
        later, end = _year_at(atoms, i + 1) if year is None else (year, i + 1)
        return {"day": day, "month": month, "year": later}, end, "date_in_figures"
    day = kinds.get("ordinal") or kinds.get("cardinal")
    if not day or not 1 <= day <= _LAST_DAY:
        return None
    following = atoms[i + 1].kinds
    month = _month_behind_number(atoms, i + 1)
    if month is not None:
        return _with_year({"day": day, "month": month}, atoms, i + 2, "day_and_month")
    if "ordinal" not in kinds:
        return None
    place = i + 2 if "slash" in following else i + 1
    second = atoms[place].kinds.get("ordinal")
    if second is None and "slash" in following:
        second = atoms[place].kinds.get("cardinal")
    if second and second <= _LAST_MONTH and not _counts_something(atoms, place):
        return _with_year({"day": day, "month": second}, atoms, place + 1, "two_ordinals")
    if (
        "exact" in following
        and (number := atoms[i + 2].kinds.get("cardinal"))
        and number <= _LAST_MONTH
    ):
        return {"day": day, "month": number, "garbled": True}, i + 3, "day_point_month"
    if licensed and not _counts_something(atoms, i):
        return {"day": day}, i + 1, "day_of_month"
    return None


def _month_behind_number(atoms: Sequence[Atom], i: int) -> int | None:
    kinds = atoms[i].kinds
    if "month" in kinds or "month_short" in kinds:
        found: int = kinds.get("month") or kinds["month_short"]
        return found
    return None


def _with_year(
    features: Features, atoms: Sequence[Atom], i: int, rule: str
) -> tuple[Features, int, str]:
    if atoms[i].raw == "." and "cardinal" in atoms[i + 1].kinds and _year_at(atoms, i + 1)[0]:
        i += 1
    year, end = _year_at(atoms, i)
    if year is None:
        year, end = _short_year(atoms, i)
    return {**features, "year": year}, end, rule


def _year_at(atoms: Sequence[Atom], i: int) -> tuple[int | None, int]:
    """A year, also as "im Jahr 2027" or "dieses Jahr"."""
    value = atoms[i].kinds.get("cardinal")
    if value is not None and _FIRST_YEAR <= value <= _LAST_YEAR:
        return value, i + 1
    if "in" in atoms[i].kinds and atoms[i + 1].kinds.get("unit") == "year":
        value = atoms[i + 2].kinds.get("cardinal")
        if value is not None and _FIRST_YEAR <= value <= _LAST_YEAR:
            return value, i + 3
    return None, i


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


def _licenses_ordinal(atoms: Sequence[Atom], i: int) -> bool:  # noqa: PLR0911 - one way of saying it a line
    """Whether what stands before makes a lone ordinal a day of the month."""
    number = atoms[i].kinds.get("ordinal") or 0
    if any(k in atoms[i + 1].kinds for k in ("dash", "until")) and "figures" in atoms[i].kinds:
        other = date_at(atoms, _behind_joints(atoms, i + 2), licensed=True)
        if other and "day" in other[0]:
            return True
    before = i - 1
    while before >= 0 and "filler" in atoms[before].kinds and "joint" not in atoms[before].kinds:
        before -= 1
    if before < 0:
        alone = not atoms[i + 1].kinds and not atoms[i + 1].raw
        return "figures" in atoms[i].kinds and (alone or number > _COUNTED_ORDINALS)
    word = atoms[before]
    if (
        word.folded in {"am", "vom", "bis zum", "ab dem", "zum", "des", "the", "on"}
        or "of" in word.kinds
        or "until" in word.kinds
    ):
        return True
    if any(
        kind in word.kinds
        for kind in ("weekday", "weekday_short", "from", "before", "after", "between")
    ):
        return True
    if (
        word.raw in {",", "."}
        and before
        and any(k in atoms[before - 1].kinds for k in ("weekday", "weekday_short"))
    ):
        return True
    if "joint" not in word.kinds:
        return "dash" in word.kinds or "and" in word.kinds
    previous = atoms[before - 1].kinds if before else {}
    if "comma" in previous and before > 1:
        previous = atoms[before - 2].kinds
    close = any(
        k in previous
        for k in ("weekday", "from", "until", "before", "after", "between", "and", "to", "or")
    )
    return close or (number > _COUNTED_ORDINALS and word.folded in {"den", "der", "dem"})


def _counts_something(atoms: Sequence[Atom], i: int) -> bool:
    """An ordinal before a noun counts: zum dritten Mal, der erste Termin."""
    following = atoms[i + 1]
    if any(
        k in following.kinds
        for k in ("measure", "appointment", "unit", "feast", "half_of_period", "earliest")
    ):
        return True
    return not following.kinds and following.raw[:1].isupper() and "figures" not in atoms[i].kinds


def _ordinal_of_period(atoms: Sequence[Atom], i: int) -> Piece | None:  # noqa: PLR0911 - one way of saying it a line
    """The nth weekday, week, day or half of a month; the nth Advent."""
    nth = atoms[i].kinds["ordinal"]
    kinds = atoms[i + 1].kinds
    if kinds.get("feast") == "advent":
        year = _year_at(atoms, i + 2)
        return _piece(i, year[1], "advent", feast="advent", nth=nth, year=year[0])
    if "kw" in kinds:
        return _piece(i, i + 2, "calendar_week", kw=nth)
    if kinds.get("compound") == "week":
        return _piece(
            i, i + 3, "week_of_month", unit="week", nth=nth, month=atoms[i + 2].kinds["month"]
        )
    if kinds.get("compound") == "half" and nth in _HALVES:
        return _piece(
            i, i + 3, "half_of_month", edge=_HALVES[nth], month=atoms[i + 2].kinds["month"]
        )
    if "half_of_period" in kinds and nth in _HALVES:
        return _half(atoms, i, _HALVES[nth])
    if not any(k in kinds for k in ("weekday", "unit")) or not (month := _of_month(atoms, i + 2)):
        return None
    if "weekday" in kinds:
        return _piece(
            i, month[1], "nth_weekday_of_month", weekday=kinds["weekday"], nth=nth, **month[0]
        )
    if kinds["unit"] == "week":
        return _piece(i, month[1], "week_of_month", unit="week", nth=nth, **month[0])
    return (
        _piece(i, month[1], "nth_day_of_month", nth=nth, **month[0])
        if kinds["unit"] == "day"
        else None
    )


def _half(atoms: Sequence[Atom], i: int, edge: str) -> Piece | None:
    month = _of_month(atoms, i + 2)
    return _piece(i, month[1], "half_of_month", edge=edge, **month[0]) if month else None


def _of_month(atoms: Sequence[Atom], i: int) -> tuple[Features, int] | None:
    """Im Oktober, im Oktober 2027, des Monats, des nächsten Monats."""
    place = _behind_joints(atoms, i)
    kinds = atoms[place].kinds
    if "month" in kinds:
        year, end = _year_at(atoms, place + 1)
        return {"month": kinds["month"], "year": year}, end
    if kinds.get("unit") == "month":
        return {"unit": "month", "months": 0}, place + 1
    if "which" in kinds and atoms[place + 1].kinds.get("unit") == "month":
        return {"unit": "month", "months": _WEEKS[kinds["which"]]}, place + 2
    return None


# --- edges of periods ---------------------------------------------------------------------------


def edge_of_period(atoms: Sequence[Atom], i: int) -> Piece | None:  # noqa: PLR0911 - one way of saying it a line
    """Anfang nächster Woche, Mitte Mai, Ende des Monats."""
    edge = atoms[i].kinds["edge"]
    place = _behind_joints(atoms, i + 1)
    kinds = atoms[place].kinds
    if edge == "rest":
        rest = "which" in kinds and kinds["which"] == 0
        unit = atoms[place + rest].kinds.get("unit")
        return (
            _piece(i, place + rest + 1, "rest_of_week", unit="week", week=0)
            if unit == "week"
            else None
        )
    if "month" in kinds:
        year, end = _year_at(atoms, place + 1)
        return _piece(i, end, "edge_of_month", edge=edge, month=kinds["month"], year=year)
    which, end = None, place
    if "which" in kinds:
        which, end = kinds["which"], place + 1
    unit = atoms[end].kinds.get("unit")
    if unit == "week":
        return _piece(i, end + 1, "edge_of_week", unit="week", week=_WEEKS.get(which), edge=edge)
    if unit == "month":
        return _piece(
            i, end + 1, "edge_of_month", unit="month", months=_WEEKS.get(which), edge=edge
        )
    if unit == "year":
        return _edge_of_year(i, end + 1, edge, which)
    if unit == "day" and edge == "end":
        return _piece(i, end + 1, "end_of_day", offset=0)
    return None


def _edge_of_year(i: int, end: int, edge: str, which: int | None) -> Piece:
    if edge == "end" and not which:
        return _piece(i, end, "end_of_year", month=12)
    month = {"start": 1, "middle": 6, "end": 12}[edge]
    return _piece(i, end, "edge_of_year", month=month)


def month_edge_compound(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Dezemberanfang, Monatsende."""
    edge = atoms[i].kinds["compound"]
    if edge not in {"start", "middle", "end"}:
        return None
    return _piece(i, i + 2, "edge_of_month", edge=edge, month=atoms[i + 1].kinds["month"])


# --- feasts -------------------------------------------------------------------------------------


def feast_day(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Karfreitag, Himmelfahrt 2027; über Ostern."""
    before = atoms[i - 1] if i else atoms[-1]
    if "past" in before.kinds and "from" not in before.kinds and (found := _feast_at(atoms, i)):
        day = DayWords(feast=found[0], year=found[2], edge="whole")
        return Piece(first=i, last=found[3], rule="over_feast", day=day)
    return _feast_piece(atoms, i, i)


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


def _feast_piece(atoms: Sequence[Atom], i: int, first: int) -> Piece | None:
    found = _feast_at(atoms, i)
    if found is None or "title_behind" in atoms[i + 1].kinds:
        return None
    name, count, year, end = found
    return _piece(first, end, "feast", feast=name, nth=count, year=year)


def _feast_at(atoms: Sequence[Atom], i: int) -> tuple[str, int | None, int | None, int] | None:
    """Name, number, year and the place behind: dem zweiten Advent 2027."""
    place = _behind_joints(atoms, i)
    count = None
    if "ordinal" in atoms[place].kinds and "feast" in atoms[place + 1].kinds:
        count, place = atoms[place].kinds["ordinal"], place + 1
    name = atoms[place].kinds.get("feast")
    if name is None:
        return None
    year, end = _year_at(atoms, place + 1)
    return name, count, year, end


RULES = {
    "offset": (day_word,),
    "tomorrow": (tomorrow_or_morning,),
    "weekday": (weekday,),
    "weekday_short": (weekday_short,),
    "which": (which_day,),
    "weekend": (weekend,),
    "kw": (calendar_week,),
    "unit": (period_of_unit,),
    "date": (date_in_figures,),
    "ordinal": (ordinal,),
    "cardinal": (number_with_month,),
    "month": (month_name,),
    "month_short": (month_name,),
    "edge": (edge_of_period,),
    "compound": (month_edge_compound,),
    "feast": (feast_day,),
    "between_years": (between_the_years,),
    "after_feasts": (after_the_feasts,),
}
"""Rules by the kind of the word they begin with."""
