"""Words about later and earlier: zwei Stunden später, am Tag danach, zwei, drei Tage vorher."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nlu.lengths import SECONDS, UNITS_OF_DAYS, range_at
from nlu.meaning import Grain
from nlu.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom

FROM_THERE = "shift_from_there"
"""The rule of a shift that counts from the day that was named last: zwei Tage davor."""
_ONE_CLAUSE = 6  # words between a time and its "ist mir zu früh"
_TELLS_TIME = frozenset({"cardinal", "ordinal", "time", "date", "weekday", "pod", "offset", "half"})


def shift(first: int, last: int, seconds: int, *, from_there: bool = False) -> Piece:
    """So much later, or earlier where it is negative."""
    return Piece(
        first=first,
        last=last,
        rule=FROM_THERE if from_there else "shift",
        grain=Grain.SHIFT,
        seconds=seconds,
        direction=1 if seconds > 0 else -1,
    )


def unit_alone(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Viertelstunde später, halbe Stunde: units that need no number."""
    unit, behind = atoms[i].kinds["unit"], atoms[i + 1].kinds
    seconds = SECONDS[unit]
    is_length = unit in {"quarter", "half", "threequarter"}
    beside = behind.keys() & {"later", "earlier"}
    if not is_length and not beside and _ends_clause(atoms, i + 2):
        beside = behind.keys() & {"after", "before"}  # the day after
    if beside:
        return shift(i, i + 2, seconds if beside & {"later", "after"} else -seconds)
    if not is_length:
        return None  # "am Tag danach" is a shift, "Tag" alone is nothing
    return Piece(first=i, last=i + 1, rule="duration", grain=Grain.DURATION, seconds=seconds)


def _ends_clause(atoms: Sequence[Atom], i: int) -> bool:
    return not atoms[i].raw or bool(atoms[i].kinds.keys() & {"stop", "comma"})


def unit_after_that(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Die darauffolgende Woche."""
    unit = atoms[i + 1].kinds.get("unit")
    return shift(i, i + 2, SECONDS[unit]) if unit in UNITS_OF_DAYS else None


def range_from_there(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Zwei, drei Tage vorher; two to three weeks after that."""
    found = range_at(atoms, i)
    if found is None:
        return None
    low, high = found
    behind = atoms[high.end].kinds
    if "from_there" not in behind or not behind.keys() & {"later", "earlier"}:
        return None
    sign = 1 if "later" in behind else -1
    far = sign * high.seconds
    near = round(far * low / high.number)
    return replace(shift(i, high.end + 1, far, from_there=True), nearest_s=near)


def direction(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Später, früher: a direction without a length."""
    sign = atoms[i].kinds["direction"]
    if "joint" in atoms[i + 1].kinds and atoms[i + 1].folded == "als":
        return None
    if i > 1 and "not" in atoms[i - 1].kinds and _told_before(atoms, i):
        return None  # "um zwölf, nicht später" asks for nothing else
    return Piece(first=i, last=i + 1, rule="direction", grain=Grain.SHIFT, direction=sign)


def _told_before(atoms: Sequence[Atom], i: int) -> bool:
    before = atoms[max(0, i - _ONE_CLAUSE) : i]
    return any(_TELLS_TIME.intersection(atom.kinds) for atom in before)


def too(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Das ist mir zu früh: asks for a later one; behind a time it refuses that time."""
    before = atoms[max(0, i - _ONE_CLAUSE) : i]
    if _told_before(atoms, i) or any("not" in atom.kinds for atom in before):
        return None
    sign = 1 if "too_early" in atoms[i].kinds else -1
    return Piece(first=i, last=i + 1, rule="too", grain=Grain.SHIFT, direction=sign)


RULES = {
    "article": (range_from_there,),
    "cardinal": (range_from_there,),
    "unit": (unit_alone,),
    "next_after": (unit_after_that,),
    "direction": (direction,),
    "too_early": (too,),
    "too_late": (too,),
}
"""Rules by the kind of the word they begin with."""
