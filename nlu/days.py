"""What words say about a day, before a clock decides which day that is."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class DayWords:
    """Features of a day, week or month; what was not said is None."""

    offset: int | None = None
    """Days from today."""
    months: int | None = None
    """Months from today."""
    to_offset: int | None = None
    """End of a range in days from today, exclusive: "in zwei bis drei Wochen"."""
    weekday: int | None = None
    which: int | None = None
    """-1 last, 0 this, 1 coming, 2 next, 3 the one after."""
    week: int | None = None
    """Weeks from the current calendar week."""
    day: int | None = None
    month: int | None = None
    year: int | None = None
    unit: str | None = None
    """day (default), week, weekend, month, year."""
    edge: str | None = None
    """start, middle, end, half1, half2 of the unit; finish is the end of an English week."""
    nth: int | None = None
    """The nth weekday, day or week of a month; -1 the last; the Sunday of Advent."""
    feast: str | None = None
    relation: int | None = None
    """Days before (-) or after a feast, date or weekday; the nth weekday before or after a date."""
    nearest: int | None = None
    """The weekday nearest to a feast or date; 2 is the second nearest."""
    kw: int | None = None
    idiom: bool | None = None
    """Eight days counted as a week."""
    garbled: bool | None = None
    """The month was not heard well; the weekday decides."""

    @property
    def is_bare_weekday(self) -> bool:
        """Only a weekday was said."""
        return self == DayWords(weekday=self.weekday)

    @property
    def is_stretch(self) -> bool:
        """A week, weekend, month or year, or a part of one; of which no day was named."""
        if self.weekday is not None or self.day is not None or self.feast is not None:
            return False
        months = self.month is not None and self.nth is None and self.edge is None
        return (
            self.kw is not None
            or self.unit in {"week", "weekend", "year"}
            or self.edge is not None
            or months
        )

    @property
    def is_week_or_month(self) -> bool:
        """A whole week or month, not a day or a part of one."""
        whole = self.nth is None and self.edge is None and self.weekday is None
        return whole and self.day is None and (self.unit == "week" or self.month is not None)


_WEEK, _MONTHS = 7, 12
_NAMES = tuple(f.name for f in fields(DayWords))


def unify(a: DayWords, b: DayWords) -> DayWords | None:
    """Both together, or None if they talk about two different days.

    >>> both = unify(DayWords(weekday=4), DayWords(day=13, month=3))
    >>> both == DayWords(weekday=4, day=13, month=3)
    True
    """
    if not _fit(a, b):
        return None
    merged: dict[str, Any] = {}
    for name in _NAMES:
        mine, other = getattr(a, name), getattr(b, name)
        if mine is not None and other is not None and mine != other:
            if name != "offset":
                return None
            mine += other  # "heute in vierzehn Tagen"
        value = other if mine is None else mine
        if value is not None:
            merged[name] = value
    if "day" in merged:  # "Anfang Mai, am vierten"
        merged.pop("edge", None)
    return DayWords(**merged)


def _fit(a: DayWords, b: DayWords) -> bool:
    """Whether two features can describe one day."""
    kinds = {_kind(a), _kind(b)}
    if kinds == {"month", "offset"}:  # "nächstes Jahr im März", "im März in einem Jahr"
        return "year" in {a.unit, b.unit} or _counts_years(a) or _counts_years(b)
    if kinds == {"month", "part"}:  # "im Mai am zweiten Dienstag"
        return {a.unit, b.unit} <= {"month", None} and None in (a.nth, b.nth)
    if kinds == {"part", "date"}:  # "Anfang Mai, am vierten"
        return _dated_in(a, b) or _dated_in(b, a)
    if kinds == {"month", "date"}:  # "im Mai, am fünfzehnten"
        return None in (a.day, b.day) and None in (a.month, b.month)
    if len(kinds) == 1:
        return a == b or (kinds == {"offset"} and _add_up(a, b))
    return kinds in _PAIRS


def _dated_in(part: DayWords, date: DayWords) -> bool:
    """Whether a day without a month is looked for in the beginning, middle or end of one."""
    in_month = part.edge is not None and part.month is not None and part.nth is None
    return in_month and date == DayWords(day=date.day)


def _counts_years(words: DayWords) -> bool:
    """In einem Jahr, in two years."""
    return words.offset == 0 and bool(words.months) and (words.months or 0) % 12 == 0


def _add_up(a: DayWords, b: DayWords) -> bool:
    """Heute in acht Tagen, morgen in einer Woche."""
    return 0 in {a.offset, b.offset} or (b.offset is not None and b.offset % 7 == 0)


def _kind(words: DayWords) -> str:  # noqa: PLR0911 - one way of saying it a line
    if words.feast:
        return "feast"
    if words.day is not None or words.kw is not None:
        return "date" if words.day is not None else "week"
    if words.nth is not None or words.edge:
        return "part"
    if words.unit in {"week", "weekend"}:
        return words.unit
    if words.weekday is not None:
        return "weekday" if words.offset is None else "done"
    if words.offset is not None or words.months is not None:
        return "offset"
    return "month"


_PAIRS: tuple[set[str], ...] = (
    {"weekday", "date"},
    {"weekday", "week"},
    {"weekday", "offset"},
    {"offset", "date"},
    {"done", "date"},
    {"weekday", "feast"},
    {"week", "weekend"},
    {"offset", "feast"},
    {"weekday", "part"},
    {"weekday", "month"},
)


def day_of_week_ahead(counted: DayWords, said: DayWords) -> DayWords | None:
    """In zwei Wochen am Montag: the Monday of that week; "Montag in zwei Wochen" counts on from it.

    >>> found = day_of_week_ahead(DayWords(offset=14), DayWords(weekday=0))
    >>> found == DayWords(weekday=0, week=2, offset=14)
    True
    """
    plain = counted == DayWords(offset=counted.offset, idiom=counted.idiom)
    if not plain or not said.is_bare_weekday or not counted.offset or counted.offset % _WEEK:
        return None
    return replace(said, week=counted.offset // _WEEK, offset=counted.offset)


def day_behind(said: DayWords, number: int) -> DayWords | None:
    """Am dreißigsten Mai oder am ersten: of the same month, or of the one that follows."""
    if said.day is None or said.month is None:
        return None
    if number > said.day:
        return replace(said, day=number, weekday=None)
    month = said.month % _MONTHS + 1
    year = said.year + 1 if said.year and month == 1 else said.year
    return replace(said, day=number, month=month, year=year, weekday=None)


def later_by(words: DayWords, days: int) -> DayWords | None:
    """The same so many days later: nächste Woche oder die Woche darauf."""
    if words.unit == "week" and words.week is not None and days % 7 == 0:
        return replace(words, week=words.week + days // 7)
    if words.offset is not None and words.to_offset is None:
        return replace(words, offset=words.offset + days)
    counted = words.nth is not None and words.feast is None
    if words.relation is not None or counted or words.unit is not None:
        return None
    if words.day is not None or words.feast is not None:
        return replace(words, weekday=None, relation=days)
    return replace(words, relation=days) if words.weekday is not None else None


def without_weekday(words: DayWords) -> DayWords:
    """The same without its weekday."""
    return replace(words, weekday=None)
