from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from booking_core.adapters.postgres.engine import make_engine
from booking_core.domain.booking import Booked, Failed, FailureCause, Taken
from booking_core.domain.errors import CalendarSilent
from booking_core.workflows.book import Pace, book
from booking_core.workflows.recover import recover, recover_all, sweep, sweep_all

SWEEPS = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'booking.sweep'"
HURRIED = Pace(deadline_s=0.3)


async def dead_after(world: Any, visits: Any, points: int | str, fuse: Any, crash: Any) -> Any:
    """An order whose process died at this point."""
    order = visits.order()
    with pytest.raises(crash):
        await book(order, world.parts(fuse(at=points)))
    return order


async def test_a_booking_whose_process_died_is_finished(
    make_world: Any, visits: Any, make_fuse: Any, crash: Any
) -> None:
    world = make_world(lease_s=0.0)
    await dead_after(world, visits, 10, make_fuse, crash)

    assert await recover_all(world.parts()) == 1

    assert await world.rows("SELECT state FROM appointment") == [("booked",)]
    assert world.calendar.booked_in_order() == [4, 3, 2, 1]


async def test_a_request_that_may_have_been_sent_is_looked_up_and_not_repeated(
    make_world: Any, visits: Any, make_fuse: Any, crash: Any
) -> None:
    world = make_world(lease_s=0.0)
    await dead_after(world, visits, "after book", make_fuse, crash)

    await recover_all(world.parts())

    assert world.calendar.asked[:3] == [("book", 4), ("find", 4), ("book", 3)]
    assert await world.rows("SELECT state FROM appointment") == [("booked",)]


async def test_a_booking_with_a_live_worker_is_left_alone(
    world: Any, visits: Any, make_fuse: Any, crash: Any
) -> None:
    await dead_after(world, visits, 10, make_fuse, crash)
    saga_id = await world.value("SELECT id FROM saga")

    assert await recover_all(world.parts()) == 0
    assert await recover(saga_id, world.parts()) is None


async def test_of_several_who_recover_one_works(
    make_world: Any, visits: Any, make_fuse: Any, crash: Any
) -> None:
    dead = make_world(lease_s=0.0)
    await dead_after(dead, visits, 10, make_fuse, crash)
    world = make_world()
    world.calendar = dead.calendar
    saga_id = await world.value("SELECT id FROM saga")

    results = await asyncio.gather(*(recover(saga_id, world.parts()) for _ in range(4)))

    assert sum(result is not None for result in results) == 1
    assert world.calendar.booked_in_order() == [4, 3, 2, 1]


async def test_a_booking_found_too_late_is_undone(
    make_world: Any, visits: Any, make_fuse: Any, crash: Any
) -> None:
    world = make_world(lease_s=0.0)
    order = await dead_after(world, visits, 10, make_fuse, crash)
    saga_id = await world.value("SELECT id FROM saga")

    await recover(saga_id, world.parts(), resume_within_s=0)

    assert world.calendar.live == {}
    again = await book(order, world.parts())
    assert again == Failed(cause=FailureCause.DEADLINE, plan=order.plan)


async def test_a_paused_worker_that_wakes_up_changes_nothing_more(world: Any, visits: Any) -> None:
    asleep, awake = asyncio.Event(), asyncio.Event()

    async def pause_at_the_second(segment: Any) -> None:
        if segment.segment.index == 3 and not asleep.is_set():
            asleep.set()
            await awake.wait()

    world.calendar.on_book = pause_at_the_second
    sleeper = asyncio.create_task(book(visits.order(), world.parts()))
    await asleep.wait()
    saga_id = await world.value("SELECT id FROM saga")
    await world.stores.sagas.take_over(saga_id, worker="", force=True)
    await world.write("UPDATE saga SET lease_until = clock_timestamp()")

    await recover(saga_id, world.parts())
    awake.set()
    result = await sleeper

    assert isinstance(result, Booked)
    assert world.calendar.of(result.appointment.id) == [1, 2, 3, 4]


