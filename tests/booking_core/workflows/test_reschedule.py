from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from booking_core.domain.appointment import AppointmentState
from booking_core.domain.booking import Booked, Failed, FailureCause, Taken
from booking_core.domain.errors import (
    AppointmentUnderWay,
    IdempotencyConflict,
    InvalidRequest,
    UnknownAppointment,
    UnknownService,
    UnknownStaff,
)
from booking_core.domain.interval import shift
from booking_core.domain.orders import (
    Cancelled,
    Cancelling,
    Moved,
    NotBooked,
    OrderedBy,
    Outdated,
    TooLate,
    Unchanged,
    UnderWay,
)
from booking_core.workflows.book import Pace, book
from booking_core.workflows.recover import recover, sweep
from booking_core.workflows.reschedule import reschedule

HURRIED = Pace(deadline_s=0.5)
MAILS = "SELECT kind, version FROM email_log ORDER BY version"
CLAIMS = """
    SELECT state, count(*)::int FROM claim WHERE state <> 'quarantine' GROUP BY state ORDER BY state
"""


def wanted(plan: Any) -> list[Any]:
    """Where the bookings of a plan are, as the calendar lists them."""
    return sorted((segment.staff_id, segment.calendar_span) for segment in plan.segments)


async def assert_stands(world: Any, visit_id: Any, plan: Any, *, version: int) -> None:
    """This plan and nothing else, everywhere."""
    stored = await world.stores.appointments.by_id(visit_id)
    uids = await world.rows("SELECT calendar_uid FROM appointment_segment")
    assert (stored.state, stored.version, stored.plan) == (
        AppointmentState.BOOKED,
        version,
        plan,
    )
    assert world.calendar.places(visit_id) == wanted(plan)
    assert {uid for (uid,) in uids} == set(world.calendar.live)
    assert await world.rows(CLAIMS) == [("final", len(plan.claims))]


MOVES = [
    pytest.param({"start": 600}, id="to a time far away"),
    pytest.param({"start": 15}, id="by a quarter of an hour"),
    pytest.param({"start": -15}, id="a quarter of an hour forward"),
    pytest.param({"start": 105}, id="so that its end is where its beginning was"),
    pytest.param({"start": 0, "staff": "ben"}, id="to another person at the same time"),
    pytest.param({"start": 75, "service": 12}, id="to a shorter service in its own place"),
]


@pytest.mark.parametrize("target", MOVES)
async def test_a_moved_visit_stands_where_it_was_moved_and_nowhere_else(
    world: Any, visits: Any, booked: Any, move_it: Any, target: dict[str, Any]
) -> None:
    visit, plan = await booked(), visits.plan(**target)

    result = await move_it(visit, plan)

    assert isinstance(result, Moved)
    assert (result.before, result.appointment.plan) == (visit, plan)
    await assert_stands(world, visit.id, plan, version=2)
    assert await world.rows(MAILS) == [("confirmation", 1), ("change", 2)]


async def test_new_bookings_are_made_before_old_ones_are_cancelled(
    world: Any, booked: Any, move_it: Any
) -> None:
    visit = await booked()
    world.calendar.asked.clear()

    await move_it(visit, 600)

    assert world.calendar.asked == [
        *(("book", index) for index in (4, 3, 2, 1)),
        *(("cancel", index) for index in (4, 3, 2, 1)),
    ]


async def test_a_visit_may_be_moved_again_and_again(
    world: Any, visits: Any, booked: Any, move_it: Any
) -> None:
    visit = await booked()

    for start in (15, 30, 600, 0):
        assert isinstance(await move_it(visit, start), Moved)

    await assert_stands(world, visit.id, visits.plan(0), version=5)


async def test_a_moved_visit_keeps_what_it_was_sold_for(booked: Any, move_it: Any) -> None:
    visit = await booked()

    result = await move_it(visit, 600)

    assert result.appointment == replace(visit, version=2, plan=result.appointment.plan)


