"""Days counted from a named day: a week on Tuesday, Friday week, three Saturdays from now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nlu.clock_rules import clock_at
from nlu.date_rules import date_at, month_day_at
from nlu.day_pieces import Features, behind_joints, day_piece, of_month
from nlu.days import DayWords
from nlu.lengths import length_at
from nlu.period_rules import feast_at
from nlu.pieces import Piece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu.date_rules import Found
    from nlu.lexicon import Atom

_DAYS = {"day": 1, "week": 7, "fortnight": 14}
_MONTHS = {"month": 1, "year": 12}
_WEEK, _NEXT = 7, 2
_THIS_OR_COMING = (0, 1)
_CLOCK_UNITS = frozenset({"minute", "hour", "quarter", "half", "threequarter"})


def length_from_day(atoms: Sequence[Atom], i: int) -> Piece | None:
    """A week on Tuesday, two weeks from Saturday, a fortnight today, ten days after the third."""
    found = length_at(atoms, i)
    if found is None or found.unit not in _DAYS or found.number != int(found.number):
        return None
    if i and "at" in atoms[i - 1].kinds:  # "for three days from Monday" lasts
        return None
    count = int(found.number) * _DAYS[found.unit]
    if sign := _side(atoms[found.end]):
        return _from_day(atoms, i, behind_joints(atoms, found.end + 1), sign * count)
    if found.unit == "day" or not _is_plain_day(atoms, found.end):
        return None
    return _from_day(atoms, i, behind_joints(atoms, found.end), count)


def months_from_day(atoms: Sequence[Atom], i: int) -> Piece | None:
    """A month from tomorrow, two months after the tenth, a year before Friday."""
    found = length_at(atoms, i)
    if found is None or found.unit not in _MONTHS or found.number != int(found.number):
        return None
    months = _side(atoms[found.end]) * int(found.number) * _MONTHS[found.unit]
    place = behind_joints(atoms, found.end + 1)
    kinds = atoms[place].kinds
    if not months or (i and "at" in atoms[i - 1].kinds):
        return None
    if date := _date(atoms, place) or _date_behind_weekday(atoms, place):
        day = {**date[0], "months": months, "unit": "day"}
        return None if "months" in date[0] else day_piece(i, date[1], "months_from_day", **day)
    if "tomorrow" in kinds or "offset" in kinds:
        offset = kinds.get("offset", 1)
        return day_piece(i, place + 1, "months_from_day", offset=offset, months=months)
    if "weekday" in kinds:
        weekday = kinds["weekday"]
        return day_piece(i, place + 1, "months_from_day", weekday=weekday, months=months)
    return None


def _side(atom: Atom) -> int:
    """1 behind that day, -1 before it, 0 neither."""
    kinds = atom.kinds
    return -1 if "before" in kinds else int("from" in kinds or "after" in kinds)


def after_length(atoms: Sequence[Atom], i: int) -> Piece | None:
    """After five days, nach drei Wochen: from then on."""
    found = length_at(atoms, i + 1)
    if found is None or found.unit not in _DAYS or found.number != int(found.number):
        return None
    behind = atoms[found.end].kinds
    if "until" in atoms[i].kinds or behind.keys() & {"after", "before", "later", "earlier", "from"}:
        return None
    day = DayWords(offset=int(found.number) * _DAYS[found.unit])
    return Piece(first=i, last=found.end, rule="after_length", day=day, bound="from")


def _is_plain_day(atoms: Sequence[Atom], i: int) -> bool:
    """A week on Tuesday, a week tomorrow; not "a week in May"."""
    place = i + 1 if "joint" in atoms[i].kinds and not _names_day(atoms[i]) else i
    return _names_day(atoms[place])


def _names_day(atom: Atom) -> bool:
    return any(kind in atom.kinds for kind in ("weekday", "offset", "tomorrow"))


def _from_day(atoms: Sequence[Atom], first: int, i: int, count: int) -> Piece | None:
    """So many days from the day that is named at place `i`."""
    kinds = atoms[i].kinds
    if "tomorrow" in kinds or "offset" in kinds:
        offset = kinds.get("offset", 1) + count
        return day_piece(first, i + 1, "length_from_day", offset=offset)
    place = i + 1 if "which" in kinds and "weekday" in atoms[i + 1].kinds else i
    kinds = atoms[place].kinds
    if "weekday" in kinds and not _has_date(atoms, place):
        day: Features = {"weekday": kinds["weekday"], "relation": count}
        return day_piece(first, place + 1, "length_from_day", **day)
    date = _date(atoms, place) or _date_behind_weekday(atoms, place)
    if date:
        return day_piece(first, date[1], "length_from_day", **date[0], relation=count)
    feast = feast_at(atoms, i)
    if feast is None:
        return None
    name, nth, year, end = feast
    day = {"feast": name, "nth": nth, "year": year, "relation": count}
    return day_piece(first, end, "length_from_day", **day)


def _date(atoms: Sequence[Atom], i: int) -> Found | None:
    """The tenth, the tenth of April, April 10th."""
    found = date_at(atoms, i, licensed=True) or month_day_at(atoms, i)
    return found if found and "day" in found[0] else None


def _has_date(atoms: Sequence[Atom], i: int) -> bool:
    return _date_behind_weekday(atoms, i) is not None


def _date_behind_weekday(atoms: Sequence[Atom], i: int) -> Found | None:
    """Two weeks from Friday the thirteenth."""
    if "weekday" not in atoms[i].kinds:
        return None
    place = i + 2 if "comma" in atoms[i + 1].kinds else i + 1
    return date_at(atoms, behind_joints(atoms, place), licensed="joint" in atoms[place].kinds)


def weekday_week(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Friday week, this Sunday week, tomorrow fortnight."""
    place = i + 1 if atoms[i].kinds.get("which") in _THIS_OR_COMING else i
    kinds, days = atoms[place].kinds, atoms[place + 1].kinds.get("week_behind")
    following = atoms[place + 2].kinds
    if days is None or any(k in following for k in ("before", "after", "from", "of")):
        return None
    if "weekday" in kinds:
        return day_piece(i, place + 2, "weekday_week", weekday=kinds["weekday"], relation=days)
    if "which" in atoms[i].kinds:
        return None
    return day_piece(i, i + 2, "weekday_week", offset=kinds.get("offset", 1) + days)


