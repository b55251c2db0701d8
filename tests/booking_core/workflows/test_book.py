from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.adapters.clock import SystemClock
from booking_core.domain.appointment import AppointmentState, Customer
from booking_core.domain.booking import Booked, Failed, FailureCause, Taken
from booking_core.domain.change import BookingOrder
from booking_core.domain.errors import (
    IdempotencyConflict,
    InvalidRequest,
    UnknownSalon,
    UnknownService,
    UnknownStaff,
)
from booking_core.domain.orders import Cancelled
from booking_core.workflows.book import Pace, book, staff_days
from booking_core.workflows.cancel import cancel
from booking_core.workflows.recover import recover_all
from booking_core.workflows.reschedule import reschedule
from booking_core.workflows.saga import SagaRun

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from booking_core.domain.catalogue import Salon

HURRIED = Pace(deadline_s=0.6)
EVERYTHING_WRITTEN = (
    "SELECT (SELECT count(*) FROM appointment) + (SELECT count(*) FROM saga)"
    " + (SELECT count(*) FROM claim WHERE state <> 'held')"
    " + (SELECT count(*) FROM email_log) + (SELECT count(*) FROM procrastinate_jobs)"
)


async def test_all_segments_are_booked_from_the_last_to_the_first(world: Any, visits: Any) -> None:
    result = await book(visits.order(), world.parts())

    assert isinstance(result, Booked)
    assert world.calendar.booked_in_order() == [4, 3, 2, 1]
    assert world.calendar.of(result.appointment.id) == [1, 2, 3, 4]


async def test_a_booked_visit_is_stored_with_its_plan_and_its_bookings(
    world: Any, visits: Any
) -> None:
    order = visits.order()

    result = await book(order, world.parts())

    stored = await world.stores.appointments.by_id(result.appointment.id)
    assert stored == result.appointment
    assert stored.state is AppointmentState.BOOKED
    assert stored.plan == order.plan
    assert stored.service_names == ("Farbe und Schnitt",)
    assert stored.price_cents == 9800
    uids = await world.rows("SELECT calendar_uid FROM appointment_segment")
    assert {uid for (uid,) in uids} == set(world.calendar.live)


async def test_a_booked_visit_takes_the_place_of_the_callers_holds(world: Any, visits: Any) -> None:
    wanted, other = visits.plan(0), visits.plan(30)
    order = visits.order(wanted)
    await world.stores.diary.hold(order.branch_id, order.owner, [wanted, other], ttl_s=60)

    result = await book(order, world.parts())

    claims = await world.rows("SELECT owner, state, expires_at FROM claim")
    assert set(claims) == {(f"appointment:{result.appointment.id}", "final", None)}
    assert len(claims) == len(wanted.claims)


@pytest.mark.parametrize(
    ("order", "sequence"),
    [
        (BookingOrder.REVERSE, [4, 3, 2, 1]),
        (BookingOrder.FORWARD, [1, 2, 3, 4]),
        (BookingOrder.SCARCEST_FIRST, [1, 3, 4, 2]),
    ],
)
async def test_the_order_of_booking_is_a_setting(
    world: Any, visits: Any, order: BookingOrder, sequence: list[int]
) -> None:
    await book(visits.order(), world.parts(), pace=Pace(order=order))

    assert world.calendar.booked_in_order() == sequence


async def test_each_request_is_on_disk_before_it_is_sent_and_no_transaction_waits_for_it(
    world: Any, visits: Any
) -> None:
    seen: list[tuple[Any, ...]] = []

    async def look(segment: Any) -> None:
        step = await world.rows(
            "SELECT state, attempt FROM saga_step WHERE index = :index",
            index=segment.segment.index,
        )
        waiting = await world.value(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state LIKE 'idle in transaction%'"
        )
        seen.append((*step[0], waiting))

    world.calendar.on_book = look

    await book(visits.order(), world.parts())

    assert seen == [("intent", 1, 0)] * 4


@pytest.mark.inc(71)
async def test_the_same_key_again_gives_the_same_result_and_asks_nobody(
    world: Any, visits: Any
) -> None:
    order = visits.order()

    first = await book(order, world.parts())
    again = await book(order, world.parts())

    assert again == first
    assert len(world.calendar.live) == 4
    assert world.calendar.booked_in_order() == [4, 3, 2, 1]


