"""English as callers speak it: "on Tuesday next week at half past two"."""

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

_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip
_MINUTES = {15: "fifteen", 30: "thirty", 45: "forty-five"}
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
    "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth",
    "eighteenth", "nineteenth", "twentieth",
)  # fmt: skip
_ENDINGS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
_NOON = 12


class English(Tongue):
    """As it is spoken by people who live in Berlin."""

    language: ClassVar[str] = "en"
    weekdays: ClassVar[Sequence[str]] = (
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    )  # fmt: skip
    months: ClassVar[Sequence[str]] = (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    )  # fmt: skip
    near: ClassVar[Sequence[str]] = ("today", "tomorrow")
    digits: ClassVar[Sequence[str]] = _NUMBERS[:10]
    and_: ClassVar[str] = "and"
    my: ClassVar[dict[str, str]] = {"m": "my", "f": "my", "n": "my"}
    small: ClassVar[frozenset[str]] = frozenset(
        {
            *("at", "on", "for", "with", "to", "and", "a", "an", "the", "this", "next", "my"),
            *("today", "tomorrow", "in", "after", "before", "between", "from", "as", "any"),
            *("could", "can", "do", "when", "preferably", "ideally", "if", "is", "it's", "please"),
            *("whenever", "one", "same", "would", "call", "sometime", "how", "what", "also"),
        }
    )
    noises: ClassVar[Sequence[Noise]] = NOISES["en"]

    date_heard: ClassVar[str] = r"\b(?P<month>{months}) (?P<dom>\d{1,2})(?:st|nd|rd|th)\b"
    dated_heard: ClassVar[str] = (
        r"(?P<weekday>{weekdays}), (?P<month>{months}) (?P<dom>\d{1,2})(?:st|nd|rd|th)"
    )
    clock_heard: ClassVar[str] = (
        r"(?<!until )(?<![\d:])(?:(?P<hour>1[0-2]|[1-9])(?::(?P<minute>\d\d))? (?P<half>am|pm)\b"
        r"|noon\b)"
    )
    name_heard: ClassVar[str] = r", for ([^.,?]+)[.,?]"
    instead_heard: ClassVar[str] = r" instead of \w+"
    price_heard: ClassVar[str] = r"(\d+) euros?(?: (\d\d)\b)?"
    never_apart: ClassVar[str] = r"[Ii]s (?:that|it) (?:right|correct|it)"

    def day(self, day: date, today: date, chance: Random, *, dated: bool = False) -> str:
        """On Friday; on Tuesday next week; on the fourth of December."""
        ahead, name = (day - today).days, self.weekdays[day.weekday()]
        dates = [
            f"on {self.date_alone(day, chance)}",
            f"on {name}, {self.date_alone(day, chance)}",
        ]
        if dated:
            return chance.choice(dates)
        if ahead in range(len(self.near)):
            return self.near[ahead]
        if ahead < WEEK and day.weekday() != today.weekday():
            return chance.choice([f"on {name}", f"on {name}", f"this coming {name}", *dates[:1]])
        if weeks_ahead(day, today) == 1:
            return chance.choice([f"on {name} next week", f"next week on {name}", *dates])
        return chance.choice(dates)

    def clock(self, at: time, chance: Random) -> str:
        """A time of day, in figures or in words.

        >>> from datetime import time
        >>> from random import Random
        >>> sorted({English().clock(time(14, 30), Random(n)) for n in range(40)})
        ['2:30', '2:30 pm', 'half past two', 'two thirty', 'two thirty in the afternoon']
        """
        hour, minute, short = (at.hour - 1) % 12 + 1, at.minute, _NUMBERS[(at.hour - 1) % 12 + 1]
        if at == NOON:
            return chance.choice(["noon", "twelve", "12 pm", "twelve o'clock"])
        half = "am" if at.hour < _NOON else "pm"
        named = "in the morning" if at.hour < _NOON else "in the afternoon"
        if not minute:
            ways = [f"{hour} {half}", f"{short} o'clock", short, f"{short} {named}", f"{hour}"]
            return chance.choice(ways)
        figures = f"{hour}:{minute:02}"
        words = f"{short} {_MINUTES.get(minute, minute)}"
        following = _NUMBERS[hour % 12 + 1]
        colloquial = {
            15: f"quarter past {short}",
            30: f"half past {short}",
            45: f"quarter to {following}",
        }
        dear = colloquial.get(minute, figures)
        return chance.choice([figures, f"{figures} {half}", words, f"{words} {named}", dear, dear])

    def at(self, day: str, clock: str) -> str:
        """On Friday at three."""
        return f"{day} at {clock}"

    def date_alone(self, day: date, chance: Random) -> str:
        """Day and month, as after "on"."""
        month, figures = self.months[day.month - 1], f"{day.day}{_ENDINGS.get(day.day, 'th')}"
        return chance.choice(
            [
                f"{month} {figures}",
                f"the {figures} of {month}",
                f"the {_ordinal(day.day)} of {month}",
                f"{month} {_ordinal(day.day)}",
            ]
        )

    def week(self, ahead: int) -> str | None:
        """This week, or next week."""
        return {0: "this week", 1: "next week"}.get(ahead)

    def from_date(self, day: date, chance: Random) -> str:
        """From the fourth of December on."""
        return f"from {self.date_alone(day, chance)} on"

    def hours(self, when: When, chance: Random) -> str:
        """At three; in the morning; between 9 and 12."""
        if when.at:
            return f"at {self.clock(when.at, chance)}"
        if when.after and when.before:
            return f"between {_hour_and_half(when.after)} and {_hour_and_half(when.before)}"
        if NOON in {when.before, when.after}:
            half = "morning" if when.before else "afternoon"
            return f"in the {half}"
        if when.before:
            return f"before {_hour_and_half(when.before)}"
        if not when.after:
            return ""
        hour = _hour_and_half(when.after)
        return chance.choice([f"from {hour} on", f"from {hour} onwards", f"any time after {hour}"])

    def soonest(self, chance: Random) -> str:
        """As soon as possible."""
        return chance.choice(
            [
                "as soon as possible",
                "as early as you can",
                "for the next free slot",
                "as soon as you can",
            ]
        )

    def whenever(self, chance: Random) -> str:
        """Any time."""
        return chance.choice(["any time", "whenever"])

    def bare(self, when: str) -> str:
        """Without "on"."""
        return when.removeprefix("on ")

    def onto(self, when: str) -> str:
        """To Friday."""
        return f"to {self.bare(when)}"

    def number(self, phone: str, chance: Random) -> str:
        """A number as it is dictated.

        >>> from random import Random
        >>> English().number("+4917604069012", Random(0))
        'oh one seven six oh four oh six nine oh one two'
        """
        digits = f"0{phone.removeprefix('+49')}"
        groups = in_figures(digits, chance)
        zero = chance.choice(["zero", "oh"])
        return " ".join(groups or [self.digits[int(one)] if int(one) else zero for one in digits])

    def address(self, email: str) -> str:
        """An address as it is said.

        >>> English().address("vera.hollmann@example.com")
        'vera dot hollmann at example dot com'
        """
        return email.replace("@", " at ").replace(".", " dot ")


def _hour_and_half(at: time) -> str:
    """2 pm, noon."""
    if at == NOON:
        return "noon"
    return f"{(at.hour - 1) % 12 + 1} {'am' if at.hour < _NOON else 'pm'}"


def _ordinal(number: int) -> str:
    """As in "the ... of May".

    >>> _ordinal(3), _ordinal(17), _ordinal(28), _ordinal(30)
    ('third', 'seventeenth', 'twenty-eighth', 'thirtieth')
    """
    if number <= len(_ORDINALS):
        return _ORDINALS[number - 1]
    tens, ones = divmod(number, 10)
    if not ones:
        return "thirtieth"
    return f"{'twenty' if tens == 2 else 'thirty'}-{_ORDINALS[ones - 1]}"  # noqa: PLR2004 - no other tens
