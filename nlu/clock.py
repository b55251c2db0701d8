"""Times of day as people in a salon say them: halb drei, Viertel nach zehn, so gegen vier."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import time
from typing import TYPE_CHECKING

from nlu.meaning import PartOfDay
from nlu.parts_of_day import hour_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom

MINUTES_OF_DAY = 24 * 60
_NOON = 12 * 60
_DAY_STARTS, _DAY_ENDS = 7 * 60, 19 * 60
"""A bare hour is the one of its two readings that lies in here."""
_LAST_HOUR, _LAST_MINUTE = 24, 59
_TEN = 10
_MOST_BEFORE_OR_AFTER = 30  # "vierzig nach drei" nobody says


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock time before its part of day is known."""

    minutes: int
    """Since midnight, by the hour that was said."""
    fixed: bool = False
    """No doubt between morning and evening: 15 Uhr, 08:30."""
    whole: bool = True
    """A full hour was said."""
    about: bool = False
    other: int | None = None
    """Another reading of regional words: viertel drei as 3:15."""

    def shifted(self, minutes: int) -> Clock:
        """So many minutes later."""
        return replace(self, minutes=(self.minutes + minutes) % MINUTES_OF_DAY, whole=False)


def read(clock: Clock, part: PartOfDay | None = None) -> tuple[time, tuple[time, ...]]:
    """The likelier reading and the other honest ones.

    >>> read(Clock(minutes=2 * 60 + 30))
    (datetime.time(14, 30), (datetime.time(2, 30),))
    """
    if part is not None and clock.minutes <= _NOON + 59:
        return _in_part(clock, part)
    first = _of_day(clock.minutes)
    if clock.fixed or clock.minutes >= _NOON + 60:
        return _as_time(clock.minutes), _others(clock, first)
    first = _likely(clock.minutes)
    return _as_time(first), (*_others(clock, first), _as_time(first + _NOON))


def _likely(minutes: int) -> int:
    """The reading between seven in the morning and seven in the evening."""
    minutes %= _NOON
    return minutes if minutes >= _DAY_STARTS else minutes + _NOON


