"""Times, days, prices and lengths as a German receptionist says them: "14 Uhr 30", "85 Euro"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip
_NEAR = {-1: "gestern", 0: "heute", 1: "morgen"}
_NUMBERS = ("null", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
_MARKUP = re.compile(r"[{}\[\]()<>*_#|`~\\^=@]")
_UNSPEAKABLE = re.compile(r"[^\w \-.,'’]|_")
_SHOUTED = re.compile(r"\b[A-ZÄÖÜ]{2,}\b")


class Case(StrEnum):
    """Grammatical case of an article."""

    NOMINATIVE = "nominative"
    ACCUSATIVE = "accusative"
    DATIVE = "dative"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """A word with its gender, so that its article fits."""

    text: str
    gender: str
    """m, f, n or pl."""
    others: tuple[Noun, ...] = ()
    """What is named in the same breath."""

    @property
    def plural(self) -> bool:
        """Whether its verb stands in the plural."""
        return self.gender == "pl" or bool(self.others)

    def __str__(self) -> str:
        return listing([plain(self.text), *self.others])


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A start that may be offered, and who would do it where that is worth saying."""

    start: datetime
    staff: str | None = None


def clock(moment: datetime | time) -> str:
    """The time of day.

    >>> clock(time(14, 30)), clock(time(9, 0))
    ('14 Uhr 30', '9 Uhr')
    """
    return f"{moment.hour} Uhr {moment.minute}" if moment.minute else f"{moment.hour} Uhr"


def weekday(day: date) -> str:
    """The day of the week.

    >>> weekday(date(2025, 10, 28))
    'Dienstag'
    """
    return WEEKDAYS[day.weekday()]


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
    return f"{weekday(day)}, den {calendar_day(day)}"


def on_day(day: date, today: date) -> str:
    """When, to the day: the nearness where it helps, and always weekday and date.

    >>> on_day(date(2025, 10, 28), today=date(2025, 10, 27))
    'morgen, Dienstag, den 28. Oktober'
    >>> on_day(date(2025, 10, 31), today=date(2025, 10, 27))
    'am Freitag, den 31. Oktober'
    """
    near = _nearness(_date(day), today)
    return f"{near}, {full_day(day)}" if near else f"am {full_day(day)}"


def short_day(day: date, today: date) -> str:
    """When, to the day, once the date has been said.

    >>> short_day(date(2025, 10, 28), today=date(2025, 10, 27))
    'morgen'
    >>> short_day(date(2025, 10, 31), today=date(2025, 10, 27))
    'am Freitag'
    """
    return _nearness(_date(day), today) or f"am {weekday(day)}"


def moment(start: datetime, today: date) -> str:
    """Day and time in full.

    >>> moment(datetime(2025, 10, 28, 14), today=date(2025, 10, 20))
    'am Dienstag, den 28. Oktober, um 14 Uhr'
    """
    return f"{on_day(start, today)}, um {clock(start)}"


def short_moment(start: datetime, today: date) -> str:
    """Day and time, once the date has been said.

    >>> short_moment(datetime(2025, 10, 28, 14), today=date(2025, 10, 20))
    'am Dienstag um 14 Uhr'
    """
    return f"{short_day(start, today)} um {clock(start)}"


def duration(minutes: int) -> str:
    """A length of time.

    >>> duration(150), duration(45), duration(60), duration(195)
    ('zweieinhalb Stunden', '45 Minuten', 'eine Stunde', 'drei Stunden und 15 Minuten')
    """
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} Minuten"
    if rest == 30:  # noqa: PLR2004 - half an hour has a word of its own
        return f"{_half_hours(hours)} Stunden"
    whole = "eine Stunde" if hours == 1 else f"{_number(hours)} Stunden"
    return f"{whole} und {rest} Minuten" if rest else whole


def price(cents: int) -> str:
    """An amount of money.

    >>> price(8500), price(4250)
    ('85 Euro', '42 Euro 50')
    """
    euros, rest = divmod(cents, 100)
    return f"{euros} Euro {rest}" if rest else f"{euros} Euro"


