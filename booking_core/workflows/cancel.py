"""Cancel a visit, the whole of it: once accepted, it is carried through."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from booking_core.domain.appointment import AppointmentState
from booking_core.domain.change import steps_to_cancel
from booking_core.domain.errors import AppointmentOutdated
from booking_core.domain.orders import Cancelled, Cancelling, NotBooked
from booking_core.domain.outcome import cancel_result
from booking_core.domain.saga import Saga, SagaKind
from booking_core.domain.snapshot import cancel_fingerprint
from booking_core.ports import SagaDraft
from booking_core.workflows.alter import begun, too_late
from booking_core.workflows.carry import Carrier, Pace, carried, same_order

if TYPE_CHECKING:
    from datetime import datetime

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.orders import CancelAppointment, CancelResult, TooLate
    from booking_core.ports import Appointments
    from booking_core.workflows.saga import Parts


async def cancel(
    order: CancelAppointment,
    parts: Parts,
    *,
    appointments: Appointments,
    pace: Pace | None = None,
) -> CancelResult:
    """Cancel all segments; the same key again, or what is cancelled already, gives the same."""
    pace = pace or Pace()
    until = time.monotonic() + pace.deadline_s
    salon, saga = await asyncio.gather(
        parts.salons.by_id(order.branch_id), parts.sagas.by_key(order.branch_id, order.key)
    )
    worker, now = uuid4().hex, parts.clock.now()

    def draft(visit: Appointment) -> SagaDraft | CancelResult:
        return _refusal(visit, order, salon, now) or _draft(visit, order, worker)

    if saga is None:
        begins: Saga | CancelResult = await begun(
            order, parts, salon, appointments, draft, until=until
        )
        if not isinstance(begins, Saga):
            return begins
        saga = begins
    saga = same_order(saga, cancel_fingerprint(order))
    by = Carrier(worker=worker, until=until)
    return await carried(saga, salon, parts, pace, by, decide=cancel_result)


def _refusal(
    visit: Appointment, order: CancelAppointment, salon: Salon, now: datetime
) -> Cancelled | Cancelling | NotBooked | TooLate | None:
    match visit.state:
        case AppointmentState.BOOKED if order.version not in {None, visit.version}:
            raise AppointmentOutdated(appointment_id=visit.id, version=visit.version)
        case AppointmentState.BOOKED:
            return too_late(visit, salon, now, waived=order.waive_limit)
        case AppointmentState.CANCELLED:
            return Cancelled(appointment=visit, mail_to=visit.customer.email)
        case AppointmentState.CANCELLING:
            return Cancelling(appointment=visit)
        case _:
            return NotBooked(state=visit.state)


def _draft(visit: Appointment, order: CancelAppointment, worker: str) -> SagaDraft:
    going = replace(visit, state=AppointmentState.CANCELLING, version=visit.version + 1)
    return SagaDraft(
        kind=SagaKind.CANCEL,
        key=order.key,
        fingerprint=cancel_fingerprint(order),
        owner="",
        appointment=going,
        before=visit,
        steps=steps_to_cancel(visit.plan),
        worker=worker,
        ordered_by=order.by,
        quiet=order.quiet,
        reason=order.reason,
    )