@pytest.mark.inc(71)
async def test_the_same_key_at_the_same_time_is_one_booking_with_one_result(
    world: Any, visits: Any
) -> None:
    order = visits.order()
    world.calendar.script.append("slow")

    first, second, third = await asyncio.gather(*(book(order, world.parts()) for _ in range(3)))

    assert isinstance(first, Booked)
    assert first == second == third
    assert world.calendar.booked_in_order() == [4, 3, 2, 1]


async def test_a_refused_booking_stays_refused_under_its_key(world: Any, visits: Any) -> None:
    order = visits.order()
    world.calendar.script.append("taken")

    first = await book(order, world.parts())
    again = await book(order, world.parts())

    assert first == again == Taken(plan=order.plan)
    assert world.calendar.booked_in_order() == [4]


async def test_a_key_gives_its_result_even_when_the_visit_is_long_over(
    world: Any, visits: Any
) -> None:
    order = visits.order()
    first = await book(order, world.parts())
    later = replace(world.parts(), clock=SystemClock(order.plan.end + timedelta(days=1)))

    assert await book(order, later) == first


async def test_a_key_cannot_be_used_for_another_visit(world: Any, visits: Any) -> None:
    order = visits.order()
    await book(order, world.parts())

    with pytest.raises(IdempotencyConflict):
        await book(replace(order, plan=visits.plan(300)), world.parts())

    assert len(world.calendar.live) == 4


async def test_the_same_order_is_recognised_whatever_zone_its_times_are_in(
    world: Any, visits: Any
) -> None:
    order = visits.order(visits.plan(datetime.fromisoformat("2031-03-03T09:00:00+01:00")))
    moved = replace(order, plan=visits.plan(datetime.fromisoformat("2031-03-03T08:00:00+00:00")))

    first = await book(order, world.parts())
    again = await book(moved, world.parts())

    assert again == first


@pytest.mark.inc(53)
async def test_what_somebody_else_holds_is_taken_and_nothing_is_written(
    world: Any, visits: Any
) -> None:
    plan = visits.plan()
    await world.stores.diary.hold(visits.salon.branch.id, "call:other", [plan], ttl_s=60)

    result = await book(visits.order(plan), world.parts())

    assert result == Taken(plan=plan)
    assert world.calendar.asked == []
    assert await world.value(EVERYTHING_WRITTEN) == 0


async def test_an_expired_hold_of_somebody_else_is_not_in_the_way(world: Any, visits: Any) -> None:
    plan = visits.plan()
    await world.stores.diary.hold(visits.salon.branch.id, "call:other", [plan], ttl_s=0)

    result = await book(visits.order(plan), world.parts())

    assert isinstance(result, Booked)
    assert await world.value("SELECT count(*) FROM claim WHERE state = 'held'") == 0


async def test_of_two_callers_for_the_same_time_one_is_booked(world: Any, visits: Any) -> None:
    orders = [visits.order(visits.plan(0)), visits.order(visits.plan(15))]

    results = await asyncio.gather(*(book(order, world.parts()) for order in orders))

    assert sorted(type(result).__name__ for result in results) == ["Booked", "Taken"]
    assert await world.overlaps() == 0


async def test_the_pause_of_one_visit_holds_another_one(world: Any, visits: Any) -> None:
    await book(visits.order(visits.plan(0)), world.parts())

    inside = visits.plan(30, service=12, chair="chair-2")
    result = await book(visits.order(inside), world.parts())

    assert isinstance(result, Booked)
    assert await world.overlaps() == 0


async def test_a_refused_segment_undoes_the_earlier_ones_last_one_first(
    world: Any, visits: Any
) -> None:
    order = visits.order()
    world.calendar.script.extend(["fine", "fine", "taken"])

    result = await book(order, world.parts())

    assert result == Taken(plan=order.plan)
    assert world.calendar.booked_in_order() == [4, 3, 2]
    assert world.calendar.cancelled_in_order() == [3, 4]
    assert world.calendar.live == {}
    assert await world.rows("SELECT state, booked_at FROM appointment") == [("failed", None)]
    assert await world.value("SELECT count(*) FROM claim") == 0
    assert await world.value("SELECT count(*) FROM email_log") == 0


