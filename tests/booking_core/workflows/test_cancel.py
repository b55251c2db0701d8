from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from booking_core.adapters.clock import SystemClock
from booking_core.domain.appointment import AppointmentState, Customer
from booking_core.domain.errors import IdempotencyConflict, UnknownAppointment
from booking_core.domain.interval import shift
from booking_core.domain.orders import (
    Cancelled,
    Cancelling,
    NotBooked,
    OrderedBy,
    TooLate,
    UnderWay,
)
from booking_core.workflows.book import Pace, book
from booking_core.workflows.recover import recover, recover_all, sweep

HURRIED = Pace(deadline_s=0.5)
DUE = "SELECT kind, version FROM email_log ORDER BY version"


async def test_a_cancelled_visit_is_gone_from_calendar_claims_and_state(
    world: Any, booked: Any, cancel_it: Any
) -> None:
    visit = await booked()

    result = await cancel_it(visit)

    assert isinstance(result, Cancelled)
    assert result.appointment == replace(visit, state=AppointmentState.CANCELLED, version=2)
    assert await world.stores.appointments.by_id(visit.id) == result.appointment
    assert world.calendar.live == {}
    assert world.calendar.cancelled_in_order() == [4, 3, 2, 1]
    assert await world.value("SELECT count(*) FROM claim") == 0


async def test_one_message_tells_the_customer_with_the_next_version(
    world: Any, booked: Any, cancel_it: Any
) -> None:
    visit = await booked()

    result = await cancel_it(visit)

    assert result.mail_to == "wilma@example.com"
    assert await world.rows(DUE) == [("confirmation", 1), ("cancellation", 2)]


async def test_without_an_address_there_is_no_message_and_nothing_fails(
    world: Any, booked: Any, cancel_it: Any
) -> None:
    visit = await booked(customer=Customer(name="Ohne Adresse"))

    result = await cancel_it(visit)

    assert isinstance(result, Cancelled)
    assert result.mail_to is None
    assert await world.rows(DUE) == []


async def test_the_time_of_a_cancelled_visit_can_be_booked(
    world: Any, booked: Any, cancel_it: Any, visits: Any
) -> None:
    visit = await booked()
    await cancel_it(visit)

    again = await book(visits.order(visit.plan), world.parts())

    assert again.appointment.id != visit.id
    assert world.calendar.of(again.appointment.id) == [1, 2, 3, 4]


async def test_the_reason_that_was_given_is_what_the_salon_reads(
    world: Any, booked: Any, cancel_it: Any
) -> None:
    mine, silent = await booked(), await booked(600)

    await cancel_it(mine, reason="Krank geworden")
    await cancel_it(silent, reason="  ")

    assert world.calendar.reasons == {"Krank geworden", "Der Termin wurde abgesagt."}


async def test_the_same_key_again_gives_the_same_result_and_asks_nobody(
    world: Any, booked: Any, cancel_order: Any, cancel_it: Any
) -> None:
    visit = await booked()
    order = cancel_order(visit)

    first = await cancel_it(order)
    asked = list(world.calendar.asked)
    second = await cancel_it(order)

    assert first == second
    assert world.calendar.asked == asked


async def test_what_is_cancelled_already_is_cancelled_under_every_key(
    world: Any, booked: Any, cancel_it: Any
) -> None:
    visit = await booked()

    first, second = await cancel_it(visit), await cancel_it(visit)

    assert first == second
    assert await world.rows(DUE) == [("confirmation", 1), ("cancellation", 2)]


async def test_two_who_cancel_at_once_cancel_once(world: Any, booked: Any, cancel_it: Any) -> None:
    visit = await booked()

    results = await asyncio.gather(*(cancel_it(visit) for _ in range(4)))

    assert {type(result) for result in results} <= {Cancelled, Cancelling}
    assert await world.rows("SELECT count(*) FROM saga WHERE kind = 'cancel'") == [(1,)]
    assert world.calendar.cancelled_in_order() == [4, 3, 2, 1]


