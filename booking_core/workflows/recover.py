"""Finish or undo what a dead process left behind, and remove what landed at the calendar late."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from booking_core.domain.appointment import AppointmentState
from booking_core.domain.errors import AppointmentUnderWay, SagaLost
from booking_core.domain.labels import undone_reason
from booking_core.domain.saga import Action, SagaKind, SagaState, Setback
from booking_core.workflows.saga import SagaRun
from booking_core.workflows.worker import former_booking, segment_booking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.saga import Saga, Standing, Step
    from booking_core.ports import SegmentBooking
    from booking_core.workflows.saga import Parts

log = structlog.get_logger()

PATIENCE_S = 60.0  # nobody is on the line any more
RESUME_WITHIN_S = 600.0  # a booking found later than this surprises everybody: undone
AT_ONCE = 4  # enough to get through a crash quickly without using up the calendar's rate limit
DOUBTFUL_FOR_S = 2 * 24 * 3600.0


async def recover(
    saga_id: UUID, parts: Parts, *, resume_within_s: float = RESUME_WITHIN_S
) -> Saga | None:
    """Carry one saga on, if nobody else does; None when there is nothing to do."""
    saga = await parts.sagas.take_over(saga_id, worker=uuid4().hex)
    if saga is None:
        return None
    log.info("saga_taken_over", saga=str(saga.id), state=saga.state.value, fence=saga.fence)
    try:
        if saga.state is SagaState.RUNNING and saga.age_s > resume_within_s:
            saga = await parts.sagas.turn_back(saga, Setback.DEADLINE)
        salon = await parts.salons.by_id(saga.appointment.branch_id)
        until = time.monotonic() + PATIENCE_S
        return await SagaRun(saga, salon, parts, until=until).to_the_end()
    except SagaLost:
        return None


async def recover_all(parts: Parts) -> int:
    """Carry on whatever has no live worker; how many sagas that were."""
    overdue = await parts.sagas.overdue()
    return await _each(overdue, lambda saga_id: recover(saga_id, parts))


async def sweep(saga_id: UUID, parts: Parts) -> int:
    """Cancel bookings that landed after the end of this saga; how many there were.

    AppointmentUnderWay while the appointment is being changed: what is new then is not late.
    """
    saga = await parts.sagas.by_id(saga_id)
    if saga is None or saga.open:
        return 0
    salon = await parts.salons.by_id(saga.appointment.branch_id)
    late = await _late(saga, salon, parts)
    for uid in late:
        await parts.calendar.cancel(salon, uid, reason=undone_reason(salon))
    if late:
        log.warning("late_landing_cancelled", saga=str(saga.id), bookings=len(late))
    await parts.sagas.swept(saga.id)
    return len(late)


async def sweep_all(parts: Parts) -> int:
    """Sweep every saga that ended in the last two days and had an unknown outcome."""
    doubtful = await parts.sagas.doubtful(within_s=DOUBTFUL_FOR_S)
    return await _each(doubtful, lambda saga_id: sweep(saga_id, parts))


async def _late(saga: Saga, salon: Salon, parts: Parts) -> list[str]:
    """What this saga has left at the calendar and nobody wants."""
    visit = saga.appointment
    if saga.kind is SagaKind.BOOK and saga.state is SagaState.FAILED:
        return sorted(await parts.calendar.find_group(salon, visit.id, visit.plan.span))
    asked = _asked_in_doubt(saga, salon)
    if not asked:
        return []
    found = [await parts.calendar.find(booking) for booking in asked]
    # What stands is read after what was found: a change that begins in between shows up here.
    standing = await parts.sagas.standing(visit.id)
    if standing.under_way:
        raise AppointmentUnderWay(appointment_id=visit.id)
    return [uid for uids in found for uid in _unwanted(uids, saga, standing)]


def _asked_in_doubt(saga: Saga, salon: Salon) -> list[SegmentBooking]:
    """What the saga has asked for without hearing what became of it."""
    return [_asked(step, saga, salon) for step in saga.steps if _may_land(step)]


def _may_land(step: Step) -> bool:
    """A request that names its booking finds it used up when it is late; a new booking does not.

    Also what is moved or cancelled may be booked: for one that was gone, or that comes back.
    """
    return step.uncertain and step.action is not Action.KEEP


def _asked(step: Step, saga: Saga, salon: Salon) -> SegmentBooking:
    if step.action is not Action.CANCEL:
        return segment_booking(saga, step, salon)
    return former_booking(saga, step, salon)


def _unwanted(uids: Sequence[str], saga: Saga, standing: Standing) -> list[str]:
    left = sorted(set(uids) - standing.uids)
    current = (
        saga.state is SagaState.DONE
        and standing.state is AppointmentState.BOOKED
        and standing.version == saga.appointment.version
    )
    # Without ours among them the desk has moved the booking: theirs to decide.
    return [] if current and len(left) == len(set(uids)) else left


async def _each(ids: Sequence[UUID], do: Callable[[UUID], Awaitable[object]]) -> int:
    """Do it for all, some at once; what fails is reported and does not stop the others."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(saga_id: UUID) -> None:
        async with gate:
            try:
                await do(saga_id)
            except Exception as error:  # noqa: BLE001 - one broken saga must not stop the rest
                # Without text and traceback: a database error quotes the customer's data.
                name = type(error).__name__
                log.error("saga_not_recovered", saga=str(saga_id), error=name)  # noqa: TRY400 - see above

    await asyncio.gather(*(one(saga_id) for saga_id in ids))
    return len(ids)
