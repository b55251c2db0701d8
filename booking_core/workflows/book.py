"""Book a visit, all segments or none: "booked" is true, or nothing happened."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog

from booking_core.domain.appointment import Appointment, AppointmentState, booking_code
from booking_core.domain.booking import Taken
from booking_core.domain.errors import (
    IdempotencyConflict,
    InvalidRequest,
    SagaLost,
    SlotTaken,
    UnknownService,
    UnknownStaff,
)
from booking_core.domain.interval import subtract
from booking_core.domain.saga import BookingOrder, result_of, sequence
from booking_core.domain.snapshot import fingerprint
from booking_core.ports import SagaDraft
from booking_core.workflows.saga import Parts, SagaRun

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.domain.booking import BookAppointment, BookingResult
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from booking_core.domain.saga import Saga

log = structlog.get_logger()

POLL_S = 0.05
GRACE_S = 2.0  # between a worker's deadline and the moment at which it is taken for dead


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a booking is carried out."""

    deadline_s: float = 8.0
    """As long as a caller stays on the line without an answer; then everything is undone."""
    order: BookingOrder = BookingOrder.REVERSE


async def book(order: BookAppointment, parts: Parts, *, pace: Pace | None = None) -> BookingResult:
    """Book this plan for this customer; the same key again gives the same result."""
    pace = pace or Pace()
    until = time.monotonic() + pace.deadline_s
    salon = await parts.salons.by_id(order.branch_id)
    worker = uuid4().hex
    try:
        saga = await _begun(order, salon, parts, pace, worker)
    except SlotTaken:
        return Taken(plan=order.plan)
    if saga.fingerprint != fingerprint(order):
        raise IdempotencyConflict(key=order.key)
    if saga.worker == worker:
        saga = await _carry(saga, salon, parts, until=until)
    return await _settled(saga, salon, parts, pace)


def staff_days(salon: Salon, plan: Plan) -> list[str]:
    """What is locked while a plan is booked: overlapping visits always share one of these.

    A key made of start and end would not do: 10:00-10:30 and 10:15-10:45 differ in both.
    """
    zone = ZoneInfo(salon.branch.timezone)
    keys = set()
    for segment in plan.segments:
        span = segment.calendar_span
        for moment in (span.start, span.end - timedelta(microseconds=1)):
            day = moment.astimezone(zone).date()
            keys.add(f"{salon.branch.id}:{segment.staff_id}:{day}")
    return sorted(keys)


async def _begun(
    order: BookAppointment, salon: Salon, parts: Parts, pace: Pace, worker: str
) -> Saga:
    """A new saga, or the one that was begun under this key: that was fine when it was asked for."""
    try:
        _check(order, salon, parts)
    except InvalidRequest:
        known = await parts.sagas.by_key(order.branch_id, order.key)
        if known is None:
            raise
        return known
    return await parts.sagas.start(_draft(order, salon, pace, worker))


async def _carry(saga: Saga, salon: Salon, parts: Parts, *, until: float) -> Saga:
    """Run the saga behind the locks of its people and days."""
    ttl_s = max(1.0, until - time.monotonic()) + GRACE_S
    keys = staff_days(salon, saga.appointment.plan)
    async with parts.locks.hold(keys, ttl_s=ttl_s):
        try:
            return await SagaRun(saga, salon, parts, until=until).to_the_end()
        except SagaLost:
            log.warning("saga_lost", saga=str(saga.id))
            return await _again(saga.id, parts)
        except Exception as error:  # noqa: BLE001 - a broken connection, say: the log knows how far it got
            log.error("booking_interrupted", saga=str(saga.id), error=type(error).__name__)  # noqa: TRY400 - a traceback may quote customers
            return await _resume(saga.id, salon, parts, until=until)


async def _resume(saga_id: UUID, salon: Salon, parts: Parts, *, until: float) -> Saga:
    """Carry on once from what is on disk; a second failure is the caller's to hear of."""
    saga = await parts.sagas.take_over(saga_id, worker=uuid4().hex, force=True)
    if saga is None:
        return await _again(saga_id, parts)
    return await SagaRun(saga, salon, parts, until=until).to_the_end()


async def _settled(saga: Saga, salon: Salon, parts: Parts, pace: Pace) -> BookingResult:
    """The result, once it is known; a worker that has stopped working is replaced."""
    patience_s = pace.deadline_s + GRACE_S
    patient_until = time.monotonic() + patience_s
    while True:
        result = result_of(saga)
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


def _draft(order: BookAppointment, salon: Salon, pace: Pace, worker: str) -> SagaDraft:
    services = [salon.service(service) for service in order.plan.services]
    appointment = Appointment(
        id=uuid4(),
        branch_id=order.branch_id,
        code=booking_code(),
        state=AppointmentState.BOOKING,
        version=1,
        plan=order.plan,
        service_names=tuple(service.name for service in services),
        price_cents=sum(service.price_cents for service in services),
        customer=order.customer,
        source=order.source,
        call_id=order.call_id,
    )
    return SagaDraft(
        key=order.key,
        fingerprint=fingerprint(order),
        owner=order.owner,
        appointment=appointment,
        sequence=sequence(order.plan, pace.order),
        worker=worker,
    )


def _check(order: BookAppointment, salon: Salon, parts: Parts) -> None:
    """Refuse what no search of ours has planned."""
    plan = order.plan
    own_services = {service.id for service in salon.services}
    own_staff = {member.id for member in salon.staff}
    for service_id in (*plan.services, *(segment.service_id for segment in plan.segments)):
        if service_id not in own_services:
            raise UnknownService(service=service_id, salon=salon.branch.key)
    for segment in plan.segments:
        if segment.staff_id not in own_staff:
            raise UnknownStaff(staff=segment.staff_id, salon=salon.branch.key)
        if not _is_claimed(plan, segment.index):
            raise InvalidRequest(
                f"segment {segment.index} is planned without a claim on its staff member"
            )
    if plan.start < parts.clock.now():
        raise InvalidRequest(f"a visit begins in the future, not at {plan.start}")


def _is_claimed(plan: Plan, index: int) -> bool:
    segment = plan.segments[index - 1]
    own = [claim.span for claim in plan.claims if claim.resource_id == segment.staff_id]
    return segment.index == index and not subtract(segment.calendar_span, own)
