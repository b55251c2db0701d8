"""Where segments are really booked, and the locks in front of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.appointment import Customer
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span
    from booking_core.domain.plan import PlannedSegment


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentBooking:
    """One segment as the external calendar is asked to book it."""

    salon: Salon
    group: UUID
    """The appointment; the placeholder attendee and the metadata carry it."""
    version: int
    attempt: int
    """Counts POSTs of this segment; part of the metadata."""
    segment: PlannedSegment
    service_label: str
    """As people read it: Ansatzfärbung: Auswaschen (2 von 4)."""
    customer: Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where a booking is to be found."""

    uid: str
    start: datetime


class Calendar(Protocol):
    """Where segments are really booked."""

    async def book(self, segment: SegmentBooking) -> str:
        """Book one segment and return its uid.

        CalendarTaken: refused as taken. CalendarRefused: refused otherwise. CalendarSilent: the
        outcome is unknown; ask `find` before anything else. CalendarBusy: not done, later.
        CalendarDown: nothing was sent.
        """
        ...

    async def find(self, segment: SegmentBooking) -> Sequence[str]:
        """Uids of the live bookings of this segment (any attempt); CalendarSilent when unknown."""
        ...

    async def find_group(self, salon: Salon, group: UUID, window: Span) -> Sequence[str]:
        """Uids of all live bookings of an appointment that start inside the window."""
        ...

    async def shift(self, segment: SegmentBooking, uid: str) -> str:
        """Move a booking of the same person and length to the segment's time; its new uid.

        The uid it had is used up: a second request for it is refused. Errors as of `book`; what
        became of an unknown outcome is told by `trace`.
        """
        ...

    async def trace(self, salon: Salon, uid: str) -> Whereabouts | None:
        """Where this booking is now, however often it was moved; None when it is cancelled."""
        ...

    async def cancel(self, salon: Salon, uid: str, *, reason: str) -> None:
        """Cancel it, also where it was moved; already cancelled or gone is success.

        CalendarSilent when unknown.
        """
        ...


@runtime_checkable
class Expectant(Protocol):
    """A calendar that can get ready for what it will be asked."""

    async def expect(
        self, salon: Salon, segments: Sequence[PlannedSegment], *, cancels: int = 0
    ) -> None:
        """These are about to be booked, and so many bookings cancelled, unless that is refused.

        Nothing depends on it; what goes wrong here is found out by the requests themselves.
        """
        ...


class Locks(Protocol):
    """Courtesy locks that keep processes from colliding; never the proof."""

    def hold(self, keys: Sequence[str], *, ttl_s: float) -> AbstractAsyncContextManager[int | None]:
        """All keys or none, for at most `ttl_s`.

        Yields a number that grows with every holder; None when the keys were not to be had.
        """
        ...
