"""One worker with one saga: asks the calendar in time, and writes down what it says."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import structlog

from booking_core.domain.errors import CalendarBusy, CalendarError, CalendarSilent
from booking_core.domain.interval import Span
from booking_core.domain.labels import (
    cancelled_reason,
    moved_reason,
    segment_label,
    undone_reason,
)
from booking_core.domain.saga import Action, Saga, SagaKind, SagaState, Step, StepState
from booking_core.ports import SegmentBooking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import PlannedSegment
    from booking_core.ports import Calendar, Sagas, Whereabouts

log = structlog.get_logger()
T = TypeVar("T")

ANSWER_S = 10.0
BUSY_WAIT_S = 1.0
FRESH_S = 4.0


class OutOfTime(CalendarError):
    """The time for this change is over; nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An intent that is on disk, and whose request has not been sent."""

    position: int
    until: float
    """As `time.monotonic` tells; who sends later asks first whether the saga is still theirs."""


class Worker:
    """What a saga does at the calendar, and what it learns there.

    That a step is done is written with the next write: until then an intent is on disk, and whoever
    takes over looks for what became of it. The next step's intent is written while a booking is
    asked for: nobody waits for the disk, and whoever takes over looks for one step more.
    """

    def __init__(
        self,
        saga: Saga,
        salon: Salon,
        sagas: Sagas,
        calendar: Calendar,
        *,
        until: float,
        prepared: Prepared | None = None,
        fresh_s: float = FRESH_S,
    ) -> None:
        """`fresh_s` = so long an intent is believed to be still ours; well below a lease."""
        self.saga = saga
        self.salon = salon
        self._sagas = sagas
        self._calendar = calendar
        self._until = until
        self._prepared = prepared
        self._fresh_s = fresh_s
        self._unwritten: tuple[Step, ...] = ()

    def is_prepared(self, step: Step) -> bool:
        """Whether this worker has written that it will send this request, and has not sent it."""
        return self._prepared is not None and self._prepared.position == step.position

    @asynccontextmanager
    async def preparing_next(self, step: Step) -> AsyncIterator[None]:
        """Meanwhile the intent of the step after this one is written; it is, when this ends."""
        following = self._following(step)
        if following is None:
            yield
            return
        writing = asyncio.create_task(self._prepare(following))
        try:
            yield
        except CalendarError:
            await writing
            raise
        except BaseException:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            raise
        await writing

    async def intend(self, step: Step) -> Step:
        """A request is about to be sent; the step as it is now."""
        self.need_time()
        prepared, self._prepared = self._prepared, None
        wanted = self.saga.step(step.position)
        if prepared and prepared.position == step.position and time.monotonic() < prepared.until:
            return wanted
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
        self.saga = self.saga.with_steps(done)
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

    async def find_all(self) -> Sequence[str]:
        """All live bookings of the visit, where it is to be and where it was."""
        visits = [visit for visit in (self.saga.appointment, self.saga.before) if visit]
        whole = Span(
            min(visit.plan.start for visit in visits), max(visit.plan.end for visit in visits)
        )
        group = self.saga.appointment.id
        return await self._ask(lambda: self._calendar.find_group(self.salon, group, whole))

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

    def _following(self, step: Step) -> Step | None:
        """The booking that is asked for next, if that is certain."""
        after = [one for one in self.saga.steps if one.position > step.position]
        if self.saga.state is not SagaState.RUNNING or not after:
            return None
        following = min(after, key=lambda one: one.position)
        wanted = following.action is Action.BOOK and following.state is StepState.PENDING
        return following if wanted and not following.after_pivot else None

    async def _prepare(self, following: Step) -> None:
        await asyncio.sleep(0)  # the request goes out first: its answer takes longest
        fresh_until = time.monotonic() + self._fresh_s
        self.saga = await self._sagas.intend(self.saga, following, *self._unwritten)
        self._unwritten = ()
        self._prepared = Prepared(position=following.position, until=fresh_until)

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
            except CalendarSilent as silent:
                if silent.nobody_there:  # whoever waits hears so now; the rest is for later
                    self._until = time.monotonic()
                raise
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