async def test_a_worker_that_freezes_in_the_middle_of_a_transaction_holds_nobody_up_for_long(
    make_world: Any, visits: Any, make_fuse: Any, crash: Any, database_url: str
) -> None:
    world = make_world(lease_s=0.0)
    await dead_after(world, visits, 10, make_fuse, crash)
    its_engine = make_engine(database_url, frozen_after_s=1)

    async with its_engine.connect() as frozen:
        await frozen.execute(text("SELECT FROM saga FOR UPDATE"))
        async with asyncio.timeout(30):
            assert await recover_all(world.parts()) == 1
        await frozen.invalidate()
    await its_engine.dispose()

    assert await world.rows("SELECT state FROM appointment") == [("booked",)]


async def test_what_a_paused_worker_books_after_everything_was_undone_is_swept_away(
    world: Any, visits: Any
) -> None:
    asleep, awake = asyncio.Event(), asyncio.Event()

    async def pause_at_the_second(segment: Any) -> None:
        if segment.segment.index == 3:
            asleep.set()
            await awake.wait()

    world.calendar.on_book = pause_at_the_second
    silent = replace(world.parts(), renew_every_s=3600)  # as asleep as what it carries
    sleeper = asyncio.create_task(book(visits.order(), silent))
    await asleep.wait()
    async with asyncio.timeout(30):
        while await world.value("SELECT state FROM saga_step WHERE index = 2") != "intent":
            await asyncio.sleep(0.01)  # announcing it, beside the request, renews the lease
    await world.write("UPDATE saga SET lease_until = clock_timestamp()")
    saga_id = await world.value("SELECT id FROM saga")

    await recover(saga_id, world.parts(), resume_within_s=0)
    awake.set()
    result = await sleeper

    # The request it was in and the one it had announced; before the third it learns that it lost.
    assert isinstance(result, Failed)
    assert world.calendar.booked_in_order() == [4, 3, 2]
    assert len(world.calendar.live) == 2
    assert await world.value(SWEEPS) == 2
    assert await sweep(saga_id, world.parts()) == 2
    assert world.calendar.live == {}


async def test_a_request_that_was_announced_long_ago_is_announced_again_before_it_is_sent(
    world: Any, visits: Any
) -> None:
    parts = replace(world.parts(), renew_every_s=0.05)

    async def pause_at_the_second(segment: Any) -> None:
        if segment.segment.index == 3:
            await asyncio.sleep(0.2)

    world.calendar.on_book = pause_at_the_second
    result = await book(visits.order(), parts)

    assert isinstance(result, Booked)
    attempts = await world.value("SELECT attempt FROM saga_step WHERE index = 2")
    assert attempts >= 2  # once more for each time that the machine stood still before it was sent


async def test_a_worker_that_lost_its_saga_in_the_meantime_sends_nothing_more(
    world: Any, visits: Any
) -> None:
    parts = replace(world.parts(), renew_every_s=0.05)

    async def somebody_takes_over(segment: Any) -> None:
        if segment.segment.index == 3:
            await world.write("UPDATE saga SET fence = fence + 1")
            await asyncio.sleep(0.2)

    world.calendar.on_book = somebody_takes_over
    booking = asyncio.create_task(book(visits.order(), parts))
    while world.calendar.booked_in_order() != [4, 3]:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.5)

    assert world.calendar.booked_in_order() == [4, 3]
    booking.cancel()
    await asyncio.gather(booking, return_exceptions=True)


async def test_an_intent_that_was_never_sent_is_undone_without_asking_the_calendar(
    world: Any, visits: Any
) -> None:
    world.calendar.script.extend(["fine", "taken"])

    await book(visits.order(), world.parts())

    assert [what for what, _ in world.calendar.asked] == ["book", "book", "cancel"]
    assert await world.value("SELECT count(*) FROM saga_step WHERE uncertain") == 0
    assert world.calendar.live == {}


