"""Working without an external calendar: our own claims are the calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span
    from booking_core.ports import SegmentBooking, Whereabouts


LOCAL = "local:"
"""How the uid of a booking begins that no external calendar has."""


class LocalCalendar:
    """Implements `ports.Calendar` with nothing behind it: what our database accepted stands."""

    async def book(self, segment: SegmentBooking) -> str:  # noqa: ARG002 - of the port
        """Agree."""
        return _new_uid()

    async def find(self, segment: SegmentBooking) -> Sequence[str]:  # noqa: ARG002 - of the port
        """Nothing lives outside of our database."""
        return ()

    async def find_group(self, salon: Salon, group: UUID, window: Span) -> Sequence[str]:  # noqa: ARG002 - of the port
        """Nothing lives outside of our database."""
        return ()

    async def shift(self, segment: SegmentBooking, uid: str) -> str:  # noqa: ARG002 - of the port
        """Agree."""
        return _new_uid()

    async def trace(self, salon: Salon, uid: str) -> Whereabouts | None:  # noqa: ARG002 - of the port
        """Nothing lives outside of our database."""
        return None

    async def cancel(self, salon: Salon, uid: str, *, reason: str) -> None:
        """There is nothing to take back."""


def _new_uid() -> str:
    """Every booking has another one, also that of a change which is tried again."""
    return f"{LOCAL}{uuid4()}"
