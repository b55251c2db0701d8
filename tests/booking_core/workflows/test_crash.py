"""Processes die at every point there is; afterwards everything is booked, or nothing is.

Points lie before and after every transaction, request, cancellation and mail. A crash inside a
transaction is one before it: PostgreSQL rolls back.
"""

# ruff: noqa: S311 - schedules of tests are no secrets; the seed of the run repeats them
from __future__ import annotations

import asyncio
import os
import random
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.domain.booking import Booked
from booking_core.workflows.book import book
from booking_core.workflows.recover import recover_all, sweep

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.timeout(600)  # with the numbers below turned up

WORLDS: dict[str, tuple[str, list[str]]] = {
    "everything goes well": ("Booked", []),
    "the first request is refused": ("Taken", ["taken"]),
    "the last request is refused": ("Taken", ["fine", "fine", "fine", "taken"]),
    "an answer is lost": ("Booked", ["fine", "lost_after"]),
    "a request is lost": ("Booked", ["fine", "lost_before"]),
    "a request lands late": ("Failed", ["fine", "late", "lost_before"]),
}
"""What a run without a crash comes to, and what the calendar does to its requests."""

DOUBLE_CRASHES = int(os.environ.get("BOOKING_DOUBLE_CRASHES", "20"))
RANDOM_RUNS = int(os.environ.get("BOOKING_RANDOM_RUNS", "15"))
MORE_THAN_ANY_RUN_HAS = 200


@pytest.fixture
def world(make_world: Any) -> Any:
    """Leases that are over at once: whoever comes next may take over."""
    return make_world(lease_s=0.0)


async def one_process(world: Any, order: Any, fuse: Any, crash: type[BaseException]) -> bool:
    """A caller's process: books, sends the mail; whether it lived to the end."""
    try:
        await book(order, world.parts(fuse))
        await world.notify(fuse).all_due()
    except crash:
        return False
    return True


async def one_recovery(world: Any, fuse: Any, crash: type[BaseException]) -> bool:
    """A process that starts: takes over what is overdue, sends what is due."""
    try:
        await recover_all(world.parts(fuse))
        await world.notify(fuse).all_due()
    except crash:
        return False
    return True


async def time_passes(world: Any) -> None:
    """Waits of undoing, of mails and of the quarantine are over."""
    await world.write("UPDATE saga SET lease_until = clock_timestamp() WHERE ended_at IS NULL")
    await world.write("UPDATE email_log SET lease_until = NULL WHERE state <> 'sent'")


async def until_quiet(world: Any, order: Any) -> None:
    """Clean recoveries, late landings, and the sweep that follows them."""
    for _ in range(2):
        await time_passes(world)
        await recover_all(world.parts())
        await world.notify().all_due()
    world.calendar.land()
    saga = await world.stores.sagas.by_key(order.branch_id, order.key)
    if saga is not None:
        await sweep(saga.id, world.parts())


async def assert_all_or_nothing(world: Any, order: Any) -> str:
    """What the client is told with the same key is what is the case, everywhere."""
    result = await book(order, world.parts())
    await until_quiet(world, order)
    sagas = await world.rows(
        "SELECT saga.id, saga.state, appointment.id AS visit, appointment.state AS visit_state"
        " FROM saga JOIN appointment ON appointment.id = appointment_id WHERE key = :key",
        key=order.key,
    )
    assert len(sagas) <= 1
    for saga in sagas:
        await _assert_true(world, saga, booked=isinstance(result, Booked))
    return type(result).__name__


async def _assert_true(world: Any, saga: Any, *, booked: bool) -> None:
    claims = await world.value(
        "SELECT count(*) FROM claim WHERE appointment_id = :id AND state = 'final'", id=saga.visit
    )
    mails = {mail["Message-ID"]: mail.as_bytes() for mail in world.mailbox.about(saga.visit)}
    assert saga.state == ("done" if booked else "failed")
    assert saga.visit_state == ("booked" if booked else "failed")
    assert world.calendar.of(saga.visit) == ([1, 2, 3, 4] if booked else [])
    assert claims == (5 if booked else 0)
    assert len(mails) == (1 if booked else 0)
    assert len({mail.as_bytes() for mail in world.mailbox.about(saga.visit)}) == len(mails)