async def test_the_time_of_a_refused_visit_can_be_booked_by_the_next_caller(
    world: Any, visits: Any
) -> None:
    plan = visits.plan()
    world.calendar.script.extend(["fine", "taken"])
    await book(visits.order(plan), world.parts())

    result = await book(visits.order(plan), world.parts())

    assert isinstance(result, Booked)


async def test_a_calendar_that_refuses_for_another_reason_is_no_taken_time(
    world: Any, visits: Any
) -> None:
    order = visits.order()
    world.calendar.script.extend(["fine", "refused"])

    result = await book(order, world.parts())

    assert result == Failed(cause=FailureCause.CALENDAR_REFUSED, plan=order.plan)
    assert world.calendar.live == {}


async def test_a_booking_whose_answer_was_lost_is_found_and_kept(world: Any, visits: Any) -> None:
    world.calendar.script.extend(["fine", "lost_after"])

    result = await book(visits.order(), world.parts())

    assert isinstance(result, Booked)
    assert world.calendar.booked_in_order() == [4, 3, 2, 1]
    assert world.calendar.of(result.appointment.id) == [1, 2, 3, 4]


async def test_a_request_that_was_lost_is_sent_once_more_after_looking(
    world: Any, visits: Any
) -> None:
    world.calendar.script.append("lost_before")

    result = await book(visits.order(), world.parts())

    assert isinstance(result, Booked)
    assert world.calendar.asked[:3] == [("book", 4), ("find", 4), ("book", 4)]
    assert {kept.attempt for kept in world.calendar.live.values() if kept.index == 4} == {2}


async def test_a_request_lost_twice_fails_and_leaves_nothing(world: Any, visits: Any) -> None:
    order = visits.order()
    world.calendar.script.extend(["fine", "lost_before", "lost_before"])

    result = await book(order, world.parts())

    assert result == Failed(cause=FailureCause.CALENDAR_SILENT, plan=order.plan)
    assert world.calendar.live == {}


async def test_taken_after_a_lost_request_is_looked_up_and_turns_out_to_be_ours(
    world: Any, visits: Any
) -> None:
    async def land_before_the_second(segment: Any) -> None:
        if segment.attempt == 2:
            world.calendar.land()

    world.calendar.script.append("late")
    world.calendar.on_book = land_before_the_second

    result = await book(visits.order(), world.parts())

    assert isinstance(result, Booked)
    assert world.calendar.of(result.appointment.id) == [1, 2, 3, 4]
    assert {kept.attempt for kept in world.calendar.live.values() if kept.index == 4} == {1}


async def test_taken_after_a_lost_request_by_somebody_else_is_believed_after_a_look(
    world: Any, visits: Any
) -> None:
    order = visits.order()
    world.calendar.script.extend(["lost_before", "taken"])

    result = await book(order, world.parts())

    assert result == Taken(plan=order.plan)
    # Two looks while booking; the third before the step counts as undone.
    assert world.calendar.asked == [
        ("book", 4), ("find", 4), ("book", 4), ("find", 4), ("find", 4),
    ]  # fmt: skip


async def test_a_calendar_that_cannot_be_asked_what_happened_leaves_the_undoing_to_later(
    world: Any, visits: Any
) -> None:
    order = visits.order()
    world.calendar.script.append("lost_after")
    world.calendar.silent_finds = 1000

    result = await book(order, world.parts(), pace=HURRIED)

    cause = FailureCause.CALENDAR_SILENT
    assert result == Failed(cause=cause, plan=order.plan, undone=False)
    assert await world.rows("SELECT state FROM saga") == [("compensating",)]
    assert await world.value("SELECT count(*) FROM claim WHERE state = 'final'") == 5


async def test_a_busy_calendar_is_asked_again(world: Any, visits: Any) -> None:
    world.calendar.script.append("busy")

    result = await book(visits.order(), world.parts())

    assert isinstance(result, Booked)
    assert world.calendar.booked_in_order() == [4, 4, 3, 2, 1]


