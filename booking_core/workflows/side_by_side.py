"""Two people at once: starts at which two visits fit beside each other, and both of them booked."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from booking_core.domain.booking import Booked
from booking_core.domain.errors import SlotTaken
from booking_core.domain.interval import Span
from booking_core.domain.search import offer_id
from booking_core.domain.slots import NoSlots, Obstacle, Reason, SlotOffer, SlotsFound, TimeWish
from booking_core.workflows.hold import HOLD_TTL_S

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from datetime import datetime

    from booking_core.domain.booking import BookAppointment, BookingResult
    from booking_core.domain.plan import Plan, VisitRequest
    from booking_core.domain.slots import SlotAnswer, SlotQuery
    from booking_core.ports import Diary

    Find = Callable[[SlotQuery], Awaitable[SlotAnswer]]

MOST_TRIES = 6  # further away two do not find what one finds all the time: they are asked instead
_START_MINUTES = 5


async def find_side_by_side(query: SlotQuery, *, find: Find) -> SlotAnswer:
    """What `find` finds for the visit, as far as the one beside it fits at the same start.

    Starts at which it does not are passed over; the first of them is what was in the way.
    """
    assert query.beside is not None
    alone, missed = replace(query, beside=None), list[SlotOffer]()
    for _ in range(MOST_TRIES):
        passed = (Span.of_minutes(offer.plan.start, _START_MINUTES) for offer in missed)
        answer = await find(replace(alone, rejected=(*query.rejected, *passed)))
        if isinstance(answer, NoSlots):
            return replace(answer, obstacle=_in_the_way(missed) or answer.obstacle)
        pairs = [await _pair(offer, query.beside, alone, find) for offer in answer.offers]
        if fitting := tuple(pair for pair in pairs if pair):
            return _told_why(answer, fitting, missed)
        missed += answer.offers
    starts = [offer.plan.span for offer in missed]
    searched = Span(min(span.start for span in starts), max(span.end for span in starts))
    return NoSlots(obstacle=Obstacle(reason=Reason.TAKEN, start=starts[0].start), searched=searched)


async def book_side_by_side(
    order: BookAppointment,
    *,
    book: Callable[[BookAppointment], Awaitable[BookingResult]],
    diary: Diary,
) -> BookingResult:
    """The visit, and the one beside it once it stands; that one's time is held meanwhile.

    Booking a visit ends all that its owner holds, so the other one is held in the name of its own
    order, which must be another.
    """
    beside = order.beside
    if beside is None:
        return await book(order)
    with suppress(SlotTaken):  # then it is told when it is its turn
        plans, holder = [beside.plan], beside.owner
        await diary.hold(order.branch_id, order.owner, plans, ttl_s=HOLD_TTL_S, holder=holder)
    result = await book(replace(order, beside=None))
    if isinstance(result, Booked):
        return replace(result, beside=await book(beside))
    await diary.release(beside.owner)
    return result


async def _pair(
    offer: SlotOffer, visit: VisitRequest, alone: SlotQuery, find: Find
) -> SlotOffer | None:
    """The offer with the other visit at its start; whoever is wanted by both does either."""
    start = offer.plan.start
    if other := await _at(start, replace(alone, visit=visit, around=offer.plan), find):
        return _joined(offer, other)
    other = await _at(start, replace(alone, visit=visit), find)
    own = other and await _at(start, replace(alone, around=other), find)
    return _joined(replace(offer, plan=own), other) if own and other else None


async def _at(start: datetime, query: SlotQuery, find: Find) -> Plan | None:
    """How this visit is laid out at exactly this start, if it can be."""
    wish = TimeWish(window=Span.of_minutes(start, _START_MINUTES), at=start)
    answer = await find(replace(query, wishes=(wish,), rejected=(), strict=True, limit=1))
    return answer.offers[0].plan if isinstance(answer, SlotsFound) else None


def _joined(offer: SlotOffer, other: Plan) -> SlotOffer:
    return replace(offer, id=f"{offer_id(offer.plan)}-{offer_id(other)}", beside=other)


def _told_why(
    answer: SlotsFound, pairs: tuple[SlotOffer, ...], missed: list[SlotOffer]
) -> SlotsFound:
    return replace(answer, offers=pairs, obstacle=_in_the_way(missed) or answer.obstacle)


def _in_the_way(missed: list[SlotOffer]) -> Obstacle | None:
    """A wished start at which there is room for one of them only."""
    wished: Iterator[SlotOffer] = (offer for offer in missed if offer.wish is not None)
    first = next(wished, None)
    return Obstacle(reason=Reason.TAKEN, start=first.plan.start) if first else None