async def points_of(world: Any, order: Any, script: list[str], fuse: Any, crash: Any) -> int:
    """How many points a run has in which nobody dies."""
    world.calendar.script.extend(script)
    assert await one_process(world, order, fuse, crash)
    return fuse.passed


@pytest.mark.inc(67)
@pytest.mark.parametrize("name", WORLDS)
async def test_a_process_that_dies_at_any_point_leaves_all_or_nothing(
    world: Any, visits: Any, make_fuse: Any, crash: Any, name: str
) -> None:
    outcomes = []
    end, script = WORLDS[name]
    alive = False
    for point in range(1, MORE_THAN_ANY_RUN_HAS):
        order = visits.order(visits.plan(600 * point))
        world.calendar.script.extend(script)
        alive = await one_process(world, order, make_fuse(at=point), crash)
        world.calendar.script.clear()
        await until_quiet(world, order)
        outcomes.append(await assert_all_or_nothing(world, order))
        if alive:
            break

    assert alive, "the run was longer than the points that were tried"
    assert outcomes[-1] == end
    assert len(outcomes) > 10
    # Without a fault nobody is sent away: what a dead process began is finished.
    assert set(outcomes) == {"Booked"} or script
    assert await world.overlaps() == 0


async def test_a_recovery_that_dies_too_leaves_all_or_nothing(
    world: Any, visits: Any, make_fuse: Any, crash: Any
) -> None:
    schedules = await _double_crashes(world, visits, make_fuse, crash)

    for serial, (name, first, second) in enumerate(schedules, 1):
        order = visits.order(visits.plan(600 * serial))
        world.calendar.script.extend(WORLDS[name][1])
        await one_process(world, order, make_fuse(at=first), crash)
        await time_passes(world)
        await one_recovery(world, make_fuse(at=second), crash)
        world.calendar.script.clear()
        await until_quiet(world, order)
        await assert_all_or_nothing(world, order)

    assert await world.overlaps() == 0


async def _double_crashes(
    world: Any, visits: Any, make_fuse: Callable[..., Any], crash: Any
) -> list[tuple[str, int, int]]:
    """Some of all pairs of points, chosen afresh in each run of the tests."""
    every = []
    for serial, (name, (_, script)) in enumerate(WORLDS.items(), 1):
        order = visits.order(visits.plan(-600 * serial))
        points = await points_of(world, order, script, make_fuse(), crash)
        every += [(name, first, second) for first in range(1, points) for second in range(1, 30)]
        await until_quiet(world, order)
    return random.sample(every, min(DOUBLE_CRASHES, len(every)))


async def test_random_faults_and_crashes_leave_all_or_nothing(
    world: Any, visits: Any, make_fuse: Any, crash: Any
) -> None:
    words = ["fine"] * 5 + ["lost_before", "lost_after", "late"] * 2 + ["taken", "refused"]

    for serial in range(1, RANDOM_RUNS + 1):
        order = visits.order(visits.plan(600 * serial))
        world.calendar.script.extend(random.choices(words, k=12))
        world.calendar.silent_finds = random.randrange(3)
        world.calendar.silent_cancels = random.randrange(3)
        await one_process(world, order, make_fuse(at=random.randrange(1, 60)), crash)
        for _ in range(3):
            await time_passes(world)
            await one_recovery(world, make_fuse(at=random.randrange(1, 60)), crash)
        world.calendar.script.clear()
        world.calendar.silent_finds = world.calendar.silent_cancels = 0
        await until_quiet(world, order)
        await assert_all_or_nothing(world, order)

    assert await world.overlaps() == 0


async def test_recoveries_at_the_same_time_leave_all_or_nothing(
    world: Any, visits: Any, make_fuse: Any, crash: Any
) -> None:
    for point in range(4, 24, 2):
        order = visits.order(visits.plan(600 * point))
        await one_process(world, order, make_fuse(at=point), crash)

        await asyncio.gather(*(recover_all(world.parts()) for _ in range(4)))

        await until_quiet(world, order)
        await assert_all_or_nothing(world, order)