async def test_a_key_of_a_booking_is_no_key_for_its_cancellation(
    booked: Any, cancel_order: Any, cancel_it: Any, world: Any
) -> None:
    visit = await booked()
    key = await world.value("SELECT key FROM saga")

    with pytest.raises(IdempotencyConflict):
        await cancel_it(replace(cancel_order(visit), key=key))


async def test_a_visit_of_another_branch_is_unknown(
    booked: Any, cancel_order: Any, cancel_it: Any, other_branch: Any
) -> None:
    visit = await booked()

    with pytest.raises(UnknownAppointment):
        await cancel_it(replace(cancel_order(visit), branch_id=other_branch))


async def test_a_visit_nobody_knows_cannot_be_cancelled(
    world: Any, booked: Any, cancel_order: Any, cancel_it: Any, new_id: Any
) -> None:
    order = cancel_order(await booked())

    with pytest.raises(UnknownAppointment):
        await cancel_it(replace(order, appointment_id=new_id()))

    assert world.calendar.cancelled == []
    assert await world.value("SELECT count(*) FROM saga WHERE kind = 'cancel'") == 0


@pytest.mark.parametrize(
    ("start", "until"),
    [
        ("2031-03-30T14:00+02:00", "2031-03-29T13:00+01:00"),
        ("2031-10-26T14:00+01:00", "2031-10-25T15:00+02:00"),
    ],
    ids=["the day of 23 hours", "the day of 25 hours"],
)
async def test_the_limit_is_hours_that_pass_also_when_the_clocks_are_set(
    booked: Any, cancel_it: Any, visits: Any, start: str, until: str
) -> None:
    visit = await booked(visits.plan(datetime.fromisoformat(start)))
    last = datetime.fromisoformat(until)

    late = await cancel_it(visit, at=last + timedelta(seconds=1))
    in_time = await cancel_it(visit, at=last - timedelta(minutes=1))

    assert late == TooLate(limit_hours=24, until=last)
    assert isinstance(in_time, Cancelled)


async def test_up_to_the_limit_a_visit_is_cancelled_and_after_it_not(
    booked: Any, cancel_it: Any
) -> None:
    visit = await booked()
    until = shift(visit.plan.start, -24 * 60)

    late = await cancel_it(visit, at=until + timedelta(seconds=1))
    in_time = await cancel_it(visit, at=until - timedelta(minutes=1))

    assert late == TooLate(limit_hours=24, until=until)
    assert isinstance(in_time, Cancelled)


async def test_the_desk_may_be_generous_until_the_visit_begins(
    world: Any, booked: Any, cancel_it: Any
) -> None:
    visit = await booked()
    start = visit.plan.start
    generous: Any = {"by": OrderedBy.DESK, "waive_limit": True}

    begun = await cancel_it(visit, at=start + timedelta(minutes=1), **generous)
    before = await cancel_it(visit, at=start - timedelta(minutes=1), **generous)

    assert begun == TooLate(limit_hours=0, until=start)
    assert isinstance(before, Cancelled)
    assert await world.rows("SELECT ordered_by FROM saga WHERE kind = 'cancel'") == [("desk",)]


async def test_what_never_came_about_cannot_be_cancelled(
    world: Any, visits: Any, cancel_it: Any
) -> None:
    world.calendar.script.append("refused")
    await book(visits.order(), world.parts())
    visit = await world.stores.appointments.by_id(await world.value("SELECT id FROM appointment"))

    assert await cancel_it(visit) == NotBooked(state=AppointmentState.FAILED)


