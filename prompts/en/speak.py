"""Times, days, prices and lengths as an English receptionist says them: "2:30 pm", "85 euros"."""

from __future__ import annotations

from datetime import date, datetime, time
from itertools import groupby
from typing import TYPE_CHECKING

from prompts.speak import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from prompts.speak import Option

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_NEAR = {-1: "yesterday", 0: "today", 1: "tomorrow"}
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NOON = 12
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_TEENS = range(11, 14)  # eleventh, twelfth and thirteenth end like fourth


def clock(moment: datetime | time) -> str:
    """The time of day; noon and midnight by their names, because "12 am" is misheard.

    >>> clock(time(14, 30)), clock(time(9)), clock(time(12)), clock(time(0, 5))
    ('2:30 pm', '9 am', 'noon', '12:05 am')
    """
    if moment.minute == 0 and moment.hour % _NOON == 0:
        return "noon" if moment.hour else "midnight"
    hour = moment.hour % _NOON or _NOON
    minutes = f":{moment.minute:02d}" if moment.minute else ""
    return f"{hour}{minutes} {'am' if moment.hour < _NOON else 'pm'}"


def weekday(day: date) -> str:
    """The day of the week.

    >>> weekday(date(2025, 10, 28))
    'Tuesday'
    """
    return WEEKDAYS[day.weekday()]


def ordinal(number: int) -> str:
    """The number as a day of the month.

    >>> [ordinal(number) for number in (1, 2, 3, 4, 11, 22)]
    ['1st', '2nd', '3rd', '4th', '11th', '22nd']
    """
    ending = "th" if number in _TEENS else _ENDINGS.get(number % 10, "th")
    return f"{number}{ending}"


def calendar_day(day: date) -> str:
    """Day and month, as after "on".

    >>> calendar_day(date(2025, 10, 28))
    'October 28th'
    """
    return f"{MONTHS[day.month - 1]} {ordinal(day.day)}"


def full_day(day: date) -> str:
    """Weekday and date.

    >>> full_day(date(2025, 10, 28))
    'Tuesday, October 28th'
    """
    return f"{weekday(day)}, {calendar_day(day)}"


def on_day(day: date, today: date) -> str:
    """When, to the day: the nearness where it helps, and always weekday and date.

    >>> on_day(date(2025, 10, 28), today=date(2025, 10, 27))
    'tomorrow, Tuesday, October 28th'
    >>> on_day(date(2025, 10, 31), today=date(2025, 10, 27))
    'on Friday, October 31st'
    """
    near = _nearness(day, today)
    return f"{near}, {full_day(day)}" if near else f"on {full_day(day)}"


def short_day(day: date, today: date) -> str:
    """When, to the day, once the date has been said.

    >>> short_day(date(2025, 10, 28), today=date(2025, 10, 27))
    'tomorrow'
    >>> short_day(date(2025, 10, 31), today=date(2025, 10, 27))
    'on Friday'
    """
    return _nearness(day, today) or f"on {weekday(day)}"


def moment(start: datetime, today: date) -> str:
    """Day and time in full.

    >>> moment(datetime(2025, 10, 28, 14), today=date(2025, 10, 20))
    'on Tuesday, October 28th, at 2 pm'
    """
    return f"{on_day(start, today)}, at {clock(start)}"


def short_moment(start: datetime, today: date) -> str:
    """Day and time, once the date has been said.

    >>> short_moment(datetime(2025, 10, 28, 14), today=date(2025, 10, 20))
    'on Tuesday at 2 pm'
    """
    return f"{short_day(start, today)} at {clock(start)}"


def duration(minutes: int) -> str:
    """A length of time.

    >>> duration(150), duration(45), duration(60), duration(90)
    ('two and a half hours', '45 minutes', 'an hour', 'an hour and a half')
    >>> duration(195)
    'three hours and 15 minutes'
    """
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} minutes"
    if rest == 30:  # noqa: PLR2004 - half an hour has a word of its own
        return "an hour and a half" if hours == 1 else f"{_number(hours)} and a half hours"
    whole = "an hour" if hours == 1 else f"{_number(hours)} hours"
    return f"{whole} and {rest} minutes" if rest else whole


def price(cents: int) -> str:
    """An amount of money.

    >>> price(8500), price(4250)
    ('85 euros', '42 euros 50')
    """
    euros, rest = divmod(cents, 100)
    return f"{euros} euros {rest}" if rest else f"{euros} euros"


def listing(items: Sequence[object], joint: str = "and") -> str:
    """Several things in one breath.

    >>> listing(["Emma", "Fabian", "Oliver"], "or")
    'Emma, Fabian or Oliver'
    """
    words = [str(item) for item in items]
    if len(words) < 2:  # noqa: PLR2004 - one thing needs no joint
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def choices(options: Sequence[Option], today: date) -> str:
    """The offered starts; a day is said once for the times on it.

    >>> from prompts.speak import Option
    >>> tuesday = datetime(2025, 10, 28, 9)
    >>> choices([Option(start=tuesday), Option(start=tuesday.replace(hour=11))], date(2025, 10, 20))
    'on Tuesday, October 28th, at 9 am or at 11 am'
    """
    days = [(day, [*found]) for day, found in groupby(options, key=lambda o: o.start.date())]
    return ", or ".join(_times_of(day, found, today) for day, found in days)


def opening(stretches: Sequence[tuple[Sequence[int], time, time]]) -> str:
    """Weekly opening hours: which weekdays, from when to when.

    >>> opening([((1, 2), time(9), time(18)), ((5,), time(9), time(14))])
    'Tuesdays and Wednesdays from 9 am to 6 pm and Saturdays from 9 am to 2 pm'
    """
    return listing(
        [
            f"{listing([f'{WEEKDAYS[day]}s' for day in days])} "
            f"from {clock(opens)} to {clock(closes)}"
            for days, opens, closes in stretches
        ],
    )


def _times_of(day: date, options: Sequence[Option], today: date) -> str:
    staff = {option.staff for option in options}
    each = len(staff) > 1
    times = [f"at {clock(o.start)}{_with(o.staff) if each else ''}" for o in options]
    together = "" if each else _with(options[0].staff)
    return f"{on_day(day, today)}, {listing(times, 'or')}{together}"


def _with(staff: str | None) -> str:
    return f" with {plain(staff)}" if staff else ""


def _nearness(day: date, today: date) -> str:
    plain_day = day.date() if isinstance(day, datetime) else day
    return _NEAR.get((plain_day - today).days, "")


def _number(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)
