"""A visit laid out in time: which segment starts when, who does it, where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from booking_core.domain.errors import InvalidVisit
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRequest:
    """What is to be laid out: services in spoken order, and a wish for a person."""

    services: tuple[UUID, ...]
    staff: UUID | None = None
    """Binds the lead segments; None = anybody."""

    def __post_init__(self) -> None:
        if not self.services:
            raise InvalidVisit("a visit needs at least one service", services=0)


class ClaimKind(StrEnum):
    """Why a resource is taken."""

    WORK = "work"
    PAUSE = "pause"
    """A blocked pause: the staff member stays with the customer."""
    REST = "rest"
    """A pause of policy `never`: the staff member is free, the time is not sold."""
    GUARD = "guard"
    """The last minutes of a free pause of a `flexible` service: nobody else's work ends in them."""
    SEAT = "seat"
    """A chair, basin or room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A stretch of time on one staff member or resource unit."""

    resource_id: UUID
    span: Span
    kind: ClaimKind = ClaimKind.WORK


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPause:
    """Time after a segment in which the customer waits."""

    span: Span
    occupied: bool
    """Whether the staff member's time is taken meanwhile."""
    rest: bool = False
    """Policy `never`: taken, but the staff member is not with the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSegment:
    """One piece of work at a definite time with definite people."""

    index: int
    """1-based, in the order of the visit."""
    of: int
    key: str
    name: str
    """As in the catalogue: Auswaschen."""
    service_id: UUID
    staff_id: UUID
    span: Span
    """The work itself."""
    pause: PlannedPause | None = None
    local: bool = False
    """Not in the external calendar: it has that time taken for somebody else's rest, which a
    person at the desk has given up, and no calendar books a time twice.
    """

    @property
    def stays_until(self) -> datetime:
        """When the customer is ready for the next segment."""
        return self.pause.span.end if self.pause else self.span.end

    @property
    def calendar_span(self) -> Span:
        """What the external calendar gets: an occupied pause lengthens the booking before it."""
        if self.pause and self.pause.occupied:
            return Span(self.span.start, self.pause.span.end)
        return self.span


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All segments of one visit, in order, with every resource they take."""

    services: tuple[UUID, ...]
    segments: tuple[PlannedSegment, ...]
    claims: tuple[Claim, ...]
    """Every staff member and unit taken; sorted by resource and start, never overlapping."""

    def __post_init__(self) -> None:
        if not self.segments:
            raise InvalidVisit("a plan needs at least one segment", segments=0)
        for before, after in pairwise(self.segments):
            if after.span.start < before.stays_until:
                raise InvalidVisit(
                    f"segment {after.index} begins at {after.span.start}, "
                    f"before the one in front of it is over at {before.stays_until}",
                    index=after.index,
                    start=after.span.start,
                    end=before.stays_until,
                )

    @property
    def start(self) -> datetime:
        """When the customer walks in."""
        return self.segments[0].span.start

    @property
    def end(self) -> datetime:
        """When the customer leaves."""
        return self.segments[-1].span.end

    @property
    def span(self) -> Span:
        """The customer's stay."""
        return Span(self.start, self.end)

    @property
    def local_segments(self) -> tuple[PlannedSegment, ...]:
        """Those that the external calendar does not get."""
        return tuple(segment for segment in self.segments if segment.local)

    @property
    def has_rest(self) -> bool:
        """Whether somebody is free in it whose time is not sold."""
        return any(claim.kind is ClaimKind.REST for claim in self.claims)

    @property
    def total_minutes(self) -> int:
        """Length of the stay, pauses included."""
        return self.span.minutes