async def test_another_service_has_its_own_name_and_price(
    visits: Any, booked: Any, move_it: Any
) -> None:
    visit = await booked()

    result = await move_it(visit, visits.plan(600, service=12))

    assert result.appointment.service_names == ("Spitzen schneiden",)
    assert result.appointment.price_cents == 2500


@pytest.mark.inc(108)
async def test_a_taken_time_leaves_the_visit_as_it_was_and_asks_nobody(
    world: Any, visits: Any, booked: Any, move_it: Any
) -> None:
    visit = await booked(0)
    other = await booked(600)
    world.calendar.asked.clear()

    result = await move_it(visit, 615)

    assert result == Taken(plan=visits.plan(615))
    assert world.calendar.asked == []
    assert await world.stores.appointments.by_id(visit.id) == visit
    assert await world.rows(CLAIMS) == [("final", 2 * len(other.plan.claims))]
    assert await world.rows("SELECT count(*) FROM saga WHERE kind = 'move'") == [(0,)]


@pytest.mark.parametrize("start", [600, 15])
@pytest.mark.parametrize("nth", [0, 1, 3])
async def test_a_refused_step_leaves_the_visit_where_it_was(
    world: Any, booked: Any, move_it: Any, start: int, nth: int
) -> None:
    visit = await booked()
    world.calendar.script.extend(["fine"] * nth + ["taken"])

    result = await move_it(visit, start)

    assert isinstance(result, Taken)
    await assert_stands(world, visit.id, visit.plan, version=1)
    assert await world.rows(MAILS) == [("confirmation", 1)]


async def test_a_refusal_for_another_reason_is_told_as_what_it_is(
    world: Any, visits: Any, booked: Any, move_it: Any
) -> None:
    visit = await booked()
    world.calendar.script.extend(["fine", "refused"])

    result = await move_it(visit, 600)

    assert result == Failed(cause=FailureCause.CALENDAR_REFUSED, plan=visits.plan(600))
    await assert_stands(world, visit.id, visit.plan, version=1)


@pytest.mark.parametrize("word", ["lost_after", "lost_before", "nonsense"])
@pytest.mark.parametrize("start", [600, 15])
async def test_a_lost_answer_is_looked_up_and_the_move_goes_on(
    world: Any, visits: Any, booked: Any, move_it: Any, start: int, word: str
) -> None:
    visit = await booked()
    world.calendar.script.extend(["fine", word])

    result = await move_it(visit, start)

    assert isinstance(result, Moved)
    await assert_stands(world, visit.id, visits.plan(start), version=2)


async def test_a_shift_that_lands_after_everything_was_taken_back_moves_nothing(
    world: Any, booked: Any, move_it: Any
) -> None:
    visit = await booked()
    world.calendar.script.extend(["fine", "late", "lost_before"])

    result = await move_it(visit, 15)
    landed = world.calendar.land()

    assert isinstance(result, Failed)
    assert landed == 0
    await assert_stands(world, visit.id, visit.plan, version=1)


async def test_a_cancellation_that_lands_after_everything_was_taken_back_finds_nothing(
    world: Any, visits: Any, booked: Any, move_it: Any
) -> None:
    """The cut makes room for a trim in its place; the answer to its cancellation never comes."""
    visit = await booked()
    world.calendar.silent_cancels = 2
    uid = next(kept.uid for kept in world.calendar.live.values() if kept.index == 3)

    result = await move_it(visit, visits.plan(75, service=12))
    await world.calendar.cancel(visits.salon, uid, reason="late", follow=False)

    assert isinstance(result, Failed)
    await assert_stands(world, visit.id, visit.plan, version=1)


