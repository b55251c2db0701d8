"""How people compare what they hear with what they mean."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from voice_agent.simulator.callers.when import When

ALIKE = 0.6


def alike(one: str, other: str) -> bool:
    """Whether two names can be the same for somebody who only hears them.

    >>> alike("Hollmann", "Vera Hollmann"), alike("Vera", "Vera Hollmann"), alike("Uwe", "Gerd")
    (True, True, False)
    """
    said, meant = one.casefold(), other.casefold()
    if set(said.split()) & set(meant.split()):
        return True
    return SequenceMatcher(None, said.split()[-1], meant.split()[-1]).ratio() >= ALIKE


def at_wished_time(start: datetime, when: When) -> datetime:
    """The wished time on the day of the offer."""
    assert when.at is not None
    return start.replace(hour=when.at.hour, minute=when.at.minute)


def minutes(one: datetime, other: datetime) -> float:
    """How far apart two moments are."""
    return (one - other).total_seconds() / 60
