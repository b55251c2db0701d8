"""Times, days, prices and lengths as an English receptionist says them: "2:30 pm", "85 euros".

>>> monday, tuesday = date(2025, 10, 27), datetime(2025, 10, 28, 14)
>>> on_day(tuesday, today=monday), on_day(tuesday, today=date(2025, 10, 20))
('tomorrow, Tuesday, October 28th', 'on Tuesday, October 28th')
>>> moment(tuesday, today=date(2025, 10, 20)), short_moment(tuesday, today=date(2025, 10, 20))
('on Tuesday, October 28th, at 2 pm', 'on Tuesday, October 28th, at 2 pm')
>>> short_moment(tuesday, today=date(2025, 10, 24))
'on Tuesday at 2 pm'
>>> opening([((1, 2), time(9), time(18)), ((5,), time(9), time(14))])
'Tuesdays and Wednesdays 9 to 6 and Saturdays 9 to 2'
>>> plain("Föhnen & Styling (Damen)"), listing(["Emma", "Fabian", "Oliver"], "or")
('Föhnen and Styling Damen', 'Emma, Fabian or Oliver')
"""

from __future__ import annotations

from datetime import date, datetime, time  # noqa: TC003 - the examples use them
from typing import TYPE_CHECKING

from prompts.tongue import Tongue

if TYPE_CHECKING:
    from prompts.tongue import Noun

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NOON = 12
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_TEENS = range(11, 14)  # eleventh, twelfth and thirteenth end like fourth
_VOWELS = tuple("aeiouäöAEIOUÄÖ")


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


def stretch(opens: time, closes: time) -> str:
    """From when to when; full hours from the morning into the afternoon need no half of the day.

    >>> stretch(time(9), time(18)), stretch(time(8, 30), time(14)), stretch(time(13), time(20))
    ('9 to 6', 'from 8:30 am to 2 pm', 'from 1 pm to 8 pm')
    """
    is_whole_day = opens.hour < _NOON < closes.hour and not (opens.minute or closes.minute)
    if is_whole_day:
        return f"{opens.hour} to {closes.hour - _NOON}"
    return f"from {clock(opens)} to {clock(closes)}"


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
    return f"{WEEKDAYS[day.weekday()]}, {calendar_day(day)}"


def duration(minutes: int) -> str:
    """A length of time.

    >>> duration(150), duration(45), duration(60), duration(90)
    ('two and a half hours', '45 minutes', 'an hour', 'an hour and a half')
    >>> duration(195), duration(1)
    ('three hours and 15 minutes', 'a minute')
    """
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _minutes(rest)
    if rest == 30:  # noqa: PLR2004 - half an hour has a word of its own
        return "an hour and a half" if hours == 1 else f"{_number(hours)} and a half hours"
    whole = "an hour" if hours == 1 else f"{_number(hours)} hours"
    return f"{whole} and {_minutes(rest)}" if rest else whole


def price(cents: int) -> str:
    """An amount of money.

    >>> price(8500), price(4250), price(100)
    ('85 euros', '42 euros 50', 'one euro')
    """
    euros, rest = divmod(cents, 100)
    whole = "one euro" if euros == 1 else f"{euros} euros"
    return f"{whole} {rest}" if rest else whole


def definite(noun: Noun) -> str:
    """The noun with "the": services keep the names the salon gives them.

    >>> from prompts.tongue import Noun
    >>> cut = Noun(text="Herrenhaarschnitt", gender="m")
    >>> definite(Noun(text="Balayage", gender="f", others=(cut,)))
    'the Balayage and the Herrenhaarschnitt'
    """
    return listing([f"the {plain(one.text)}" for one in noun.each])


def indefinite(noun: Noun) -> str:
    """The noun with "a" or "an".

    >>> from prompts.tongue import Noun
    >>> indefinite(Noun(text="Ansatzfärbung", gender="f"))
    'an Ansatzfärbung'
    >>> indefinite(Noun(text="Strähnen", gender="pl"))
    'Strähnen'
    """
    return listing([f"{_article(one)} {plain(one.text)}".strip() for one in noun.each])


def _article(noun: Noun) -> str:
    if noun.gender == "pl" or "," in noun.text:  # a row of things bears no article
        return ""
    return "an" if noun.text.startswith(_VOWELS) else "a"


def _minutes(minutes: int) -> str:
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def _number(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


TONGUE = Tongue(
    weekdays=WEEKDAYS,
    habits=tuple(f"{day}s" for day in WEEKDAYS),
    near=("yesterday", "today", "tomorrow"),
    joints={"&": "and", "/": "or"},
    and_="and",
    or_="or",
    on="on",
    at="at",
    by="with",
    stretch=stretch,
    clock=clock,
    full_day=full_day,
)
weekday, on_day, short_day = TONGUE.weekday, TONGUE.on_day, TONGUE.short_day
moment, short_moment, choices = TONGUE.moment, TONGUE.short_moment, TONGUE.choices
listing, opening, plain = TONGUE.listing, TONGUE.opening, TONGUE.plain