def definite(noun: Noun, case: str = Case.NOMINATIVE) -> str:
    """The noun with "der", "die", "das".

    >>> definite(Noun(text="Herrenhaarschnitt", gender="m"), "accusative")
    'den Herrenhaarschnitt'
    >>> cut, care = Noun(text="Herrenhaarschnitt", gender="m"), Noun(text="Aufbaukur", gender="f")
    >>> definite(Noun(text="Balayage", gender="f", others=(cut, care)))
    'die Balayage, der Herrenhaarschnitt und die Aufbaukur'
    """
    return listing(
        [f"{_DEFINITE[Case(case)][one.gender]} {plain(one.text)}" for one in _each(noun)]
    )


def indefinite(noun: Noun, case: str = Case.NOMINATIVE) -> str:
    """The noun with "ein", "eine".

    >>> indefinite(Noun(text="Dauerwelle", gender="f"), "dative")
    'einer Dauerwelle'
    """
    articles = _INDEFINITE[Case(case)]
    return listing([f"{articles[one.gender]} {plain(one.text)}".strip() for one in _each(noun)])


def listing(items: Sequence[object], joint: str = "und") -> str:
    """Several things in one breath.

    >>> listing(["Emma", "Fabian", "Oliver"], "oder")
    'Emma, Fabian oder Oliver'
    """
    words = [str(item) for item in items]
    if len(words) < 2:  # noqa: PLR2004 - one thing needs no joint
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def choices(options: Sequence[Option], today: date) -> str:
    """The offered starts; a day is said once for the times on it.

    >>> tuesday = datetime(2025, 10, 28, 9)
    >>> choices([Option(start=tuesday), Option(start=tuesday.replace(hour=11))], date(2025, 10, 20))
    'am Dienstag, den 28. Oktober, um 9 Uhr oder um 11 Uhr'
    """
    days = [(day, [*found]) for day, found in groupby(options, key=lambda o: o.start.date())]
    return ", oder ".join(_times_of(day, found, today) for day, found in days)


def opening(stretches: Sequence[tuple[Sequence[int], time, time]]) -> str:
    """Weekly opening hours: which weekdays, from when to when.

    >>> opening([((1, 2), time(9), time(18)), ((5,), time(9), time(14))])
    'dienstags und mittwochs von 9 Uhr bis 18 Uhr und samstags von 9 Uhr bis 14 Uhr'
    """
    return listing(
        [
            f"{listing([f'{WEEKDAYS[day].lower()}s' for day in days])} "
            f"von {clock(opens)} bis {clock(closes)}"
            for days, opens, closes in stretches
        ],
    )


def plain(text: object) -> str:
    """Foreign words (names, what was heard) without anything a voice cannot say.

    >>> plain("Föhnen & Styling (Damen)"), plain("MAYR")
    ('Föhnen und Styling Damen', 'Mayr')
    """
    spoken = _UNSPEAKABLE.sub(" ", str(text).replace("&", " und ").replace("/", " oder "))
    calm = _SHOUTED.sub(lambda word: word[0].capitalize(), " ".join(spoken.split()))
    return re.sub(r"(?<=\d)[.,](?=\d)", " ", calm).strip(" .,")


def without_markup(text: str) -> str:
    """The text with no character that only a machine would read.

    >>> without_markup("am {day} *um* 9 Uhr")
    'am day um 9 Uhr'
    """
    return _MARKUP.sub("", text)


def _each(noun: Noun) -> tuple[Noun, ...]:
    return (noun, *noun.others)


def _times_of(day: date, options: Sequence[Option], today: date) -> str:
    staff = {option.staff for option in options}
    each = len(staff) > 1
    times = [f"um {clock(o.start)}{_by(o.staff) if each else ''}" for o in options]
    together = "" if each else _by(options[0].staff)
    return f"{on_day(day, today)}, {listing(times, 'oder')}{together}"


def _by(staff: str | None) -> str:
    return f" bei {plain(staff)}" if staff else ""


def _nearness(day: date, today: date) -> str:
    return _NEAR.get((day - today).days, "")


def _date(day: date) -> date:
    return day.date() if isinstance(day, datetime) else day


def _number(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else str(number)


def _half_hours(hours: int) -> str:
    return "eineinhalb" if hours == 1 else f"{_number(hours)}einhalb"