async def test_a_calendar_that_is_silent_only_delays_what_was_accepted(
    world: Any, booked: Any, cancel_it: Any, cancel_order: Any
) -> None:
    visit = await booked()
    order = cancel_order(visit)
    world.calendar.silent_cancels = 1

    first = await cancel_it(order)
    state = await world.value("SELECT state FROM appointment")
    claims = await world.value("SELECT count(*) FROM claim WHERE state = 'final'")
    saga_id = await world.value("SELECT id FROM saga WHERE kind = 'cancel'")
    await world.write("UPDATE saga SET lease_until = clock_timestamp() WHERE ended_at IS NULL")
    await recover(saga_id, world.parts())

    assert isinstance(first, Cancelling)
    assert (state, claims) == ("cancelling", len(visit.plan.claims))
    assert isinstance(await cancel_it(order), Cancelled)
    assert await world.rows(DUE) == [("confirmation", 1), ("cancellation", 2)]


async def test_waits_grow_while_a_cancellation_cannot_be_carried_out(
    world: Any, booked: Any, cancel_it: Any
) -> None:
    visit = await booked()
    world.calendar.silent_cancels = 3
    lease = "SELECT lease_until FROM saga WHERE ended_at IS NULL"

    assert await world.begins_wait(cancel_it(visit), lease, of_s=1)
    saga_id = await world.value("SELECT id FROM saga WHERE kind = 'cancel'")
    for wait_s in (5, 30):
        await world.write("UPDATE saga SET lease_until = clock_timestamp() WHERE ended_at IS NULL")
        assert await world.begins_wait(recover(saga_id, world.parts()), lease, of_s=wait_s)
    await world.write("UPDATE saga SET lease_until = clock_timestamp() WHERE ended_at IS NULL")
    await recover(saga_id, world.parts())

    assert world.calendar.live == {}


async def test_a_booking_the_desk_has_moved_goes_with_the_visit(
    world: Any, booked: Any, cancel_it: Any
) -> None:
    visit = await booked()
    await world.calendar.move_by_hand(visit.id, index=4, minutes=60)

    assert isinstance(await cancel_it(visit), Cancelled)

    assert world.calendar.live == {}


async def test_what_ended_before_it_could_be_cancelled_counts_as_cancelled(
    world: Any, booked: Any, cancel_it: Any
) -> None:
    visit = await booked()
    world.calendar.silent_cancels = 1
    await cancel_it(visit)
    world.calendar.ended = True
    late = replace(world.parts(), clock=SystemClock(visit.plan.end + timedelta(hours=1)))
    await world.write("UPDATE saga SET lease_until = clock_timestamp() WHERE ended_at IS NULL")

    await recover_all(late)

    assert await world.rows("SELECT state FROM appointment") == [("cancelled",)]


async def test_a_cancellation_waits_for_a_booking_under_way(
    make_world: Any, visits: Any, make_fuse: Any, crash: Any, cancel_in: Any
) -> None:
    world = make_world()
    with pytest.raises(crash):
        await book(visits.order(), world.parts(make_fuse(at="after book")))
    visit = await world.stores.appointments.by_id(await world.value("SELECT id FROM appointment"))

    result = await cancel_in(world, visit, pace=HURRIED)

    assert result == UnderWay(appointment=visit)


async def test_a_late_landing_of_the_booking_is_swept_after_the_cancellation(
    world: Any, booked: Any, cancel_it: Any
) -> None:
    world.calendar.script.extend(["late"])
    visit = await booked()
    saga_id = await world.value("SELECT id FROM saga")
    await cancel_it(visit)
    world.calendar.land()
    assert len(world.calendar.live) == 1

    assert await sweep(saga_id, world.parts()) == 1

    assert world.calendar.live == {}


async def test_each_committed_version_can_be_told_for_ever(
    world: Any, booked: Any, cancel_it: Any
) -> None:
    visit = await booked()
    result = await cancel_it(visit)
    appointments = world.stores.appointments

    assert await appointments.version(visit.id, 1) == visit
    assert await appointments.version(visit.id, 2) == result.appointment
    with pytest.raises(UnknownAppointment):
        await appointments.version(visit.id, 3)


async def test_the_key_of_the_booking_still_gives_what_was_booked(
    world: Any, visits: Any, cancel_it: Any
) -> None:
    order = visits.order()
    first = await book(order, world.parts())
    await cancel_it(first.appointment)

    assert await book(order, world.parts()) == first
