"""Times as a dial shows them: halb drei, Viertel nach zehn, dreiviertel acht, zehn vor acht."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nlu.clock import MINUTES_OF_DAY, NOON, Clock
from nlu.meaning import PartOfDay

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom

HOURS_ON_A_DIAL = 12
_LAST_HOUR = 24
_MOST_BEFORE_OR_AFTER = 30  # "vierzig nach drei" nobody says

Found = tuple[Clock, int, str]
"""A clock, the place behind its words, the name of the rule."""


def half_past(atoms: Sequence[Atom], i: int) -> Found | None:
    """Half past three; British: half three."""
    target = _target(atoms, i + 1)
    return None if target is None else (target[0].shifted(30), target[1], "half_past")


def half(atoms: Sequence[Atom], i: int) -> Found | None:
    """Halb drei."""
    hour = hour_value(atoms, i + 1)
    if hour is None or hour == 0 or "measure" in atoms[i + 2].kinds or "unit" in atoms[i + 2].kinds:
        return None
    return _clock_face(hour, -30), i + 2, "half_hour"


def quarter(atoms: Sequence[Atom], i: int) -> Found | None:
    """Viertel nach zehn, quarter to five; viertel fünf, with its other reading."""
    kinds = atoms[i + 1].kinds
    if kinds.keys() & {"before", "after", "past", "of"}:
        target = _target(atoms, i + 2)
        if target is None:
            return None
        clock, end = target
        minutes = -15 if kinds.keys() & {"before", "of"} else 15
        return clock.shifted(minutes), end, "quarter_before_or_after"
    hour = hour_value(atoms, i + 1)
    if hour is None:
        hour = 12 if atoms[i + 1].kinds.get("pod") is PartOfDay.NOON else None
    if hour is None or hour == 0 or "unit" in atoms[i + 2].kinds:
        return None
    clock = replace(_clock_face(hour, -45), other=(hour * 60 + 15) % MINUTES_OF_DAY)
    return clock, i + 2, "quarter_of_the_way"


def three_quarters(atoms: Sequence[Atom], i: int) -> Found | None:
    """Dreiviertel acht."""
    hour = hour_value(atoms, i + 1)
    if hour is None or hour == 0 or "unit" in atoms[i + 2].kinds:
        return None
    return _clock_face(hour, -15), i + 2, "three_quarters"


def minutes_before_or_after(atoms: Sequence[Atom], i: int) -> Found | None:
    """Zehn vor drei, fünf Minuten nach halb vier."""
    minutes = atoms[i].kinds.get("cardinal")
    if not minutes or minutes > _MOST_BEFORE_OR_AFTER or _is_range(atoms, i):
        return None
    place = i + 2 if atoms[i + 1].kinds.get("unit") == "minute" else i + 1
    kinds = atoms[place].kinds
    if "before" not in kinds and "after" not in kinds:
        return None
    target = _target(atoms, place + 1)
    if target is None:
        return None
    clock, end = target
    signed = -minutes if "before" in kinds else minutes
    return clock.shifted(signed), end, "minutes_before_or_after"


def hour_value(atoms: Sequence[Atom], i: int) -> int | None:
    """The hour that one word names: zehn, viere, ein (Uhr), 14."""
    kinds = atoms[i].kinds
    value: int | None = kinds.get("cardinal")
    if value is None:
        value = kinds.get("hour")
    if value is None and "article" in kinds and "oclock" in atoms[i + 1].kinds:
        value = 1
    if value is None and "figures" in kinds and not atoms[i + 1].kinds.keys() - {"stop"}:
        value = kinds.get("ordinal")  # a figure with the full stop of its sentence
    if value is None or not 0 <= value <= _LAST_HOUR:
        return None
    return value


def _clock_face(hour: int, minutes: int) -> Clock:
    return Clock(
        minutes=(hour * 60 + minutes) % MINUTES_OF_DAY, fixed=hour > HOURS_ON_A_DIAL, whole=False
    )


def _fraction_of_hour(atoms: Sequence[Atom], i: int) -> Found | None:
    """Halb vier, dreiviertel vier, viertel vier."""
    kinds = atoms[i].kinds
    if "half" in kinds:
        return half(atoms, i)
    if "threequarter" in kinds:
        return three_quarters(atoms, i)
    return quarter(atoms, i) if "quarter" in kinds else None


def _is_range(atoms: Sequence[Atom], i: int) -> bool:
    """From ten to five: "to" joins a range there, in "ten to five" it counts backwards."""
    if "until" not in atoms[i + 1].kinds:
        return False
    before = atoms[i - 1].kinds if i else {}
    if "from" in before or "between" in before or atoms[i].kinds["cardinal"] % 5 != 0:
        return True
    other = atoms[i + 2]
    in_figures = "figures" in atoms[i].kinds and "figures" in other.kinds
    return in_figures and ("time" in other.kinds or "meridiem" in atoms[i + 3].kinds)  # 5 to 6 pm


def _target(atoms: Sequence[Atom], i: int) -> tuple[Clock, int] | None:
    """What minutes are counted from: drei, halb vier, zwölf, Mitternacht."""
    kinds = atoms[i].kinds
    fraction = _fraction_of_hour(atoms, i)
    if fraction:
        return fraction[0], fraction[1]
    if "midnight" in kinds:
        return Clock(minutes=0, fixed=True), i + 1
    if "midday" in kinds:
        return Clock(minutes=NOON, fixed=True), i + 1
    if "time" in kinds:
        hour, minute = kinds["time"]
        return Clock(minutes=hour * 60 + minute), i + 1
    hour = hour_value(atoms, i)
    if hour is None or "measure" in atoms[i + 1].kinds or "unit" in atoms[i + 1].kinds:
        return None
    return Clock(minutes=hour * 60 % MINUTES_OF_DAY, fixed=hour > HOURS_ON_A_DIAL), i + 1