async def test_what_was_cancelled_to_make_room_is_booked_again_when_the_move_fails(
    world: Any, visits: Any, booked: Any, move_it: Any
) -> None:
    visit = await booked()
    world.calendar.script.append("refused")

    result = await move_it(visit, visits.plan(75, service=12))

    assert isinstance(result, Failed)
    assert world.calendar.cancelled_in_order() == [3]
    await assert_stands(world, visit.id, visit.plan, version=1)


async def test_a_late_landing_of_a_failed_move_is_swept_and_the_visit_stays(
    world: Any, booked: Any, move_it: Any
) -> None:
    visit = await booked()
    world.calendar.script.extend(["fine", "late", "lost_before"])
    await move_it(visit, 600)
    saga_id = await world.value("SELECT id FROM saga WHERE kind = 'move'")
    quarantine = await world.value("SELECT count(*) FROM claim WHERE state = 'quarantine'")
    world.calendar.land()

    assert quarantine == 1
    assert len(world.calendar.live) == 5
    assert await sweep(saga_id, world.parts()) == 1
    assert world.calendar.places(visit.id) == wanted(visit.plan)


async def test_a_sweep_never_takes_what_a_later_move_has_made(
    world: Any, visits: Any, booked: Any, move_it: Any
) -> None:
    visit = await booked()
    world.calendar.script.extend(["late", "lost_before"])
    await move_it(visit, 600)
    saga_id = await world.value("SELECT id FROM saga WHERE kind = 'move'")
    await world.write("UPDATE claim SET expires_at = clock_timestamp() WHERE state = 'quarantine'")

    assert isinstance(await move_it(visit, 600), Moved)

    assert await sweep(saga_id, world.parts()) == 0
    await assert_stands(world, visit.id, visits.plan(600), version=2)


async def test_a_late_landing_of_the_booking_is_swept_after_a_move(
    world: Any, visits: Any, booked: Any, move_it: Any
) -> None:
    world.calendar.script.append("late")
    visit = await booked()
    saga_id = await world.value("SELECT id FROM saga")
    await move_it(visit, 600)
    assert world.calendar.land() == 1

    assert await sweep(saga_id, world.parts()) == 1
    await assert_stands(world, visit.id, visits.plan(600), version=2)


async def test_behind_the_pivot_a_silent_calendar_only_delays_the_clearing_up(
    world: Any, visits: Any, booked: Any, move_it: Any, move_order: Any
) -> None:
    visit = await booked()
    order = move_order(visit, 600)
    world.calendar.silent_cancels = 1

    result = await move_it(order)
    both = await world.rows(CLAIMS)
    stored = await world.stores.appointments.by_id(visit.id)
    saga_id = await world.value("SELECT id FROM saga WHERE kind = 'move'")
    await world.write("UPDATE saga SET lease_until = clock_timestamp() WHERE ended_at IS NULL")
    await recover(saga_id, world.parts())

    assert isinstance(result, Moved)
    assert stored == result.appointment
    assert both == [("final", 5), ("leaving", 5)]
    await assert_stands(world, visit.id, visits.plan(600), version=2)
    assert await move_it(order) == result
    assert await world.rows(MAILS) == [("confirmation", 1), ("change", 2)]


async def test_while_a_visit_moves_nobody_gets_its_old_or_its_new_time(
    world: Any, visits: Any, booked: Any, move_it: Any
) -> None:
    visit = await booked()
    world.calendar.silent_cancels = 1
    await move_it(visit, 600)

    old = await book(visits.order(visits.plan(0)), world.parts())
    new = await book(visits.order(visits.plan(600)), world.parts())

    assert (type(old), type(new)) == (Taken, Taken)


async def test_the_same_key_again_gives_the_same_result_also_after_another_move(
    booked: Any, move_it: Any, move_order: Any
) -> None:
    visit = await booked()
    order = move_order(visit, 600)

    first = await move_it(order)
    await move_it(visit, 15)

    assert await move_it(order) == first


