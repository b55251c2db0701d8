"""Move a visit to another plan: the new one stands before the old one goes."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from booking_core.domain.appointment import AppointmentState
from booking_core.domain.booking import Taken
from booking_core.domain.change import steps_to_move
from booking_core.domain.errors import CustomerBusy, SalonChanged, SlotTaken
from booking_core.domain.orders import NotBooked, Outdated, Unchanged
from booking_core.domain.outcome import reschedule_result
from booking_core.domain.saga import Saga, SagaKind
from booking_core.domain.snapshot import reschedule_fingerprint, same_plan
from booking_core.ports import SagaDraft
from booking_core.workflows.alter import begun, too_late
from booking_core.workflows.book import already_there, check_plan, in_time_for
from booking_core.workflows.carry import Carrier, Pace, carried, same_order

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.orders import RescheduleAppointment, RescheduleResult, TooLate
    from booking_core.ports import Appointments
    from booking_core.workflows.saga import Parts


async def reschedule(
    order: RescheduleAppointment,
    parts: Parts,
    *,
    appointments: Appointments,
    pace: Pace | None = None,
) -> RescheduleResult:
    """Move the whole visit; the same key again gives the same result.

    Until the new plan stands, the old one does; a failure leaves the old one as it was.
    """
    pace = in_time_for(order.plan, pace or Pace())
    until = time.monotonic() + pace.deadline_s
    worker = uuid4().hex
    salon, saga = await asyncio.gather(
        parts.salons.by_id(order.branch_id), parts.sagas.by_key(order.branch_id, order.key)
    )
    if saga is None:
        salon, begins = await _begun_as_it_is_now(
            order, salon, parts, appointments, pace, worker, until
        )
        if not isinstance(begins, Saga):
            return begins
        saga = begins
    saga = same_order(saga, reschedule_fingerprint(order))
    by = Carrier(worker=worker, until=until)
    return await carried(saga, salon, parts, pace, by, decide=reschedule_result)


async def _begun_as_it_is_now(
    order: RescheduleAppointment,
    salon: Salon,
    parts: Parts,
    appointments: Appointments,
    pace: Pace,
    worker: str,
    until: float,
) -> tuple[Salon, Saga | RescheduleResult]:
    """Begun, or refused, for a salon whose hours have not changed since they were looked at."""
    while True:
        draft = _drafting(order, salon, parts, pace, worker)
        try:
            return salon, await begun(order, parts, salon, appointments, draft, until=until)
        except SalonChanged:
            salon = await parts.salons.by_id(order.branch_id)
        except SlotTaken:
            return salon, Taken(plan=order.plan)
        except CustomerBusy as busy:
            return salon, already_there(busy, order.plan)


def _drafting(
    order: RescheduleAppointment, salon: Salon, parts: Parts, pace: Pace, worker: str
) -> Callable[[Appointment], SagaDraft | RescheduleResult]:
    now = parts.clock.now()
    check_plan(order.plan, salon, now)

    def draft(visit: Appointment) -> SagaDraft | RescheduleResult:
        refusal = _refusal(visit, order, salon, now)
        if refusal is None and (obstacle := parts.closed(order.plan, salon)):
            return Taken(plan=order.plan, obstacle=obstacle)
        return refusal or _draft(visit, order, salon, pace, worker)

    return draft


def _refusal(
    visit: Appointment, order: RescheduleAppointment, salon: Salon, now: datetime
) -> NotBooked | Outdated | Unchanged | TooLate | None:
    if visit.state is not AppointmentState.BOOKED:
        return NotBooked(state=visit.state)
    if order.version not in {None, visit.version}:
        return Outdated(version=visit.version)
    if same_plan(visit.plan, order.plan):
        return Unchanged(appointment=visit)
    return too_late(visit, salon, now, waived=order.waive_limit)


def _draft(
    visit: Appointment, order: RescheduleAppointment, salon: Salon, pace: Pace, worker: str
) -> SagaDraft:
    return SagaDraft(
        kind=SagaKind.MOVE,
        key=order.key,
        fingerprint=reschedule_fingerprint(order),
        owner=order.owner,
        appointment=_moved(visit, order, salon),
        before=visit,
        steps=steps_to_move(visit.plan, order.plan, pace.order),
        worker=worker,
        ordered_by=order.by,
        quiet=order.quiet,
        override=order.override,
        salon_version=salon.version,
        alone=not order.on_purpose,
    )


def _moved(visit: Appointment, order: RescheduleAppointment, salon: Salon) -> Appointment:
    """The visit as it is to be; the same services keep the names and price they were sold at."""
    moved = replace(visit, version=visit.version + 1, plan=order.plan)
    if order.plan.services == visit.plan.services:
        return moved
    services = [salon.service(service) for service in order.plan.services]
    return replace(
        moved,
        service_names=tuple(service.name for service in services),
        price_cents=sum(service.price_cents for service in services),
    )
