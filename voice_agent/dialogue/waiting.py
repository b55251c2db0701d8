"""What was asked for in the same breath as something else, and waits until that is done."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nlu import Understanding


class Aim(StrEnum):
    """What one request wants."""

    BOOK = "book"
    CANCEL = "cancel"
    MOVE = "move"
    TELL = "tell"
    LATE = "late"
    ASK = "ask"
    """A question only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One request, in the words it came with."""

    aim: Aim
    said: Understanding
