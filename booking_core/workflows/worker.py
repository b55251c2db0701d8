"""One worker with one saga: asks the calendar in time, and writes down what it says."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import structlog

from booking_core.domain.errors import CalendarBusy, CalendarError, CalendarSilent
from booking_core.domain.labels import (
    cancelled_reason,
    moved_reason,
    segment_label,
    undone_reason,
)
from booking_core.domain.saga import Saga, SagaKind, SagaState, Step, StepState
from booking_core.ports import SegmentBooking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import PlannedSegment
    from booking_core.ports import Calendar, Sagas, Whereabouts

log = structlog.get_logger()
T = TypeVar("T")

ANSWER_S = 10.0
BUSY_WAIT_S = 1.0


class OutOfTime(CalendarError):
    """The time for this change is over; nothing was sent."""


class Worker:
    """What a saga does at the calendar, and what it learns there.

    That a step is done is written with the next write: until then an intent is on disk, and whoever
    takes over looks for what became of it.
    """

    def __init__(
        self, saga: Saga, salon: Salon, sagas: Sagas, calendar: Calendar, *, until: float
    ) -> None:
        self.saga = saga
        self.salon = salon
        self._sagas = sagas
        self._calendar = calendar
        self._until = until
        self._unwritten: tuple[Step, ...] = ()

    async def intend(self, step: Step) -> Step:
        """A request is about to be sent; the step as it is now."""
        self.need_time()
        wanted = self.saga.step(step.position)
        self.saga = await self._sagas.intend(self.saga, wanted, *self._unwritten)
        self._unwritten = ()
        return self.saga.step(step.position)

    async def doubt(self, step: Step) -> Step:
        """The outcome of a request is unknown; the step as it is now."""
        self.saga = await self._sagas.doubt(self.saga, self.saga.step(step.position))
        return self.saga.step(step.position)

    def done(self, step: Step, uid: str | None) -> None:
        """What the step was to do is done."""
        done = replace(self.saga.step(step.position), state=StepState.DONE, uid=uid)
        self.saga = self.saga.with_step(done)
        self._unwritten = (*self._unwritten, done)

    async def undone(self, step: Step) -> None:
        """Nothing of the step is left; its uid is what stands again."""
        self.saga = await self._sagas.undone(self.saga, step)

    async def settled(self) -> Saga:
        """The saga, with everything that is known of it on disk."""
        for step in self._unwritten:
            self.saga = await self._sagas.done(self.saga, step, step.uid)
        self._unwritten = ()
        return self.saga

    async def book(self, booking: SegmentBooking) -> str:
        """As of the port."""
        return await self._ask(lambda: self._calendar.book(booking))

    async def find(self, booking: SegmentBooking) -> Sequence[str]:
        """As of the port."""
        return await self._ask(lambda: self._calendar.find(booking))

    async def shift(self, booking: SegmentBooking, uid: str) -> str:
        """As of the port."""
        return await self._ask(lambda: self._calendar.shift(booking, uid))

    async def trace(self, uid: str) -> Whereabouts | None:
        """As of the port."""
        return await self._ask(lambda: self._calendar.trace(self.salon, uid))

    async def cancel(self, uid: str) -> None:
        """As of the port, with the reason."""
        reason = self._reason()
        await self._ask(lambda: self._calendar.cancel(self.salon, uid, reason=reason))

    def booking(self, step: Step) -> SegmentBooking:
        """What the calendar is asked for by this step."""
        return segment_booking(self.saga, step, self.salon)

    def former_booking(self, step: Step) -> SegmentBooking:
        """What stood before this step."""
        return former_booking(self.saga, step, self.salon)

    def left_s(self) -> float:
        """How much time there is."""
        return max(0.0, self._until - time.monotonic())

    def need_time(self) -> None:
        """OutOfTime when there is none."""
        if self.left_s() <= 0:
            raise OutOfTime

    def _reason(self) -> str:
        saga = self.saga
        if saga.state is SagaState.COMPENSATING:
            return undone_reason(self.salon)
        if saga.kind is SagaKind.CANCEL:
            return saga.reason.strip() or cancelled_reason(self.salon)
        return moved_reason(self.salon)

    async def _ask(self, call: Callable[[], Awaitable[T]]) -> T:
        """The calendar's answer, as long as there is time; asked again when it is busy."""
        while True:
            try:
                async with asyncio.timeout(min(ANSWER_S, self.left_s())):
                    return await call()
            except TimeoutError as error:
                raise CalendarSilent(after_s=ANSWER_S) from error
            except CalendarBusy as busy:
                wait_s = max(BUSY_WAIT_S, busy.retry_after_s)
                if self.left_s() < wait_s:
                    raise
                await asyncio.sleep(wait_s)
            except CalendarError:
                raise
            except Exception as error:
                # Whatever it was: the request may have been sent, so its outcome is unknown.
                log.error("calendar_unexpected", error=type(error).__name__)  # noqa: TRY400 - a traceback may quote customers
                raise CalendarSilent from error


def segment_booking(saga: Saga, step: Step, salon: Salon) -> SegmentBooking:
    """What the calendar is asked for by this step."""
    return _booking(saga, step, saga.segment(step), salon, saga.appointment.version)


def former_booking(saga: Saga, step: Step, salon: Salon) -> SegmentBooking:
    """What stood before this step."""
    assert saga.before is not None, "a booking has nothing before it"
    return _booking(saga, step, saga.former_segment(step), salon, saga.before.version)


def _booking(
    saga: Saga, step: Step, segment: PlannedSegment, salon: Salon, version: int
) -> SegmentBooking:
    return SegmentBooking(
        salon=salon,
        group=saga.appointment.id,
        version=version,
        attempt=step.attempt,
        segment=segment,
        service_label=segment_label(salon, segment),
        customer=saga.appointment.customer,
    )
