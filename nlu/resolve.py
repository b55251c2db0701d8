"""From words about a day to days of the calendar; honest second readings are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from nlu.calendar import (
    WEEK,
    add_months,
    days_in_month,
    make_date,
    monday_of,
    nearest_weekday,
    next_date,
    next_day_of_month,
    next_weekday,
    nth_week,
    nth_weekday,
)
from nlu.feasts import feast, feast_span
from nlu.meaning import Grain
from nlu.stretches import Days, around, one_day

if TYPE_CHECKING:
    from nlu.days import DayWords

_DAY = timedelta(1)
_WEEK_EDGES = {"start": (0, 2), "middle": (1, 4), "end": (3, 6), "finish": (4, 7)}
_MONTH_EDGES = {
    "start": (1, 10),
    "middle": (11, 20),
    "end": (21, 31),
    "half1": (1, 15),
    "half2": (16, 31),
}
_NEXT, _AFTER_NEXT, _LAST = 2, 3, -1
_SATURDAY = 5
_MOST_READINGS = 5
_MONTHS_TO_AGREE = 2
"""So far ahead a number and a weekday are believed to agree; further on one of them is a slip."""
_SHORT_OF_A_MONTH_HEARD_AS_POINT_ONE = (10, 11, 12)


def resolve(words: DayWords, today: date) -> Days | None:
    """The days that are meant; None if the calendar has no such day.

    >>> from nlu.days import DayWords
    >>> resolve(DayWords(weekday=5), date(2026, 3, 11)).start
    datetime.date(2026, 3, 14)
    """
    try:
        found = _resolve(words, today)
        return found and _on_weekday(found, words)
    except (OverflowError, ValueError):  # beyond the calendar
        return None


def _resolve(words: DayWords, today: date) -> Days | None:  # noqa: PLR0911 - one way of saying it a line
    if words.offset == 0 and words.day is not None:
        return one_day(today)
    if words.feast:
        return _feast(words, today)
    if words.day is not None:
        return _date(words, today)
    if words.kw is not None:
        return _calendar_week(words.kw, today)
    if words.to_offset is not None and words.offset is not None:
        return Days(today + timedelta(words.offset), today + timedelta(words.to_offset))
    if words.unit == "weekend" and words.nth is None:
        return _weekend(words, today)
    if words.weekday is not None and words.nth is None and not _is_part_of_month(words):
        return _weekday(words, today)
    if words.unit == "week" and words.month is None and words.nth is None:
        return _week(words, today)
    if words.offset is not None and words.month is None:
        return _offset(words, today)
    return _month_or_year(words, today)


def _is_part_of_month(words: DayWords) -> bool:
    """Whether the weekday is looked for in a stretch: im Mai, Ende des Monats."""
    return words.edge is not None or words.month is not None or words.unit == "month"


def _on_weekday(found: Days, words: DayWords) -> Days:
    """Ende Mai an einem Freitag: the first Friday in there, the others as readings."""
    if words.weekday is None or found.end - found.start == _DAY:
        return found
    days = (found.end - found.start).days
    fitting = [found.start + timedelta(n) for n in range(days)]
    fitting = [day for day in fitting if day.weekday() == words.weekday]
    return one_day(fitting[0], tuple(fitting[1:_MOST_READINGS])) if fitting else found


def _offset(words: DayWords, today: date) -> Days:
    start = add_months(today, words.months or 0) + timedelta(words.offset or 0)
    alt = (start + _DAY,) if words.idiom else ()
    return one_day(start, alt)


def _weekday(words: DayWords, today: date) -> Days | None:  # noqa: PLR0911 - one way of saying it a line
    weekday = words.weekday or 0
    if words.week is not None:
        return _weekday_of_week(words, weekday, today)
    if words.offset is not None and not words.months:
        return _weekday_and_offset(words, weekday, today)
    if words.relation is not None:
        return one_day(next_weekday(today, weekday) + timedelta(words.relation))
    if words.months:
        return one_day(next_weekday(add_months(today, words.months) - _DAY, weekday))
    found = next_weekday(today, weekday)
    if words.which == _LAST:
        return one_day(found - timedelta(WEEK if found - today < timedelta(WEEK) else 2 * WEEK))
    open_this_week = weekday > today.weekday()
    if words.which == _NEXT:
        return one_day(found, (found + timedelta(WEEK),) if open_this_week else ())
    if words.which == _AFTER_NEXT:
        found += timedelta(WEEK)
        return one_day(found, (found + timedelta(WEEK),) if open_this_week else ())
    return one_day(found, (today,) if weekday == today.weekday() and words.which is None else ())


def _weekday_of_week(words: DayWords, weekday: int, today: date) -> Days:
    """Nächste Woche Dienstag; in zwei Wochen am Dienstag, or two weeks after the next one."""
    day = monday_of(today) + timedelta(weekday + WEEK * (words.week or 0))
    if words.offset is None:
        return one_day(day)
    counted = next_weekday(today, weekday) + timedelta(words.offset)
    is_named = today + timedelta(words.offset) == day  # the very day that was counted
    return one_day(day, () if counted == day or is_named else (counted,))


def _weekday_and_offset(words: DayWords, weekday: int, today: date) -> Days:
    """A weekday beside "heute", "morgen" or "in zwei Wochen"."""
    offset = words.offset or 0
    if offset and offset % WEEK == 0:
        return one_day(next_weekday(today, weekday) + timedelta(offset))
    said = today + timedelta(offset)
    if said.weekday() == weekday:
        return one_day(said)
    return one_day(said, (next_weekday(today, weekday),), conflict=True)


def _date(words: DayWords, today: date) -> Days | None:  # noqa: PLR0911 - one way of saying it a line
    day = words.day or 0
    if words.garbled and words.weekday is not None and words.month:
        return _garbled_month(words, today)
    found = _plain_date(words, day, today)
    if found is None:
        return None
    if words.relation is not None or words.nearest is not None:
        return _related(words, found)
    if words.unit in {"week", "weekend"}:
        return around(found, words.unit)
    if words.unit == "day":  # counted from there: two months after the tenth
        return one_day(add_months(found, words.months or 0))
    if words.offset is not None:
        return _beside_nearness(words, found, today)
    if words.weekday is None or found.weekday() == words.weekday:
        return one_day(found)
    near = next_weekday(max(found - timedelta(4), today), words.weekday)
    if words.year is None and words.month is None:
        later = _same_day_number(found, day, words.weekday)
        if later is not None:  # "Freitag, den dreizehnten": the month where both are true
            return one_day(later)
    return one_day(found, (near,), conflict=True)


def _beside_nearness(words: DayWords, found: date, today: date) -> Days:
    """Morgen, Dienstag, den 28.: one day, unless "morgen" is another one."""
    if words.weekday is None:
        near = today + timedelta(words.offset or 0)
    else:
        near = _weekday_and_offset(words, words.weekday, today).start
    if near != found:
        return one_day(found, (near,), conflict=True)
    return one_day(found, conflict=words.weekday not in {None, found.weekday()})


def _plain_date(words: DayWords, day: int, today: date) -> date | None:
    if words.month is None:
        if words.months is not None and words.unit != "day":
            month = add_months(today.replace(day=1), words.months)
            return make_date(month.year, month.month, day)
        return next_day_of_month(today, day)
    if words.unit == "year":
        return make_date(today.year + (words.months or 0) // 12, words.month, day)
    if words.year is None:
        return next_date(today, words.month, day)
    return make_date(words.year, words.month, day)


def _same_day_number(found: date, day: int, weekday: int) -> date | None:
    """The next month in which that number falls on that weekday, if it is near."""
    for ahead in range(1, _MONTHS_TO_AGREE + 1):
        month = add_months(found.replace(day=1), ahead)
        candidate = make_date(month.year, month.month, day)
        if candidate and candidate.weekday() == weekday:
            return candidate
    return None


def _garbled_month(words: DayWords, today: date) -> Days | None:
    """Mittwoch, "fünfzehnte Punkt eins": the month that fits the weekday; other readings stay."""
    months = (words.month or 1, *_SHORT_OF_A_MONTH_HEARD_AS_POINT_ONE)
    dates = [next_date(today, month, words.day or 0) for month in months]
    known = [found for found in dates if found]
    fitting = sorted(found for found in known if found.weekday() == words.weekday)
    if not fitting:
        return _date(replace(words, garbled=None), today)
    return one_day(fitting[0], tuple(sorted(set(known) - {fitting[0]})), conflict=True)


def _feast(words: DayWords, today: date) -> Days | None:
    name, count = words.feast or "", words.nth or 1
    if words.offset is not None and words.months:  # "Christmas in a year"
        later = replace(words, offset=None, months=None)
        return _feast(later, add_months(today, words.months))
    years = (words.year,) if words.year else (today.year, today.year + 1)
    for year in years:
        day = feast(name, year, count)
        if day is None:
            return None
        found = _related(words, day)
        if words.edge == "whole":
            found = Days(*feast_span(name, day))
        if found.end > today or words.year:
            return found
    return None


def _related(words: DayWords, day: date) -> Days:  # noqa: PLR0911 - one way of saying it a line
    """The feast itself, or a day, weekday or week before or after it."""
    relation = words.relation
    if words.nearest is not None and words.weekday is not None:
        return one_day(nearest_weekday(day, words.weekday, words.nearest))
    if relation is None and words.unit in {"week", "weekend"}:
        return around(day, words.unit)
    if relation is None:
        months = words.months or 0
        return one_day(add_months(day, months)) if months else one_day(day)
    if words.unit == "week":
        start = monday_of(day) + timedelta(WEEK if relation > 0 else -WEEK)
        return Days(start, start + timedelta(WEEK), Grain.WEEK)
    if words.unit == "weekend":
        saturday = (
            next_weekday(day, _SATURDAY)
            if relation > 0
            else next_weekday(day, _SATURDAY) - timedelta(WEEK)
        )
        return Days(saturday, saturday + 2 * _DAY, Grain.WEEKEND)
    if words.weekday is None:
        return one_day(day + timedelta(relation))
    weeks = timedelta(WEEK * (abs(relation) - 1))
    after = next_weekday(day, words.weekday)
    if relation > 0:
        return one_day(after + weeks)
    before = after - timedelta(WEEK if after - day < timedelta(WEEK) else 2 * WEEK)
    return one_day(before - weeks)


def _calendar_week(number: int, today: date) -> Days | None:
    for year in (today.year, today.year + 1):
        try:
            monday = date.fromisocalendar(year, number, 1)
        except ValueError:
            continue
        if monday + timedelta(WEEK) > today:
            return Days(monday, monday + timedelta(WEEK), Grain.WEEK)
    return None


def _week(words: DayWords, today: date) -> Days:
    monday = monday_of(today) + timedelta(WEEK * (words.week or 0))
    if words.edge:
        return _week_edge(words, monday, today)
    start = max(monday, today) if words.week == 0 else monday
    return Days(start, monday + timedelta(WEEK), Grain.WEEK)


def _week_edge(words: DayWords, monday: date, today: date) -> Days:
    """Anfang der Woche: once it is over, the one of next week."""
    first, last = (timedelta(days) for days in _WEEK_EDGES[words.edge or "start"])
    if words.week is None and monday + last <= today:
        monday += timedelta(WEEK)
    start, end = monday + first, monday + last
    is_running = start <= today < end and words.week is None
    return Days(today if is_running else start, end)


def _weekend(words: DayWords, today: date) -> Days:
    if words.week is not None:
        saturday = monday_of(today) + timedelta(_SATURDAY + WEEK * words.week)
        return Days(saturday, saturday + 2 * _DAY, Grain.WEEKEND)
    saturday = monday_of(today) + timedelta(_SATURDAY)
    weeks, alt = 0, False
    if words.which == _NEXT:
        weeks, alt = (0, True) if today.weekday() < _SATURDAY else (1, False)
    elif words.which == _AFTER_NEXT:
        weeks, alt = (1, True) if today.weekday() < _SATURDAY else (2, False)
    elif words.which == _LAST:
        weeks = -1
    start = saturday + timedelta(WEEK * weeks)
    other = (start + timedelta(WEEK),) if alt else ()
    if words.offset:
        start += timedelta(words.offset)
    return Days(
        max(start, today) if weeks == 0 else start,
        saturday + timedelta(WEEK * weeks + (words.offset or 0) + 2),
        Grain.WEEKEND,
        other,
    )


def _month_or_year(words: DayWords, today: date) -> Days | None:  # noqa: PLR0911 - one way of saying it a line
    month = _month(words, today)
    if words.unit == "year" and words.month is None:
        return _year(words, today)
    if month is None:
        return None
    if words.unit == "week" and words.nth is not None:
        return _nth_week(words, month, today)
    if words.unit == "weekend":
        saturday = _nth_weekday(replace(words, weekday=_SATURDAY), month, today)
        return saturday and Days(saturday.start, saturday.start + 2 * _DAY, Grain.WEEKEND)
    if words.weekday is not None and words.nth is not None:
        return _nth_weekday(words, month, today)
    if words.nth is not None:
        last = days_in_month(month.year, month.month)
        day = words.nth if words.nth > 0 else last + words.nth + 1
        found = make_date(month.year, month.month, day)
        return None if found is None else one_day(found)
    if words.edge:
        return _month_edge(words, month, today)
    end = add_months(month, 1)
    this = month <= today < end
    return Days(today if this else month, end, Grain.MONTH)


def _month(words: DayWords, today: date) -> date | None:
    """The first day of the month that is meant."""
    first = today.replace(day=1)
    if words.offset is not None and words.month is not None:  # "im März in einem Jahr"
        first = add_months(first, words.months or 0)
    if words.month is None:
        return add_months(first, words.months or 0)
    if words.unit == "year":
        return date(today.year + (words.months or 0) // 12, words.month, 1)
    if words.year is not None:
        return date(words.year, words.month, 1)
    found = date(first.year, words.month, 1)
    if found < first:
        found = add_months(found, 12)
    if words.which == _AFTER_NEXT:
        found = add_months(found, 12)
    if words.which == _LAST:
        found = add_months(found, -12)
    return found


def _year(words: DayWords, today: date) -> Days:
    start = date(words.year or today.year + (words.months or 0) // 12, 1, 1)
    end = date(start.year + 1, 1, 1)
    return Days(max(start, today) if start.year == today.year else start, end, Grain.YEAR)


def _nth_weekday(words: DayWords, month: date, today: date) -> Days | None:
    found = nth_weekday(month.year, month.month, words.weekday or 0, words.nth or 1)
    if found and found < today and words.year is None and words.months is None:
        month = add_months(month, 12 if words.month is not None else 1)
        found = nth_weekday(month.year, month.month, words.weekday or 0, words.nth or 1)
    return None if found is None else one_day(found)


def _nth_week(words: DayWords, month: date, today: date) -> Days:
    start = nth_week(month.year, month.month, words.nth or 1)
    if start + timedelta(WEEK) <= today and words.year is None:
        start = nth_week(month.year + 1, month.month, words.nth or 1)
    return Days(start, start + timedelta(WEEK), Grain.WEEK)


def _month_edge(words: DayWords, month: date, today: date) -> Days:
    first, last = _MONTH_EDGES[words.edge or "start"]
    start, end = _edge_span(month, first, last)
    if end <= today and words.year is None and words.months is None:
        month = add_months(month, 12 if words.month is not None else 1)
        start, end = _edge_span(month, first, last)
    return Days(max(start, today) if start <= today < end else start, end)


def _edge_span(month: date, first: int, last: int) -> tuple[date, date]:
    last = min(last, days_in_month(month.year, month.month))
    return month.replace(day=first), month.replace(day=last) + _DAY
