"""How what stands in an external calendar differs from what a salon says, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from booking_core.domain.preflight import Unbookable


class Fault(StrEnum):
    """What is different."""

    MISSING = "missing"
    """No event type where one is wanted."""
    UNWANTED = "unwanted"
    """An event type of ours that nobody wants and nobody wrote down."""
    RENAMED = "renamed"
    MOVED = "moved"
    """Another slug than the one it is found by."""
    LENGTH = "length"
    VISIBLE = "visible"
    """Offered on the public page, past our rules."""
    GRID = "grid"
    NOTICE = "notice"
    BUFFERS = "buffers"
    GUESTS = "guests"
    PLACE = "place"
    """Without the salon's address its bookings become video calls."""
    SCHEDULE = "schedule"
    """Not on the schedule that is always open, or that one is not."""
    CONFIRMATION = "confirmation"
    """Bookings wait for a person, and block nothing meanwhile."""
    NO_CANCELLING = "no_cancelling"
    """What was booked half could not be undone."""
    NO_RESCHEDULING = "no_rescheduling"
    LIMITS = "limits"
    """Windows, seats and limits that refuse bookings."""
    QUESTIONS = "questions"
    """Answers that every booking must bring, and ours do not."""
    NO_HOURS = "no_hours"
    """Nobody's working hours stand there."""
    HOURS = "hours"
    """Other working hours, or other hours count."""
    UNREACHABLE = "unreachable"
    """Nobody could look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One thing that is not as it should be."""

    fault: Fault
    user: str
    """Whose calendar."""
    subject: str
    """The slug of an event type, or the name of a schedule."""
    found: str = ""
    wanted: str = ""
    repair: str | None = None
    """What a repair does; None where only a person can help."""

    @property
    def place(self) -> tuple[Fault, str, str]:
        """What it is about, whatever its values are."""
        return self.fault, self.user, self.subject


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftReport:
    """Everything that differs in the calendars of a branch, and what cannot be booked therefore."""

    deviations: tuple[Deviation, ...] = ()
    unbookable: tuple[Unbookable, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether all is as it should be."""
        return not self.deviations and not self.unbookable
