"""Where a booked visit and the external calendar do not say the same, and what a person is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.interval import Span


class Fate(StrEnum):
    """What became of a booking in the external calendar."""

    STANDS = "stands"
    CANCELLED = "cancelled_there"
    MOVED = "moved_there"
    MISSING = "missing_there"
    """It is not known there any more, and the time could not be booked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One segment's booking as it is found there."""

    index: int
    here: Span
    """As it was sold."""
    fate: Fate
    there: Span | None = None
    """Where it is now; None when it is nowhere."""
    uid: str | None = None
    """Of what stands there now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """One reason why a person should look at a visit: all of its segments are to be decided."""

    appointment: Appointment
    fate: Fate
    parts: tuple[Found, ...]
    """The segments concerned."""

    @property
    def is_whole(self) -> bool:
        """Whether it concerns every segment of the visit."""
        return len(self.parts) == len(self.appointment.plan.segments)


class StrayFate(StrEnum):
    """What is done about bookings over there that carry our metadata and belong to no visit."""

    SWEPT = "swept_there"
    """Made by this installation, and cancelled."""
    UNKNOWN = "unknown_there"
    """Made by this installation, and so many that rather our own memory is gone: left alone."""
    FOREIGN = "foreign_there"
    """Made by another installation, or before they had names: left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """A booking over there that belongs to no visit of ours; it is told of once."""

    branch_id: UUID
    name: str
    """The same for what is to be told only once; no uid, which would open the booking."""
    fate: StrayFate
    span: Span

    @property
    def is_for_the_salon(self) -> bool:
        """Whether the salon is written to; what others have made is theirs."""
        return self.fate is not StrayFate.FOREIGN


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """A booked visit, and under which uids its segments were booked."""

    appointment: Appointment
    uids: Mapping[int, str]
    """By index of the segment; one without a uid cannot be looked for."""
    owed: frozenset[int] = frozenset()
    """Segments that stayed with us while somebody else's rest had their time taken over there,
    and whose time that rest has left.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A live booking in the external calendar."""

    uid: str
    span: Span
    group: UUID | None
    """The appointment it says that it belongs to; None = it is not ours."""
    made_at: datetime | None
    moved: bool
    """Somebody has moved it over there: it is theirs to decide."""
    installation: UUID | None = None
    """Which one of this system made it; None = nobody says."""


def attentions(appointment: Appointment, found: Iterable[Found]) -> Sequence[Attention]:
    """One for each way in which segments are not as they were sold."""
    parts = list(found)
    return [
        Attention(
            appointment=appointment,
            fate=fate,
            parts=tuple(one for one in parts if one.fate is fate),
        )
        for fate in (Fate.CANCELLED, Fate.MOVED, Fate.MISSING)
        if any(one.fate is fate for one in parts)
    ]
