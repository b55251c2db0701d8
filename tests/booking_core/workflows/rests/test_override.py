"""The desk puts visits into the rest of others on purpose; a real Cal.com keeps the rest taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.beside_rests import BesideRests
from booking_core.adapters.postgres.ledger import PostgresLedger
from booking_core.domain.appointment import AppointmentState
from booking_core.domain.booking import Booked, Taken
from booking_core.domain.interval import Span, shift
from booking_core.domain.orders import Cancelled
from booking_core.domain.override import Override
from booking_core.domain.plan import Claim, ClaimKind, PlannedPause
from booking_core.domain.slots import NoSlots, Reason, SlotsFound
from booking_core.workflows.book import book
from booking_core.workflows.cancel import cancel
from booking_core.workflows.recover import recover_all

if TYPE_CHECKING:
    from booking_core.domain.plan import Plan

ON_PURPOSE = Override(author="rezeption", reason="Hochzeitsgast, mit beiden abgesprochen")
CARE, FRINGE = 21, 22
TEN = 60
"""Minutes after the first Monday's opening at nine."""
SWEPT = "UPDATE claim SET expires_at = clock_timestamp() WHERE state = 'quarantine'"
REST = TEN + 10
"""When the rest of a care that begins at ten begins; it lasts 20 minutes."""


def whole_day(reception: Any) -> Span:
    return Span(reception.opens, reception.opens + timedelta(hours=12))


async def test_what_the_phone_cannot_sell_a_person_at_the_desk_may(reception: Any) -> None:
    await reception.booked(CARE, TEN)

    by_phone = await reception.ask(FRINGE, REST)
    at_desk = await reception.ask(FRINGE, REST, override=ON_PURPOSE)

    assert isinstance(by_phone, NoSlots)
    assert by_phone.obstacle.reason is Reason.TAKEN
    assert isinstance(at_desk, SlotsFound)
    assert [part.local for part in at_desk.offers[0].plan.segments] == [True]


@pytest.mark.parametrize("minutes", [TEN - 5, TEN, REST + 10, REST + 20])
async def test_work_is_not_given_up_whoever_asks(reception: Any, minutes: int) -> None:
    await reception.booked(CARE, TEN)

    assert isinstance(await reception.ask(FRINGE, minutes, override=ON_PURPOSE), NoSlots)


async def test_a_rest_that_is_only_held_is_not_given_up(reception: Any) -> None:
    await reception.planned(CARE, TEN)

    assert isinstance(await reception.ask(FRINGE, REST, override=ON_PURPOSE), NoSlots)


async def test_two_of_the_desk_cannot_have_the_same_rest(reception: Any) -> None:
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


async def test_without_the_desk_the_database_refuses_the_same_plan(reception: Any) -> None:
    await reception.booked(CARE, TEN)
    plan, owner = await reception.planned(FRINGE, REST, override=ON_PURPOSE)
    disguised = replace(plan, segments=tuple(replace(s, local=False) for s in plan.segments))

    assert isinstance(await reception.core.book(reception.order(disguised, owner)), Taken)


async def test_whoever_was_put_into_a_rest_keeps_others_out_of_it(reception: Any) -> None:
    await reception.booked(CARE, TEN)
    await reception.put_in(FRINGE, REST)

    for minutes in (REST - 5, REST, REST + 5):
        assert isinstance(await reception.ask(FRINGE, minutes, override=ON_PURPOSE), NoSlots)
    # Neither may another rest lie over their work.
    assert isinstance(await reception.ask(CARE, TEN + 15, override=ON_PURPOSE), NoSlots)


async def test_who_decided_it_and_why_is_on_record(reception: Any) -> None:
    care = await reception.booked(CARE, TEN)
    fringe = await reception.put_in(FRINGE, REST)

    (record,) = await reception.core.overridden(reception.salon.branch.id, whole_day(reception))

    assert (record.appointment.id, record.version) == (fringe.id, 1)
    assert record.override == ON_PURPOSE
    assert record.into == (care.id,)
    assert record.at.utcoffset() is not None
    tomorrow = Span(*(shift(at, 24 * 60) for at in (reception.opens, record.appointment.plan.end)))
    assert await reception.core.overridden(reception.salon.branch.id, tomorrow) == []


async def test_what_did_not_come_about_was_not_overridden(reception: Any) -> None:
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
    reception: Any, accepted: Any, stores: Any
) -> None:
    care = await reception.booked(CARE, TEN)
    fringe = await reception.put_in(FRINGE, REST)

    assert accepted() == {str(care.id): 2}
    assert fringe.plan.local_segments == fringe.plan.segments
    sold = await PostgresLedger(stores.engine).sold(care.branch_id, reception.opens)
    assert {one.appointment.id: len(one.uids) for one in sold} == {care.id: 2, fringe.id: 0}


async def test_the_other_visit_can_be_cancelled_and_the_one_put_in_stays(
    reception: Any, accepted: Any
) -> None:
    care = await reception.booked(CARE, TEN)
    fringe = await reception.put_in(FRINGE, REST)

    await reception.cancelled(care)

    assert accepted() == {}
    assert isinstance(await reception.ask(FRINGE, REST), NoSlots)
    await reception.cancelled(fringe)
    assert isinstance(await reception.ask(FRINGE, REST), SlotsFound)


async def test_the_one_put_in_can_be_cancelled_and_the_rest_is_not_sold_again(
    reception: Any, accepted: Any
) -> None:
    care = await reception.booked(CARE, TEN)
    fringe = await reception.put_in(FRINGE, REST)

    await reception.cancelled(fringe)

    assert accepted() == {str(care.id): 2}
    assert isinstance(await reception.ask(FRINGE, REST), NoSlots)


async def test_the_other_visit_can_be_moved_away(reception: Any, accepted: Any) -> None:
    care = await reception.booked(CARE, TEN)
    await reception.put_in(FRINGE, REST)

    moved = await reception.moved(care, CARE, TEN + 120)

    assert moved.plan.start == shift(reception.opens, TEN + 120)
    assert accepted() == {str(care.id): 2}
    assert isinstance(await reception.ask(FRINGE, REST), NoSlots)


async def test_the_one_put_in_can_be_moved_out_and_is_at_cal_com_from_then_on(
    reception: Any, accepted: Any
) -> None:
    care = await reception.booked(CARE, TEN)
    fringe = await reception.put_in(FRINGE, REST)

    moved = await reception.moved(fringe, FRINGE, TEN + 120)

    assert moved.plan.local_segments == ()
    assert accepted() == {str(care.id): 2, str(fringe.id): 1}
    await reception.cancelled(moved)
    assert accepted() == {str(care.id): 2}


async def test_a_visit_can_be_moved_into_a_rest_and_within_it(
    reception: Any, accepted: Any
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
        await world.write(SWEPT)
    assert points >= 8
    assert rest.appointment.state is AppointmentState.BOOKED
    assert world.calendar.of(rest.appointment.id) == [1, 2]