async def test_at_the_deadline_the_caller_gets_an_answer_and_everything_is_undone_later(
    world: Any, visits: Any
) -> None:
    order = visits.order()
    world.calendar.script.extend(["fine", "fine", "slow"])

    began = time.monotonic()
    result = await book(order, world.parts(), pace=HURRIED)
    took_s = time.monotonic() - began

    assert isinstance(result, Failed)
    assert took_s < 3  # far above the deadline: the machine may be busy
    assert await recover_all(world.parts()) == 1
    assert world.calendar.live == {}
    assert await world.rows("SELECT state FROM appointment") == [("failed",)]


async def test_undoing_that_takes_too_long_goes_on_in_a_job(world: Any, visits: Any) -> None:
    world.calendar.script.extend(["fine", "fine", "taken"])
    world.calendar.silent_cancels = 1

    result = await book(visits.order(), world.parts())

    assert isinstance(result, Taken)
    jobs = await world.rows("SELECT args->>'saga_id' FROM procrastinate_jobs")
    assert jobs == [(str(await world.value("SELECT id FROM saga")),)] * 2
    assert await world.rows("SELECT worker, tries FROM saga") == [("", 1)]


async def test_a_saga_begins_together_with_the_job_that_looks_after_it(
    world: Any, visits: Any
) -> None:
    await book(visits.order(), world.parts())

    jobs = await world.rows(
        "SELECT task_name, scheduled_at > now() FROM procrastinate_jobs ORDER BY id"
    )
    assert jobs == [("booking.recover", True), ("booking.notify", None)]


async def test_a_customer_without_an_address_gets_no_mail_and_nothing_fails(
    world: Any, visits: Any
) -> None:
    order = visits.order(customer=Customer(name="Hajo Brandt"))

    result = await book(order, world.parts())

    assert isinstance(result, Booked)
    assert result.mail_to is None
    assert await world.value("SELECT count(*) FROM email_log") == 0


@pytest.mark.inc(69)
async def test_two_customers_without_address_and_number_are_two_customers(
    world: Any, visits: Any
) -> None:
    for start in (0, 300):
        order = visits.order(visits.plan(start), customer=Customer(name="Hajo Brandt"))
        assert isinstance(await book(order, world.parts()), Booked)

    assert await world.value("SELECT count(DISTINCT customer_id) FROM appointment") == 2


async def test_a_customer_who_comes_again_is_the_same_one_and_keeps_the_address(
    world: Any, visits: Any
) -> None:
    known = visits.order().customer
    await book(visits.order(visits.plan(0), customer=known), world.parts())

    without = replace(known, email=None)
    await book(visits.order(visits.plan(300), customer=without), world.parts())

    assert await world.rows("SELECT email FROM customer") == [("wilma@example.com",)]


async def test_a_worker_that_was_replaced_stops_and_gives_the_others_result(
    world: Any, visits: Any
) -> None:
    takers: list[Any] = []

    async def replace_at_the_second(segment: Any) -> None:
        if segment.segment.index == 3 and not takers:
            saga_id = await world.value("SELECT id FROM saga")
            ours = await world.stores.sagas.take_over(saga_id, worker="other", force=True)
            takers.append(await world.stores.sagas.rest(ours, wait_s=0))

    world.calendar.on_book = replace_at_the_second

    result = await book(visits.order(), world.parts())

    # The first worker's second booking stands at the calendar; whoever carries on finds it.
    assert isinstance(result, Booked)
    assert world.calendar.of(result.appointment.id) == [1, 2, 3, 4]
    assert await world.rows("SELECT fence FROM saga") == [(3,)]


async def test_a_worker_that_wakes_up_with_a_dead_connection_leaves_it_to_whoever_took_over(
    world: Any, visits: Any
) -> None:
    order, others = visits.order(), []

    async def frozen(saga: Any, *, at: Any) -> Any:  # noqa: ARG001 - as of the port
        ours = await world.stores.sagas.take_over(saga.id, worker="other", force=True)
        others.append(asyncio.create_task(finish_later(ours)))
        raise ConnectionResetError

    async def finish_later(ours: Any) -> None:
        await asyncio.sleep(0.3)
        until = time.monotonic() + 10
        await SagaRun(ours, visits.salon, world.parts(), until=until).to_the_end()

    class Frozen:
        pivot = staticmethod(frozen)

        def __getattr__(self, name: str) -> Any:
            return getattr(world.stores.sagas, name)

    result = await book(order, world.parts(sagas=Frozen()))

    await asyncio.gather(*others)
    assert isinstance(result, Booked)
    assert await world.rows("SELECT fence FROM saga") == [(2,)]


