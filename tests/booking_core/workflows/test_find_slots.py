"""The search over a real diary in PostgreSQL."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from booking_core.adapters.local_calendar import LocalCalendar
from booking_core.adapters.postgres.diary import PostgresDiary
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.public_holidays import public_holidays
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Failed
from booking_core.domain.errors import CalendarSilent, UnknownSalon
from booking_core.domain.interval import Span
from booking_core.domain.plan import Claim, Plan, PlannedSegment, VisitRequest
from booking_core.domain.slots import NoSlots, Obstacle, Reason, SlotQuery, SlotsFound, TimeWish
from booking_core.workflows.book import Pace, book
from booking_core.workflows.find_slots import find_slots
from booking_core.workflows.saga import Parts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.booking import BookingResult
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.slots import SlotAnswer
    from booking_core.ports import SegmentBooking

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 10, tzinfo=BERLIN)
WEDNESDAY = date(2026, 11, 25)


@dataclass(frozen=True)
class FixedClock:
    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment


@dataclass
class CountingDiary(PostgresDiary):
    """The real diary; remembers which windows were read."""

    engine: AsyncEngine
    read: list[Span] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(self.engine)

    async def busy(self, branch_id: UUID, window: Span, **asked: Any) -> Mapping[UUID, Any]:
        self.read.append(window)
        return await super().busy(branch_id, window, **asked)


@dataclass
class Reception:
    salon: Salon
    salons: PostgresSalons
    diary: CountingDiary

    async def ask(self, number: int, *, staff: str, at: datetime | None, owner: str) -> SlotAnswer:
        member = next(m for m in self.salon.staff if m.first_name == staff)
        visit = VisitRequest(services=(self.salon.service_numbered(number).id,), staff=member.id)
        wishes = (TimeWish(window=Span.of_minutes(at, 5), at=at),) if at else ()
        return await find_slots(
            SlotQuery(branch_id=self.salon.branch.id, visit=visit, owner=owner, wishes=wishes),
            salons=self.salons,
            diary=self.diary,
            clock=FixedClock(),
            holidays=public_holidays,
        )

    async def hold(self, owner: str, *plans: Plan) -> None:
        await self.diary.hold(self.salon.branch.id, owner, plans, ttl_s=180)

    def absence(self, staff: str, first: date, days: int) -> Plan:
        """A claim over whole days, as a hold of somebody else would be."""
        member = next(m for m in self.salon.staff if m.first_name == staff)
        start = datetime.combine(first, time(), UTC)
        span = Span(start, start + timedelta(days=days))
        service = self.salon.services[0].id
        segment = PlannedSegment(
            index=1, of=1, key="A", name="", service_id=service, staff_id=member.id, span=span
        )
        claim = Claim(resource_id=member.id, span=span)
        return Plan(services=(service,), segments=(segment,), claims=(claim,))


@dataclass
class Falling(LocalCalendar):
    """A calendar that stops answering when it is asked to book."""

    finds: bool

    def __post_init__(self) -> None:
        super().__init__()

    async def book(self, segment: SegmentBooking) -> str:  # noqa: ARG002 - of the port
        raise CalendarSilent

    async def find(self, segment: SegmentBooking) -> Sequence[str]:
        if not self.finds:
            raise CalendarSilent
        return await super().find(segment)


@pytest.fixture
def fail_to_book(reception: Reception, stores: Any) -> Callable[..., Awaitable[BookingResult]]:
    """A booking of call 1 at a calendar that is silent from now on, or answers looks at least."""

    async def fail(plan: Plan, *, finds: bool) -> BookingResult:
        parts = Parts(
            salons=reception.salons, sagas=stores.sagas, calendar=Falling(finds=finds),
            locks=NoLocks(), clock=FixedClock(),
        )  # fmt: skip
        order = BookAppointment(
            key="1:1", owner="call:1", call_id="1", branch_id=reception.salon.branch.id,
            plan=plan, customer=Customer(name="Jette Marquardt"),
        )  # fmt: skip
        return await book(order, parts, pace=Pace(deadline_s=0.4))

    return fail


class NoLocks:
    """A lock server that is away."""

    @asynccontextmanager
    async def hold(self, keys: Sequence[str], *, ttl_s: float) -> AsyncIterator[bool]:  # noqa: ARG002 - of the port
        yield False


@pytest.fixture
def reception(engine: AsyncEngine, saved_salon: Salon) -> Reception:
    return Reception(saved_salon, PostgresSalons(engine), CountingDiary(engine))


def at(clock: str, day: date = WEDNESDAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), BERLIN)


async def test_a_free_wish_is_found_with_one_read_of_the_wished_day(reception: Reception) -> None:
    found = await reception.ask(177, staff="Emma", at=at("14:00"), owner="call:1")

    assert isinstance(found, SlotsFound)
    assert [offer.plan.start for offer in found.offers] == [at("14:00")]
    assert reception.diary.read == [Span(at("00:00"), at("00:00", WEDNESDAY + timedelta(days=1)))]


async def test_what_another_process_has_changed_in_the_salon_holds_for_the_next_search(
    reception: Reception, engine: AsyncEngine
) -> None:
    await reception.ask(177, staff="Emma", at=at("14:00"), owner="call:1")
    services = tuple(replace(one, active=one.number != 177) for one in reception.salon.services)
    await PostgresSalons(engine).save(replace(reception.salon, services=services))

    found = await reception.ask(177, staff="Emma", at=at("14:00"), owner="call:1")

    assert isinstance(found, NoSlots)
    assert found.obstacle.reason is Reason.SERVICE_INACTIVE


async def test_a_service_that_is_new_since_the_salon_was_read_is_found(
    reception: Reception, engine: AsyncEngine
) -> None:
    await reception.ask(177, staff="Emma", at=at("14:00"), owner="call:1")
    new = replace(reception.salon.service_numbered(177), id=uuid4(), number=9177, code="NEU")
    reception.salon = replace(reception.salon, services=(*reception.salon.services, new))
    await PostgresSalons(engine).save(reception.salon)

    found = await reception.ask(9177, staff="Emma", at=at("14:00"), owner="call:1")

    assert isinstance(found, SlotsFound)
    assert found.offers[0].plan.services == (new.id,)


async def test_a_full_day_makes_the_search_look_at_the_days_around_it(
    reception: Reception,
) -> None:
    await reception.hold("call:0", reception.absence("Oliver", WEDNESDAY, 1))

    found = await reception.ask(441, staff="Oliver", at=at("14:00"), owner="call:1")

    assert isinstance(found, SlotsFound)
    assert [offer.plan.start for offer in found.offers] == [
        at("14:00", WEDNESDAY - timedelta(days=1)),
        at("14:00", WEDNESDAY + timedelta(days=1)),
    ]
    assert len(reception.diary.read) == 2
    assert reception.diary.read[1].minutes < 30 * 24 * 60


async def test_what_somebody_else_holds_is_not_offered(reception: Reception) -> None:
    found = await reception.ask(177, staff="Emma", at=at("14:00"), owner="call:1")
    assert isinstance(found, SlotsFound)
    await reception.hold("call:1", found.offers[0].plan)

    other = await reception.ask(177, staff="Emma", at=at("14:00"), owner="call:2")

    assert isinstance(other, SlotsFound)
    assert other.obstacle is not None
    assert other.obstacle.reason is Reason.TAKEN
    assert at("14:00") not in {
        offer.plan.start
        for offer in other.offers
        if offer.plan.segments[0].staff_id == found.offers[0].plan.segments[0].staff_id
    }


async def test_ones_own_hold_is_not_in_the_way(reception: Reception) -> None:
    found = await reception.ask(177, staff="Emma", at=at("14:00"), owner="call:1")
    assert isinstance(found, SlotsFound)
    await reception.hold("call:1", found.offers[0].plan)

    again = await reception.ask(177, staff="Emma", at=at("14:00"), owner="call:1")

    assert again == found


async def test_both_alternatives_of_one_answer_can_be_held_together(reception: Reception) -> None:
    await reception.hold("call:0", reception.absence("Emma", WEDNESDAY, 1))

    found = await reception.ask(177, staff="Emma", at=at("14:00"), owner="call:1")

    assert isinstance(found, SlotsFound)
    assert len(found.offers) == 2
    await reception.hold("call:1", *(offer.plan for offer in found.offers))
    other = await reception.ask(177, staff="Emma", at=at("14:00"), owner="call:2")
    assert isinstance(other, SlotsFound)
    assert not {o.id for o in other.offers} & {o.id for o in found.offers}


async def test_the_whole_horizon_is_read_when_the_days_around_hold_nothing(
    reception: Reception,
) -> None:
    await reception.hold("call:0", reception.absence("Oliver", WEDNESDAY - timedelta(days=1), 40))

    found = await reception.ask(441, staff="Oliver", at=None, owner="call:1")

    assert isinstance(found, SlotsFound)
    assert found.offers[0].plan.start > NOW + timedelta(days=38)
    assert len(reception.diary.read) == 3


async def test_nothing_in_the_horizon_says_what_was_searched(reception: Reception) -> None:
    await reception.hold("call:0", reception.absence("Oliver", WEDNESDAY - timedelta(days=2), 100))

    found = await reception.ask(441, staff="Oliver", at=None, owner="call:1")

    assert isinstance(found, NoSlots)
    assert found.obstacle.reason is Reason.TAKEN
    assert found.searched == Span(at("11:00", NOW.date()), at("00:00", date(2027, 2, 23)))


async def test_a_berlin_holiday_is_named(reception: Reception) -> None:
    found = await reception.ask(177, staff="Emma", at=at("14:00", date(2027, 1, 1)), owner="call:1")

    assert isinstance(found, SlotsFound)
    assert found.obstacle is not None
    assert (found.obstacle.reason, found.obstacle.holiday) == (Reason.HOLIDAY, "Neujahr")


@pytest.mark.parametrize("finds", [False, True])
async def test_what_ones_own_failed_booking_left_is_not_offered_and_blamed_on_nobody(
    reception: Reception, fail_to_book: Any, *, finds: bool
) -> None:
    found = await reception.ask(177, staff="Emma", at=at("14:00"), owner="call:1")
    assert isinstance(found, SlotsFound)
    failed = await fail_to_book(found.offers[0].plan, finds=finds)

    mine = await reception.ask(177, staff="Emma", at=at("14:00"), owner="call:1")
    other = await reception.ask(177, staff="Emma", at=at("14:00"), owner="call:2")

    assert isinstance(failed, Failed)
    assert failed.undone is finds
    assert isinstance(mine, SlotsFound)
    assert isinstance(other, SlotsFound)
    assert mine.offers == other.offers
    assert mine.obstacle == Obstacle(reason=Reason.UNDOING, start=at("14:00"))
    assert other.obstacle is not None
    assert other.obstacle.reason is Reason.TAKEN


async def test_beside_what_one_has_left_oneself_others_are_still_named(
    reception: Reception, fail_to_book: Any
) -> None:
    found = await reception.ask(177, staff="Emma", at=at("14:00"), owner="call:1")
    assert isinstance(found, SlotsFound)
    before = await reception.ask(177, staff="Emma", at=at("09:00"), owner="call:2")
    assert isinstance(before, SlotsFound)
    await reception.hold("call:2", before.offers[0].plan)
    await fail_to_book(found.offers[0].plan, finds=True)

    mine = await reception.ask(177, staff="Emma", at=at("09:00"), owner="call:1")

    assert isinstance(mine, SlotsFound)
    assert mine.obstacle is not None
    assert mine.obstacle.reason is Reason.TAKEN


async def test_an_unknown_salon_is_an_error(reception: Reception) -> None:
    query = SlotQuery(
        branch_id=reception.salon.services[0].id,
        visit=VisitRequest(services=(reception.salon.services[0].id,)),
        owner="call:1",
    )

    with pytest.raises(UnknownSalon):
        await find_slots(
            query,
            salons=reception.salons,
            diary=reception.diary,
            clock=FixedClock(),
            holidays=public_holidays,
        )
