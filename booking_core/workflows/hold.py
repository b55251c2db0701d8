"""Offer free starts and hold them in the same breath: what is offered can be booked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from booking_core.domain.errors import SlotTaken
from booking_core.domain.slots import NoSlots, Obstacle, Reason, SlotsFound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from booking_core.domain.slots import SlotAnswer, SlotOffer, SlotQuery
    from booking_core.ports import Diary

log = structlog.get_logger()

HOLD_TTL_S = 180.0  # a caller thinks and asks at home; the dialogue renews it while it is the topic
SEARCHES = 3  # somebody else is faster twice in a row only when the salon is swamped


async def offer_slots(
    query: SlotQuery,
    *,
    find: Callable[[SlotQuery], Awaitable[SlotAnswer]],
    diary: Diary,
    ttl_s: float = HOLD_TTL_S,
) -> SlotAnswer:
    """Search, hold everything that is offered, and release what this owner held before."""
    answer = await find(query)
    for _ in range(SEARCHES - 1):
        if await _held(query, _offers(answer), diary, ttl_s):
            return answer
        log.info("offer_overtaken", owner=query.owner)
        answer = await find(query)
    return await _whatever_can_be_held(query, answer, diary, ttl_s)


async def _whatever_can_be_held(
    query: SlotQuery, answer: SlotAnswer, diary: Diary, ttl_s: float
) -> SlotAnswer:
    """The first single offer that nobody is faster to take; nothing when all are lost."""
    for offer in _offers(answer):
        if await _held(query, (offer,), diary, ttl_s):
            obstacle = answer.obstacle or Obstacle(reason=Reason.TAKEN)
            missed = None if offer.wish is not None else obstacle
            return SlotsFound(offers=(offer,), obstacle=missed)
    await diary.release(query.owner)
    if isinstance(answer, NoSlots):
        return answer
    lost = answer.offers[0].plan
    return NoSlots(obstacle=Obstacle(reason=Reason.TAKEN, start=lost.start), searched=lost.span)


async def _held(
    query: SlotQuery, offers: tuple[SlotOffer, ...], diary: Diary, ttl_s: float
) -> bool:
    plans = [plan for offer in offers for plan in offer.plans]
    try:
        await diary.hold(
            query.branch_id,
            query.owner,
            plans,
            ttl_s=ttl_s,
            moving=query.moving,
            overrides=query.override is not None,
        )
    except SlotTaken:
        return False
    return True


def _offers(answer: SlotAnswer) -> tuple[SlotOffer, ...]:
    return answer.offers if isinstance(answer, SlotsFound) else ()
