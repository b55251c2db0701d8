"""Times, days, prices and lengths as a German receptionist says them: "14 Uhr 30", "85 Euro".

>>> monday, tuesday = date(2025, 10, 27), datetime(2025, 10, 28, 14)
>>> on_day(tuesday, today=monday), on_day(tuesday, today=date(2025, 10, 20))
('morgen, Dienstag, den 28. Oktober', 'am Dienstag, den 28. Oktober')
>>> short_day(tuesday, today=monday), short_moment(tuesday, today=date(2025, 10, 24))
('morgen', 'am Dienstag um 14 Uhr')
>>> short_day(tuesday, today=date(2025, 10, 20))
'am Dienstag, den 28. Oktober'
>>> choices([Option(start=tuesday), Option(start=tuesday.replace(hour=16))], date(2025, 10, 20))
'am Dienstag, den 28. Oktober, um 14 Uhr oder um 16 Uhr'
>>> opening([((1, 2), time(9), time(18)), ((5,), time(9), time(14))])
'dienstags und mittwochs von 9 bis 18 Uhr und samstags bis 14 Uhr'
>>> plain("Föhnen & Styling (Damen)"), plain("MAYR"), listing(["Emma", "Fabian", "Oliver"], "oder")
('Föhnen und Styling Damen', 'Mayr', 'Emma, Fabian oder Oliver')
"""

from __future__ import annotations

from datetime import date, datetime, time  # noqa: TC003 - the examples use them

from prompts.tongue import Case, Noun, Option, Tongue

__all__ = ["Case", "Noun", "Option"]

WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip
_NUMBERS = ("null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
_DEFINITE = {
    Case.NOMINATIVE: {"m": "der", "f": "die", "n": "das", "pl": "die"},
    Case.ACCUSATIVE: {"m": "den", "f": "die", "n": "das", "pl": "die"},
    Case.DATIVE: {"m": "dem", "f": "der", "n": "dem", "pl": "den"},
}
_INDEFINITE = {
    Case.NOMINATIVE: {"m": "ein", "f": "eine", "n": "ein", "pl": ""},
    Case.ACCUSATIVE: {"m": "einen", "f": "eine", "n": "ein", "pl": ""},
    Case.DATIVE: {"m": "einem", "f": "einer", "n": "einem", "pl": ""},
}


def clock(moment: datetime | time) -> str:
    """The time of day.

    >>> clock(time(14, 30)), clock(time(9, 0))
    ('14 Uhr 30', '9 Uhr')
    """
    return f"{moment.hour} Uhr {moment.minute}" if moment.minute else f"{moment.hour} Uhr"


def calendar_day(day: date) -> str:
    """Day and month, as after "am" or "den".

    >>> calendar_day(date(2025, 10, 28))
    '28. Oktober'
    """
    return f"{day.day}. {MONTHS[day.month - 1]}"


def full_day(day: date) -> str:
    """Weekday and date.

    >>> full_day(date(2025, 10, 28))
    'Dienstag, den 28. Oktober'
    """
    return f"{WEEKDAYS[day.weekday()]}, den {calendar_day(day)}"


def stretch(opens: time, closes: time) -> str:
    """From when to when.

    >>> stretch(time(9), time(18)), stretch(time(9, 30), time(18))
    ('von 9 bis 18 Uhr', 'von 9 Uhr 30 bis 18 Uhr')
    """
    begins = clock(opens) if opens.minute or closes.minute else opens.hour
    return f"von {begins} bis {clock(closes)}"


def duration(minutes: int) -> str:
    """A length of time.

    >>> duration(150), duration(45), duration(60), duration(195)
    ('zweieinhalb Stunden', '45 Minuten', 'eine Stunde', 'drei Stunden und 15 Minuten')
    >>> duration(1), duration(61)
    ('eine Minute', 'eine Stunde und eine Minute')
    """
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _minutes(rest)
    if rest == 30:  # noqa: PLR2004 - half an hour has a word of its own
        return f"{_half_hours(hours)} Stunden"
    whole = "eine Stunde" if hours == 1 else f"{_number(hours)} Stunden"
    return f"{whole} und {_minutes(rest)}" if rest else whole


def price(cents: int) -> str:
    """An amount of money.

    >>> price(8500), price(4250), price(100)
    ('85 Euro', '42 Euro 50', 'ein Euro')
    """
    euros, rest = divmod(cents, 100)
    whole = "ein Euro" if euros == 1 else f"{euros} Euro"
    return f"{whole} {rest}" if rest else whole


def definite(noun: Noun, case: str = Case.NOMINATIVE) -> str:
    """The noun with "der", "die", "das".

    >>> definite(Noun(text="Herrenhaarschnitt", gender="m"), "accusative")
    'den Herrenhaarschnitt'
    >>> cut, care = Noun(text="Herrenhaarschnitt", gender="m"), Noun(text="Aufbaukur", gender="f")
    >>> definite(Noun(text="Balayage", gender="f", others=(cut, care)))
    'die Balayage, der Herrenhaarschnitt und die Aufbaukur'
    """
    articles = _DEFINITE[Case(case)]
    return listing([f"{articles[one.gender]} {plain(one.text)}" for one in noun.each])


def indefinite(noun: Noun, case: str = Case.NOMINATIVE) -> str:
    """The noun with "ein", "eine".

    >>> indefinite(Noun(text="Dauerwelle", gender="f"), "dative")
    'einer Dauerwelle'
    """
    articles = _INDEFINITE[Case(case)]
    return listing([_with(articles[one.gender], one) for one in noun.each])


def _with(article: str, noun: Noun) -> str:
    """A row of things, "Waschen, Schneiden", bears no article."""
    return plain(noun.text) if "," in noun.text else f"{article} {plain(noun.text)}".strip()


def _minutes(minutes: int) -> str:
    return "eine Minute" if minutes == 1 else f"{minutes} Minuten"


def _number(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def _half_hours(hours: int) -> str:
    return "eineinhalb" if hours == 1 else f"{_number(hours)}einhalb"


TONGUE = Tongue(
    weekdays=WEEKDAYS,
    habits=tuple(f"{day.lower()}s" for day in WEEKDAYS),
    near=("gestern", "heute", "morgen"),
    joints={"&": "und", "/": "oder"},
    and_="und",
    or_="oder",
    on="am",
    at="um",
    by="bei",
    until="bis",
    stretch=stretch,
    clock=clock,
    full_day=full_day,
)
weekday, on_day, short_day = TONGUE.weekday, TONGUE.on_day, TONGUE.short_day
moment, short_moment, choices = TONGUE.moment, TONGUE.short_moment, TONGUE.choices
listing, opening, plain = TONGUE.listing, TONGUE.opening, TONGUE.plain
