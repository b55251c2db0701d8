"""An external calendar, and beside it what it cannot have: work in the rest of somebody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.adapters.local_calendar import LOCAL, LocalCalendar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span
    from booking_core.ports import Calendar, SegmentBooking, Whereabouts


class BesideRests:
    """Implements `ports.Calendar`: asks the real one for everything that it can have.

    A rest lengthens the booking before it, so its time is taken there. Cal.com refuses what
    overlaps a booking of the same host, keeps the length of a booking that is moved, and has no
    way to shorten one: giving up a rest there would mean to cancel a customer's booking and to
    hope that it can be made again. Segments that the desk puts into a rest stay with us instead.
    """

    def __init__(self, calendar: Calendar) -> None:
        self._outside = calendar
        self._here = LocalCalendar()

    async def book(self, segment: SegmentBooking) -> str:
        """As of the port."""
        return await self._of(segment).book(segment)

    async def find(self, segment: SegmentBooking) -> Sequence[str]:
        """As of the port."""
        return await self._of(segment).find(segment)

    async def find_group(self, salon: Salon, group: UUID, window: Span) -> Sequence[str]:
        """As of the port; what is kept here needs nobody to look for it."""
        return await self._outside.find_group(salon, group, window)

    async def shift(self, segment: SegmentBooking, uid: str) -> str:
        """As of the port."""
        return await self._at(uid).shift(segment, uid)

    async def trace(self, salon: Salon, uid: str) -> Whereabouts | None:
        """As of the port."""
        return await self._at(uid).trace(salon, uid)

    async def cancel(self, salon: Salon, uid: str, *, reason: str) -> None:
        """As of the port."""
        await self._at(uid).cancel(salon, uid, reason=reason)

    def _of(self, segment: SegmentBooking) -> Calendar:
        return self._here if segment.segment.local else self._outside

    def _at(self, uid: str) -> Calendar:
        return self._here if uid.startswith(LOCAL) else self._outside