async def test_a_call_that_comes_back_after_a_crash_gets_its_visit_booked(
    make_world: Any, visits: Any, make_fuse: Any, crash: Any
) -> None:
    world, order = make_world(lease_s=0.0), visits.order()
    fuse = make_fuse(at=6)
    with pytest.raises(crash):
        await book(order, world.parts(fuse))

    result = await book(order, world.parts())

    assert isinstance(result, Booked)
    assert world.calendar.of(result.appointment.id) == [1, 2, 3, 4]


async def test_a_call_that_comes_back_does_not_wait_for_a_dead_process_for_ever(
    world: Any, visits: Any, make_fuse: Any, crash: Any
) -> None:
    order, fuse = visits.order(), make_fuse(at=6)
    with pytest.raises(crash):
        await book(order, world.parts(fuse))  # its lease lasts for half a minute

    result = await book(order, world.parts(), pace=HURRIED)

    assert isinstance(result, Booked)


async def test_a_database_that_drops_every_connection_in_the_middle_interrupts_nobody(
    world: Any, visits: Any, hang_up_the_database: Any
) -> None:
    async def at_the_second(segment: Any) -> None:
        if segment.segment.index == 3:
            await hang_up_the_database()

    world.calendar.on_book = at_the_second

    result = await book(visits.order(), world.parts())

    assert isinstance(result, Booked)
    assert world.calendar.of(result.appointment.id) == [1, 2, 3, 4]
    assert world.calendar.booked_in_order() == [4, 3, 2, 1]


async def test_connections_that_were_closed_while_nobody_used_them_cost_no_booking(
    world: Any, visits: Any, hang_up_the_database: Any
) -> None:
    await hang_up_the_database()

    result = await book(visits.order(), world.parts())

    assert isinstance(result, Booked)


async def test_an_answer_nobody_can_read_is_an_unknown_outcome(world: Any, visits: Any) -> None:
    world.calendar.script.extend(["fine", "nonsense"])

    result = await book(visits.order(), world.parts())

    assert isinstance(result, Booked)
    assert world.calendar.booked_in_order() == [4, 3, 2, 1]
    assert world.calendar.of(result.appointment.id) == [1, 2, 3, 4]


async def test_what_no_search_of_ours_has_planned_is_refused_and_nothing_is_written(
    world: Any, visits: Any, long_ago: datetime
) -> None:
    plan = visits.plan()
    foreign_service = replace(plan.segments[0], service_id=uuid4())
    foreign_staff = replace(plan.segments[0], staff_id=uuid4())
    attempts = [
        (UnknownSalon, visits.order(branch_id=uuid4())),
        (UnknownService, visits.order(replace(plan, segments=(foreign_service,)))),
        (UnknownService, visits.order(replace(plan, services=(uuid4(),)))),
        (UnknownStaff, visits.order(replace(plan, segments=(foreign_staff,)))),
        (InvalidRequest, visits.order(replace(plan, claims=plan.claims[1:]))),
        (InvalidRequest, visits.order(visits.plan(long_ago))),
    ]

    for error, order in attempts:
        with pytest.raises(error):
            await book(order, world.parts())

    assert world.calendar.asked == []
    assert await world.value(EVERYTHING_WRITTEN) == 0


@given(first=st.integers(0, 3000), second=st.integers(0, 3000))
def test_visits_that_overlap_on_a_person_share_a_lock(
    small_salon: Salon, visits: Any, first: int, second: int
) -> None:
    one, two = visits.plan(first), visits.plan(second, service=12)

    overlap = any(
        mine.span.overlaps(theirs.span) for mine in one.segments for theirs in two.segments
    )

    shared = set(staff_days(small_salon, one)) & set(staff_days(small_salon, two))
    assert shared or not overlap