async def test_undoing_is_repeated_with_growing_waits_until_it_is_done(
    make_world: Any, visits: Any
) -> None:
    world = make_world(lease_s=0.0)
    world.calendar.script.extend(["fine", "fine", "taken"])
    world.calendar.silent_cancels = 3
    lease = "SELECT lease_until FROM saga"

    assert await world.begins_wait(book(visits.order(), world.parts()), lease, of_s=1)
    saga_id = await world.value("SELECT id FROM saga")
    for wait_s in (5, 30):
        await world.stores.sagas.take_over(saga_id, worker="", force=True)
        assert await world.begins_wait(recover(saga_id, world.parts()), lease, of_s=wait_s)
    await world.stores.sagas.take_over(saga_id, worker="", force=True)
    await recover(saga_id, world.parts())

    assert world.calendar.live == {}
    assert await world.rows("SELECT state FROM saga") == [("failed",)]
    assert await world.value("SELECT count(*) FROM claim") == 0


async def test_claims_are_kept_until_the_calendar_is_known_to_be_free(
    make_world: Any, visits: Any
) -> None:
    world = make_world(lease_s=0.0)
    plan = visits.plan()
    world.calendar.script.extend(["fine", "taken"])
    world.calendar.silent_cancels = 1
    await book(visits.order(plan), world.parts())

    result = await book(visits.order(plan), world.parts())

    assert result == Taken(plan=plan)


async def test_the_place_of_an_uncertain_segment_stays_blocked_until_the_first_sweep(
    make_world: Any, visits: Any
) -> None:
    """Or a little longer than the last sweep is off, when nobody sweeps at all."""
    world = make_world()
    world.calendar.script.extend(["fine", "late", "lost_before"])

    await book(visits.order(), world.parts())

    blocked = await world.rows(
        "SELECT lower(during), state, expires_at - (SELECT max(scheduled_at)"
        " FROM procrastinate_jobs WHERE task_name = 'booking.sweep') BETWEEN '0s' AND '1min'"
        " FROM claim"
    )
    assert blocked == [(visits.plan().segments[2].span.start, "quarantine", True)]
    await world.write("UPDATE saga SET ended_at = ended_at - interval '2 minutes'")
    await sweep(await world.value("SELECT id FROM saga"), world.parts())
    assert await world.value("SELECT count(*) FROM claim") == 0


async def test_a_request_that_lands_after_the_end_is_cancelled_by_the_sweep(
    world: Any, visits: Any
) -> None:
    world.calendar.script.extend(["fine", "late", "lost_before"])
    result = await book(visits.order(), world.parts())
    saga_id = await world.value("SELECT id FROM saga")
    world.calendar.land()
    assert isinstance(result, Failed)
    assert len(world.calendar.live) == 1

    assert await sweep(saga_id, world.parts()) == 1
    assert await sweep(saga_id, world.parts()) == 0

    assert world.calendar.live == {}


async def test_two_sweeps_follow_an_unknown_outcome_and_none_a_known_one(
    world: Any, visits: Any
) -> None:
    sweeps = (
        "SELECT ceil(extract(epoch FROM scheduled_at - clock_timestamp()) / 60)::int"
        " FROM procrastinate_jobs WHERE task_name = 'booking.sweep' ORDER BY 1"
    )
    await book(visits.order(visits.plan(0)), world.parts())
    assert await world.rows(sweeps) == []

    world.calendar.script.append("lost_after")
    await book(visits.order(visits.plan(300)), world.parts())

    assert await world.rows(sweeps) == [(2,), (15,)]


async def test_the_sweep_of_a_booked_visit_removes_a_second_landing_and_nothing_else(
    world: Any, visits: Any
) -> None:
    world.calendar.script.append("lost_before")
    result = await book(visits.order(), world.parts())
    assert isinstance(result, Booked)
    saga_id = await world.value("SELECT id FROM saga")
    twin = next(kept for kept in world.calendar.live.values() if kept.index == 4)
    world.calendar.live["late-twin"] = replace(twin, uid="late-twin")

    assert await sweep(saga_id, world.parts()) == 1

    assert "late-twin" not in world.calendar.live
    assert world.calendar.of(result.appointment.id) == [1, 2, 3, 4]


async def test_the_sweep_leaves_a_booking_that_the_desk_has_moved(world: Any, visits: Any) -> None:
    world.calendar.script.append("lost_before")
    result = await book(visits.order(), world.parts())
    assert isinstance(result, Booked)
    saga_id = await world.value("SELECT id FROM saga")
    uid, kept = next((u, k) for u, k in world.calendar.live.items() if k.index == 4)
    del world.calendar.live[uid]
    world.calendar.live["moved-by-the-desk"] = replace(kept, uid="moved-by-the-desk")

    assert await sweep(saga_id, world.parts()) == 0

    assert "moved-by-the-desk" in world.calendar.live


