"""Book a visit, all segments or none: "booked" is true, or nothing happened."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid4

from booking_core.domain.appointment import Appointment, AppointmentState, booking_code
from booking_core.domain.booking import AlreadyThere, Taken
from booking_core.domain.catalogue import SEGMENT_KEYS
from booking_core.domain.change import steps_to_book
from booking_core.domain.errors import (
    BookingError,
    CustomerBusy,
    InvalidRequest,
    SalonChanged,
    SlotTaken,
    TakenElsewhere,
    UnknownService,
    UnknownStaff,
)
from booking_core.domain.interval import subtract
from booking_core.domain.outcome import booking_result
from booking_core.domain.saga import SagaKind
from booking_core.domain.slots import Obstacle
from booking_core.domain.snapshot import fingerprint
from booking_core.ports import SagaDraft
from booking_core.workflows.carry import (
    Carrier,
    Pace,
    asked_locks,
    carried,
    expecting,
    same_order,
    staff_days,
)

if TYPE_CHECKING:
    from datetime import datetime

    from booking_core.domain.booking import BookAppointment, BookingResult
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from booking_core.domain.saga import Saga
    from booking_core.workflows.saga import Parts

__all__ = ["Pace", "book", "check_plan", "in_time_for", "staff_days"]


async def book(order: BookAppointment, parts: Parts, *, pace: Pace | None = None) -> BookingResult:
    """Book this plan for this customer; the same key again gives the same result."""
    pace = in_time_for(order.plan, pace or Pace())
    until = time.monotonic() + pace.deadline_s
    worker = uuid4().hex
    wanted = _Wanted(order=order, fingerprint=fingerprint(order), pace=pace, worker=worker)
    salon = await parts.salons.known(order.branch_id)
    locks = asked_locks(parts, salon, order.plan, until=until)
    try:
        by = Carrier(worker=worker, until=until, locks=locks)
        return await _booked(wanted, salon, parts, by)
    finally:
        locks.give_back()


def in_time_for(plan: Plan, pace: Pace) -> Pace:
    """More time for more than a service can have: each segment is a request of its own."""
    longer = max(1.0, len(plan.segments) / len(SEGMENT_KEYS))
    return replace(pace, deadline_s=pace.deadline_s * longer)


def obstacle_of(taken: SlotTaken) -> Obstacle | None:
    """What the salon has changed; None when somebody else has the time."""
    obstacle = taken.facts.get("obstacle")
    return obstacle if isinstance(obstacle, Obstacle) else None


def already_there(busy: CustomerBusy, plan: Plan) -> AlreadyThere:
    """The answer to whoever has a visit at that time."""
    other = busy.facts["appointment"]
    assert isinstance(other, Appointment), "told by whoever refuses"
    return AlreadyThere(appointment=other, plan=plan)


def check_plan(plan: Plan, salon: Salon, now: datetime) -> None:
    """Refuse what no search of ours has planned."""
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
    if plan.start < now:
        raise InvalidRequest(f"a visit begins in the future, not at {plan.start}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """An order, and how this worker carries it out."""

    order: BookAppointment
    fingerprint: str
    pace: Pace
    worker: str


async def _booked(wanted: _Wanted, salon: Salon, parts: Parts, by: Carrier) -> BookingResult:
    plan = wanted.order.plan
    try:
        salon, saga = await _begun_as_it_is_now(wanted, salon, parts)
    except SlotTaken as taken:
        seen = isinstance(taken, TakenElsewhere)
        return Taken(plan=plan, obstacle=obstacle_of(taken), seen=seen)
    except CustomerBusy as busy:
        return already_there(busy, plan)
    saga = same_order(saga, wanted.fingerprint)
    return await carried(saga, salon, parts, wanted.pace, by, decide=booking_result)


async def _begun_as_it_is_now(wanted: _Wanted, salon: Salon, parts: Parts) -> tuple[Salon, Saga]:
    """Begun, or refused, for a salon that has not changed since it was looked at.

    What is known of it is good enough to begin with: the log refuses to begin for yesterday's. A
    refusal for what has changed meanwhile is none.
    """
    while True:
        try:
            async with expecting(parts, salon, wanted.order.plan.segments):
                return salon, await _begun(wanted, salon, parts)
        except BookingError as refusal:
            now = await parts.salons.by_id(wanted.order.branch_id)
            if now.version == salon.version and not isinstance(refusal, SalonChanged):
                raise
            salon = now


async def _begun(wanted: _Wanted, salon: Salon, parts: Parts) -> Saga:
    """A new saga, or the one that was begun under this key: that was fine when it was asked for."""
    order = wanted.order
    try:
        check_plan(order.plan, salon, parts.clock.now())
    except InvalidRequest:
        known = await parts.sagas.by_key(order.branch_id, order.key)
        if known is None:
            raise
        return known
    draft = _draft(wanted, salon, seen_within_s=parts.seen_within_s)
    obstacle = parts.closed(order.plan, salon)
    if obstacle is None:
        return await parts.sagas.start(draft)
    known = await parts.sagas.by_key(order.branch_id, order.key)
    if known is None:
        raise SlotTaken(obstacle=obstacle)
    return known


def _draft(wanted: _Wanted, salon: Salon, *, seen_within_s: float | None) -> SagaDraft:
    order = wanted.order
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
        anyone=order.anyone,
        note=order.note,
    )
    return SagaDraft(
        kind=SagaKind.BOOK,
        key=order.key,
        fingerprint=wanted.fingerprint,
        owner=order.owner,
        appointment=appointment,
        steps=steps_to_book(order.plan, wanted.pace.order),
        worker=wanted.worker,
        ordered_by=order.source,
        override=order.override,
        salon_version=salon.version,
        alone=not order.on_purpose,
        seen_within_s=seen_within_s,
    )


def _is_claimed(plan: Plan, index: int) -> bool:
    segment = plan.segments[index - 1]
    own = [claim.span for claim in plan.claims if claim.resource_id == segment.staff_id]
    return segment.index == index and not subtract(segment.calendar_span, own)
