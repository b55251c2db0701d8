"""Lengths of time in words: anderthalb Stunden, eine Dreiviertelstunde, eine Stunde zwanzig."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom

SECONDS = {
    "second": 1,
    "minute": 60,
    "quarter": 900,
    "half": 1800,
    "threequarter": 2700,
    "hour": 3600,
    "day": 86400,
    "week": 604800,
    "fortnight": 1209600,
    "month": 30 * 86400,
    "year": 365 * 86400,
}
CALENDAR_UNITS = frozenset({"day", "week", "fortnight", "month", "year"})
UNITS_OF_DAYS = frozenset({"day", "week", "fortnight"})
_LARGEST = 1000  # more of anything is not about appointments
_LAST_MINUTE = 59


class Length(NamedTuple):
    """So many of a unit; `seconds` adds up mixed units."""

    number: float
    unit: str
    seconds: int
    end: int
    """The place behind its words."""
    counted: bool
    """Said with a number, not only with an article."""


def length_at(atoms: Sequence[Atom], i: int) -> Length | None:
    """The length that begins at place `i`."""
    first = _single(atoms, i)
    if first is None or first.unit != "hour":
        return first and _and_a_half(atoms, first)
    place = first.end + 1 if "and" in atoms[first.end].kinds else first.end
    more = _single(atoms, place)
    if more is not None and SECONDS[more.unit] < SECONDS["hour"]:
        return first._replace(seconds=first.seconds + more.seconds, end=more.end, number=-1)
    fraction = place + 1 if "article" in atoms[place].kinds else place
    if place > first.end and "factor" in atoms[fraction].kinds:  # and a half
        extra = round(atoms[fraction].kinds["factor"] * SECONDS["hour"])
        return first._replace(seconds=first.seconds + extra, end=fraction + 1, number=-1)
    minutes = atoms[place].kinds.get("cardinal")
    if minutes and 1 < minutes <= _LAST_MINUTE and _is_free(atoms, place + 1):
        return first._replace(seconds=first.seconds + 60 * minutes, end=place + 1, number=-1)
    return first


def _and_a_half(atoms: Sequence[Atom], length: Length) -> Length:
    """A week and a half."""
    is_more = "and" in atoms[length.end].kinds and length.unit in CALENDAR_UNITS
    place = length.end + (2 if "article" in atoms[length.end + 1].kinds else 1)
    part = atoms[place].kinds.get("factor", 1) if is_more else 1
    if part >= 1:
        return length
    number = length.number + part
    seconds = round(number * SECONDS[length.unit])
    return length._replace(number=number, seconds=seconds, end=place + 1)


def _is_free(atoms: Sequence[Atom], i: int) -> bool:
    """Nothing is counted by the number before."""
    kinds = atoms[i].kinds
    return not ("measure" in kinds or "unit" in kinds or "oclock" in kinds)


def _single(atoms: Sequence[Atom], i: int) -> Length | None:
    """One number with one unit."""
    count, place, counted = count_at(atoms, i)
    if atoms[place].kinds.keys() & {"more", "roughly"}:
        place += 1
    unit: str | None = atoms[place].kinds.get("unit")
    if unit is None or count is None or not 0 <= count <= _LARGEST:
        return None
    return Length(count, unit, round(count * SECONDS[unit]), place + 1, counted)


def count_at(atoms: Sequence[Atom], i: int) -> tuple[float | None, int, bool]:  # noqa: PLR0911 - one way of saying it a line
    """How many: the number, the place behind it, and whether it was more than an article."""
    kinds = atoms[i].kinds
    if "threequarter" in kinds and "unit" in atoms[i + 1].kinds:
        return 0.75, i + 1, True
    if "quarter" in kinds and "unit" in atoms[i + 1].kinds:
        return 0.25, i + 1, True
    if "factor" in kinds:
        behind = i + 2 if "article" in atoms[i + 1].kinds else i + 1  # half an hour
        return float(kinds["factor"]), behind, True
    if "article" in kinds and "and_half" in atoms[i + 1].kinds:
        return 1.5, i + 2, True
    if "article" in kinds:
        count, place, counted = count_at(atoms, i + 1)
        if counted and count is not None and place > i + 1:
            return count, place, True
        return 1.0, i + 1, False
    if kinds.get("date", (0, 0, 0))[2] is None and "unit" in atoms[i + 1].kinds:
        return float(f"{kinds['date'][0]}.{kinds['date'][1]}"), i + 1, True  # 2.5 Stunden
    if "cardinal" in kinds:
        return _cardinal(atoms, i)
    return None, i, False


def _cardinal(atoms: Sequence[Atom], i: int) -> tuple[float, int, bool]:
    """A number, also with a decimal: 2,5."""
    value = float(atoms[i].kinds["cardinal"])
    point, tenths = atoms[i + 1], atoms[i + 2]
    if "slash" in point.kinds and tenths.kinds.get("cardinal"):
        return value / tenths.kinds["cardinal"], i + 3, True
    if "and_half" in point.kinds:
        return value + 0.5, i + 2, True
    if "and" in point.kinds:
        fraction = i + 3 if "article" in tenths.kinds else i + 2
        if "factor" in atoms[fraction].kinds:
            return value + float(atoms[fraction].kinds["factor"]), fraction + 1, True
    is_decimal = point.raw in {",", "."} and tenths.start == point.end == atoms[i].end + 1
    if is_decimal and "figures" in tenths.kinds and "cardinal" in tenths.kinds:
        return value + tenths.kinds["cardinal"] / 10 ** len(tenths.raw), i + 3, True
    return value, i + 1, True


def range_at(atoms: Sequence[Atom], i: int) -> tuple[int, Length] | None:
    """Two counts of one unit of days: zwei bis drei Wochen, zwei, drei Tage, zwei drei Tage."""
    low, middle, _ = count_at(atoms, i)
    if low is None:
        return None
    joins = any(kind in atoms[middle].kinds for kind in ("until", "or", "dash", "comma"))
    high = length_at(atoms, middle + 1 if joins else middle)
    if high is None or high.unit not in UNITS_OF_DAYS or high.number <= low:
        return None
    return (int(low), high) if joins or high.number == low + 1 else None