async def test_a_key_cannot_be_used_for_another_move(
    booked: Any, move_it: Any, move_order: Any, visits: Any
) -> None:
    visit = await booked()
    order = move_order(visit, 600)
    await move_it(order)

    with pytest.raises(IdempotencyConflict):
        await move_it(replace(order, plan=visits.plan(900)))


async def test_a_wish_about_an_older_version_is_outdated(booked: Any, move_it: Any) -> None:
    visit = await booked()
    await move_it(visit, 600, version=1)

    assert await move_it(visit, 900, version=1) == Outdated(version=2)


async def test_moving_to_where_it_is_changes_nothing(world: Any, booked: Any, move_it: Any) -> None:
    visit = await booked()

    assert await move_it(visit, 0) == Unchanged(appointment=visit)
    assert await world.rows("SELECT count(*) FROM saga") == [(1,)]


async def test_the_limit_counts_for_the_time_that_is_given_up(booked: Any, move_it: Any) -> None:
    visit = await booked()
    until = shift(visit.plan.start, -24 * 60)

    late = await move_it(visit, 6000, at=until + timedelta(minutes=1))
    waived = await move_it(
        visit, 6000, at=until + timedelta(minutes=1), by=OrderedBy.DESK, waive_limit=True
    )

    assert late == TooLate(limit_hours=24, until=until)
    assert isinstance(waived, Moved)


async def test_what_is_cancelled_cannot_be_moved(booked: Any, move_it: Any, cancel_it: Any) -> None:
    visit = await booked()
    await cancel_it(visit)

    assert await move_it(visit, 600) == NotBooked(state=AppointmentState.CANCELLED)


async def test_a_move_into_the_past_is_refused(
    booked: Any, move_it: Any, visits: Any, long_ago: Any
) -> None:
    visit = await booked()

    with pytest.raises(InvalidRequest):
        await move_it(visit, visits.plan(long_ago))


async def test_a_visit_is_not_moved_to_what_no_search_of_ours_has_planned(
    world: Any, booked: Any, move_it: Any, visits: Any, new_id: Any
) -> None:
    visit, plan = await booked(), visits.plan(600)
    foreign_service = replace(plan.segments[0], service_id=new_id())
    foreign_staff = replace(plan.segments[0], staff_id=new_id())
    attempts = [
        (UnknownService, replace(plan, segments=(foreign_service, *plan.segments[1:]))),
        (UnknownService, replace(plan, services=(new_id(),))),
        (UnknownStaff, replace(plan, segments=(foreign_staff, *plan.segments[1:]))),
        (InvalidRequest, replace(plan, claims=plan.claims[1:])),
    ]
    world.calendar.asked.clear()

    for error, wanted in attempts:
        with pytest.raises(error):
            await move_it(visit, wanted)

    assert world.calendar.asked == []
    assert await world.stores.appointments.by_id(visit.id) == visit
    assert await world.rows(CLAIMS) == [("final", len(visit.plan.claims))]
    assert await world.value("SELECT count(*) FROM saga WHERE kind = 'move'") == 0


async def test_a_visit_nobody_knows_cannot_be_moved(
    booked: Any, move_it: Any, move_order: Any, new_id: Any
) -> None:
    order = move_order(await booked(), 600)

    with pytest.raises(UnknownAppointment):
        await move_it(replace(order, appointment_id=new_id()))


async def test_a_cancellation_during_a_move_waits_and_then_cancels_what_it_became(
    world: Any, booked: Any, move_it: Any, cancel_it: Any
) -> None:
    visit = await booked()
    world.calendar.script.append("slow")

    moved, cancelled = await asyncio.gather(move_it(visit, 600), _later(cancel_it(visit)))

    assert isinstance(moved, Moved)
    assert isinstance(cancelled, Cancelled)
    assert cancelled.appointment.version == 3
    assert world.calendar.live == {}


