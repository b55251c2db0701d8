"""Words about lengths and moments: in drei Wochen, eine Stunde später, so bald wie möglich."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nlu.days import DayWords
from nlu.lengths import CALENDAR_UNITS, SECONDS, Length, count_at, length_at, range_at
from nlu.meaning import Grain
from nlu.pieces import Piece
from nlu.shift_rules import shift

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.lexicon import Atom, Kinds

_DAYS = {"day": 1, "week": 7, "fortnight": 14}
_MONTHS = {"month": 1, "year": 12}
_EIGHT_DAYS = 8
_BEFORE_LENGTH = ("about", "filler", "joint", "exact", "from", "until")
_NEXT = (1, 2)
_DAYS_ON = {1: 1, 2: 1, 3: 2}
"""Am nächsten, am übernächsten Tag."""
_MOST_HOURS = 6  # longer visits are not told as "8h"
_A_FEW = 2
_BESIDE_A_MOVE = frozenset(
    {"filler", "along", "by_so_much", "joint", "hesitation", "comma", "stop"}
)
_FREE_NOUNS = frozenset({"zeit", "pause", "fahrt", "time"})


def in_length(atoms: Sequence[Atom], i: int) -> Piece | None:
    """In drei Wochen, in einer halben Stunde, in zwei bis drei Wochen, in den nächsten Tagen."""
    place = i + 1
    bound = None
    while any(kind in atoms[place].kinds for kind in _BEFORE_LENGTH):
        bound = _bound_of(atoms[place].kinds) or bound
        place += 1
    if "which" in atoms[place].kinds:
        return _coming_units(atoms, place, first=i, today=True)
    ranged = _in_range(atoms, i, place)
    if ranged:
        return ranged
    length = length_at(atoms, place)
    if length is None:
        return None
    if length.unit in CALENDAR_UNITS:
        ahead = _ahead(length)
        end = length.end + 1 if "time_behind" in atoms[length.end].kinds else length.end
        return Piece(first=i, last=end, rule="in_calendar_length", day=ahead, bound=bound)
    return Piece(first=i, last=length.end, rule="in_length", elapsed_s=length.seconds)


def _bound_of(kinds: Kinds) -> str | None:
    """In spätestens einer Woche."""
    return next((bound for bound in ("from", "until") if bound in kinds), None)


def _ahead(length: Length) -> DayWords:
    count = int(length.number)
    months = length.number * _MONTHS.get(length.unit, 0)
    if months and months == int(months):  # in einem halben Jahr
        return DayWords(months=int(months), offset=0)
    if count != length.number:  # anderthalb Monate
        return DayWords(offset=round(length.seconds / SECONDS["day"]))
    if length.unit in _MONTHS:
        return DayWords(months=count * _MONTHS[length.unit], offset=0)
    if length.unit == "day" and count == _EIGHT_DAYS:
        return DayWords(offset=7, idiom=True)
    return DayWords(offset=count * _DAYS[length.unit])


def _in_range(atoms: Sequence[Atom], first: int, place: int) -> Piece | None:
    """In zwei bis drei Wochen, in zwei, drei Tagen."""
    found = range_at(atoms, place)
    if found is None:
        return None
    low, high = found
    days = _DAYS[high.unit]
    day = DayWords(offset=low * days, to_offset=int(high.number) * days + 1)
    return Piece(first=first, last=high.end, rule="in_range_of_lengths", day=day)


def over_length(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Freitag über eine Woche, heute über acht Tage."""
    before = atoms[i - 1].kinds if i else {}
    is_day = any(kind in before for kind in ("weekday", "offset", "tomorrow"))
    length = length_at(atoms, i + 1) if is_day and "from" not in atoms[i].kinds else None
    if length is None or length.unit not in _DAYS:
        return None
    return Piece(first=i, last=length.end, rule="over_length", day=_ahead(length))