def _in_part(clock: Clock, part: PartOfDay) -> tuple[time, tuple[time, ...]]:
    hour, minute = divmod(clock.minutes, 60)
    if part is PartOfDay.NOON and hour == 0:
        hour = 12
    chosen = hour_in(part, hour) * 60 + minute
    other = () if clock.other is None else (
        _as_time(hour_in(part, clock.other // 60) * 60 + clock.other % 60),
    )  # fmt: skip
    return _as_time(chosen), other


def _others(clock: Clock, first: int) -> tuple[time, ...]:
    if clock.other is None:
        return ()
    return (_as_time(_likely(clock.other) if first >= _DAY_STARTS else clock.other),)


def _of_day(minutes: int) -> int:
    return minutes % MINUTES_OF_DAY


def _as_time(minutes: int) -> time:
    hour, minute = divmod(minutes % MINUTES_OF_DAY, 60)
    return time(hour, minute)


def end_after(start: time, clock: Clock, part: PartOfDay | None) -> time:
    """The reading of an end that follows its start: "von elf bis zwei" ends at 14:00."""
    first, others = read(clock, part)
    if first > start or not others:
        return first
    later = [other for other in others if other > start]
    return later[0] if later else first


# --- rules: words -> Clock; each returns the clock and the place behind it -----------------------

Found = tuple[Clock, int, str]
"""A clock, the place behind its words, the name of the rule."""


def clock_at(atoms: Sequence[Atom], i: int, *, licensed: bool) -> Found | None:
    """The clock time that begins at place `i`; a bare hour only counts where it is `licensed`."""
    kinds = atoms[i].kinds
    found: Found | None = None
    if "time" in kinds or ("or_time" in kinds and licensed):
        found = _written(atoms, i)
    elif "half" in kinds:
        found = _half(atoms, i)
    elif "threequarter" in kinds:
        found = _three_quarters(atoms, i)
    if found is None and "quarter" in kinds:
        found = _quarter(atoms, i)
    if found is None and "midnight" in kinds:
        found = Clock(minutes=0, fixed=True), i + 1, "midnight"
    if found is None and "shortly" in kinds:
        found = _shortly(atoms, i)
    if found is None:
        found = _hour_words(atoms, i, licensed=licensed)
    return found and _with_oclock(atoms, found)


def _with_oclock(atoms: Sequence[Atom], found: Found) -> Found:
    clock, end, name = found
    if "oclock" in atoms[end].kinds:
        end += 1
    if "about_after" in atoms[end].kinds:
        return replace(clock, about=True), end + 1, name
    return clock, end, name


def _written(atoms: Sequence[Atom], i: int) -> Found:
    kinds = atoms[i].kinds
    hour, minute = kinds["time"] if "time" in kinds else kinds["or_time"]
    spoken = 1 <= hour < _DAY_STARTS // 60 and not atoms[i].raw.startswith("0")
    if spoken and any(
        "date" in atom.kinds or ("figures" in atom.kinds and "ordinal" in atom.kinds)
        for atom in atoms
    ):
        spoken = False  # somebody writes, and writes hours of 24
    clock = Clock(
        minutes=(hour * 60 + minute) % MINUTES_OF_DAY, fixed=not spoken, whole=minute == 0
    )
    return clock, i + 1, "clock_in_figures"


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


def _hour_words(atoms: Sequence[Atom], i: int, *, licensed: bool) -> Found | None:  # noqa: PLR0911 - one way of saying it a line
    hour = hour_value(atoms, i)
    kinds = atoms[i].kinds
    if hour is None and "figures" in kinds and "oclock" in atoms[i + 1].kinds:
        return _hour_and_minutes_in_one(atoms, i)
    if hour is None and licensed:
        hour = _licensed_hour(atoms, i)
    if hour is None:
        return _minutes_before_or_after(atoms, i) if "cardinal" in kinds else None
    following = atoms[i + 1].kinds
    if "oclock" in following:
        return _with_minutes(atoms, i, hour)
    if "before" in following or "after" in following or "unit" in following:
        found = _minutes_before_or_after(atoms, i)
        if found:
            return found
    if (
        "cardinal" in following
        and hour_value(atoms, i + 1) is not None
        and "oclock" in atoms[i + 2].kinds
    ):
        return clock_at(atoms, i + 1, licensed=True)  # "achtzehn achtzehn Uhr", "acht achtzehn Uhr"
    if licensed and (found := _hour_then_minutes(atoms, i, hour)):
        return found
    if (
        not licensed
        or "measure" in following
        or "unit" in following
        or "cardinal" in following
        or "factor" in following
    ):
        return None
    return _bare(i, hour)


def _hour_and_minutes_in_one(atoms: Sequence[Atom], i: int) -> Found | None:
    """615 Uhr."""
    hour, minute = divmod(atoms[i].kinds.get("cardinal", 0), 100)
    if not 1 <= hour <= _LAST_HOUR or minute > _LAST_MINUTE:
        return None
    clock = Clock(minutes=(hour * 60 + minute) % MINUTES_OF_DAY, fixed=True, whole=minute == 0)
    return clock, i + 2, "clock_in_figures"


def _hour_then_minutes(atoms: Sequence[Atom], i: int, hour: int) -> Found | None:
    """Sechzehn dreißig, zehn fünfzehn; but "sechs sechzehn" is a false start."""
    minute = atoms[i + 1].kinds.get("cardinal", 0)
    counted = any(k in atoms[i + 2].kinds for k in ("cardinal", "measure", "unit", "month"))
    if not _TEN <= minute <= _LAST_MINUTE or counted or "cardinal" not in atoms[i].kinds:
        return None
    if minute == hour + _TEN:
        return _bare(i + 1, minute)
    fixed = hour > 12 or hour == 0  # noqa: PLR2004 - a clock face has twelve hours
    clock = Clock(minutes=(hour * 60 + minute) % MINUTES_OF_DAY, fixed=fixed, whole=False)
    return clock, i + 2, "hour_then_minutes"


def _licensed_hour(atoms: Sequence[Atom], i: int) -> int | None:
    """Words that are hours only behind "um": achte, siebene, or figures with a full stop."""
    kinds = atoms[i].kinds
    if "hour_after_at" in kinds:
        return int(kinds["hour_after_at"])
    if "figures" in kinds and "ordinal" in kinds and kinds["ordinal"] <= _LAST_HOUR:
        return int(kinds["ordinal"])
    return None


def _bare(i: int, hour: int) -> Found:
    fixed = hour > 12 or hour == 0  # noqa: PLR2004 - a clock face has twelve hours
    return Clock(minutes=hour * 60 % MINUTES_OF_DAY, fixed=fixed), i + 1, "bare_hour"


def _with_minutes(atoms: Sequence[Atom], i: int, hour: int) -> Found:
    """X Uhr, X Uhr dreißig, X Uhr und zwölf."""
    fixed = hour > 12 or hour == 0  # noqa: PLR2004 - a clock face has twelve hours
    place = i + 2
    minute_place = place + 1 if "and" in atoms[place].kinds else place
    minute = atoms[minute_place].kinds.get("cardinal")
    if minute and minute_place > place and atoms[minute_place + 1].kinds.get("unit") == "minute":
        clock = Clock(minutes=(hour * 60 + minute) % MINUTES_OF_DAY, fixed=fixed, whole=False)
        return clock, minute_place + 2, "hour_and_minutes"
    if minute and minute < _TEN and (split := _split_minutes(atoms, minute_place, minute)):
        clock = Clock(minutes=(hour * 60 + split) % MINUTES_OF_DAY, fixed=fixed, whole=False)
        return clock, minute_place + 3, "hour_and_minutes"
    if minute is not None and 0 < minute <= _LAST_MINUTE and not _counts(atoms, minute_place):
        clock = Clock(minutes=(hour * 60 + minute) % MINUTES_OF_DAY, fixed=fixed, whole=False)
        return clock, minute_place + 1, "hour_and_minutes"
    return Clock(minutes=hour * 60 % MINUTES_OF_DAY, fixed=fixed), place, "full_hour"


def _split_minutes(atoms: Sequence[Atom], i: int, ones: int) -> int | None:
    """Fünf und dreißig, heard as three words."""
    tens = atoms[i + 2].kinds.get("cardinal", 0)
    if (
        "and" not in atoms[i + 1].kinds
        or tens not in {20, 30, 40, 50}
        or "oclock" in atoms[i + 3].kinds
    ):
        return None
    return int(ones + tens)


def _counts(atoms: Sequence[Atom], i: int) -> bool:
    """Whether a number counts something or begins another time."""
    following = atoms[i + 1].kinds
    return any(
        kind in following
        for kind in ("oclock", "measure", "unit", "before", "after", "cardinal", "month")
    ) and not ("after" in following and hour_value(atoms, i + 2) is None)


def _half(atoms: Sequence[Atom], i: int) -> Found | None:
    hour = hour_value(atoms, i + 1)
    if hour is None or hour == 0 or "measure" in atoms[i + 2].kinds or "unit" in atoms[i + 2].kinds:
        return None
    return _clock_face(hour, -30), i + 2, "half_hour"


def _clock_face(hour: int, minutes: int) -> Clock:
    return Clock(minutes=(hour * 60 + minutes) % MINUTES_OF_DAY, fixed=hour > 12, whole=False)  # noqa: PLR2004 - a clock face has twelve hours


def _quarter(atoms: Sequence[Atom], i: int) -> Found | None:
    kinds = atoms[i + 1].kinds
    if "before" in kinds or "after" in kinds or "past" in kinds:
        target = _target(atoms, i + 2)
        if target is None:
            return None
        clock, end = target
        minutes = -15 if "before" in kinds else 15
        return clock.shifted(minutes), end, "quarter_before_or_after"
    hour = hour_value(atoms, i + 1)
    if hour is None:
        hour = 12 if atoms[i + 1].kinds.get("pod") is PartOfDay.NOON else None
    if hour is None or hour == 0 or "unit" in atoms[i + 2].kinds:
        return None
    clock = replace(_clock_face(hour, -45), other=(hour * 60 + 15) % MINUTES_OF_DAY)
    return clock, i + 2, "quarter_of_the_way"


def _three_quarters(atoms: Sequence[Atom], i: int) -> Found | None:
    hour = hour_value(atoms, i + 1)
    if hour is None or hour == 0 or "unit" in atoms[i + 2].kinds:
        return None
    return _clock_face(hour, -15), i + 2, "three_quarters"


def _shortly(atoms: Sequence[Atom], i: int) -> Found | None:
    if "before" not in atoms[i + 1].kinds and "after" not in atoms[i + 1].kinds:
        return None
    found = clock_at(atoms, i + 2, licensed=True)
    if found is None:
        return None
    clock, end, _ = found
    return replace(clock, about=True), end, "shortly_before_or_after"


def _minutes_before_or_after(atoms: Sequence[Atom], i: int) -> Found | None:
    """Zehn vor drei, fünf Minuten nach halb vier."""
    minutes = atoms[i].kinds.get("cardinal")
    if not minutes or minutes > _MOST_BEFORE_OR_AFTER:
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


def _target(atoms: Sequence[Atom], i: int) -> tuple[Clock, int] | None:
    """What minutes are counted from: drei, halb vier, zwölf, Mitternacht."""
    kinds = atoms[i].kinds
    if "half" in kinds:
        half = _half(atoms, i)
        return half and (half[0], half[1])
    if "midnight" in kinds:
        return Clock(minutes=0, fixed=True), i + 1
    hour = hour_value(atoms, i)
    if hour is None or "measure" in atoms[i + 1].kinds or "unit" in atoms[i + 1].kinds:
        return None
    return Clock(minutes=hour * 60 % MINUTES_OF_DAY, fixed=hour > 12), i + 1  # noqa: PLR2004 - a clock face has twelve hours
