"""Where a request that was given up may still land, nobody else gets a time that is then refused.

Whatever becomes of the visit: it fails, is cancelled or moved, by its own change or by a later one.
"""

# ruff: noqa: S311 - schedules of tests are no secrets; the seed of the run repeats them
from __future__ import annotations

import os
import random
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.domain.booking import Booked, Failed
from booking_core.domain.errors import CalendarSilent, SlotTaken
from booking_core.domain.orders import Cancelled, Moved
from booking_core.workflows.book import book
from booking_core.workflows.recover import recover_all, sweep, sweep_all

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from booking_core.domain.plan import Plan

RUNS = int(os.environ.get("BOOKING_DOUBT_RUNS", "12"))
MINUTES_LATER = "UPDATE saga SET ended_at = ended_at - interval '3 minutes'"
RESTED = "UPDATE saga SET lease_until = clock_timestamp() WHERE ended_at IS NULL"
IN_DOUBT = "SELECT count(*) FROM claim WHERE in_doubt IS NOT NULL"
APART_MIN = 3000  # two visits of one test never meet, wherever they are moved
WORDS = ["fine", "fine", "late", "late", "lost_before", "lost_after", "taken"]


@pytest.fixture
def holds(world: Any, visits: Any) -> Callable[[Plan], Awaitable[bool]]:
    """Whether somebody else can hold this plan by now."""

    async def hold(plan: Plan) -> bool:
        branch_id = visits.salon.branch.id
        try:
            await world.stores.diary.hold(branch_id, "call:somebody", [plan], ttl_s=60)
        except SlotTaken:
            return False
        return True

    return hold


async def test_a_visit_cancelled_soon_after_a_lost_answer_frees_its_time_with_the_sweep(
    world: Any, visits: Any, booked: Any, cancel_it: Any, holds: Any
) -> None:
    """D was asked for twice; the first request lands when the visit is long cancelled."""
    world.calendar.script.append("late")
    visit = await booked()
    booking = await world.value("SELECT id FROM saga")

    assert isinstance(await cancel_it(visit), Cancelled)

    assert not await holds(visit.plan)
    assert world.calendar.land() == 1
    await world.write(MINUTES_LATER)
    assert await sweep(booking, world.parts()) == 1
    assert await holds(visit.plan)
    assert isinstance(await book(visits.order(owner="call:somebody"), world.parts()), Booked)


async def test_of_a_cancelled_visit_only_what_is_in_doubt_stays_blocked(
    world: Any, visits: Any, booked: Any, cancel_it: Any, holds: Any
) -> None:
    world.calendar.script.append("late")
    visit = await booked()
    await cancel_it(visit)

    stays = await world.rows("SELECT lower(during), state FROM claim")

    assert stays == [(visit.plan.segments[3].span.start, "quarantine")]
    assert await holds(visits.plan(0, service=12))


async def test_where_nothing_is_in_doubt_the_time_is_free_at_once(
    world: Any, booked: Any, cancel_it: Any, move_it: Any, holds: Any
) -> None:
    one, two = await booked(0), await booked(600)

    await cancel_it(one)
    await move_it(two, 1200)

    assert await holds(one.plan)
    assert await holds(two.plan)
    assert await world.value(IN_DOUBT) == 0


async def test_a_visit_moved_soon_after_a_lost_answer_frees_its_old_time_with_the_sweep(
    world: Any, booked: Any, move_it: Any, holds: Any
) -> None:
    world.calendar.script.append("late")
    visit = await booked()
    booking = await world.value("SELECT id FROM saga")

    assert isinstance(await move_it(visit, 600), Moved)

    assert not await holds(visit.plan)
    world.calendar.land()
    await world.write(MINUTES_LATER)
    assert await sweep(booking, world.parts()) == 1
    assert await holds(visit.plan)


async def test_a_lost_answer_of_a_move_blocks_the_new_time_once_that_is_left_as_well(
    world: Any, visits: Any, booked: Any, move_it: Any, cancel_it: Any, holds: Any
) -> None:
    visit = await booked()
    world.calendar.script.append("late")
    moved = await move_it(visit, 600)
    assert isinstance(moved, Moved)

    await cancel_it(moved.appointment)

    assert await holds(visit.plan)
    assert not await holds(visits.plan(600))


