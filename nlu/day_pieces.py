"""Pieces of the calendar that several rules share: a day's features, the words between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nlu.days import DayWords
from nlu.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom

Features = dict[str, Any]
"""What a date says: fields of `DayWords`."""
WEEKS: dict[int | None, int] = {-1: -1, 0: 0, 1: 1, 2: 1, 3: 2}
"""Weeks or months ahead by "last", "this", "coming", "next", "the one after"."""
_TWO, _TWENTY = 2, 20
_SPOKEN_CENTURY = (_TWO, _TWENTY)
_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def day_piece(i: int, end: int, rule: str, **day: Any) -> Piece:  # noqa: ANN401 - the fields of DayWords
    """A piece that says these features of a day."""
    return Piece(first=i, last=end, rule=rule, day=DayWords(**day))


def behind_joints(atoms: Sequence[Atom], i: int) -> int:
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


def year_at(atoms: Sequence[Atom], i: int) -> tuple[int | None, int]:
    """A year, also as "im Jahr 2027" or "dieses Jahr"."""
    value = atoms[i].kinds.get("cardinal")
    if value is not None and _FIRST_YEAR <= value <= _LAST_YEAR:
        return value, i + 1
    if value in _SPOKEN_CENTURY and (spoken := _spoken_year(atoms, i)):
        return spoken
    if "in" in atoms[i].kinds:
        place = i + 2 if atoms[i + 1].kinds.get("unit") == "year" else i + 1
        value = atoms[place].kinds.get("cardinal")
        if value is not None and _FIRST_YEAR <= value <= _LAST_YEAR:
            return value, place + 1
    return None, i


def _spoken_year(atoms: Sequence[Atom], i: int) -> tuple[int, int] | None:
    """Twenty twenty-seven, two thousand and twenty-seven."""
    place = i + 1
    if atoms[i].kinds["cardinal"] == _TWO and "thousand_word" not in atoms[place].kinds:
        return None
    while "thousand_word" in atoms[place].kinds:
        place += 1
    years = atoms[place].kinds.get("cardinal", 0)
    if not _TWENTY <= years < 100 or "figures" in atoms[place].kinds:  # noqa: PLR2004 - within a century
        return None
    return 2000 + years, place + 1


def of_month(atoms: Sequence[Atom], i: int) -> tuple[Features, int] | None:
    """Im Oktober, im Oktober 2027, des Monats, des nächsten Monats."""
    place = behind_joints(atoms, i)
    kinds = atoms[place].kinds
    if "month" in kinds or ("month_short" in kinds and place > i):
        year, end = year_at(atoms, place + 1)
        return {"month": kinds.get("month") or kinds["month_short"], "year": year}, end
    if kinds.get("unit") == "month":
        return {"unit": "month"}, place + 1
    if "new_year" in atoms[i].kinds or "new_year" in kinds:
        end = i if "new_year" in atoms[i].kinds else place
        return {"month": 1, "unit": "year", "months": 12}, end + 1
    if "which" in kinds and atoms[place + 1].kinds.get("unit") == "month":
        return {"unit": "month", "months": WEEKS[kinds["which"]]}, place + 2
    return None
