"""Whether a plan still fits the salon's hours: they may have changed since it was offered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from booking_core.domain.board import build
from booking_core.domain.catalogue import Role
from booking_core.domain.interval import Span
from booking_core.domain.plan import ClaimKind, VisitRequest
from booking_core.domain.rules import today
from booking_core.domain.search import look
from booking_core.domain.slots import Obstacle, Reason, SlotQuery, TimeWish

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from booking_core.domain.rules import Holidays


def closed_meanwhile(plan: Plan, salon: Salon, holidays: Holidays) -> Obstacle | None:
    """What in the salon's hours speaks against this plan; None when nothing does.

    Asked of the masks that offers come from. Bookings of others are not looked at.
    """
    services = {service.id: service for service in salon.services}
    if not all(services[service].active for service in plan.services if service in services):
        return Obstacle(reason=Reason.SERVICE_INACTIVE)
    return None if _fits(plan, salon, holidays) else _why(plan, salon, holidays)


def _fits(plan: Plan, salon: Salon, holidays: Holidays) -> bool:
    days = (today(salon.branch, plan.start), today(salon.branch, plan.end))
    board = build(salon, {}, days, holidays, only={claim.resource_id for claim in plan.claims})
    if board.grid.touched([plan.span]) & ~board.open:
        return False
    at_work = {staff_id: person.at_work for staff_id, person in board.people.items()}
    members = {member.id for member in salon.staff}
    return not any(
        board.grid.touched([claim.span]) & ~at_work.get(claim.resource_id, 0)
        for claim in plan.claims
        if claim.resource_id in members and claim.kind in {ClaimKind.WORK, ClaimKind.PAUSE}
    )


def _why(plan: Plan, salon: Salon, holidays: Holidays) -> Obstacle:
    """As a caller would be told who asks for that start with that person just in time for it."""
    now = plan.start - timedelta(minutes=salon.branch.lead_minutes)
    wish = TimeWish(window=Span.of_minutes(plan.start, 5), at=plan.start)
    query = SlotQuery(
        branch_id=salon.branch.id,
        visit=VisitRequest(services=plan.services, staff=_lead(plan, salon)),
        owner="",
        wishes=(wish,),
        strict=True,
    )
    found = look(query, salon, {}, now, holidays, reach=wish.window).answer
    # It would be possible with other people: whoever is to assist is not there.
    return found.obstacle or Obstacle(reason=Reason.STAFF_OFF, start=plan.start)


def _lead(plan: Plan, salon: Salon) -> UUID:
    """Who does the first segment that is a hairdresser's own; nobody may wash only."""
    leading = {
        (service.id, segment.key)
        for service in salon.services
        for segment in service.segments
        if segment.role is Role.LEAD
    }
    own = (s.staff_id for s in plan.segments if (s.service_id, s.key) in leading)
    return next(own, plan.segments[0].staff_id)
