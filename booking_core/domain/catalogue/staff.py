"""Who works in a salon, when, and how fast."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import TYPE_CHECKING

from booking_core.domain.catalogue.grid import GRID_MINUTES
from booking_core.domain.errors import InvalidCatalogue

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from booking_core.domain.catalogue.service import Segment
    from booking_core.domain.interval import Span

MIDNIGHT = time()


class Level(StrEnum):
    """Training of a staff member, lowest first."""

    APPRENTICE = "apprentice"
    JUNIOR = "junior"
    REGULAR = "regular"
    SENIOR = "senior"
    MASTER = "master"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingHours:
    """One stretch of a weekly plan, in local wall time."""

    weekday: int
    """0 is Monday."""
    start: time
    end: time
    """00:00 is the end of the day."""

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:  # noqa: PLR2004 - Monday to Sunday
            raise InvalidCatalogue(f"no weekday: {self.weekday}", weekday=self.weekday)
        if self.end <= self.start and self.end != MIDNIGHT:
            raise InvalidCatalogue(
                f"hours end after they start, not {self.start} to {self.end}",
                start=self.start,
                end=self.end,
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Time in which a staff member is away; the reason is never spoken."""

    span: Span
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """A person who serves customers."""

    id: UUID
    key: str
    """Stable short name in the salon file: emma."""
    first_name: str
    last_name: str
    skills: frozenset[str]
    hours: tuple[WorkingHours, ...]
    """Weekly plan; breaks are the gaps between two stretches of a day."""
    nicknames: tuple[str, ...] = ()
    level: Level = Level.REGULAR
    extra_minutes: Mapping[str, int] = field(default_factory=dict)
    """Signed deviation per skill: +10 = takes ten minutes longer."""
    extra_from_minutes: Mapping[str, int] = field(default_factory=dict)
    """The deviation of a skill counts for segments of this length on; missing = for all."""
    absences: tuple[Absence, ...] = ()
    calendar_user: str | None = None
    """User name at Cal.com."""
    active: bool = True

    @property
    def name(self) -> str:
        """Full name: Emma Lindner."""
        return f"{self.first_name} {self.last_name}"

    def minutes_for(self, segment: Segment) -> int:
        """How long this person takes, at least one cell."""
        if segment.minutes < self.extra_from_minutes.get(segment.skill, 0):
            return segment.minutes
        return max(GRID_MINUTES, segment.minutes + self.extra_minutes.get(segment.skill, 0))