def test_a_visit_over_midnight_locks_both_days(small_salon: Salon, visits: Any) -> None:
    late = visits.plan(datetime.fromisoformat("2031-03-03T23:50:00+01:00"), service=12)

    assert [key.rsplit(":", 1)[1] for key in staff_days(small_salon, late)] == [
        "2031-03-03",
        "2031-03-04",
    ]


class Forewarned:
    """A calendar that is told what is coming, and may break over it."""

    def __init__(self, breaks: Exception | None = None) -> None:
        self.told: list[Any] = []
        self._breaks = breaks

    async def expect(self, salon: Any, segments: Any, *, cancels: int = 0) -> None:
        self.told.append((salon.branch.id, segments, cancels))
        if self._breaks:
            raise self._breaks


async def test_the_calendar_hears_what_is_coming_while_it_is_written_down(
    world: Any, visits: Any
) -> None:
    calendar, order = Forewarned(), visits.order()

    result = await book(order, replace(world.parts(), expectant=calendar))

    assert isinstance(result, Booked)
    assert calendar.told == [(order.branch_id, order.plan.segments, 0)]


async def test_the_calendar_hears_of_all_that_a_move_and_a_cancellation_will_ask_for(
    world: Any, visits: Any, move_order: Any, cancel_order: Any
) -> None:
    visit = (await book(visits.order(), world.parts())).appointment
    calendar = Forewarned()
    parts = replace(world.parts(), expectant=calendar)
    there, stored = move_order(visit, 300), {"appointments": world.stores.appointments}

    moved = await reschedule(there, parts, **stored)
    cancelled = await cancel(cancel_order(moved.appointment), parts, **stored)

    assert isinstance(cancelled, Cancelled)
    assert calendar.told == [
        (visit.branch_id, [*there.plan.segments], 4),
        (visit.branch_id, [], 4),
    ]


async def test_a_calendar_that_cannot_get_ready_is_asked_all_the_same(
    world: Any, visits: Any
) -> None:
    parts = replace(world.parts(), expectant=Forewarned(RuntimeError("no memory")))

    assert isinstance(await book(visits.order(), parts), Booked)


class SlowToLetGo:
    """Locks that are given back when the gate opens."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.free: list[bool] = []

    @asynccontextmanager
    async def hold(self, keys: Sequence[str], *, ttl_s: float) -> AsyncIterator[int]:  # noqa: ARG002 - of the port
        self.free.append(False)
        yield 1
        await self.gate.wait()
        self.free[-1] = True


class SlowToCome:
    """Locks that are to be had when the gate opens."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.held = 0

    @asynccontextmanager
    async def hold(self, keys: Sequence[str], *, ttl_s: float) -> AsyncIterator[int]:  # noqa: ARG002 - of the port
        await self.gate.wait()
        self.held += 1
        yield 1
        self.held -= 1


async def test_the_visit_is_written_down_while_the_locks_are_asked_for_and_then_they_are_waited_for(
    world: Any, visits: Any
) -> None:
    world.locks = locks = SlowToCome()
    booking = asyncio.create_task(book(visits.order(), world.parts()))

    while not await world.value("SELECT count(*) FROM saga"):
        await asyncio.sleep(0.01)
    asked_before = list(world.calendar.asked)
    locks.gate.set()

    assert isinstance(await booking, Booked)
    assert asked_before == []


async def test_who_is_refused_gives_the_locks_back(world: Any, visits: Any) -> None:
    await book(visits.order(), world.parts())
    world.locks = locks = SlowToCome()
    locks.gate.set()
    parts = world.parts()

    refused = await book(visits.order(), parts)
    await parts.errands.ended()

    assert not isinstance(refused, Booked)
    assert locks.held == 0


async def test_nobody_waits_until_the_locks_are_given_back_but_a_farewell(
    world: Any, visits: Any
) -> None:
    world.locks = locks = SlowToLetGo()
    parts = world.parts()

    result = await book(visits.order(), parts)
    held = list(locks.free)
    locks.gate.set()
    await parts.errands.ended()

    assert isinstance(result, Booked)
    assert held == [False]
    assert locks.free == [True]
