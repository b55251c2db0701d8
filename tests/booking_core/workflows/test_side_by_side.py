"""Two visits at the same time, searched, held and booked in a real PostgreSQL."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from booking_core.adapters.local_calendar import LocalCalendar
from booking_core.adapters.postgres.diary import PostgresDiary
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.public_holidays import public_holidays
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Booked, Taken
from booking_core.domain.errors import CalendarTaken
from booking_core.domain.interval import Span
from booking_core.domain.plan import Claim, Plan, PlannedSegment, VisitRequest
from booking_core.domain.slots import NoSlots, Reason, SlotQuery, SlotsFound, TimeWish
from booking_core.workflows.book import book
from booking_core.workflows.find_slots import find_slots
from booking_core.workflows.hold import offer_slots
from booking_core.workflows.saga import Parts
from booking_core.workflows.side_by_side import book_side_by_side, find_side_by_side

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.booking import BookingResult
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.slots import SlotAnswer, SlotOffer
    from booking_core.ports import SegmentBooking

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 10, tzinfo=BERLIN)
TEN = datetime(2026, 11, 28, 10, tzinfo=BERLIN)
"""A Saturday, nine to two."""
OWNER = "call:1"


@dataclass(frozen=True)
class FixedClock:
    def now(self) -> datetime:
        return NOW


class NoLocks:
    """A lock server that is away."""

    @asynccontextmanager
    async def hold(self, keys: Sequence[str], *, ttl_s: float) -> AsyncIterator[bool]:  # noqa: ARG002 - of the port
        yield False


@dataclass
class Wayward(LocalCalendar):
    """A calendar in which somebody else is faster for some services."""

    taken: set[int] = field(default_factory=set)
    salon: Salon | None = None
    asked: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    async def book(self, segment: SegmentBooking) -> str:
        assert self.salon
        number = self.salon.service(segment.segment.service_id).number
        self.asked.append(number)
        if number in self.taken:
            raise CalendarTaken
        return await super().book(segment)


@dataclass
class Reception:
    salon: Salon
    engine: AsyncEngine
    calendar: Wayward
    stores: Any

    def __post_init__(self) -> None:
        self.salons, self.diary = PostgresSalons(self.engine), PostgresDiary(self.engine)
        self.calendar.salon = self.salon

    def visit(self, number: int) -> VisitRequest:
        return VisitRequest(services=(self.salon.service_numbered(number).id,))

    async def ask(self, one: int, other: int, *, at: datetime = TEN, **more: Any) -> SlotAnswer:
        wish = TimeWish(window=Span.of_minutes(at, 5), at=at)
        query = SlotQuery(
            branch_id=self.salon.branch.id,
            visit=self.visit(one),
            beside=self.visit(other),
            owner=OWNER,
            wishes=(wish,),
            **more,
        )
        search = partial(
            find_slots,
            salons=self.salons,
            diary=self.diary,
            clock=FixedClock(),
            holidays=public_holidays,
        )
        find = partial(find_side_by_side, find=search)
        return await offer_slots(query, find=find, diary=self.diary)

    async def keep_busy(self, *names: str, until_h: float) -> None:
        """Held by somebody else, from the beginning of the day on."""
        span = Span(TEN - timedelta(hours=10), TEN + timedelta(hours=until_h))
        service, branch = self.salon.services[0].id, self.salon.branch.id
        plans = []
        for member in (one for one in self.salon.staff if one.first_name in names):
            segment = PlannedSegment(
                index=1, of=1, key="A", name="", service_id=service, staff_id=member.id, span=span
            )
            claims = (Claim(resource_id=member.id, span=span),)
            plans.append(Plan(services=(service,), segments=(segment,), claims=claims))
        await self.diary.hold(branch, "x", plans, ttl_s=180)

    def order(self, offer: SlotOffer) -> BookAppointment:
        assert offer.beside
        own = BookAppointment(
            key="1:1",
            owner=OWNER,
            branch_id=self.salon.branch.id,
            plan=offer.plan,
            customer=Customer(name="Jette Marquardt", phone="+493023125031"),
            call_id="1",
        )
        child = replace(own.customer, name="Ida Marquardt")
        theirs = replace(own, key="1:1/beside", owner="x/beside", plan=offer.beside, customer=child)
        return replace(own, beside=theirs)

    async def book(self, order: BookAppointment) -> BookingResult:
        parts = Parts(
            salons=self.salons,
            sagas=self.stores.sagas,
            calendar=self.calendar,
            locks=NoLocks(),
            clock=FixedClock(),
        )
        return await book_side_by_side(order, book=partial(book, parts=parts), diary=self.diary)

    async def count(self, state: str) -> int:
        async with self.engine.connect() as connection:
            sql = text("SELECT count(*) FROM claim WHERE state = :state AND owner <> 'x'")
            return int((await connection.execute(sql, {"state": state})).scalar_one())


@pytest.fixture
def reception(engine: AsyncEngine, saved_salon: Salon, stores: Any) -> Reception:
    return Reception(saved_salon, engine, Wayward(), stores)


def both(answer: SlotAnswer) -> SlotOffer:
    assert isinstance(answer, SlotsFound)
    assert answer.offers[0].beside
    return answer.offers[0]


async def test_both_begin_at_the_wished_start_with_people_and_places_of_their_own(
    reception: Reception,
) -> None:
    offer = both(await reception.ask(436, 434))

    assert [plan.start for plan in offer.plans] == [TEN, TEN]
    one, other = ({(c.resource_id) for c in plan.claims} for plan in offer.plans)
    assert one.isdisjoint(other)
    assert await reception.count("held") == sum(len(plan.claims) for plan in offer.plans)


async def test_whoever_can_do_either_does_what_nobody_else_can(reception: Reception) -> None:
    await reception.keep_busy("Dilara", "Oliver", until_h=6)

    offer = both(await reception.ask(436, 434))

    names = {one.id: one.first_name for one in reception.salon.staff}
    leads = [names[plan.segments[-1].staff_id] for plan in offer.plans]
    assert leads == ["Emma", "Fabian"]


async def test_a_start_for_one_only_is_passed_over_and_named_as_taken(reception: Reception) -> None:
    await reception.keep_busy("Dilara", "Fabian", until_h=1)

    answer = await reception.ask(436, 434)

    assert isinstance(answer, SlotsFound)
    assert all(offer.beside and offer.beside.start == offer.plan.start for offer in answer.offers)
    assert min(offer.plan.start for offer in answer.offers) > TEN
    assert answer.obstacle
    assert (answer.obstacle.reason, answer.obstacle.start) == (Reason.TAKEN, TEN)


async def test_where_one_of_two_can_never_come_nothing_is_found_or_held(
    reception: Reception,
) -> None:
    await reception.keep_busy("Dilara", "Fabian", until_h=24 * 200)

    answer = await reception.ask(436, 434)

    assert isinstance(answer, NoSlots)
    assert answer.obstacle.reason is Reason.TAKEN
    assert await reception.count("held") == 0


async def test_both_are_booked_and_what_was_held_has_become_theirs(reception: Reception) -> None:
    offer = both(await reception.ask(436, 434))

    result = await reception.book(reception.order(offer))

    assert isinstance(result, Booked)
    assert isinstance(result.beside, Booked)
    assert result.beside.appointment.customer.name == "Ida Marquardt"
    assert await reception.count("held") == 0
    assert await reception.count("final") == sum(len(plan.claims) for plan in offer.plans)


async def test_the_same_order_again_books_nothing_more(reception: Reception) -> None:
    order = reception.order(both(await reception.ask(436, 434)))
    first = await reception.book(order)
    asked = list(reception.calendar.asked)

    again = await reception.book(order)

    assert isinstance(first, Booked)
    assert isinstance(again, Booked)
    assert again.beside == first.beside
    assert reception.calendar.asked == asked


async def test_the_second_is_not_begun_when_the_first_cannot_be_had(reception: Reception) -> None:
    offer = both(await reception.ask(436, 434))
    reception.calendar.taken = {436}

    result = await reception.book(reception.order(offer))

    assert isinstance(result, Taken)
    assert 434 not in reception.calendar.asked
    assert await reception.count("held") == 0


async def test_a_second_that_cannot_be_had_leaves_the_first_and_says_so(
    reception: Reception,
) -> None:
    offer = both(await reception.ask(436, 434))
    reception.calendar.taken = {434}

    result = await reception.book(reception.order(offer))

    assert isinstance(result, Booked)
    assert isinstance(result.beside, Taken)
