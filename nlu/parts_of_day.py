"""Parts of day: one table for the parser, the search, the offers and the speech alike."""

from __future__ import annotations

from datetime import time
from typing import NamedTuple

from nlu.meaning import PartOfDay


class Window(NamedTuple):
    """From `start` up to, not including, `end`; midnight as an end is the end of the day."""

    start: time
    end: time


WINDOWS: dict[PartOfDay, Window] = {
    PartOfDay.EARLYMORNING: Window(time(6), time(9)),
    PartOfDay.MORNING: Window(time(6), time(10, 30)),
    PartOfDay.FORENOON: Window(time(8), time(12)),
    PartOfDay.LATEMORNING: Window(time(10), time(12)),
    PartOfDay.NOON: Window(time(11, 30), time(13, 30)),
    PartOfDay.EARLYAFTERNOON: Window(time(13), time(15)),
    PartOfDay.AFTERNOON: Window(time(13), time(17)),
    PartOfDay.LATEAFTERNOON: Window(time(15), time(18)),
    PartOfDay.EARLYEVENING: Window(time(17), time(20)),
    PartOfDay.EVENING: Window(time(17), time(22)),
    PartOfDay.LATEEVENING: Window(time(19), time(22)),
    PartOfDay.NIGHT: Window(time(20), time(0)),
}
_ELSEWHERE: dict[str, dict[PartOfDay, Window]] = {
    "en": {PartOfDay.MORNING: Window(time(6), time(12))},
}
"""Where a language cuts the day otherwise: an English morning lasts until noon."""
_AFTER_NOON = frozenset(
    {
        PartOfDay.EARLYAFTERNOON,
        PartOfDay.AFTERNOON,
        PartOfDay.LATEAFTERNOON,
        PartOfDay.EARLYEVENING,
        PartOfDay.EVENING,
        PartOfDay.LATEEVENING,
    }
)
_LAST_NIGHT_HOUR = 5  # "um fünf in der Nacht" is before dawn, "um sechs in der Nacht" nobody says
_FIRST_NOON_HOUR = 9  # "mittags um zehn" stays before noon, "mittags um zwei" is 14:00


def window(part: PartOfDay, language: str = "de") -> Window:
    """The stretch of the day that a part of day stands for.

    >>> window(PartOfDay.FORENOON)
    Window(start=datetime.time(8, 0), end=datetime.time(12, 0))
    """
    return _ELSEWHERE.get(language, WINDOWS).get(part, WINDOWS[part])


def hour_in(part: PartOfDay, hour: int) -> int:
    """The hour of 24 that an hour of 12 means in this part of day.

    >>> hour_in(PartOfDay.EVENING, 8), hour_in(PartOfDay.MORNING, 8), hour_in(PartOfDay.NOON, 1)
    (20, 8, 13)
    """
    if hour > 12:  # noqa: PLR2004 - hours above twelve are said as they are
        return hour
    if part in _AFTER_NOON:
        return _evening(part, hour)
    if part is PartOfDay.NIGHT:
        return hour % 12 if hour % 12 <= _LAST_NIGHT_HOUR else hour + 12
    if part is PartOfDay.NOON:
        return hour if hour >= _FIRST_NOON_HOUR else hour + 12
    return hour


def _evening(part: PartOfDay, hour: int) -> int:
    """Twelve in the evening is midnight, twelve in the afternoon is noon."""
    late = part in {PartOfDay.EVENING, PartOfDay.LATEEVENING}
    if hour % 12 == 0:
        return 0 if late else 12
    return hour + 12
