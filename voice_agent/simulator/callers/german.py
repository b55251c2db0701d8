"""German as callers speak it: "nächste Woche Dienstag um halb drei"."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from nlu.training.noise import NOISES
from voice_agent.simulator.callers.tongue import Tongue, in_figures
from voice_agent.simulator.callers.when import NOON, WEEK, weeks_ahead

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, time
    from random import Random

    from voice_agent.simulator.callers.tongue import Noise
    from voice_agent.simulator.callers.when import When

_HOURS = (
    "null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn",
    "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn",
    "neunzehn", "zwanzig",
)  # fmt: skip
_MINUTES = {0: "", 15: " fünfzehn", 30: " dreißig", 45: " fünfundvierzig"}


class German(Tongue):
    """As it is spoken in Berlin."""

    language: ClassVar[str] = "de"
    weekdays: ClassVar[Sequence[str]] = (
        "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag",
    )  # fmt: skip
    months: ClassVar[Sequence[str]] = (
        "Januar", "Februar", "März", "April", "Mai", "Juni",
        "Juli", "August", "September", "Oktober", "November", "Dezember",
    )  # fmt: skip
    near: ClassVar[Sequence[str]] = ("heute", "morgen", "übermorgen")
    digits: ClassVar[Sequence[str]] = _HOURS[:10]
    and_: ClassVar[str] = "und"
    my: ClassVar[dict[str, str]] = {"m": "meinen", "f": "meine", "n": "mein"}
    small: ClassVar[frozenset[str]] = frozenset(
        {
            *("am", "um", "bei", "beim", "zu", "mit", "und", "für", "heute", "auf", "rufen"),
            *("können", "könnten", "wann", "auch", "morgen", "übermorgen", "nächste", "ich"),
            *("wenn", "so", "hier", "mein", "möglichst", "vormittags", "egal", "nachmittags"),
            *("irgendwann", "zum", "vor", "ab", "zwischen", "der", "kann", "könnte", "einmal"),
            *("es", "einen"),
        }
    )
    noises: ClassVar[Sequence[Noise]] = NOISES["de"]

    date_heard: ClassVar[str] = r"(?P<dom>\d{1,2})\. (?P<month>{months})"
    dated_heard: ClassVar[str] = (
        r"(?P<weekday>{weekdays}), den (?P<dom>\d{1,2})\. (?P<month>{months})"
    )
    clock_heard: ClassVar[str] = r"(?<!bis )(?<!\d)(?P<hour>\d{1,2}) Uhr(?: (?P<minute>\d{1,2}))?"
    name_heard: ClassVar[str] = r"auf (?:den namen )?([^.,?]+)[.,?]"
    instead_heard: ClassVar[str] = r" statt bei \w+"
    price_heard: ClassVar[str] = r"(\d+) Euro(?: (\d\d))?"
    never_apart: ClassVar[str] = "{months}"

    def day(self, day: date, today: date, chance: Random, *, dated: bool = False) -> str:
        """On Friday; next week on Tuesday; on the fourth of December."""
        ahead, name = (day - today).days, self.weekdays[day.weekday()]
        dates = [
            f"am {self.date_alone(day, chance)}",
            f"am {name}, den {self.date_alone(day, chance)}",
        ]
        if dated:
            return chance.choice(dates)
        if ahead in range(len(self.near)):
            return self.near[ahead]
        if ahead < WEEK and day.weekday() != today.weekday():
            return chance.choice([f"am {name}", f"am {name}", f"{name}", *dates[:1]])
        if weeks_ahead(day, today) == 1:
            return chance.choice([f"nächste Woche {name}", f"am {name} nächster Woche", *dates])
        return chance.choice(dates)

    def clock(self, at: time, chance: Random) -> str:
        """A time of day, in figures or in words.

        >>> from datetime import time
        >>> from random import Random
        >>> sorted({German().clock(time(14, 30), Random(n)) for n in range(30)})
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

    def at(self, day: str, clock: str) -> str:
        """Am Freitag um drei."""
        return f"{day} um {clock}"

    def date_alone(self, day: date, chance: Random) -> str:
        """The date alone, as after "den"."""
        month = self.months[day.month - 1]
        return chance.choice([f"{day.day}. {month}", f"{_ordinal(day.day)} {month}"])

    def week(self, ahead: int) -> str | None:
        """This week, or next week."""
        return {0: "diese Woche", 1: "nächste Woche"}.get(ahead)

    def from_date(self, day: date, chance: Random) -> str:
        """Ab dem vierten Dezember."""
        return f"ab dem {self.date_alone(day, chance)}"

    def hours(self, when: When, chance: Random) -> str:
        """Um drei; vormittags; zwischen 9 und 12 Uhr."""
        if when.at:
            return f"um {self.clock(when.at, chance)}"
        if when.after and when.before:
            return f"zwischen {when.after.hour} und {when.before.hour} Uhr"
        if NOON in {when.before, when.after}:
            half = "vormittag" if when.before else "nachmittag"
            return chance.choice([f"{half}s", f"am {half.capitalize()}"])
        if when.before:
            return f"vor {self.clock(when.before, chance)}"
        return f"ab {self.clock(when.after, chance)}" if when.after else ""

    def soonest(self, chance: Random) -> str:
        """As soon as possible."""
        return chance.choice(
            [
                "so bald wie möglich",
                "möglichst bald",
                "so schnell wie möglich",
                "zum nächsten freien Termin",
            ]
        )

    def whenever(self, chance: Random) -> str:
        """Any time."""
        return chance.choice(["egal wann", "irgendwann"])

    def bare(self, when: str) -> str:
        """Without "am"."""
        return when.removeprefix("am ")

    def onto(self, when: str) -> str:
        """Auf Freitag."""
        return f"auf {self.bare(when)}"

    def number(self, phone: str, chance: Random) -> str:
        """A number as it is dictated.

        >>> from random import Random
        >>> German().number("+4917604069012", Random(1))
        '0176 040 690 12'
        """
        digits = f"0{phone.removeprefix('+49')}"
        groups = in_figures(digits, chance)
        return " ".join(groups or [self.digits[int(digit)] for digit in digits])

    def address(self, email: str) -> str:
        """An address as it is said.

        >>> German().address("vera.hollmann@example.com")
        'vera Punkt hollmann at example Punkt com'
        """
        return email.replace("@", " at ").replace(".", " Punkt ")


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
