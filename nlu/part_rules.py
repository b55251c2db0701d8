"""Parts of day beside their day: morgen früh, late Friday afternoon, tomorrow am."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu.meaning import PartOfDay
from nlu.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom

_EARLY: dict[PartOfDay | None, PartOfDay] = {
    PartOfDay.MORNING: PartOfDay.EARLYMORNING,
    PartOfDay.AFTERNOON: PartOfDay.EARLYAFTERNOON,
    PartOfDay.EVENING: PartOfDay.EARLYEVENING,
}
_LATE: dict[PartOfDay | None, PartOfDay] = {
    PartOfDay.MORNING: PartOfDay.LATEMORNING,
    PartOfDay.AFTERNOON: PartOfDay.LATEAFTERNOON,
    PartOfDay.EVENING: PartOfDay.LATEEVENING,
}


def part_of_day(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Vormittags, am späten Nachmittag."""
    return Piece(first=i, last=i + 1, rule="part_of_day", pod=atoms[i].kinds["pod"])


def half_behind_day(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Friday pm, tomorrow am."""
    before = atoms[i - 1].kinds if i else {}
    if not any(kind in before for kind in ("weekday", "offset", "tomorrow", "date", "ordinal")):
        return None
    part = PartOfDay.MORNING if atoms[i].kinds["meridiem"] == "am" else PartOfDay.AFTERNOON
    return Piece(first=i, last=i + 1, rule="half_behind_day", pod=part)


def early(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Früh is a part of day beside a day or clock time: morgen früh, früh um neun."""
    before = atoms[i - 1].kinds if i else {}
    after = atoms[i + 1].kinds
    beside_day = any(
        kind in before
        for kind in (
            "weekday",
            "offset",
            "tomorrow",
            "date",
            "month",
            "oclock",
            "time",
            "figures",
            "ordinal",
            "set",
        )
    )
    before_clock = (
        "at" in after or "time" in after or ("cardinal" in after and "oclock" in atoms[i + 2].kinds)
    )
    part = _part_behind_day(atoms, i + 1)
    if part in _EARLY:
        return Piece(first=i, last=i + 1, rule="early_part", pod=_EARLY[part])
    if not beside_day and not before_clock and not _is_before_day(atoms, i + 1):
        return None
    return Piece(first=i, last=i + 1, rule="early", pod=PartOfDay.MORNING)


def _part_behind_day(atoms: Sequence[Atom], i: int) -> PartOfDay | None:
    """Early on Friday afternoon, late tomorrow morning."""
    if "tonight" in atoms[i].kinds:
        return PartOfDay.EVENING
    place = i + 1 if "joint" in atoms[i].kinds else i
    is_day = any(kind in atoms[place].kinds for kind in ("weekday", "offset"))
    return atoms[place + 1].kinds.get("pod") if is_day else None


def _is_before_day(atoms: Sequence[Atom], i: int) -> bool:
    """Early on Saturday, early tomorrow; but not early Friday evening."""
    place = i + 1 if "joint" in atoms[i].kinds else i
    is_day = any(kind in atoms[place].kinds for kind in ("weekday", "offset", "tomorrow"))
    return is_day and "pod" not in atoms[place + 1].kinds


def late(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Spät beside a day: Donnerstag spät."""
    part = _part_behind_day(atoms, i + 1)
    if part in _LATE:
        return Piece(first=i, last=i + 1, rule="late_part", pod=_LATE[part])
    before, after = atoms[i - 1].kinds if i else {}, atoms[i + 1].kinds
    days = ("weekday", "offset", "tomorrow", "date", "month", "cardinal")
    behind = any(kind in before for kind in days) and not any(
        k in after for k in ("cardinal", "pod")
    )
    ahead = "date" in after or ("joint" in after and any(k in atoms[i + 2].kinds for k in days))
    ahead = ahead or _is_before_day(atoms, i + 1)
    if not behind and not ahead:
        return None
    return Piece(first=i, last=i + 1, rule="late", pod=PartOfDay.LATEEVENING)


RULES = {
    "pod": (part_of_day,),
    "meridiem": (half_behind_day,),
    "early": (early,),
    "late": (late,),
}
"""Rules by the kind of the word they begin with."""
