"""Whether an order would be refused, found out without giving it: nothing is held or changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.errors import SlotTaken
from booking_core.workflows.book import check_plan

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.domain.plan import Plan
    from booking_core.ports import Diary
    from booking_core.workflows.saga import Parts


async def check(
    branch_id: UUID, plan: Plan, parts: Parts, *, diary: Diary, owner: str, moving: UUID | None
) -> None:
    """Return if the plan could be booked for this owner.

    InvalidRequest when it is no plan of this salon, or over; SlotTaken when it cannot be had
    any more, with the `obstacle` if the salon itself is in the way.
    """
    salon = await parts.salons.by_id(branch_id)
    check_plan(plan, salon, parts.clock.now())
    if obstacle := parts.closed(plan, salon):
        raise SlotTaken(obstacle=obstacle)
    busy = await diary.busy(branch_id, plan.span, except_owner=owner, moving=moving)
    for claim in plan.claims:
        if any(span.overlaps(claim.span) for span in busy.get(claim.resource_id, ())):
            raise SlotTaken
