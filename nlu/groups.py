"""A time expression in the making: what its words have said so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nlu.meaning import Role

if TYPE_CHECKING:
    from nlu.clock import Clock
    from nlu.days import DayWords
    from nlu.meaning import Open, PartOfDay
    from nlu.pieces import Piece


@dataclass(slots=True, kw_only=True)
class Group:
    """One time expression in the making."""

    first: int
    last: int
    gap: frozenset[str]
    """Kinds of the words between the piece before and this one."""
    tight: frozenset[str]
    """Kinds of the words right before it."""
    words: int
    """Other words in the gap."""
    day: DayWords | None = None
    day_end: DayWords | None = None
    clock: Clock | None = None
    until: Clock | None = None
    pod: PartOfDay | None = None
    alone: Piece | None = None
    bound: Open | None = None
    role: Role = Role.WANT
    about: bool = False
    end_group: Group | None = None
    """The other end, where both ends have a day."""
    day_words: tuple[int, int] | None = None
    """Where its day is said."""
    clock_words: tuple[int, int] | None = None
    """Where its clock time or part of day is said."""
    linked: bool = False
    """Joined to the one before by "oder", "und" or a comma."""
    ranked: bool = False
    of_end: bool = False
    corrected: bool = False
    """Its day was put right; a clock time that follows is said for the new day."""
    clock_first: bool = False
    """The clock time was said before its day: "um neun am Dienstag"."""
    after_move: bool = False
    """The sentence speaks of an appointment or its move: "vom dritten auf den vierten"."""
    moves: bool = False
    """The sentence has a verb of moving."""
    rules: list[str] = field(default_factory=list)

    @property
    def has_clock(self) -> bool:
        """Whether a clock time was said."""
        return self.clock is not None

    @property
    def is_day_only(self) -> bool:
        """Only days, no clock time."""
        return self.day is not None and self.clock is None and self.alone is None

    @property
    def is_clock_only(self) -> bool:
        """A clock time or part of day without a day."""
        return (
            self.day is None
            and self.alone is None
            and (self.clock is not None or self.pod is not None)
        )
