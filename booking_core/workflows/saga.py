"""Carry a change of an appointment to its end: everything of it at the calendar, or nothing.

No database transaction is open while the calendar is asked.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import structlog

from booking_core.domain.errors import (
    CalendarBusy,
    CalendarDown,
    CalendarError,
    CalendarRefused,
    CalendarSilent,
    CalendarTaken,
)
from booking_core.domain.saga import Saga, SagaKind, SagaState, Setback, Step, StepState
from booking_core.workflows.actions import carry_out, clear_away, make_room, take_back
from booking_core.workflows.after_a_while import beginning_after
from booking_core.workflows.under_way import UnderWay
from booking_core.workflows.worker import OutOfTime, Prepared, Worker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from booking_core.domain.slots import Obstacle
    from booking_core.ports import Calendar, Clock, Expectant, Locks, Sagas, Salons

log = structlog.get_logger()

RENEW_EVERY_S = 4.0
SHORTEST_RENEWAL_S = 0.1
REST_WAITS_S = (1.0, 5.0, 30.0, 120.0, 600.0)
ALARM_AFTER_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What appointments are booked and changed with."""

    salons: Salons
    sagas: Sagas
    calendar: Calendar
    locks: Locks
    clock: Clock
    call_back_by: Callable[[Salon, datetime], datetime] | None = None
    """When the salon calls whom a failure has cost a booking; None = it does not."""
    closed: Callable[[Plan, Salon], Obstacle | None] = lambda _plan, _salon: None
    """What in the salon's hours speaks against a plan by now."""
    expectant: Expectant | None = None
    """The calendar, if it can get ready while a booking is written down."""
    seen_within_s: float | None = None
    """How young a reading of the external calendar refuses a booking; None = nobody reads it."""
    renew_every_s: float = RENEW_EVERY_S
    """A good deal shorter than a lease: a worker that waits for an answer is not dead."""
    errands: UnderWay = field(default_factory=partial(UnderWay, broken="locks_not_given_back"))
    """What goes on behind an answer; a farewell waits for it."""


def renewal_of(lease_s: float) -> float:
    """How often a lease is renewed; two renewals may be late before it is over."""
    return min(RENEW_EVERY_S, max(lease_s / 3, SHORTEST_RENEWAL_S))


class SagaRun:
    """One worker carrying one saga."""

    def __init__(
        self,
        saga: Saga,
        salon: Salon,
        parts: Parts,
        *,
        until: float,
        begun_at: float | None = None,
    ) -> None:
        """`begun_at` = when this worker itself has begun the saga, whose log it knows whole."""
        self._worker = Worker(
            saga,
            salon,
            parts.sagas,
            parts.calendar,
            until=until,
            prepared=_prepared(saga, begun_at, parts.renew_every_s),
            fresh_s=parts.renew_every_s,
        )
        self._sagas = parts.sagas
        self._clock = parts.clock
        self._call_back_by = parts.call_back_by
        self._renew_every_s = parts.renew_every_s

    async def to_the_end(self) -> Saga:
        """Done, or undone; or resting, if that takes longer than there is time.

        SagaLost when another worker has taken it over: then it is theirs.
        """
        async with self._alive():
            if self._saga.state is SagaState.RUNNING:
                await self._go_forward()
            if self._saga.state is SagaState.FINISHING:
                await self._clear_up()
            if self._saga.state is SagaState.COMPENSATING:
                await self._go_back()
        saga = self._saga
        log.info("saga_left", saga=str(saga.id), kind=saga.kind.value, state=saga.state.value)
        return saga

    @property
    def _saga(self) -> Saga:
        return self._worker.saga

    @asynccontextmanager
    async def _alive(self) -> AsyncIterator[None]:
        """Meanwhile the lease is renewed, however long an answer takes."""
        heart: list[asyncio.Task[None]] = []
        try:
            with beginning_after(self._renew_every_s, self._beat) as heart:
                yield
        finally:
            await asyncio.gather(*heart, return_exceptions=True)

    async def _beat(self) -> None:
        while True:
            with suppress(Exception):  # the next write of the work itself tells what is wrong
                await self._sagas.renew(self._saga)
            await asyncio.sleep(self._renew_every_s)

    async def _go_forward(self) -> None:
        setback = await self._carry_out_all()
        if setback is None:
            self._worker.saga = await self._sagas.pivot(self._saga, at=self._clock.now())
        else:
            settled = await self._worker.settled()
            due = self._call_due(settled, setback)
            self._worker.saga = await self._sagas.turn_back(settled, setback, call_back_by=due)

    def _call_due(self, saga: Saga, setback: Setback) -> datetime | None:
        """Nobody can be called back without a number, nor has to be because a time is taken."""
        if self._call_back_by is None or setback is Setback.TAKEN:
            return None
        if saga.kind is not SagaKind.BOOK or not saga.appointment.customer.phone:
            return None
        return self._call_back_by(self._worker.salon, self._clock.now())

    async def _carry_out_all(self) -> Setback | None:
        try:
            for step in self._saga.steps:
                if not step.after_pivot:
                    await carry_out(self._worker, step)
        except CalendarTaken:
            return Setback.TAKEN
        except CalendarRefused:
            return Setback.CALENDAR_REFUSED
        except (CalendarSilent, CalendarDown):
            return Setback.CALENDAR_SILENT
        except (CalendarBusy, OutOfTime):
            return Setback.DEADLINE
        return None

    async def _clear_up(self) -> None:
        for step in self._saga.steps:
            if not step.after_pivot:
                continue
            try:
                await self._clear_away(step)
            except CalendarError as error:
                await self._rest(step, error, "finishing_put_off")
                return
        self._worker.saga = await self._sagas.finish(self._saga, at=self._clock.now())

    async def _clear_away(self, step: Step) -> None:
        try:
            await clear_away(self._worker, step)
        except CalendarRefused:
            # A calendar does not cancel what has ended; that takes nobody's time any more.
            if self._saga.former_segment(step).calendar_span.end > self._clock.now():
                raise
            self._worker.done(step, None)

    async def _go_back(self) -> None:
        for step in reversed(self._saga.steps):
            try:
                await self._take_back(step)
            except CalendarError as error:
                await self._rest(step, error, "undoing_put_off")
                return
        self._worker.saga = await self._sagas.fail(self._saga)

    async def _take_back(self, step: Step) -> None:
        try:
            await take_back(self._worker, step)
        except CalendarTaken:
            if not await make_room(self._worker):
                raise
            await take_back(self._worker, self._saga.step(step.position))

    async def _rest(self, step: Step, error: CalendarError, what: str) -> None:
        saga = await self._worker.settled()
        hand_over = isinstance(error, OutOfTime)
        wait_s = 0.0 if hand_over else REST_WAITS_S[min(saga.tries, len(REST_WAITS_S) - 1)]
        report = log.error if saga.age_s > ALARM_AFTER_S else log.warning
        report(
            what,
            saga=str(saga.id),
            visit=str(saga.appointment.id),
            segment=step.index or step.former,
            answer=type(error).__name__,
            tries=saga.tries,
            wait_s=wait_s,
        )
        self._worker.saga = await self._sagas.rest(saga, wait_s=wait_s)


def _prepared(saga: Saga, begun_at: float | None, fresh_s: float) -> Prepared | None:
    """The intent with which a saga begins, for the worker that has begun it."""
    if begun_at is None or not saga.steps or saga.steps[0].state is not StepState.INTENT:
        return None
    return Prepared(position=saga.steps[0].position, until=begun_at + fresh_s)
