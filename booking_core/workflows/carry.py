"""Carry a saga that was ordered until there is something to tell: within the caller's patience."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog

from booking_core.domain.change import BookingOrder
from booking_core.domain.errors import IdempotencyConflict, SagaLost
from booking_core.workflows.courtesy import Courtesy
from booking_core.workflows.saga import Parts, SagaRun

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan, PlannedSegment
    from booking_core.domain.saga import Saga

log = structlog.get_logger()
R = TypeVar("R")

POLL_S = 0.05
GRACE_S = 2.0  # between a worker's deadline and the moment at which it is taken for dead


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a change is carried out."""

    deadline_s: float = 8.0
    """As long as a caller stays on the line without an answer; then everything is undone."""
    order: BookingOrder = BookingOrder.REVERSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Who carries a change that was ordered."""

    worker: str
    until: float
    """As `time.monotonic` tells."""
    locks: Courtesy | None = None
    """Those of the change, where they have been asked for already."""


async def carried(
    saga: Saga,
    salon: Salon,
    parts: Parts,
    pace: Pace,
    by: Carrier,
    *,
    decide: Callable[[Saga], R | None],
) -> R:
    """The result of a saga: by carrying it, if it is this worker's, or by waiting for whoever is.

    `decide` tells what may be said of a saga, None while it is undecided.
    """
    if saga.worker == by.worker:
        saga = await _carry(
            saga,
            salon,
            parts,
            until=by.until,
            begun_at=by.until - pace.deadline_s,
            behind=by.locks,
        )
    return await _settled(saga, salon, parts, pace, decide)


@asynccontextmanager
async def expecting(
    parts: Parts, salon: Salon, segments: Sequence[PlannedSegment], *, cancels: int = 0
) -> AsyncIterator[None]:
    """Meanwhile the calendar gets ready for what it will be asked."""
    if parts.expectant is None:
        yield
        return
    ready = asyncio.create_task(parts.expectant.expect(salon, segments, cancels=cancels))
    try:
        yield
    finally:
        with suppress(Exception):  # whatever it is, the first request will tell
            await ready


def same_order(saga: Saga, fingerprint: str) -> Saga:
    """The saga, if it was begun for this very order; IdempotencyConflict otherwise."""
    if saga.fingerprint != fingerprint:
        raise IdempotencyConflict(key=saga.key)
    return saga


def staff_days(salon: Salon, *plans: Plan) -> list[str]:
    """What is locked while plans change: overlapping visits always share one of these.

    A key made of start and end would not do: 10:00-10:30 and 10:15-10:45 differ in both.
    """
    zone = ZoneInfo(salon.branch.timezone)
    keys = set()
    for segment in (segment for plan in plans for segment in plan.segments):
        span = segment.calendar_span
        for moment in (span.start, span.end - timedelta(microseconds=1)):
            day = moment.astimezone(zone).date()
            keys.add(f"{salon.branch.id}:{segment.staff_id}:{day}")
    return sorted(keys)


def asked_locks(parts: Parts, salon: Salon, *plans: Plan, until: float) -> Courtesy:
    """The locks of the people and days of these plans, for as long as there is time."""
    ttl_s = max(1.0, until - time.monotonic()) + GRACE_S
    keys = staff_days(salon, *plans)
    return Courtesy(parts.locks, keys, ttl_s=ttl_s, errands=parts.errands)


async def _carry(
    saga: Saga,
    salon: Salon,
    parts: Parts,
    *,
    until: float,
    begun_at: float | None = None,
    behind: Courtesy | None = None,
) -> Saga:
    """Run the saga behind the locks of its people and days."""
    plans = [visit.plan for visit in (saga.before, saga.appointment) if visit]
    locks = behind or asked_locks(parts, salon, *plans, until=until)
    try:
        await locks.here()
        run = SagaRun(saga, salon, parts, until=until, begun_at=begun_at)
        return await run.to_the_end()
    except SagaLost:
        log.warning("saga_lost", saga=str(saga.id))
        return await _again(saga.id, parts)
    except Exception as error:  # noqa: BLE001 - a broken connection, say: the log knows how far it got
        log.error("booking_interrupted", saga=str(saga.id), error=type(error).__name__)  # noqa: TRY400 - a traceback may quote customers
        return await _resume(saga, salon, parts, until=until)
    finally:
        locks.give_back()


async def _resume(saga: Saga, salon: Salon, parts: Parts, *, until: float) -> Saga:
    """Carry on once from what is on disk; a second failure is the caller's to hear of.

    Who froze and wakes up with a dead connection finds the saga with somebody else, and leaves it.
    """
    known = await _again(saga.id, parts)
    if known.fence != saga.fence:
        return known
    ours = await parts.sagas.take_over(saga.id, worker=uuid4().hex, force=True)
    if ours is None:
        return await _again(saga.id, parts)
    return await SagaRun(ours, salon, parts, until=until).to_the_end()


async def _settled(
    saga: Saga, salon: Salon, parts: Parts, pace: Pace, decide: Callable[[Saga], R | None]
) -> R:
    """The result, once it is known; a worker that has stopped working is replaced."""
    patience_s = pace.deadline_s + GRACE_S
    patient_until = time.monotonic() + patience_s
    while True:
        result = decide(saga)
        if result is not None:
            return result
        out_of_patience = time.monotonic() >= patient_until
        if saga.resting or out_of_patience:
            ours = await parts.sagas.take_over(saga.id, worker=uuid4().hex, force=out_of_patience)
            if ours is not None:
                until = time.monotonic() + pace.deadline_s
                saga = await _carry(ours, salon, parts, until=until)
                patient_until = time.monotonic() + patience_s
                continue
        await asyncio.sleep(POLL_S)
        saga = await _again(saga.id, parts)


async def _again(saga_id: UUID, parts: Parts) -> Saga:
    saga = await parts.sagas.by_id(saga_id)
    assert saga is not None  # sagas are never deleted
    return saga
