"""The desk puts visits into the rest of others on purpose; a real Cal.com keeps the rest taken."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.beside_rests import BesideRests
from booking_core.adapters.calcom.accounts import sandbox_accounts
from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.client import CalcomClient
from booking_core.adapters.calcom.event_map import PostgresEventMap
from booking_core.adapters.calcom.event_types import CalcomEventTypes
from booking_core.adapters.clock import SystemClock
from booking_core.adapters.mail.folder import FolderMailer
from booking_core.adapters.mail.render import render_confirmation
from booking_core.adapters.postgres.customers import PostgresCustomers
from booking_core.adapters.postgres.ledger import PostgresLedger
from booking_core.adapters.public_holidays import public_holidays
from booking_core.adapters.redis_locks import RedisLocks
from booking_core.bootstrap import BookingCore
from booking_core.domain.appointment import AppointmentState, Customer
from booking_core.domain.booking import BookAppointment, Booked, Taken
from booking_core.domain.catalogue import Pause, PausePolicy, Segment, WorkingHours
from booking_core.domain.interval import Span, shift
from booking_core.domain.orders import (
    CancelAppointment,
    Cancelled,
    Moved,
    OrderedBy,
    RescheduleAppointment,
)
from booking_core.domain.override import Override
from booking_core.domain.plan import Claim, ClaimKind, PlannedPause, VisitRequest
from booking_core.domain.slots import NoSlots, Reason, SlotQuery, SlotsFound, TimeWish
from booking_core.workflows.book import book
from booking_core.workflows.cancel import cancel
from booking_core.workflows.recover import recover_all
from booking_core.workflows.sync_event_types import sync_event_types

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from redis.asyncio import Redis

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.plan import Plan
    from booking_core.domain.slots import SlotAnswer

ON_PURPOSE = Override(author="rezeption", reason="Hochzeitsgast, mit beiden abgesprochen")
CARE, FRINGE = 21, 22
TEN = 60
"""Minutes after the first Monday's opening at nine."""
REST = TEN + 10
"""When the rest of a care that begins at ten begins; it lasts 20 minutes."""


def with_care(small: Salon) -> Salon:
    """A care with a rest that is not sold, and a fringe that would fit into it."""
    pause = Pause(min_minutes=20, max_minutes=20)
    care = replace(
        small.services[0], id=small.company.id, number=CARE, code="KUR", name="Kur",
        pause_policy=PausePolicy.NEVER,
        segments=(
            Segment(key="A", name="Kur auftragen", minutes=10, skill="colour", pause_after=pause),
            Segment(key="B", name="Kur ausspülen", minutes=15, skill="colour"),
        ),
    )  # fmt: skip
    fringe = replace(
        small.services[1], number=FRINGE, code="PONY", name="Pony",
        segments=(Segment(key="A", name="Pony", minutes=15, skill="cut"),),
    )  # fmt: skip
    week = tuple(WorkingHours(weekday=day, start=time(9), end=time(18)) for day in range(6))
    staff = tuple(replace(member, hours=week) for member in small.staff)
    branch = replace(small.branch, opening_hours=week, lead_minutes=0, cancel_limit_hours=0)
    return replace(small, branch=branch, staff=staff, services=(care, fringe))


