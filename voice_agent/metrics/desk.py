"""A desk whose answers are counted and timed on their way to the call."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
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
    from voice_agent.dialogue.ports import Desk
    from voice_agent.metrics.figures import Metrics

T = TypeVar("T")


class MeasuredDesk:
    """Implements `Desk` by asking another one."""

    def __init__(self, desk: Desk, metrics: Metrics) -> None:
        self._desk = desk
        self._metrics = metrics

    async def offer_slots(self, query: SlotQuery) -> SlotAnswer:
        """Search and hold."""
        return await self._timed("search", self._desk.offer_slots(query))

    async def book(self, order: BookAppointment) -> BookingResult:
        """Book all segments or none."""
        return await self._timed("book", self._desk.book(order))

    async def cancel(self, order: CancelAppointment) -> CancelResult:
        """Cancel a whole visit."""
        return await self._timed("cancel", self._desk.cancel(order))

    async def reschedule(self, order: RescheduleAppointment) -> RescheduleResult:
        """Move a whole visit."""
        return await self._timed("move", self._desk.reschedule(order))

    async def find_appointments(
        self,
        branch_id: UUID,
        *,
        phone: str | None = None,
        code: str | None = None,
        include_past: bool = False,
    ) -> Sequence[Appointment]:
        """Visits by number or by code."""
        found = self._desk.find_appointments(
            branch_id, phone=phone, code=code, include_past=include_past
        )
        return await self._timed("lookup", found)

    async def call_back(self, request: RequestCallback) -> CallbackNoted:
        """Note whom the salon is to call back."""
        return await self._timed("callback", self._desk.call_back(request))

    async def join_waiting_list(self, wish: JoinWaitingList) -> WaitingEntry:
        """Note who waits for a place."""
        return await self._timed("waiting_list", self._desk.join_waiting_list(wish))

    async def note_lateness(self, order: NoteLateness) -> LatenessNoted:
        """Note that a customer will be late."""
        return await self._timed("lateness", self._desk.note_lateness(order))

    async def known_callers(self, branch_id: UUID, phone: str) -> Sequence[Customer]:
        """Who is on file with this number."""
        return await self._timed("known_callers", self._desk.known_callers(branch_id, phone))

    async def renew_holds(self, owner: str) -> None:
        """Let holds expire later."""
        await self._timed("renew", self._desk.renew_holds(owner))

    async def release_holds(self, owner: str) -> None:
        """Give back what was held."""
        await self._timed("release", self._desk.release_holds(owner))

    async def _timed(self, work: str, asked: Awaitable[T]) -> T:
        """The answer; its class is the result that is counted, or what prevented one."""
        began, result = time.perf_counter(), "cancelled"
        try:
            answer = await asked
            result = "done" if answer is None else type(answer).__name__
        except Exception as error:
            result = type(error).__name__
            raise
        else:
            return answer
        finally:
            self._metrics.note_work(work, result, time.perf_counter() - began)