def counted_weekdays(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Three Saturdays from now."""
    count, kinds = atoms[i].kinds["cardinal"], atoms[i + 1].kinds
    weekday = kinds["set"][0] if "set" in kinds else kinds.get("weekday")
    if weekday is None or "hence" not in atoms[i + 2].kinds or not count:
        return None
    later = _WEEK * (count - 1) or None
    return day_piece(i, i + 3, "counted_weekdays", weekday=weekday, relation=later)


def weekday_beside(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Samstag vor Ostern, the Friday after the tenth of April."""
    beside = atoms[i + 1].kinds
    if not ("after" in beside or "before" in beside) or "or_time" in atoms[i + 2].kinds:
        return _weekday_beside_talk(atoms, i)
    weekday = atoms[i].kinds["weekday"]
    if "after" in beside and _ends_there(atoms, i + 2) and _is_said_before(atoms, i, weekday):
        return day_piece(i, i + 2, "weekday_after_that", weekday=weekday, relation=_WEEK)
    relation = 1 if "after" in beside else -1
    day: Features = {"weekday": weekday, "relation": relation}
    found = _beside(atoms, i, i + 2, "weekday_beside", **day)
    return found or _weekday_beside_talk(atoms, i)


def _weekday_beside_talk(atoms: Sequence[Atom], i: int) -> Piece | None:
    """The Saturday after, am Freitag davor: beside a day that was talked about before."""
    beside = atoms[i + 1].kinds
    later, earlier = beside.keys() & {"after", "later"}, beside.keys() & {"before", "earlier"}
    if not (later or earlier) or not _ends_there(atoms, i + 2):
        return None
    if any(atom.kinds.keys() & {"feast", "date"} for atom in atoms[:i]):
        return None
    rule = "weekday_later" if later else "weekday_earlier"
    return day_piece(i, i + 2, rule, weekday=atoms[i].kinds["weekday"])


def following_weekday(atoms: Sequence[Atom], i: int) -> Piece | None:
    """The following Saturday, am darauffolgenden Samstag."""
    weekday = atoms[i + 1].kinds.get("weekday")
    if weekday is None:
        return None
    return day_piece(i, i + 2, "weekday_later", weekday=weekday)


def weekday_beside_that(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Palmsonntag nicht, aber den Samstag davor: beside the feast or date that was said."""
    beside = atoms[i + 1].kinds
    sign = 1 if "later" in beside else -1 if "earlier" in beside else 0
    said = [k for k in range(i) if atoms[k].kinds.keys() & {"feast", "date"}]
    if not sign or not said:
        return None
    day: Features = {"weekday": atoms[i].kinds["weekday"], "relation": sign}
    found = _beside(atoms, said[-1], said[-1], "weekday_beside_that", **day)
    return found and replace(found, first=i, last=i + 2)


def next_of_the_same(atoms: Sequence[Atom], i: int) -> Piece | None:
    """This Friday or next; nicht diesen Freitag, sondern den nächsten."""
    before = [atom.kinds["weekday"] for atom in atoms[:i] if "weekday" in atom.kinds]
    place = i - 1
    while place > 0 and atoms[place].kinds.keys() & {"joint", "comma"} and not _joins(atoms[place]):
        place -= 1
    said = atoms[place - 1].kinds if place > 0 and _joins(atoms[place]) else {}
    if "comma" in said and place > 1:
        said = atoms[place - 2].kinds
    weeks = atoms[i].kinds["which"] - 1
    if "weekday" not in said or weeks < 1 or not _ends_there(atoms, i + 1):
        return None
    return day_piece(i, i + 1, "weekday_after_that", weekday=before[-1], relation=weeks * _WEEK)


def one_after(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Not this Saturday, the one after; nicht diesen Samstag, den danach."""
    said = [atom.kinds["weekday"] for atom in atoms[:i] if "weekday" in atom.kinds]
    if not said:
        return None
    return day_piece(i, i + 1, "weekday_after_that", weekday=said[-1], relation=_WEEK)


def _joins(atom: Atom) -> bool:
    return not atom.kinds.keys().isdisjoint(("or", "instead", "but"))


def _ends_there(atoms: Sequence[Atom], i: int) -> bool:
    return not atoms[i].raw or bool(atoms[i].kinds.keys() & {"stop", "comma", "filler"})


def _is_said_before(atoms: Sequence[Atom], i: int, weekday: int) -> bool:
    return any(atom.kinds.get("weekday") == weekday for atom in atoms[:i])


def nth_weekday_beside(atoms: Sequence[Atom], i: int) -> Piece | None:
    """The first Tuesday after Easter, the second Friday after the tenth of April."""
    nth, weekday = atoms[i].kinds["ordinal"], atoms[i + 1].kinds.get("weekday")
    beside = atoms[i + 2].kinds
    if weekday is None or not ("after" in beside or "before" in beside):
        return None
    relation = nth if "after" in beside else -nth
    return _beside(atoms, i, i + 3, "nth_weekday_beside", weekday=weekday, relation=relation)


def nearest_weekday(atoms: Sequence[Atom], i: int) -> Piece | None:
    """The nearest Saturday to Easter, the second closest Monday to the tenth."""
    counted = "nearest" not in atoms[i].kinds
    place = i + 1 if counted else i
    if "nearest" not in atoms[place].kinds:
        return None
    kinds, beside = atoms[place + 1].kinds, atoms[place + 2]
    weekday = kinds.get("weekday", kinds.get("weekday_short"))
    if weekday is None or not beside.kinds.keys() & {"to", "joint"}:
        return None
    day: Features = {
        "weekday": weekday,
        "nearest": atoms[i].kinds.get("ordinal", 1) if counted else 1,
    }
    return _beside(atoms, i, place + 3, "nearest_weekday", **day)


def unit_beside_day(atoms: Sequence[Atom], i: int) -> Piece | None:
    """Der Tag vor Silvester, die Woche nach Ostern, the week after the sixteenth."""
    unit, beside = atoms[i].kinds["unit"], atoms[i + 1].kinds
    if unit not in {"day", "week"} or not ("after" in beside or "before" in beside):
        return None
    features = {"unit": "week"} if unit == "week" else {}
    sign = 1 if "after" in beside else -1
    return _beside(atoms, i, i + 2, "beside_day", relation=sign, **features)


def _beside(atoms: Sequence[Atom], first: int, i: int, rule: str, **day: object) -> Piece | None:
    """Days beside the feast or date at place `i`."""
    feast = feast_at(atoms, i)
    if feast:
        name, count, year, end = feast
        return day_piece(first, end, rule, feast=name, nth=count, year=year, **day)
    date = _date(atoms, behind_joints(atoms, i))
    return date and day_piece(first, date[1], rule, **date[0], **day)


def week_of_date(atoms: Sequence[Atom], i: int) -> Piece | None:
    """The week of the sixteenth, the weekend of April 18th, the week of Easter."""
    unit = "weekend" if "weekend" in atoms[i].kinds else atoms[i].kinds["unit"]
    if unit not in {"week", "weekend"} or "of" not in atoms[i + 1].kinds:
        return None
    place = behind_joints(atoms, i + 2)
    if feast := feast_at(atoms, place):
        name, nth, year, end = feast
        day: Features = {"feast": name, "nth": nth, "year": year, "unit": unit}
        return day_piece(i, end, "week_of_date", **day)
    date = _date(atoms, place)
    return date and day_piece(i, date[1], "week_of_date", unit=unit, **date[0])


def period_after_next(atoms: Sequence[Atom], i: int) -> Piece | None:
    """The week after next, the weekend after next."""
    kinds, which = atoms[i].kinds, atoms[i + 2].kinds.get("which")
    if "after" not in atoms[i + 1].kinds or which != _NEXT:
        return None
    if "weekend" in kinds:
        return day_piece(i, i + 3, "period_after_next", unit="weekend", which=3)
    if "month" in kinds:
        return day_piece(i, i + 3, "period_after_next", month=kinds["month"], which=3)
    if kinds.get("unit") == "week":
        return day_piece(i, i + 3, "period_after_next", unit="week", week=2)
    if kinds.get("unit") == "month":
        return day_piece(i, i + 3, "period_after_next", unit="month", months=2)
    return None


def nth_last_of_month(atoms: Sequence[Atom], i: int) -> Piece | None:
    """The second last Friday of May, the third last day of the month."""
    if atoms[i + 1].kinds.get("which") != -1:
        return None
    kinds, month = atoms[i + 2].kinds, of_month(atoms, i + 3)
    if month is None or not (kinds.get("unit") == "day" or "weekday" in kinds):
        return None
    day: Features = {**month[0], "nth": -atoms[i].kinds["ordinal"]}
    if "weekday" in kinds:
        day["weekday"] = kinds["weekday"]
    return day_piece(i, month[1], "nth_last_of_month", **day)


def advent_sunday(atoms: Sequence[Atom], i: int) -> Piece | None:
    """The second Sunday of Advent."""
    found = feast_at(atoms, i)
    if found is None or "weekday" not in atoms[i + 1].kinds:
        return None
    return day_piece(i, found[3], "advent", feast=found[0], nth=found[1])


def length_from_clock(atoms: Sequence[Atom], i: int) -> Piece | None:
    """An hour after two pm, half an hour before noon."""
    found = length_at(atoms, i)
    if found is None or found.unit not in _CLOCK_UNITS:
        return None
    if "oclock" in atoms[found.end - 1].kinds:  # "8h to 13h" are two clock times
        return None
    behind = atoms[found.end].kinds
    sign = 1 if "after" in behind else -1 if "before" in behind else 0
    clock = clock_at(atoms, found.end + 1, licensed=bool(sign))
    if clock is None or not (sign or _counts_from(atoms, i, found.end)):
        return None
    sign = sign or 1
    told = clock[0].shifted(sign * found.seconds // 60)
    return Piece(first=i, last=clock[1], rule="length_from_clock", clock=told)


def _counts_from(atoms: Sequence[Atom], i: int, place: int) -> bool:
    """Fifteen minutes from one pm; but "for fifteen minutes from one" is a length."""
    is_length = i > 0 and "at" in atoms[i - 1].kinds
    in_minutes = atoms[place - 1].kinds.get("unit") == "minute"
    return "from" in atoms[place].kinds and in_minutes and not is_length


RULES = {
    "article": (length_from_day, months_from_day, length_from_clock),
    "cardinal": (length_from_day, months_from_day, counted_weekdays, length_from_clock),
    "factor": (length_from_day, months_from_day, length_from_clock),
    "ordinal": (nearest_weekday, nth_weekday_beside, nth_last_of_month, advent_sunday),
    "nearest": (nearest_weekday,),
    "one_after": (one_after,),
    "after": (after_length,),
    "unit": (period_after_next, unit_beside_day, week_of_date),
    "month": (period_after_next,),
    "which": (weekday_week, next_of_the_same),
    "weekend": (period_after_next, week_of_date),
    "following": (following_weekday,),
    "next_after": (following_weekday,),
    "weekday": (weekday_week, weekday_beside, weekday_beside_that),
    "offset": (weekday_week,),
    "tomorrow": (weekday_week,),
}
"""Rules by the kind of the word they begin with."""