@dataclass
class Reception:
    """The desk and the phone of that salon, in front of a real Cal.com."""

    core: BookingCore
    salon: Salon
    opens: datetime
    serial: int = field(default=0)

    def query(self, number: int, minutes: int, **changes: Any) -> SlotQuery:
        at = shift(self.opens, minutes)
        self.serial += 1
        return replace(
            SlotQuery(
                branch_id=self.salon.branch.id,
                visit=VisitRequest(
                    services=(self.salon.service_numbered(number).id,),
                    staff=self.salon.staff[0].id,
                ),
                owner=f"call:{self.serial}",
                wishes=(TimeWish(window=Span.of_minutes(at, 5), at=at),),
                strict=True,
            ),
            **changes,
        )

    async def ask(self, number: int, minutes: int, **changes: Any) -> SlotAnswer:
        return await self.core.offer_slots(self.query(number, minutes, **changes))

    async def planned(self, number: int, minutes: int, **changes: Any) -> tuple[Plan, str]:
        query = self.query(number, minutes, **changes)
        found = await self.core.offer_slots(query)
        assert isinstance(found, SlotsFound), found
        return found.offers[0].plan, query.owner

    def order(self, plan: Plan, owner: str, **changes: Any) -> BookAppointment:
        asked: dict[str, Any] = {
            "key": f"{owner}/1", "owner": owner, "branch_id": self.salon.branch.id, "plan": plan,
            "customer": Customer(name=f"Gast {self.serial}"),
        }  # fmt: skip
        return BookAppointment(**{**asked, **changes})

    async def booked(self, number: int, minutes: int, **changes: Any) -> Appointment:
        """As the phone books."""
        plan, owner = await self.planned(number, minutes)
        result = await self.core.book(self.order(plan, owner, **changes))
        assert isinstance(result, Booked), result
        return result.appointment

    async def put_in(self, number: int, minutes: int) -> Appointment:
        """As the desk books on purpose."""
        plan, owner = await self.planned(number, minutes, override=ON_PURPOSE)
        order = self.order(plan, owner, source="desk", override=ON_PURPOSE)
        result = await self.core.book(order)
        assert isinstance(result, Booked), result
        return result.appointment

    async def moved(
        self, visit: Appointment, number: int, minutes: int, override: Override | None = None
    ) -> Appointment:
        plan, owner = await self.planned(number, minutes, moving=visit.id, override=override)
        order = RescheduleAppointment(
            key=f"{owner}/move", owner=owner, branch_id=visit.branch_id, appointment_id=visit.id,
            plan=plan, by=OrderedBy.DESK if override else OrderedBy.PHONE, override=override,
        )  # fmt: skip
        result = await self.core.reschedule(order)
        assert isinstance(result, Moved), result
        return result.appointment

    async def cancelled(self, visit: Appointment) -> None:
        order = CancelAppointment(
            key=f"{visit.id}/cancel", branch_id=visit.branch_id, appointment_id=visit.id
        )
        assert isinstance(await self.core.cancel(order), Cancelled)


@pytest.fixture
async def reception(
    stores: Any, salons: Any, small_salon: Salon, calcom: Any, redis: Redis, tmp_path: Path,
    visits: Any,
) -> AsyncIterator[Reception]:  # fmt: skip
    salon = with_care(small_salon)
    await salons.save(salon)
    accounts = await sandbox_accounts(salon, calcom.url)
    async with CalcomClient(calcom.url) as client:
        event_map = PostgresEventMap(stores.engine)
        types = CalcomEventTypes(client, accounts, timezone=salon.branch.timezone)
        assert (await sync_event_types(salon, event_types=types, event_map=event_map)).complete
        core = BookingCore(
            salons=salons,
            customers=PostgresCustomers(stores.engine),
            diary=stores.diary,
            sagas=stores.sagas,
            appointments=stores.appointments,
            mail_log=stores.mail_log,
            calendar=CalcomCalendar(client, accounts, event_map),
            locks=RedisLocks(redis),
            clock=SystemClock(visits.plan(-24 * 60).start),
            holidays=public_holidays,
            jobs=stores.jobs,
            mailer=FolderMailer(tmp_path),
            render=render_confirmation,
        )
        yield Reception(core, salon, visits.plan(0).start)


def whole_day(reception: Reception) -> Span:
    return Span(reception.opens, reception.opens + timedelta(hours=12))


async def test_what_the_phone_cannot_sell_a_person_at_the_desk_may(reception: Reception) -> None:
    await reception.booked(CARE, TEN)

    by_phone = await reception.ask(FRINGE, REST)
    at_desk = await reception.ask(FRINGE, REST, override=ON_PURPOSE)

    assert isinstance(by_phone, NoSlots)
    assert by_phone.obstacle.reason is Reason.TAKEN
    assert isinstance(at_desk, SlotsFound)
    assert [part.local for part in at_desk.offers[0].plan.segments] == [True]


@pytest.mark.parametrize("minutes", [TEN - 5, TEN, REST + 10, REST + 20])
async def test_work_is_not_given_up_whoever_asks(reception: Reception, minutes: int) -> None:
    await reception.booked(CARE, TEN)

    assert isinstance(await reception.ask(FRINGE, minutes, override=ON_PURPOSE), NoSlots)


async def test_a_rest_that_is_only_held_is_not_given_up(reception: Reception) -> None:
    await reception.planned(CARE, TEN)

    assert isinstance(await reception.ask(FRINGE, REST, override=ON_PURPOSE), NoSlots)