async def test_the_nightly_sweep_looks_at_every_doubtful_saga(world: Any, visits: Any) -> None:
    for start in (0, 300):
        world.calendar.script.extend(["late", "lost_before"])
        await book(visits.order(visits.plan(start)), world.parts())
    world.calendar.land()
    await book(visits.order(visits.plan(600)), world.parts())

    assert await sweep_all(world.parts()) == 2

    assert len(world.calendar.live) == 4


async def test_a_saga_that_cannot_be_recovered_does_not_stop_the_others(
    make_world: Any, visits: Any, make_fuse: Any, crash: Any
) -> None:
    world = make_world(lease_s=0.0)
    for start in (0, 300):
        with pytest.raises(crash):
            await book(visits.order(visits.plan(start)), world.parts(make_fuse(at=6)))
    await world.write(
        "UPDATE appointment SET plan = '{}' WHERE id ="
        " (SELECT appointment_id FROM saga ORDER BY started_at LIMIT 1)"
    )

    assert await recover_all(world.parts()) == 2

    states = await world.rows("SELECT state FROM saga ORDER BY started_at")
    assert states == [("running",), ("done",)]


async def test_a_silent_calendar_does_not_end_a_recovery_in_a_lie(
    make_world: Any, visits: Any
) -> None:
    world = make_world(lease_s=0.0)
    world.calendar.script.append("lost_after")
    world.calendar.silent_finds = 1000
    result = await book(visits.order(), world.parts(), pace=HURRIED)
    assert isinstance(result, Failed)

    await recover_all(world.parts())
    assert await world.rows("SELECT state FROM appointment") == [("booking",)]

    world.calendar.silent_finds = 0
    saga_id = await world.value("SELECT id FROM saga")
    await world.stores.sagas.take_over(saga_id, worker="", force=True)
    await recover(saga_id, world.parts())
    assert await world.rows("SELECT state FROM appointment") == [("failed",)]
    assert world.calendar.live == {}


async def test_a_sweep_during_an_outage_is_tried_again_by_its_job(world: Any, visits: Any) -> None:
    world.calendar.script.extend(["late", "lost_before"])
    await book(visits.order(), world.parts())
    world.calendar.land()
    world.calendar.silent_cancels = 1

    with pytest.raises(CalendarSilent):
        await sweep(await world.value("SELECT id FROM saga"), world.parts())


async def test_a_worker_that_waits_longer_than_its_lease_is_not_taken_for_dead(
    make_world: Any, visits: Any
) -> None:
    world = make_world(lease_s=30)
    parts = replace(world.parts(), renew_every_s=0.1)
    lease = "SELECT lease_until FROM saga"

    async def answer_when_it_would_have_expired(segment: Any) -> None:
        if segment.segment.index == 4:
            given = await world.value(lease)
            async with asyncio.timeout(30):
                while await world.value(lease) < given + timedelta(seconds=0.4):
                    await asyncio.sleep(0.05)  # it is renewed, and so never over

    world.calendar.on_book = answer_when_it_would_have_expired
    booking = asyncio.create_task(book(visits.order(), parts))
    taken_over = 0

    while not booking.done():
        taken_over += await recover_all(world.parts())
        await asyncio.sleep(0.05)

    assert isinstance(await booking, Booked)
    assert taken_over == 0
    assert world.calendar.booked_in_order() == [4, 3, 2, 1]


async def test_a_renewal_that_comes_late_does_not_wake_a_saga_that_rests(
    world: Any, visits: Any, make_fuse: Any, crash: Any
) -> None:
    await dead_after(world, visits, "after intend", make_fuse, crash)
    sagas = world.stores.sagas
    saga = await sagas.by_id(await world.value("SELECT id FROM saga"))
    await sagas.rest(saga, wait_s=0.0)

    await sagas.renew(saga)

    assert await sagas.overdue() == [saga.id]