def within_length(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Innerhalb von zwei Wochen."""
    place = i + 1
    while any(kind in atoms[place].kinds for kind in ("joint", "of")):
        place += 1
    if "which" in atoms[place].kinds:
        return _coming_units(atoms, place, first=i, today=True)
    length = length_at(atoms, place)
    if length is None:
        return None
    if length.unit in _DAYS:
        day = DayWords(offset=0, to_offset=int(length.number) * _DAYS[length.unit] + 1)
        return Piece(first=i, last=length.end, rule="within_length", day=day)
    return Piece(first=i, last=length.end, rule="within_length", lasting_s=length.seconds)


def coming_units(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Die nächsten drei Tage, kommende zwei Wochen."""
    return _coming_units(atoms, i, first=i, today=False)


def counted_coming(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Two upcoming weeks, drei kommende Tage: the number may stand before as well."""
    is_coming = atoms[i + 1].kinds.get("which") == 1  # "um drei nächste Woche" is an hour
    if not is_coming or "unit" not in atoms[i + 2].kinds or (i and "at" in atoms[i - 1].kinds):
        return None
    found = _coming_units((atoms[i + 1], atoms[i], *atoms[i + 2 : i + 4]), 0, first=0, today=False)
    return found and replace(found, first=i, last=i + found.last)


def _coming_units(atoms: Sequence[Atom], i: int, *, first: int, today: bool) -> Piece | None:  # noqa: PLR0911 - one way of saying it a line
    which = atoms[i].kinds["which"]
    if "single_day" in atoms[i + 1].kinds and which in _DAYS_ON:
        return shift(first, i + 2, _DAYS_ON[which] * SECONDS["day"])
    if which not in _NEXT:
        return None
    count, place, _ = count_at(atoms, i + 1)
    unit = atoms[place].kinds.get("unit")
    if count is None:
        if unit not in {"day", "hour", "minute"}:
            return None
        count = 1 if "singular" in atoms[place].kinds else _A_FEW
    if unit is None:
        return None
    days = int(count)
    if unit == "day":
        day = DayWords(offset=0 if today else 1, to_offset=days + 1)
        return Piece(first=first, last=place + 1, rule="coming_days", day=day)
    if unit == "week" and today:
        day = DayWords(offset=0, to_offset=7 * days + 1)
        return Piece(first=first, last=place + 1, rule="coming_days", day=day)
    if unit in {"week", "month"} and count > 1:
        return _coming_periods(first, place + 1, unit, days)
    if unit in CALENDAR_UNITS:
        return None
    seconds = round(count * SECONDS[unit])
    return Piece(first=first, last=place + 1, rule="coming_length", lasting_s=seconds)


def _coming_periods(first: int, last: int, unit: str, count: int) -> Piece:
    if unit == "week":
        start, end = DayWords(unit="week", week=1), DayWords(unit="week", week=count)
    else:
        start, end = DayWords(unit="month", months=1), DayWords(unit="month", months=count)
    return Piece(first=first, last=last, rule="coming_periods", day=start, day_end=end)


def length(atoms: Sequence[Atom], i: int) -> Piece | None:  # noqa: PLR0911 - one way of saying it a line
    """Anderthalb Stunden; zwei Stunden später; drei Tage vor Weihnachten is left to the feasts."""
    found = length_at(atoms, i)
    if found is None or _is_hour_sign(atoms, i, found):
        return None
    behind = atoms[found.end].kinds
    if "hence" in behind or "past_behind" in behind:
        return _from_now(i, found, 1 if "hence" in behind else -1)
    if found.unit == "minute" and ("before" in behind or "after" in behind):
        return None  # "zehn Minuten vor elf" is a clock time
    if i and "every" in atoms[i - 1].kinds:
        return None
    if "later" in behind or "earlier" in behind:
        sign = 1 if "later" in behind else -1
        from_there = "from_there" in behind
        return shift(i, found.end + 1, sign * found.seconds, from_there=from_there)
    if _is_moved_by(atoms, i, found.end):
        forward = any(atom.kinds.keys() & {"move_forward", "pulled"} for atom in atoms)
        return shift(i, found.end, -found.seconds if forward else found.seconds)
    beside = _beside_feast(atoms, i, found)
    if beside:
        return beside
    if found.unit in CALENDAR_UNITS and not found.counted and not _is_for(atoms, i):
        return None
    if _belongs_to_noun(atoms, found.end):
        return None
    return Piece(
        first=i, last=found.end, rule="duration", grain=Grain.DURATION, seconds=found.seconds
    )


def _is_moved_by(atoms: Sequence[Atom], i: int, end: int) -> bool:
    """Um eine Woche verschieben, move it by an hour, einen Tag vorziehen: the last is earlier."""
    if "move_forward" in atoms[end].kinds:
        return True
    moves = any(atom.kinds.keys() & {"move", "pulled"} for atom in atoms)
    by_so_much = i > 0 and "by_so_much" in atoms[i - 1].kinds
    place = i - 2 if by_so_much else i - 1
    along = (place >= 0 and "along" in atoms[place].kinds) or "along" in atoms[end].kinds
    if along and (moves or _says_no_more(atoms, i, end)):
        return True
    return moves and by_so_much


def _says_no_more(atoms: Sequence[Atom], first: int, last: int) -> bool:
    """Forward a week, please: nothing but the length and where to."""
    others = (atom for i, atom in enumerate(atoms) if not first <= i < last and atom.raw)
    return all(atom.kinds.keys() & _BESIDE_A_MOVE for atom in others)


def _is_hour_sign(atoms: Sequence[Atom], i: int, found: Length) -> bool:
    """15h is three o'clock, 2h two hours."""
    signed = "oclock" in atoms[found.end - 1].kinds
    return signed and (found.number > _MOST_HOURS or (i > 0 and "at" in atoms[i - 1].kinds))


def _from_now(i: int, found: Length, sign: int) -> Piece:
    """Two weeks from now, three days ago."""
    if found.unit in _DAYS:
        day = DayWords(offset=sign * int(found.number) * _DAYS[found.unit])
        return Piece(first=i, last=found.end + 1, rule="from_now", day=day)
    if found.unit in _MONTHS:
        day = DayWords(months=sign * int(found.number) * _MONTHS[found.unit], offset=0)
        return Piece(first=i, last=found.end + 1, rule="from_now", day=day)
    return Piece(first=i, last=found.end + 1, rule="from_now", elapsed_s=sign * found.seconds)


def _is_for(atoms: Sequence[Atom], i: int) -> bool:
    return i > 0 and atoms[i - 1].folded in {"fur", "for"}


def _belongs_to_noun(atoms: Sequence[Atom], i: int) -> bool:
    """A length before a noun is part of its name: eine zehn Minuten Beratung."""
    following = atoms[i]
    return (
        not following.kinds and following.raw[:1].isupper() and following.folded not in _FREE_NOUNS
    )


def _beside_feast(atoms: Sequence[Atom], i: int, found: Length) -> Piece | None:
    """Einen Monat vor Weihnachten, ein Jahr nach Ostern."""
    behind = atoms[found.end].kinds
    if "before" not in behind and "after" not in behind:
        return None
    place = found.end + 1
    while "joint" in atoms[place].kinds:
        place += 1
    count = None
    if "ordinal" in atoms[place].kinds and "feast" in atoms[place + 1].kinds:
        count, place = atoms[place].kinds["ordinal"], place + 1
    name = atoms[place].kinds.get("feast")
    if name is None:
        return None
    if found.unit not in _MONTHS:
        return None
    sign = -1 if "before" in behind else 1
    day = DayWords(feast=name, nth=count, months=sign * int(found.number) * _MONTHS[found.unit])
    return Piece(first=i, last=place + 1, rule="length_beside_feast", day=day)


def whole_unit(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Den ganzen Tag."""
    unit = atoms[i + 1].kinds.get("unit")
    if unit not in {"day", "week", "month"}:
        return None
    seconds = {"day": 86400, "week": 604800, "month": 30 * 86400}[unit]
    return Piece(first=i, last=i + 2, rule="whole_period", grain=Grain.DURATION, seconds=seconds)


def ago(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Vor zwei Stunden, vor drei Tagen: plainly past."""
    found = length_at(atoms, i + 1)
    if found is None or found.number != int(found.number) or "before" in atoms[found.end].kinds:
        return None
    if "until" in atoms[i].kinds:  # "two to three weeks"
        return None
    if found.unit in _DAYS:
        day = DayWords(offset=-int(found.number) * _DAYS[found.unit])
        return Piece(first=i, last=found.end, rule="ago", day=day)
    if found.unit in CALENDAR_UNITS:
        return None
    return Piece(first=i, last=found.end, rule="ago", elapsed_s=-found.seconds)


def weekday_set(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Montags, werktags."""
    if i and atoms[i - 1].folded == "des":
        return Piece(
            first=i, last=i + 1, rule="weekday", day=DayWords(weekday=atoms[i].kinds["set"][0])
        )
    return Piece(
        first=i,
        last=i + 1,
        rule="weekday_set",
        grain=Grain.WEEKDAY_SET,
        weekdays=atoms[i].kinds["set"],
    )


def every_weekday(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Jeden Dienstag."""
    kinds = atoms[i + 1].kinds
    if "weekday" in kinds and "pod" not in atoms[i + 2].kinds:
        return Piece(
            first=i,
            last=i + 2,
            rule="every_weekday",
            grain=Grain.WEEKDAY_SET,
            weekdays=(kinds["weekday"],),
        )
    return None


def earliest(_atoms: Sequence[Atom], i: int) -> Piece | None:
    """So bald wie möglich, der nächste freie Termin."""
    return Piece(first=i, last=i + 1, rule="earliest", grain=Grain.EARLIEST)


def any_time(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Ganz egal, wie es Ihnen passt - but not "egal wer"."""
    if "any_not_about_time" in atoms[i + 1].kinds:
        return None
    return Piece(first=i, last=i + 1, rule="any_time", grain=Grain.ANY)


def right_now(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Jetzt, sofort."""
    if i and "not" in atoms[i - 1].kinds:  # "bitte nicht jetzt" names no time
        return None
    return Piece(first=i, last=i + 1, rule="now", elapsed_s=0)


RULES = {
    "in": (in_length,),
    "within": (within_length,),
    "past": (over_length,),
    "which": (coming_units,),
    "article": (length,),
    "cardinal": (counted_coming, length),
    "factor": (counted_coming, length),
    "threequarter": (length,),
    "quarter": (length,),
    "whole": (whole_unit,),
    "set": (weekday_set,),
    "always": (every_weekday,),
    "earliest": (earliest,),
    "any": (any_time,),
    "now": (right_now,),
    "before": (ago,),
}
"""Rules by the kind of the word they begin with."""
