"""How somebody is in the mood to talk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


class Mood(StrEnum):
    """Names as reports use them."""

    TERSE = "terse"
    CHATTY = "chatty"
    FICKLE = "fickle"
    UNSURE = "unsure"
    HURRIED = "hurried"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """What a mood does to a call; each number is a share of the turns or of the calls."""

    opens_with: float = 0.5
    """How much of what is known is said in the first sentence."""
    greets: float = 0.6
    asks: float = 0.15
    """Asks something in between, once."""
    changes: float = 0.0
    """Changes their mind at the read-back."""
    breaks_off: float = 0.02
    """Hangs up before it is over."""
    interrupts: float = 0.0
    hesitates: float = 0.0
    """Speaks in two pieces."""
    falls_silent: float = 0.0
    asks_back: float = 0.0
    """Did not hear, and asks to say it again."""


MANNERS = {
    Mood.PLAIN: Manner(opens_with=0.6, asks=0.1),
    Mood.TERSE: Manner(opens_with=0.15, greets=0.1, asks=0.0),
    Mood.CHATTY: Manner(opens_with=0.6, greets=0.95, asks=0.5, asks_back=0.04, hesitates=0.06),
    Mood.FICKLE: Manner(opens_with=0.5, changes=0.75, asks=0.2, breaks_off=0.04),
    Mood.UNSURE: Manner(
        opens_with=0.2, hesitates=0.12, falls_silent=0.06, asks=0.3, asks_back=0.06
    ),
    Mood.HURRIED: Manner(opens_with=1.0, greets=0.3, asks=0.0, interrupts=0.08, breaks_off=0.04),
}
SHARES = {
    Mood.PLAIN: 30, Mood.TERSE: 15, Mood.CHATTY: 15, Mood.FICKLE: 15, Mood.UNSURE: 10,
    Mood.HURRIED: 15,
}  # fmt: skip


def a_mood(chance: Random) -> Mood:
    """Somebody's mood today."""
    return chance.choices(list(SHARES), weights=list(SHARES.values()))[0]
