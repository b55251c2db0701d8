"""What Cal.com says of bookings: which ones live, and what became of those that do not."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from booking_core.adapters.calcom.acceptance import SOURCE
from booking_core.adapters.calcom.calendar import LONGEST_CHAIN
from booking_core.domain.attention import Entry, Fate
from booking_core.domain.errors import CalendarRefused
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.adapters.calcom.models import Booking
    from booking_core.adapters.calcom.workshop import Connections
    from booking_core.domain.attention import Found
    from booking_core.domain.catalogue import Salon


class CalcomBookings:
    """Implements `reconcile.Bookings`: one request a person, and one for each that differs."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def upcoming(self, salon: Salon) -> Sequence[Entry]:
        """All live ones in everybody's calendar that have not begun."""
        opened = await self._connections.of(salon)
        keys = list(opened.accounts.of(salon).values())
        if not keys:
            raise CalendarRefused(reason="no key for anybody in this salon")
        lists = await asyncio.gather(
            *(opened.client.bookings(key, status="upcoming") for key in keys)
        )
        live = {one.uid: one for bookings in lists for one in bookings if one.is_live}
        return [_entry(one) for one in live.values()]

    async def became(self, salon: Salon, sold: Found) -> Found:
        """What became of a booking that is not seen where it was sold, however often it was moved.

        One that was moved away and back again stands, under another uid.
        """
        opened = await self._connections.of(salon)
        key = next(iter(opened.accounts.of(salon).values()), None)
        uid = sold.uid or ""
        for _ in range(LONGEST_CHAIN):
            booking = await opened.client.booking(key, uid)
            if booking is None:
                return replace(sold, fate=Fate.MISSING, uid=None)
            if booking.is_live:
                return _standing(sold, booking)
            if booking.rescheduled_to_uid is None:
                return replace(sold, fate=Fate.CANCELLED, uid=None)
            uid = booking.rescheduled_to_uid
        raise CalendarRefused(reason="the booking was moved in a circle")


def _standing(sold: Found, booking: Booking) -> Found:
    there = Span(booking.start, booking.end)
    fate = Fate.STANDS if there == sold.here else Fate.MOVED
    return replace(sold, fate=fate, there=there, uid=booking.uid)


def _entry(booking: Booking) -> Entry:
    ours = booking.metadata.get("source") == SOURCE
    return Entry(
        uid=booking.uid,
        span=Span(booking.start, booking.end),
        group=_named(booking, "group") if ours else None,
        made_at=booking.created_at,
        moved=booking.rescheduled_from_uid is not None,
        installation=_named(booking, "installation"),
    )


def _named(booking: Booking, name: str) -> UUID | None:
    with suppress(ValueError):
        return UUID(str(booking.metadata.get(name)))
    return None