async def test_two_of_the_desk_cannot_have_the_same_rest(reception: Reception) -> None:
    await reception.booked(CARE, TEN)
    plan, owner = await reception.planned(FRINGE, REST, override=ON_PURPOSE)
    held = await reception.ask(FRINGE, REST + 5, override=ON_PURPOSE)
    late = reception.order(plan, "call:late", source="desk", override=ON_PURPOSE)

    first = await reception.core.book(
        reception.order(plan, owner, source="desk", override=ON_PURPOSE)
    )
    second = await reception.core.book(late)

    assert isinstance(held, NoSlots)
    assert isinstance(first, Booked)
    assert isinstance(second, Taken)


async def test_without_the_desk_the_database_refuses_the_same_plan(reception: Reception) -> None:
    await reception.booked(CARE, TEN)
    plan, owner = await reception.planned(FRINGE, REST, override=ON_PURPOSE)
    disguised = replace(plan, segments=tuple(replace(s, local=False) for s in plan.segments))

    assert isinstance(await reception.core.book(reception.order(disguised, owner)), Taken)


async def test_whoever_was_put_into_a_rest_keeps_others_out_of_it(reception: Reception) -> None:
    await reception.booked(CARE, TEN)
    await reception.put_in(FRINGE, REST)

    for minutes in (REST - 5, REST, REST + 5):
        assert isinstance(await reception.ask(FRINGE, minutes, override=ON_PURPOSE), NoSlots)
    # Neither may another rest lie over their work.
    assert isinstance(await reception.ask(CARE, TEN + 15, override=ON_PURPOSE), NoSlots)


async def test_who_decided_it_and_why_is_on_record(reception: Reception) -> None:
    care = await reception.booked(CARE, TEN)
    fringe = await reception.put_in(FRINGE, REST)

    (record,) = await reception.core.overridden(reception.salon.branch.id, whole_day(reception))

    assert (record.appointment.id, record.version) == (fringe.id, 1)
    assert record.override == ON_PURPOSE
    assert record.into == (care.id,)
    assert record.at.utcoffset() is not None
    tomorrow = Span(*(shift(at, 24 * 60) for at in (reception.opens, record.appointment.plan.end)))
    assert await reception.core.overridden(reception.salon.branch.id, tomorrow) == []


async def test_what_did_not_come_about_was_not_overridden(reception: Reception) -> None:
    await reception.booked(CARE, TEN)
    await reception.put_in(FRINGE, REST)
    plan, owner = await reception.planned(FRINGE, TEN + 90)
    lost = replace(plan, claims=tuple(Claim(
        resource_id=claim.resource_id, span=Span.of_minutes(shift(reception.opens, REST), 15),
        kind=claim.kind,
    ) for claim in plan.claims), segments=tuple(
        replace(part, span=Span.of_minutes(shift(reception.opens, REST), 15), local=True)
        for part in plan.segments
    ))  # fmt: skip

    refused = await reception.core.book(
        reception.order(lost, owner, source="desk", override=ON_PURPOSE)
    )

    assert isinstance(refused, Taken)
    records = await reception.core.overridden(reception.salon.branch.id, whole_day(reception))
    assert len(records) == 1


async def test_cal_com_keeps_the_rest_and_is_not_asked_for_more(
    reception: Reception, accepted: Any, stores: Any
) -> None:
    care = await reception.booked(CARE, TEN)
    fringe = await reception.put_in(FRINGE, REST)

    assert accepted() == {str(care.id): 2}
    assert fringe.plan.local_segments == fringe.plan.segments
    sold = await PostgresLedger(stores.engine).sold(care.branch_id, reception.opens)
    assert {one.appointment.id: len(one.uids) for one in sold} == {care.id: 2, fringe.id: 0}


async def test_the_other_visit_can_be_cancelled_and_the_one_put_in_stays(
    reception: Reception, accepted: Any
) -> None:
    care = await reception.booked(CARE, TEN)
    fringe = await reception.put_in(FRINGE, REST)

    await reception.cancelled(care)

    assert accepted() == {}
    assert isinstance(await reception.ask(FRINGE, REST), NoSlots)
    await reception.cancelled(fringe)
    assert isinstance(await reception.ask(FRINGE, REST), SlotsFound)


async def test_the_one_put_in_can_be_cancelled_and_the_rest_is_not_sold_again(
    reception: Reception, accepted: Any
) -> None:
    care = await reception.booked(CARE, TEN)
    fringe = await reception.put_in(FRINGE, REST)

    await reception.cancelled(fringe)

    assert accepted() == {str(care.id): 2}
    assert isinstance(await reception.ask(FRINGE, REST), NoSlots)