async def test_what_was_booked_again_after_a_failed_move_is_in_doubt_as_well(
    world: Any, visits: Any, booked: Any, move_it: Any, cancel_it: Any, holds: Any
) -> None:
    """The cut made room for a trim that is refused; booking it again takes two requests."""
    visit = await booked()
    world.calendar.script.extend(["refused", "late"])
    assert isinstance(await move_it(visit, visits.plan(75, service=12)), Failed)
    await world.write(RESTED)
    await recover_all(world.parts())
    moving = await world.value("SELECT id FROM saga WHERE kind = 'move'")

    await cancel_it(visit)

    cut = visits.plan(75, service=12)
    assert not await holds(cut)
    world.calendar.land()
    await world.write(MINUTES_LATER)
    await sweep(moving, world.parts())
    assert await holds(cut)


async def test_a_visit_is_not_offered_the_time_it_has_left_in_doubt(
    world: Any, visits: Any, booked: Any, move_it: Any
) -> None:
    world.calendar.script.append("late")
    visit = await booked()
    await move_it(visit, 600)

    busy = await world.stores.diary.busy(
        visits.salon.branch.id, visit.plan.span, except_owner="call:1", moving=visit.id
    )

    assert [*busy.values()] == [[visit.plan.segments[3].span]]


async def test_a_sweep_before_the_hour_frees_nothing(
    world: Any, booked: Any, cancel_it: Any, holds: Any
) -> None:
    """A nightly round may come in between; what is late may land after it."""
    world.calendar.script.append("late")
    visit = await booked()
    await cancel_it(visit)

    await sweep_all(world.parts())

    assert not await holds(visit.plan)


async def test_while_the_calendar_does_not_say_what_has_landed_the_time_stays_blocked(
    world: Any, booked: Any, cancel_it: Any, holds: Any
) -> None:
    world.calendar.script.append("late")
    visit = await booked()
    booking = await world.value("SELECT id FROM saga")
    await cancel_it(visit)
    await world.write(MINUTES_LATER)
    world.calendar.silent_finds = 1

    with pytest.raises(CalendarSilent):
        await sweep(booking, world.parts())

    assert not await holds(visit.plan)
    await sweep(booking, world.parts())
    assert await holds(visit.plan)


async def test_a_sweep_of_a_visit_that_stands_takes_the_doubt_off_it(
    world: Any, booked: Any, cancel_it: Any, holds: Any
) -> None:
    world.calendar.script.append("late")
    visit = await booked()
    await world.write(MINUTES_LATER)
    await sweep(await world.value("SELECT id FROM saga"), world.parts())
    assert await world.value(IN_DOUBT) == 0

    await cancel_it(visit)

    assert await holds(visit.plan)


async def test_a_sweep_that_dies_anywhere_is_done_by_the_next(
    world: Any, booked: Any, cancel_it: Any, holds: Any, make_fuse: Any, crash: Any
) -> None:
    for point in range(1, 20):
        world.calendar.script.append("late")
        visit = await booked(point * APART_MIN)
        booking = await world.value(
            "SELECT id FROM saga WHERE appointment_id = :id AND kind = 'book'", id=visit.id
        )
        await cancel_it(visit)
        world.calendar.land()
        await world.write(MINUTES_LATER)
        fuse = make_fuse(at=point)
        with suppress(crash):
            await sweep(booking, world.parts(fuse))

        await sweep(booking, world.parts())

        assert world.calendar.of(visit.id) == []
        assert await holds(visit.plan)
        if fuse.passed < point:
            break
    assert point > 8, "every port is passed once before and once after"


async def test_whoever_holds_a_time_gets_it_whatever_lands(
    world: Any, visits: Any, cancel_it: Any, move_it: Any, holds: Any
) -> None:
    held = 0
    for place in range(0, RUNS * APART_MIN, APART_MIN):
        _bad_luck(world, 4)
        first = await book(visits.order(visits.plan(place)), world.parts())
        if isinstance(first, Booked):
            _bad_luck(world, 3)
            cancels = random.random() < 1 / 2
            visit = first.appointment
            await (cancel_it(visit) if cancels else move_it(visit, place + 600))
        world.calendar.script.clear()
        for plan in (visits.plan(place), visits.plan(place + 600)):
            if not await holds(plan):
                continue
            held += 1
            world.calendar.land()
            other = visits.order(plan, owner="call:somebody")
            assert isinstance(await book(other, world.parts()), Booked)
    assert held >= RUNS / 2, "nobody could hold anything: nothing was tried"


def _bad_luck(world: Any, most: int) -> None:
    world.calendar.script.extend(random.choice(WORDS) for _ in range(random.randint(0, most)))
