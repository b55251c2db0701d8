"""Begin to change a visit that stands: one at a time, whoever else wants to."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

from booking_core.domain.appointment import AppointmentState
from booking_core.domain.errors import (
    AppointmentOutdated,
    AppointmentUnderWay,
    UnknownAppointment,
)
from booking_core.domain.interval import shift
from booking_core.domain.orders import TooLate, UnderWay
from booking_core.domain.saga import Action
from booking_core.ports import SagaDraft
from booking_core.workflows.carry import POLL_S, expecting

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.orders import CancelAppointment, RescheduleAppointment
    from booking_core.domain.plan import PlannedSegment
    from booking_core.domain.saga import Saga
    from booking_core.ports import Appointments
    from booking_core.workflows.saga import Parts

R = TypeVar("R")


async def begun(
    order: CancelAppointment | RescheduleAppointment,
    parts: Parts,
    salon: Salon,
    appointments: Appointments,
    draft: Callable[[Appointment], SagaDraft | R],
    *,
    until: float,
) -> Saga | UnderWay | R:
    """A saga that has begun, or why there is none.

    `draft` drafts the change of the visit as it is, or refuses it. Whoever is changing it right
    now is waited for; then, or when it has changed since it was read, we look again.
    """
    while True:
        visit = await appointments.by_id(order.appointment_id)
        if visit.branch_id != order.branch_id:
            raise UnknownAppointment(appointment_id=order.appointment_id)
        if visit.state is not AppointmentState.BOOKING:
            drafted = draft(visit)
            if not isinstance(drafted, SagaDraft):
                return drafted
            try:
                async with expecting(parts, salon, _made_by(drafted), cancels=_gone_by(drafted)):
                    return await parts.sagas.start(drafted)
            except AppointmentOutdated:
                continue
            except AppointmentUnderWay:
                pass
        if time.monotonic() + POLL_S >= until:
            return UnderWay(appointment=visit)
        await asyncio.sleep(POLL_S)


def _made_by(drafted: SagaDraft) -> list[PlannedSegment]:
    """What the calendar is asked to book, or to move to."""
    arriving = {step.index for step in drafted.steps if step.action in {Action.BOOK, Action.SHIFT}}
    return [one for one in drafted.appointment.plan.segments if one.index in arriving]


def _gone_by(drafted: SagaDraft) -> int:
    return sum(step.action is Action.CANCEL for step in drafted.steps)


def too_late(visit: Appointment, salon: Salon, now: datetime, *, waived: bool) -> TooLate | None:
    """Whether the limit to cancel or to move has passed; what has begun is late for everybody.

    The limit is in hours that pass, also in the night of a clock change.
    """
    hours = 0 if waived else salon.branch.cancel_limit_hours
    until = shift(visit.plan.start, -60 * hours)
    return TooLate(limit_hours=hours, until=until) if now > until else None
