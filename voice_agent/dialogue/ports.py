"""What a conversation needs from the booking core."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from booking_core.domain.appointment import Appointment, Customer
    from booking_core.domain.booking import BookAppointment, BookingResult
    from booking_core.domain.orders import (
        CancelAppointment,
        CancelResult,
        RescheduleAppointment,
        RescheduleResult,
    )
    from booking_core.domain.requests import (
        CallbackNoted,
        JoinWaitingList,
        RequestCallback,
        WaitingEntry,
    )
    from booking_core.domain.slots import SlotAnswer, SlotQuery
    from booking_core.workflows.note_late import LatenessNoted, NoteLateness


class Desk(Protocol):
    """The salon's appointment desk; `booking_core.bootstrap` builds it."""

    async def offer_slots(self, query: SlotQuery) -> SlotAnswer:
        """Search, and hold everything that is offered for `query.owner` in the same breath.

        What this owner held before and is not offered again is released.
        """
        ...

    async def book(self, order: BookAppointment) -> BookingResult:
        """Book all segments or none; idempotent by `order.key`."""
        ...

    async def find_appointments(
        self,
        branch_id: UUID,
        *,
        phone: str | None = None,
        code: str | None = None,
        include_past: bool = False,
    ) -> Sequence[Appointment]:
        """Visits by number or by code, upcoming ones first; no proof of who is asking."""
        ...

    async def cancel(self, order: CancelAppointment) -> CancelResult:
        """Cancel a whole visit; idempotent by `order.key`."""
        ...

    async def reschedule(self, order: RescheduleAppointment) -> RescheduleResult:
        """Move a whole visit, or leave it as it is; idempotent by `order.key`."""
        ...

    async def call_back(self, request: RequestCallback) -> CallbackNoted:
        """Note whom the salon is to call back; asked again by the same key, it is one request."""
        ...

    async def join_waiting_list(self, wish: JoinWaitingList) -> WaitingEntry:
        """Note who waits for a place; asked again by the same key, it is one entry."""
        ...

    async def note_lateness(self, order: NoteLateness) -> LatenessNoted:
        """Note on a visit that its customer will be late, and tell the salon; once a key."""
        ...

    async def known_callers(self, branch_id: UUID, phone: str) -> Sequence[Customer]:
        """Who is on file with this number; it is no proof of who is calling."""
        ...

    async def renew_holds(self, owner: str) -> None:
        """Let the holds of a call that goes on expire later."""
        ...

    async def release_holds(self, owner: str) -> None:
        """Give back what was held; harmless when nothing was."""
        ...
