"""Carry a booking to its end: every segment at the calendar, or none of them.

Each request to the calendar is on disk before it is sent, so that whoever comes after a crash
knows what may have happened. An unknown outcome is looked up before it is believed. No database
transaction is open while the calendar is asked.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import structlog

from booking_core.domain.errors import (
    CalendarBusy,
    CalendarDown,
    CalendarError,
    CalendarRefused,
    CalendarSilent,
    CalendarTaken,
)
from booking_core.domain.labels import segment_label, undone_reason
from booking_core.domain.saga import Saga, SagaState, Setback, Step, StepState
from booking_core.ports import SegmentBooking

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from booking_core.domain.catalogue import Salon
    from booking_core.ports import Calendar, Clock, Locks, Sagas, Salons

log = structlog.get_logger()
T = TypeVar("T")

REQUESTS = 2  # one more when the first left nothing behind; a third has never helped
ANSWER_S = 10.0
RENEW_EVERY_S = 4.0
SHORTEST_RENEWAL_S = 0.1
BUSY_WAIT_S = 1.0
LOOK_UP_WAIT_S = 0.25
REST_WAITS_S = (1.0, 5.0, 30.0, 120.0, 600.0)
ALARM_AFTER_S = 600.0


class OutOfTime(CalendarError):
    """The time for this booking is over; nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What bookings are made with."""

    salons: Salons
    sagas: Sagas
    calendar: Calendar
    locks: Locks
    clock: Clock
    renew_every_s: float = RENEW_EVERY_S
    """A good deal shorter than a lease: a worker that waits for an answer is not dead."""


def renewal_of(lease_s: float) -> float:
    """How often a lease is renewed; two renewals may be late before it is over."""
    return min(RENEW_EVERY_S, max(lease_s / 3, SHORTEST_RENEWAL_S))


class SagaRun:
    """One worker carrying one saga."""

    def __init__(self, saga: Saga, salon: Salon, parts: Parts, *, until: float) -> None:
        self._saga = saga
        self._salon = salon
        self._sagas = parts.sagas
        self._calendar = parts.calendar
        self._clock = parts.clock
        self._renew_every_s = parts.renew_every_s
        self._until = until

    async def to_the_end(self) -> Saga:
        """Booked, or undone; or resting, if undoing takes longer than there is time.

        SagaLost when another worker has taken it over: then it is theirs.
        """
        async with self._alive():
            if self._saga.state is SagaState.RUNNING:
                await self._go_forward()
            if self._saga.state is SagaState.COMPENSATING:
                await self._go_back()
        log.info("saga_left", saga=str(self._saga.id), state=self._saga.state.value)
        return self._saga

    @asynccontextmanager
    async def _alive(self) -> AsyncIterator[None]:
        """Meanwhile the lease is renewed, however long an answer takes."""
        heart = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            heart.cancel()
            await asyncio.gather(heart, return_exceptions=True)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._renew_every_s)
            with suppress(Exception):  # the next write of the work itself tells what is wrong
                await self._sagas.renew(self._saga)

    async def _go_forward(self) -> None:
        setback = await self._book_all()
        if setback is None:
            self._saga = await self._sagas.finish(self._saga, at=self._clock.now())
        else:
            self._saga = await self._sagas.turn_back(self._saga, setback)

    async def _book_all(self) -> Setback | None:
        try:
            for step in self._saga.steps:
                await self._book(step)
        except CalendarTaken:
            return Setback.TAKEN
        except CalendarRefused:
            return Setback.CALENDAR_REFUSED
        except (CalendarSilent, CalendarDown):
            return Setback.CALENDAR_SILENT
        except (CalendarBusy, OutOfTime):
            return Setback.DEADLINE
        return None

    async def _book(self, step: Step) -> None:
        if step.state is StepState.DONE:
            return
        uid = await self._look_up(step) if step.state is StepState.INTENT else None
        if uid is None:
            uid = await self._request(step.index)
        self._saga = await self._sagas.done(self._saga, self._step(step.index), uid)

    async def _request(self, index: int) -> str:
        for _ in range(REQUESTS):
            self._need_time()
            self._saga = await self._sagas.intend(self._saga, self._step(index))
            try:
                return await self._ask(lambda: self._calendar.book(self._booking(index)))
            except CalendarTaken:
                # Taken by our own earlier request, whose answer was lost? Only a look tells.
                step = self._step(index)
                uid = await self._look_up(step) if step.uncertain else None
                if uid is None:
                    raise
                return uid
            except CalendarSilent:
                self._saga = await self._sagas.doubt(self._saga, self._step(index))
                uid = await self._look_up(self._step(index))
                if uid is not None:
                    return uid
        raise CalendarSilent

    async def _look_up(self, step: Step) -> str | None:
        """What the calendar has of this step; CalendarSilent when it does not say in time."""
        give_up = min(self._until, time.monotonic() + ANSWER_S)
        while True:
            try:
                found = await self._find(step)
            except CalendarSilent:
                if time.monotonic() + LOOK_UP_WAIT_S >= give_up:
                    raise
                await asyncio.sleep(LOOK_UP_WAIT_S)
            else:
                return min(found, default=None)

    async def _go_back(self) -> None:
        for step in reversed(self._saga.steps):
            if step.state not in {StepState.INTENT, StepState.DONE}:
                continue
            try:
                await self._undo(step)
            except CalendarError as error:
                await self._rest(step, error)
                return
        self._saga = await self._sagas.fail(self._saga)

    async def _undo(self, step: Step) -> None:
        self._need_time()
        uids = {step.uid} if step.uid else set()
        if step.uncertain:
            uids |= set(await self._find(step))
        for uid in sorted(uids):
            await self._ask(partial(self._cancel, uid))
        self._saga = await self._sagas.undone(self._saga, step)

    async def _rest(self, step: Step, error: CalendarError) -> None:
        saga = self._saga
        hand_over = isinstance(error, OutOfTime)
        wait_s = 0.0 if hand_over else REST_WAITS_S[min(saga.tries, len(REST_WAITS_S) - 1)]
        report = log.error if saga.age_s > ALARM_AFTER_S else log.warning
        report(
            "undoing_put_off",
            saga=str(saga.id),
            segment=step.index,
            answer=type(error).__name__,
            tries=saga.tries,
            wait_s=wait_s,
        )
        self._saga = await self._sagas.rest(saga, wait_s=wait_s)

    async def _find(self, step: Step) -> Sequence[str]:
        return await self._ask(lambda: self._calendar.find(self._booking(step.index)))

    async def _cancel(self, uid: str) -> None:
        await self._calendar.cancel(self._salon, uid, reason=undone_reason(self._salon))

    async def _ask(self, call: Callable[[], Awaitable[T]]) -> T:
        """The calendar's answer, as long as there is time; asked again when it is busy."""
        while True:
            try:
                async with asyncio.timeout(min(ANSWER_S, self._left_s())):
                    return await call()
            except TimeoutError as error:
                raise CalendarSilent(after_s=ANSWER_S) from error
            except CalendarBusy as busy:
                wait_s = max(BUSY_WAIT_S, busy.retry_after_s)
                if self._left_s() < wait_s:
                    raise
                await asyncio.sleep(wait_s)
            except CalendarError:
                raise
            except Exception as error:
                # Whatever it was: the request may have been sent, so its outcome is unknown.
                log.error("calendar_unexpected", error=type(error).__name__)  # noqa: TRY400 - a traceback may quote customers
                raise CalendarSilent from error

    def _need_time(self) -> None:
        if self._left_s() <= 0:
            raise OutOfTime

    def _left_s(self) -> float:
        return max(0.0, self._until - time.monotonic())

    def _step(self, index: int) -> Step:
        return next(step for step in self._saga.steps if step.index == index)

    def _booking(self, index: int) -> SegmentBooking:
        return segment_booking(self._saga, self._step(index), self._salon)


def segment_booking(saga: Saga, step: Step, salon: Salon) -> SegmentBooking:
    """What the calendar is asked for this step."""
    segment = saga.segment(step)
    return SegmentBooking(
        salon=salon,
        group=saga.appointment.id,
        version=saga.appointment.version,
        attempt=step.attempt,
        segment=segment,
        service_label=segment_label(salon, segment),
        customer=saga.appointment.customer,
    )
