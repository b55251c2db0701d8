"""Whether a customer came: said by the salon, taken back as easily; the calendar stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking_core.domain.appointment import AppointmentState, Mark
from booking_core.domain.errors import UnknownAppointment
from booking_core.domain.orders import NotBooked, Outdated
from booking_core.domain.rules import zone

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Branch
    from booking_core.ports import Appointments, Clock, Salons


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkVisit:
    """Mark this visit, or take its mark back."""

    branch_id: UUID
    appointment_id: UUID
    version: int
    """The one that was looked at: whoever was moved meanwhile has not come to this one."""
    mark: Mark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """It stands on the visit."""

    mark: Mark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TooEarly:
    """Nobody comes the day before, and nobody has stayed away before it begins."""


MarkResult = Marked | TooEarly | NotBooked | Outdated


async def mark_visit(
    order: MarkVisit, *, appointments: Appointments, salons: Salons, clock: Clock
) -> MarkResult:
    """Mark what stands; the same again gives the same."""
    visit = await appointments.by_id(order.appointment_id)
    if visit.branch_id != order.branch_id:
        raise UnknownAppointment(appointment_id=order.appointment_id)
    if visit.state is not AppointmentState.BOOKED:
        return NotBooked(state=visit.state)
    salon = await salons.by_id(order.branch_id)
    if not may_be(order.mark, visit, salon.branch, clock.now()):
        return TooEarly()
    marked = await appointments.mark(visit.branch_id, visit.id, order.version, order.mark)
    return Marked(mark=order.mark) if marked else Outdated(version=visit.version)


def may_be(mark: Mark | None, visit: Appointment, branch: Branch, now: datetime) -> bool:
    """Whether it can be true by now: arrived on its day at the earliest, missed once it runs."""
    match mark:
        case Mark.ARRIVED:
            here = zone(branch)
            return visit.plan.start.astimezone(here).date() <= now.astimezone(here).date()
        case Mark.MISSED:
            return visit.plan.start <= now
        case None:
            return True
