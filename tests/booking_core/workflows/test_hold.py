from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.domain.booking import Booked
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import (
    NoSlots,
    Obstacle,
    Reason,
    SlotOffer,
    SlotQuery,
    SlotsFound,
)
from booking_core.workflows.book import book
from booking_core.workflows.hold import offer_slots

if TYPE_CHECKING:
    from booking_core.domain.plan import Plan
    from booking_core.domain.slots import SlotAnswer

TAKEN = Obstacle(reason=Reason.TAKEN)


@dataclass
class Search:
    """Finds what it is told to, one answer after the other, the last one for ever."""

    answers: list[SlotAnswer]
    asked: int = field(default=0)

    async def __call__(self, query: SlotQuery) -> SlotAnswer:  # noqa: ARG002 - a search takes one
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


def found(*plans: Plan) -> SlotsFound:
    offers = tuple(SlotOffer(id=str(plan.start), plan=plan) for plan in plans)
    return SlotsFound(offers=offers, obstacle=TAKEN)


@pytest.fixture
def query(visits: Any) -> SlotQuery:
    visit = VisitRequest(services=(visits.plan().services[0],))
    return SlotQuery(branch_id=visits.salon.branch.id, visit=visit, owner="call:me")


async def held(world: Any, owner: str = "call:me") -> int:
    return await world.value("SELECT count(*) FROM claim WHERE owner = :owner", owner=owner)


@pytest.mark.inc(47)
async def test_every_offer_is_held_and_two_of_them_may_overlap(
    world: Any, visits: Any, query: SlotQuery
) -> None:
    answer = found(visits.plan(0), visits.plan(15))

    given = await offer_slots(query, find=Search([answer]), diary=world.stores.diary)

    assert given is answer
    assert await held(world) == 2 * len(visits.plan().claims)


@pytest.mark.inc(49)
async def test_every_offer_can_be_booked_by_the_caller_who_heard_it(
    world: Any, visits: Any, query: SlotQuery
) -> None:
    plans = [visits.plan(0), visits.plan(15)]
    await offer_slots(query, find=Search([found(*plans)]), diary=world.stores.diary)

    result = await book(visits.order(plans[1], owner=query.owner), world.parts())

    assert isinstance(result, Booked)
    assert await held(world) == 0


async def test_what_is_not_offered_again_is_given_back(
    world: Any, visits: Any, query: SlotQuery
) -> None:
    diary = world.stores.diary
    await offer_slots(query, find=Search([found(visits.plan(0))]), diary=diary)

    await offer_slots(query, find=Search([found(visits.plan(300))]), diary=diary)

    starts = await world.rows("SELECT min(lower(during)) FROM claim")
    assert starts == [(visits.plan(300).start,)]


async def test_finding_nothing_gives_everything_back(
    world: Any, visits: Any, query: SlotQuery
) -> None:
    diary = world.stores.diary
    nothing = NoSlots(obstacle=TAKEN, searched=visits.plan().span)
    await offer_slots(query, find=Search([found(visits.plan(0))]), diary=diary)

    given = await offer_slots(query, find=Search([nothing]), diary=diary)

    assert given is nothing
    assert await held(world) == 0


async def test_an_offer_somebody_else_was_faster_to_take_is_searched_again(
    world: Any, visits: Any, query: SlotQuery
) -> None:
    lost, free = found(visits.plan(0)), found(visits.plan(300))
    await world.stores.diary.hold(query.branch_id, "call:faster", [visits.plan(0)], ttl_s=60)
    search = Search([lost, free])

    given = await offer_slots(query, find=search, diary=world.stores.diary)

    assert given is free
    assert search.asked == 2


async def test_of_offers_that_are_lost_again_and_again_those_that_can_be_held_are_made(
    world: Any, visits: Any, query: SlotQuery
) -> None:
    await world.stores.diary.hold(query.branch_id, "call:faster", [visits.plan(0)], ttl_s=60)
    search = Search([found(visits.plan(0), visits.plan(300))])

    given = await offer_slots(query, find=search, diary=world.stores.diary)

    assert isinstance(given, SlotsFound)
    assert [offer.plan for offer in given.offers] == [visits.plan(300)]
    assert search.asked == 3


async def test_nothing_is_offered_that_cannot_be_held(
    world: Any, visits: Any, query: SlotQuery
) -> None:
    diary = world.stores.diary
    await diary.hold(query.branch_id, "call:faster", [visits.plan(0)], ttl_s=60)
    await diary.hold(query.branch_id, query.owner, [visits.plan(300)], ttl_s=60)

    given = await offer_slots(query, find=Search([found(visits.plan(0))]), diary=diary)

    assert isinstance(given, NoSlots)
    assert given.obstacle == Obstacle(reason=Reason.TAKEN, start=visits.plan(0).start)
    assert await held(world) == 0


async def test_callers_who_are_offered_the_same_start_at_once_hold_it_once(
    world: Any, visits: Any, query: SlotQuery
) -> None:
    plans = [visits.plan(minutes) for minutes in (0, 300, 600, 900)]

    async def first_free(question: SlotQuery) -> SlotAnswer:
        busy = await world.stores.diary.busy(
            query.branch_id, plans[0].span, except_owner=question.owner
        )
        return found(plans[1 if busy else 0])

    queries = [
        SlotQuery(branch_id=query.branch_id, visit=query.visit, owner=f"call:{caller}")
        for caller in range(2)
    ]
    given = await asyncio.gather(
        *(offer_slots(one, find=first_free, diary=world.stores.diary) for one in queries)
    )

    offered = sorted(offer.plan.start for answer in given for offer in answer.offers)
    assert offered == [plans[0].start, plans[1].start]
    assert await world.overlaps() == 0