async def test_somebody_who_is_not_done_in_time_is_named_as_the_reason(
    world: Any, booked: Any, move_it: Any
) -> None:
    visit = await booked()
    world.calendar.script.append("slow")

    moved, other = await asyncio.gather(
        move_it(visit, 600), _later(move_it(visit, 900, pace=HURRIED))
    )

    assert isinstance(moved, Moved)
    assert other == UnderWay(appointment=visit)


async def _later(what: Any) -> Any:
    await asyncio.sleep(0.2)
    return await what


@pytest.mark.parametrize("round_", range(4))
async def test_two_moves_and_a_cancellation_at_once_happen_one_after_the_other(
    world: Any, visits: Any, booked: Any, move_it: Any, cancel_it: Any, round_: int
) -> None:
    visit = await booked()
    changes = [
        move_it(visit, 600, version=1),
        move_it(visit, 15, version=1),
        cancel_it(visit),
    ]

    results = await asyncio.gather(*changes[round_ % 3 :], *changes[: round_ % 3])

    kinds = [type(result) for result in results]
    assert kinds.count(Moved) <= 1
    assert set(kinds) <= {Moved, Outdated, NotBooked, Cancelled, Cancelling}
    assert {Cancelled, Cancelling} & set(kinds)
    assert world.calendar.places(visit.id) == []
    assert await world.value("SELECT count(*) FROM claim") == 0
    assert isinstance(await book(visits.order(visits.plan(0)), world.parts()), Booked)


async def test_who_holds_a_time_for_a_visit_may_take_it_over_where_the_visit_is(
    world: Any, visits: Any, booked: Any, move_it: Any, move_order: Any
) -> None:
    """The new time overlaps the old one: held for this visit, it is in nobody's way but others'."""
    visit, plan = await booked(), visits.plan(15)
    order = move_order(visit, plan)
    diary = world.stores.diary
    await diary.hold(visit.branch_id, order.owner, [plan], ttl_s=60, moving=visit.id)

    result = await move_it(order)

    assert isinstance(result, Moved)
    await assert_stands(world, visit.id, plan, version=2)


async def test_a_sweep_waits_while_the_visit_is_being_changed(
    world: Any, booked: Any, move_it: Any
) -> None:
    """What is new then may look like what is late."""
    world.calendar.script.append("late")
    visit = await booked()
    saga_id = await world.value("SELECT id FROM saga")
    world.calendar.silent_cancels = 1
    await move_it(visit, 600)

    with pytest.raises(AppointmentUnderWay):
        await sweep(saga_id, world.parts())


async def test_a_move_found_too_late_is_taken_back_and_the_visit_stays(
    make_world: Any, visits: Any, make_fuse: Any, crash: Any, move_order: Any
) -> None:
    world = make_world(lease_s=0.0)
    result = await book(visits.order(), world.parts())
    visit = result.appointment
    parts = world.parts(make_fuse(at="after shift"))
    with pytest.raises(crash):
        await reschedule(move_order(visit, 15), parts, appointments=world.stores.appointments)
    saga_id = await world.value("SELECT id FROM saga WHERE kind = 'move'")

    await recover(saga_id, world.parts(), resume_within_s=0)

    await assert_stands(world, visit.id, visit.plan, version=1)
    assert world.calendar.asked.count(("shift", 4)) == 2


async def test_what_changed_between_reading_and_beginning_is_looked_at_again(
    world: Any, visits: Any, booked: Any, move_order: Any, move_it: Any
) -> None:
    """The first look is old news: somebody has moved the visit meanwhile."""
    visit = await booked()
    appointments = world.stores.appointments

    class OldNews:
        def __init__(self) -> None:
            self.told = [visit]

        async def by_id(self, appointment_id: Any) -> Any:
            return self.told.pop() if self.told else await appointments.by_id(appointment_id)

    await move_it(visit, 600)
    result = await reschedule(move_order(visit, 900), world.parts(), appointments=OldNews())

    assert isinstance(result, Moved)
    assert result.before.version == 2
    await assert_stands(world, visit.id, visits.plan(900), version=3)
