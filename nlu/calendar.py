"""Arithmetic of calendar days: weeks from Monday to Sunday, months clipped to their last day."""

from __future__ import annotations

import calendar as standard
from datetime import date, timedelta

WEEK = 7
_YEARS_TO_LEAP = 9  # no two 29ths of February are further apart
_MONTHS = 12
_THURSDAY = 3


def make_date(year: int, month: int, day: int) -> date | None:
    """That day, if the calendar has it."""
    if not 1 <= month <= _MONTHS or not 1 <= year <= date.max.year:
        return None
    return date(year, month, day) if 1 <= day <= days_in_month(year, month) else None


def days_in_month(year: int, month: int) -> int:
    """How many days a month has."""
    return standard.monthrange(year, month)[1]


def add_months(day: date, months: int) -> date:
    """The same day of another month, or its last one.

    >>> add_months(date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(day.year * _MONTHS + day.month - 1 + months, _MONTHS)
    return date(year, month + 1, min(day.day, days_in_month(year, month + 1)))


def monday_of(day: date) -> date:
    """The Monday of the week of a day."""
    return day - timedelta(day.weekday())


def next_weekday(today: date, weekday: int) -> date:
    """The next such day after today.

    >>> next_weekday(date(2026, 3, 11), 2)
    datetime.date(2026, 3, 18)
    """
    return today + timedelta((weekday - today.weekday() - 1) % WEEK + 1)


def nearest_weekday(day: date, weekday: int, nth: int) -> date:
    """The weekday that is nearest to a day, or the second nearest.

    >>> nearest_weekday(date(2026, 4, 10), 5, 1)
    datetime.date(2026, 4, 11)
    """
    after = next_weekday(day - timedelta(1), weekday)
    near = sorted((after, after - timedelta(WEEK)), key=lambda one: abs(one - day))
    return near[min(nth, len(near)) - 1]


def next_date(today: date, month: int, day: int) -> date | None:
    """The next such date, today included.

    >>> next_date(date(2026, 3, 11), 2, 29)
    datetime.date(2028, 2, 29)
    """
    for year in range(today.year, today.year + _YEARS_TO_LEAP):
        found = make_date(year, month, day)
        if found and found >= today:
            return found
    return None


def next_day_of_month(today: date, day: int) -> date | None:
    """The next day with this number, today included.

    >>> next_day_of_month(date(2026, 4, 11), 31)
    datetime.date(2026, 5, 31)
    """
    for ahead in range(_MONTHS):
        month = add_months(today.replace(day=1), ahead)
        found = make_date(month.year, month.month, day)
        if found and found >= today:
            return found
    return None


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date | None:
    """The first, second, ... (or -1: last, -2: last but one) such weekday of a month.

    >>> nth_weekday(2026, 4, 5, 1), nth_weekday(2026, 3, 0, -1)
    (datetime.date(2026, 4, 4), datetime.date(2026, 3, 30))
    """
    if nth < 0:
        last = date(year, month, days_in_month(year, month))
        found = last - timedelta((last.weekday() - weekday) % WEEK - WEEK * (nth + 1))
        return found if found.month == month else None
    first = date(year, month, 1)
    found = first + timedelta((weekday - first.weekday()) % WEEK + WEEK * (nth - 1))
    return found if found.month == month else None


def nth_week(year: int, month: int, nth: int) -> date:
    """The Monday of the first, second, ... whole week of a month; -1 is the one that ends it.

    The last week is the one that most of its days belong to.

    >>> nth_week(2026, 4, 1), nth_week(2026, 10, -1)
    (datetime.date(2026, 4, 6), datetime.date(2026, 10, 26))
    """
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta(-first.weekday() % WEEK + WEEK * (nth - 1))
    thursday = nth_weekday(year, month, _THURSDAY, nth)
    return monday_of(thursday or date(year, month, 1))
