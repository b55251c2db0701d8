"""Finish or undo what a dead process left behind, and remove what landed at the calendar late."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from booking_core.domain.errors import SagaLost
from booking_core.domain.labels import undone_reason
from booking_core.domain.saga import SagaState, Setback, StepState
from booking_core.workflows.saga import SagaRun, segment_booking

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.saga import Saga
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
    """Cancel bookings that landed after the end of this saga; how many there were."""
    saga = await parts.sagas.by_id(saga_id)
    if saga is None or saga.open:
        return 0
    salon = await parts.salons.by_id(saga.appointment.branch_id)
    late = await _late(saga, salon, parts)
    for uid in late:
        await parts.calendar.cancel(salon, uid, reason=undone_reason(salon))
    if late:
        log.warning("late_landing_cancelled", saga=str(saga.id), bookings=len(late))
    return len(late)


async def sweep_all(parts: Parts) -> int:
    """Sweep every saga that ended in the last two days and had an unknown outcome."""
    doubtful = await parts.sagas.doubtful(within_s=DOUBTFUL_FOR_S)
    return await _each(doubtful, lambda saga_id: sweep(saga_id, parts))


async def _late(saga: Saga, salon: Salon, parts: Parts) -> list[str]:
    visit = saga.appointment
    if saga.state is SagaState.FAILED:
        return sorted(await parts.calendar.find_group(salon, visit.id, visit.plan.span))
    late: list[str] = []
    for step in saga.steps:
        if step.uncertain and step.state is StepState.DONE:
            found = await parts.calendar.find(segment_booking(saga, step, salon))
            # Without ours among them the desk has moved the booking: theirs to decide.
            late += sorted(uid for uid in found if uid != step.uid and step.uid in found)
    return late


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
