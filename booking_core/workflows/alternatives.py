"""What comes closest to a time that the salon does not offer any more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from booking_core.domain.booking import BookAppointment, Taken
    from booking_core.domain.slots import SlotAnswer


async def with_alternatives(
    refused: Taken,
    order: BookAppointment,
    *,
    find: Callable[[SlotQuery], Awaitable[SlotAnswer]],
) -> Taken:
    """The refusal, and what is free instead; nothing of it is held."""
    wish = TimeWish(window=Span.of_minutes(order.plan.start, 5), at=order.plan.start)
    query = SlotQuery(
        branch_id=order.branch_id,
        visit=VisitRequest(services=order.plan.services),
        owner=order.owner,
        wishes=(wish,),
    )
    found = await find(query)
    return replace(refused, alternatives=found.offers if isinstance(found, SlotsFound) else ())
