"""Working without an external calendar: our own claims are the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span
    from booking_core.ports import SegmentBooking


class LocalCalendar:
    """Implements `ports.Calendar` with nothing behind it: what our database accepted stands."""

    async def book(self, segment: SegmentBooking) -> str:
        """Agree; the same segment always has the same uid."""
        return f"local:{segment.group}:{segment.version}:{segment.segment.index}"

    async def find(self, segment: SegmentBooking) -> Sequence[str]:  # noqa: ARG002 - of the port
        """Nothing lives outside of our database."""
        return ()

    async def find_group(self, salon: Salon, group: UUID, window: Span) -> Sequence[str]:  # noqa: ARG002 - of the port
        """Nothing lives outside of our database."""
        return ()

    async def cancel(self, salon: Salon, uid: str, *, reason: str) -> None:
        """There is nothing to take back."""