async def test_the_other_visit_can_be_moved_away(reception: Reception, accepted: Any) -> None:
    care = await reception.booked(CARE, TEN)
    await reception.put_in(FRINGE, REST)

    moved = await reception.moved(care, CARE, TEN + 120)

    assert moved.plan.start == shift(reception.opens, TEN + 120)
    assert accepted() == {str(care.id): 2}
    assert isinstance(await reception.ask(FRINGE, REST), NoSlots)


async def test_the_one_put_in_can_be_moved_out_and_is_at_cal_com_from_then_on(
    reception: Reception, accepted: Any
) -> None:
    care = await reception.booked(CARE, TEN)
    fringe = await reception.put_in(FRINGE, REST)

    moved = await reception.moved(fringe, FRINGE, TEN + 120)

    assert moved.plan.local_segments == ()
    assert accepted() == {str(care.id): 2, str(fringe.id): 1}
    await reception.cancelled(moved)
    assert accepted() == {str(care.id): 2}


async def test_a_visit_can_be_moved_into_a_rest_and_within_it(
    reception: Reception, accepted: Any
) -> None:
    care = await reception.booked(CARE, TEN)
    fringe = await reception.booked(FRINGE, TEN + 120)

    into = await reception.moved(fringe, FRINGE, REST, ON_PURPOSE)
    within = await reception.moved(into, FRINGE, REST + 5, ON_PURPOSE)

    assert within.plan.start == shift(reception.opens, REST + 5)
    assert accepted() == {str(care.id): 2}
    records = await reception.core.overridden(care.branch_id, whole_day(reception))
    assert [record.version for record in records] == [2, 3]
    assert isinstance(await reception.ask(FRINGE, TEN + 120), SlotsFound)


# --- crashes --------------------------------------------------------------------------------------


def rest_before(visits: Any) -> Plan:
    """Half an hour of work and, until the next half hour is over, a rest that is not sold."""
    plan = visits.plan(0, service=12)
    ada, (work,) = visits.salon.staff[0].id, plan.segments
    rest = Span.of_minutes(work.span.end, 30)
    last = replace(work, index=2, of=2, key="B", span=Span.of_minutes(rest.end, 30))
    pause = PlannedPause(span=rest, occupied=True, rest=True)
    return replace(
        plan,
        segments=(replace(work, of=2, pause=pause), last),
        claims=(
            Claim(resource_id=ada, span=work.span),
            Claim(resource_id=ada, span=rest, kind=ClaimKind.REST),
            Claim(resource_id=ada, span=last.span),
        ),
    )


def in_the_rest(visits: Any) -> Plan:
    """Ada in that rest, and Ben afterwards: one segment here, one in the calendar as well."""
    first, then = visits.plan(30, service=12), visits.plan(60, service=12, staff="ben")
    (here,), (there,) = first.segments, then.segments
    return replace(
        first,
        segments=(replace(here, of=2, local=True), replace(there, index=2, of=2, key="B")),
        claims=(*first.claims[:1], *then.claims[:1]),
    )


@pytest.fixture
def dying_world(make_world: Any) -> Any:
    """Leases that are over at once: whoever comes next may take over."""
    return make_world(lease_s=0.0)


def parts_of(world: Any, fuse: Any = None) -> Any:
    parts = world.parts(fuse)
    return replace(parts, calendar=BesideRests(parts.calendar))


async def test_wherever_a_process_dies_all_of_it_is_booked_or_nothing(
    dying_world: Any, visits: Any, make_fuse: Any, crash: Any, cancel_order: Any
) -> None:
    world, points = dying_world, 0
    rest = await book(visits.order(rest_before(visits)), parts_of(world))
    for point in range(1, 100):
        asked = visits.order(source="desk", override=ON_PURPOSE)
        order = replace(asked, plan=in_the_rest(visits))
        try:
            await book(order, parts_of(world, make_fuse(at=point)))
            break
        except crash:
            points += 1
        await world.write("UPDATE saga SET lease_until = clock_timestamp() WHERE ended_at IS NULL")
        await recover_all(parts_of(world))
        result = await book(order, parts_of(world))

        assert isinstance(result, Booked)
        assert world.calendar.of(result.appointment.id) == [2]
        assert len(await world.rows("SELECT * FROM rest_override")) == points
        gone = await cancel(
            cancel_order(result.appointment), parts_of(world),
            appointments=world.stores.appointments,
        )  # fmt: skip
        assert isinstance(gone, Cancelled)
        assert world.calendar.of(result.appointment.id) == []
    assert points >= 8
    assert rest.appointment.state is AppointmentState.BOOKED
    assert world.calendar.of(rest.appointment.id) == [1, 2]
