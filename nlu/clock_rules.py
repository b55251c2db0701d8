"""How clock times are said: sechzehn Uhr dreißig, zehn fünfzehn, um zehn, half past three pm."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nlu.clock import MINUTES_OF_DAY, MORNING_BEGINS, NOON, Clock
from nlu.dial import (
    HOURS_ON_A_DIAL,
    Found,
    half,
    half_past,
    hour_value,
    minutes_before_or_after,
    quarter,
    three_quarters,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom

_LAST_HOUR, _LAST_MINUTE = 24, 59
_TEN = 10
_QUARTERS = (15, 30, 45)


def clock_at(atoms: Sequence[Atom], i: int, *, licensed: bool) -> Found | None:
    """The clock time that begins at place `i`; a bare hour only counts where it is `licensed`."""
    kinds = atoms[i].kinds
    found: Found | None = None
    if "time" in kinds or ("or_time" in kinds and licensed):
        found = _written(atoms, i)
    elif "half_past" in kinds:
        found = half_past(atoms, i)
    elif "half" in kinds:
        found = half(atoms, i)
    elif "threequarter" in kinds:
        found = three_quarters(atoms, i)
    if found is None and "quarter" in kinds:
        found = quarter(atoms, i)
    if found is None and "midnight" in kinds:
        found = Clock(minutes=0, fixed=True), i + 1, "midnight"
    if found is None and "midday" in kinds:
        found = Clock(minutes=NOON, fixed=True), i + 1, "midday"
    if found is None and "shortly" in kinds:
        found = _shortly(atoms, i)
    if found is None:
        found = _hour_words(atoms, i, licensed=licensed)
    return found and _with_oclock(atoms, found)


def _with_oclock(atoms: Sequence[Atom], found: Found) -> Found:
    clock, end, name = found
    if "oclock" in atoms[end].kinds:
        end += 1
    if "meridiem" in atoms[end].kinds:
        clock = _in_half_of_day(clock, atoms[end].kinds["meridiem"])
        end += 1
    if "about_after" in atoms[end].kinds:
        return replace(clock, about=True), end + 1, name
    return clock, end, name


def _in_half_of_day(clock: Clock, half: str) -> Clock:
    """Three pm, twelve am."""
    minutes = clock.minutes % NOON if clock.minutes < NOON + 60 else clock.minutes
    afternoon = NOON if half == "pm" and minutes < NOON else 0
    return replace(clock, minutes=minutes + afternoon, fixed=True, half_told=True)


def _written(atoms: Sequence[Atom], i: int) -> Found | None:
    kinds = atoms[i].kinds
    if "measure" in atoms[i + 1].kinds:  # 6.45 percent
        return None
    hour, minute = kinds["time"] if "time" in kinds else kinds["or_time"]
    spoken = 1 <= hour < MORNING_BEGINS // 60 and not atoms[i].raw.startswith("0")
    if spoken and any(
        "date" in atom.kinds
        or ("figures" in atom.kinds and "ordinal" in atom.kinds and not atom.raw[-1:].isalpha())
        for atom in atoms
    ):
        spoken = False  # somebody writes, and writes hours of 24
    clock = Clock(
        minutes=(hour * 60 + minute) % MINUTES_OF_DAY, fixed=not spoken, whole=minute == 0
    )
    return clock, i + 1, "clock_in_figures"


def _hour_words(atoms: Sequence[Atom], i: int, *, licensed: bool) -> Found | None:
    """Times that begin with an hour or with minutes before or after one."""
    following = atoms[i + 1].kinds
    told = licensed or "oclock" in following or "meridiem" in following
    hour = hour_value(atoms, i)
    if hour is None and told and (found := _hour_and_minutes_in_one(atoms, i)):
        return found
    if hour is None and licensed:
        hour = _licensed_hour(atoms, i)
    if hour is None:
        return minutes_before_or_after(atoms, i)
    found = _told_hour(atoms, i, hour)
    if found or not licensed:
        return found
    return _licensed_words(atoms, i, hour)


def _told_hour(atoms: Sequence[Atom], i: int, hour: int) -> Found | None:  # noqa: PLR0911 - one way of saying it a line
    """An hour that the next words show to be one: Uhr, pm, abends, vor, nach."""
    following, later = atoms[i + 1].kinds, atoms[i + 2].kinds
    if "oclock" in following:
        return _with_minutes(atoms, i, hour)
    if "meridiem" in following or ("pod" in following and not _is_fraction(atoms, i)):
        return _bare(i, hour)
    if found := _hour_oh_minutes(atoms, i, hour) or _quarter_hour_in_words(atoms, i, hour):
        return found
    if _is_shown_behind(atoms, i):
        return _bare(i, hour)
    if "cardinal" in following and "meridiem" in later:
        return _hour_then_minutes(atoms, i, hour)
    if "oclock" in later and atoms[i + 1].raw == "00":
        return _said(hour, 0), i + 2, "clock_in_figures"
    if "cardinal" in following and "oclock" in later and hour_value(atoms, i + 1) is not None:
        return _begun_anew(clock_at(atoms, i + 1, licensed=True), hour)
    return minutes_before_or_after(atoms, i)


def _begun_anew(found: Found | None, hour: int) -> Found | None:
    """Achtzehn achtzehn Uhr; sechs sechzehn Uhr: the later hour, or perhaps the first one."""
    if found is None or found[0].minutes // 60 == hour:
        return found
    clock, end, name = found
    return replace(clock, other=hour * 60), end, name


def _hour_oh_minutes(atoms: Sequence[Atom], i: int, hour: int) -> Found | None:
    """Ten oh five, twelve-oh-three; but not within a telephone number."""
    step = 2 if "dash" in atoms[i + 1].kinds else 1
    if "oh" not in atoms[i + step].kinds:
        return None
    minute = atoms[i + 2 * step].kinds.get("cardinal", 0)
    if not 0 < minute < _TEN or _is_in_number(atoms, i, i + 2 * step + 1):
        return None
    return _said(hour, minute), i + 2 * step + 1, "hour_then_minutes"


def _quarter_hour_in_words(atoms: Sequence[Atom], i: int, hour: int) -> Found | None:
    """Ten thirty, four forty-five: needs no "at" when it is said in words."""
    place = i + 2 if "dash" in atoms[i + 1].kinds else i + 1
    minute, in_words = atoms[place].kinds.get("cardinal"), "figures" not in atoms[place].kinds
    if minute not in _QUARTERS or not in_words or not 0 < hour <= HOURS_ON_A_DIAL:
        return None
    counted = atoms[place + 1].kinds.keys() & {"oclock", "measure", "unit", "month", "dash"}
    if counted or "figures" in atoms[i].kinds or _is_in_number(atoms, i, place + 1):
        return None
    return _said(hour, minute), place + 1, "hour_then_minutes"


def _is_in_number(atoms: Sequence[Atom], i: int, end: int) -> bool:
    """More numbers beside it: a telephone number, a price."""
    before = atoms[i - 1].kinds if i else {}
    return any(kinds.keys() & {"cardinal", "oh"} for kinds in (before, atoms[end].kinds))


def _is_shown_behind(atoms: Sequence[Atom], i: int) -> bool:  # noqa: PLR0911 - one way of saying it a line
    """Eight tonight, ten tomorrow morning, nine on Friday morning, eleven at the earliest."""
    first, second, third = (atoms[i + n].kinds for n in (1, 2, 3))
    if "about_after" in first and atoms[i + 1].start in (atoms[i].start, atoms[i].end):  # 3ish
        return True
    if "about_hour" in first or ("comma" in first and "tonight" in second):
        return True
    if first.keys() & {"tonight", "from_behind", "until_behind"}:
        return "figures" in atoms[i].kinds or hour_value(atoms, i) != 1
    if "pod" in second and first.keys() & {"offset", "weekday", "tomorrow"}:
        return True
    if "pod" in second and first.get("which") == 0:  # seven this evening
        return True
    if "offset" in first:
        return _stands_free(atoms, i)
    return "pod" in third and "weekday" in second and "joint" in first


def _stands_free(atoms: Sequence[Atom], i: int) -> bool:
    """Nine tomorrow; but "I need two tomorrow" counts something."""
    before = atoms[i - 1] if i else atoms[-1]
    return not before.raw or bool(before.kinds.keys() & {"joint", "comma", "filler", "or", "and"})


def _is_fraction(atoms: Sequence[Atom], i: int) -> bool:
    """The figures behind a decimal point: 37,1."""
    if i < 2 or atoms[i - 1].raw not in {",", "."}:  # noqa: PLR2004 - a number and its point
        return False
    return atoms[i - 2].end == atoms[i - 1].start and atoms[i - 1].end == atoms[i].start


def _licensed_words(atoms: Sequence[Atom], i: int, hour: int) -> Found | None:
    """An hour that only the words before it show to be one: um zehn, ab sechzehn dreißig."""
    found = _hour_then_minutes(atoms, i, hour)
    counts = ("measure", "unit", "cardinal", "factor")
    if found or any(kind in atoms[i + 1].kinds for kind in counts):
        return found
    return _bare(i, hour)


def _hour_and_minutes_in_one(atoms: Sequence[Atom], i: int) -> Found | None:
    """615 Uhr, at 1030."""
    hour, minute = divmod(atoms[i].kinds.get("cardinal", 0), 100)
    if "figures" not in atoms[i].kinds or not 1 <= hour <= _LAST_HOUR or minute > _LAST_MINUTE:
        return None
    return _said(hour, minute), i + 1, "clock_in_figures"


def _hour_then_minutes(atoms: Sequence[Atom], i: int, hour: int) -> Found | None:
    """Sechzehn dreißig, zehn fünfzehn; but "sechs sechzehn" is a false start."""
    minute = atoms[i + 1].kinds.get("cardinal", 0)
    counted = any(k in atoms[i + 2].kinds for k in ("cardinal", "measure", "unit", "month"))
    if not _TEN <= minute <= _LAST_MINUTE or counted or "cardinal" not in atoms[i].kinds:
        return None
    if minute == hour + _TEN and _is_false_start(atoms[i], atoms[i + 1]):
        return _bare(i + 1, minute)
    clock = _said(hour, minute)
    return clock, i + 2, "hour_then_minutes"


def _is_false_start(first: Atom, second: Atom) -> bool:
    """Sechs sechzehn; but "six sixteen" is a time where hours are said up to twelve."""
    return second.folded.startswith(first.folded[:3]) and "day_number" not in second.kinds


def _licensed_hour(atoms: Sequence[Atom], i: int) -> int | None:
    """Words that are hours only behind "um": achte, siebene, or figures with a full stop."""
    kinds = atoms[i].kinds
    if "hour_after_at" in kinds:
        return int(kinds["hour_after_at"])
    if "figures" in kinds and "ordinal" in kinds and kinds["ordinal"] <= _LAST_HOUR:
        return int(kinds["ordinal"])
    return None


def _said(hour: int, minute: int) -> Clock:
    """A clock time by the hour that was said; above twelve there is no doubt."""
    fixed = hour > HOURS_ON_A_DIAL or hour == 0
    minutes = (hour * 60 + minute) % MINUTES_OF_DAY
    return Clock(minutes=minutes, fixed=fixed, whole=minute == 0)


def _bare(i: int, hour: int) -> Found:
    return _said(hour, 0), i + 1, "bare_hour"


def _with_minutes(atoms: Sequence[Atom], i: int, hour: int) -> Found:
    """X Uhr, X Uhr dreißig, X Uhr und zwölf."""
    place = i + 2
    minute_place = place + 1 if "and" in atoms[place].kinds else place
    minute = _minutes_figure(atoms, minute_place)
    ones = atoms[minute_place + 1].kinds.get("cardinal", 0) if minute == 0 else 0
    if 0 < ones < _TEN and not _counts(atoms, minute_place + 1):  # sechzehn Uhr null fünf
        return _said(hour, ones), minute_place + 2, "hour_and_minutes"
    if minute and minute_place > place and atoms[minute_place + 1].kinds.get("unit") == "minute":
        clock = _said(hour, minute)
        return clock, minute_place + 2, "hour_and_minutes"
    if minute and minute < _TEN and (split := _split_minutes(atoms, minute_place, minute)):
        clock = _said(hour, split)
        return clock, minute_place + 3, "hour_and_minutes"
    if minute is not None and 0 < minute <= _LAST_MINUTE and not _counts(atoms, minute_place):
        clock = _said(hour, minute)
        return clock, minute_place + 1, "hour_and_minutes"
    return _said(hour, 0), place, "full_hour"


def _minutes_figure(atoms: Sequence[Atom], i: int) -> int | None:
    """A number of minutes; figures with a full stop are one too where the sentence ends."""
    kinds, following = atoms[i].kinds, atoms[i + 1].kinds
    if "figures" in kinds and "ordinal" in kinds and not {"month", "ordinal"} & following.keys():
        return int(kinds["ordinal"])
    return kinds.get("cardinal")


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


def _shortly(atoms: Sequence[Atom], i: int) -> Found | None:
    if "before" not in atoms[i + 1].kinds and "after" not in atoms[i + 1].kinds:
        return None
    found = clock_at(atoms, i + 2, licensed=True)
    if found is None:
        return None
    clock, end, _ = found
    return replace(clock, about=True), end, "shortly_before_or_after"
