"""When somebody would like to come: what they mean by it, and how they say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni",
    "Juli", "August", "September", "Oktober", "November", "Dezember",
)  # fmt: skip
_HOURS = (
    "null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn",
    "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn",
    "neunzehn", "zwanzig",
)  # fmt: skip
_MINUTES = {0: "", 15: " fünfzehn", 30: " dreißig", 45: " fünfundvierzig"}
_NEAR = {0: "heute", 1: "morgen", 2: "übermorgen"}
_WEEK = 7
NOON = time(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """One wish for a time; what is None does not matter."""

    day: date | None = None
    until: date | None = None
    """The last of several days, when more than one would do."""
    at: time | None = None
    after: time | None = None
    before: time | None = None
    soonest: bool = False

    def fits(self, start: datetime) -> bool:
        """Whether this start is what is meant."""
        if self.day and not self.day <= start.date() <= (self.until or self.day):
            return False
        if self.at:
            return start.time().replace(second=0) == self.at
        late = self.after is not None and start.time() < self.after
        early = self.before is not None and start.time() >= self.before
        return not (late or early)

    @property
    def exact(self) -> bool:
        """Whether only one start fits."""
        return self.day is not None and self.at is not None and self.until is None


def spoken(when: When, today: date, chance: Random, *, dated: bool = False) -> str:
    """One way to say it.

    >>> from random import Random
    >>> spoken(When(day=date(2026, 11, 25), at=time(14)), date(2026, 11, 24), Random(3))
    'morgen um 14 Uhr'
    """
    if when.day is None:
        return _whenever(when, chance)
    if when.until:
        week = _weeks_ahead(when.day, today)
        day = {0: "diese Woche", 1: "nächste Woche"}.get(
            week
        ) or f"ab dem {_date(when.day, chance)}"
    else:
        day = spoken_day(when.day, today, chance, dated=dated)
    hours = _hours(when, chance)
    return f"{day} {hours}".strip()


def spoken_day(day: date, today: date, chance: Random, *, dated: bool = False) -> str:
    """A day as callers name it; only ways that mean one day, or none but its date."""
    ahead, name = (day - today).days, WEEKDAYS[day.weekday()]
    dates = [f"am {_date(day, chance)}", f"am {name}, den {_date(day, chance)}"]
    if dated:
        return chance.choice(dates)
    if ahead in _NEAR:
        return _NEAR[ahead]
    if ahead < _WEEK and day.weekday() != today.weekday():
        return chance.choice([f"am {name}", f"am {name}", f"{name}", *dates[:1]])
    if _weeks_ahead(day, today) == 1:
        return chance.choice([f"nächste Woche {name}", f"am {name} nächster Woche", *dates])
    return chance.choice(dates)


def spoken_clock(at: time, chance: Random) -> str:
    """A time of day, in figures or in words.

    >>> from random import Random
    >>> sorted({spoken_clock(time(14, 30), Random(n)) for n in range(30)})
    ['14 Uhr 30', '14:30 Uhr', 'halb drei', 'vierzehn Uhr dreißig']
    """
    hour, minute = at.hour, at.minute
    figures = f"{hour} Uhr {minute}" if minute else f"{hour} Uhr"
    words = f"{_hour(hour)} Uhr{_MINUTES.get(minute, f' {minute}')}"
    colon = f"{hour}:{minute:02} Uhr" if minute else figures
    short, following = _HOURS[_twelve(hour)], _HOURS[_twelve(hour + 1)]
    colloquial = {
        0: f"{_hour(_twelve(hour))} Uhr",
        15: f"Viertel nach {short}",
        30: f"halb {following}",
        45: f"Viertel vor {following}",
    }
    return chance.choice([figures, words, colon, colloquial.get(minute, figures)])


def day_and_month(day: date, chance: Random) -> str:
    """The date alone, as after "den"."""
    return _date(day, chance)


def _whenever(when: When, chance: Random) -> str:
    if when.soonest:
        return chance.choice(
            [
                "so bald wie möglich",
                "möglichst bald",
                "so schnell wie möglich",
                "zum nächsten freien Termin",
            ]
        )
    hours = _hours(when, chance)
    return hours or chance.choice(["egal wann", "irgendwann"])


def _hours(when: When, chance: Random) -> str:
    if when.at:
        return f"um {spoken_clock(when.at, chance)}"
    if when.after and when.before:
        return f"zwischen {when.after.hour} und {when.before.hour} Uhr"
    if NOON in {when.before, when.after}:
        half = "vormittag" if when.before else "nachmittag"
        return chance.choice([f"{half}s", f"am {half.capitalize()}"])
    if when.before:
        return f"vor {spoken_clock(when.before, chance)}"
    return f"ab {spoken_clock(when.after, chance)}" if when.after else ""


def _date(day: date, chance: Random) -> str:
    return chance.choice(
        [f"{day.day}. {MONTHS[day.month - 1]}", f"{_ordinal(day.day)} {MONTHS[day.month - 1]}"]
    )


def _ordinal(number: int) -> str:
    """Wie in "am ...": ersten, siebten, einundzwanzigsten.

    >>> _ordinal(3), _ordinal(17), _ordinal(28)
    ('dritten', 'siebzehnten', 'achtundzwanzigsten')
    """
    odd = {1: "ersten", 3: "dritten", 7: "siebten", 8: "achten"}
    if number in odd:
        return odd[number]
    if number < len(_HOURS) - 1:
        return f"{_HOURS[number]}ten"
    tens, ones = divmod(number, 10)
    stem = {2: "zwanzig", 3: "dreißig"}[tens]
    joined = f"{'ein' if ones == 1 else _HOURS[ones]}und" if ones else ""
    return f"{joined}{stem}sten"


def _hour(hour: int) -> str:
    return "ein" if hour == 1 else _HOURS[hour]


def _twelve(hour: int) -> int:
    return (hour - 1) % 12 + 1


def _weeks_ahead(day: date, today: date) -> int:
    def monday(of: date) -> date:
        return of - timedelta(days=of.weekday())

    return (monday(day) - monday(today)).days // _WEEK
