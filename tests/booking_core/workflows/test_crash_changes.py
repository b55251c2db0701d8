"""Processes that cancel or move die at every point there is; one plan stands, or none, never two.

Points lie before and after every transaction and every request. A crash inside a transaction is
one before it: PostgreSQL rolls back.
"""

# ruff: noqa: S311 - schedules of tests are no secrets; the seed of the run repeats them
from __future__ import annotations

import asyncio
import os
import random
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.domain.booking import Failed, Taken
from booking_core.domain.orders import Cancelled, Moved
from booking_core.workflows.recover import recover_all, sweep

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.timeout(900)  # with the numbers below turned up

RUNS = int(os.environ.get("BOOKING_CHANGE_RUNS", "24"))
MORE_THAN_ANY_RUN_HAS = 200
APART_MIN = 3000  # two visits of one test never meet, wherever they are moved

CHANGES: dict[str, dict[str, Any] | None] = {
    "cancel": None,
    "move far away": {"start": 600},
    "move by a quarter of an hour": {"start": 15},
    "move to another person": {"start": 0, "staff": "ben"},
    "move to a shorter service in its own place": {"start": 75, "service": 12},
}
"""What is done to a visit; None = it is cancelled."""

FAULTS: dict[str, list[str]] = {
    "none": [],
    "the first request is refused": ["taken"],
    "a later request is refused": ["fine", "fine", "refused"],
    "an answer is lost": ["fine", "lost_after"],
    "a request is lost": ["fine", "lost_before"],
    "a request lands late": ["fine", "late", "lost_before"],
    "the first request lands late": ["late", "lost_before"],
}


@dataclass
class Scene:
    """Visits that are changed by processes which die."""

    world: Any
    visits: Any
    cancel_order: Any
    move_order: Any
    cancel_in: Any
    move_in: Any
    booked: Any
    make_fuse: Any
    crash: type[BaseException]
    places: Iterator[int] = field(default_factory=lambda: iter(range(0, 10**9, APART_MIN)))

    async def order(self, change: str) -> tuple[Any, Any, Any]:
        """A visit that stands, the order to change it, and the plan that would stand then."""
        place = next(self.places)
        visit = await self.booked(place)
        self.world.calendar.asked.clear()
        target = CHANGES[change]
        if target is None:
            return visit, self.cancel_order(visit), None
        plan = self.visits.plan(**{**target, "start": place + target["start"]})
        return visit, self.move_order(visit, plan), plan

    async def process(self, order: Any, *, dies_at: int | None = None) -> Any:
        """What a process is told that carries the order out; None when it died."""
        world = _Dying(self.world, self.make_fuse(at=dies_at))
        run = self.move_in if hasattr(order, "plan") else self.cancel_in
        try:
            return await run(world, order)
        except self.crash:
            return None

    async def recovery(self, *, dies_at: int | None = None) -> None:
        """A process that starts, and takes over what is overdue."""
        with suppress(self.crash):
            await recover_all(self.world.parts(self.make_fuse(at=dies_at)))

    async def time_passes(self) -> None:
        await self.world.write(
            "UPDATE saga SET lease_until = clock_timestamp() WHERE ended_at IS NULL"
        )

    async def comes_to_rest(self, order: Any) -> Any:
        """Faults are over; recoveries, late landings and their sweep; what the client is told."""
        calendar = self.world.calendar
        calendar.script.clear()
        calendar.silent_cancels = calendar.silent_finds = 0
        for _ in range(2):
            await self.time_passes()
            await self.recovery()
        result = await self.process(order)
        calendar.land()
        saga = await self.world.stores.sagas.by_key(order.branch_id, order.key)
        assert saga is not None
        assert not saga.open
        await sweep(saga.id, self.world.parts())
        return result

    async def assert_true(self, visit: Any, plan: Any, result: Any) -> None:
        """What the client is told is what is the case, everywhere."""
        stands = {Cancelled: None, Moved: plan, Taken: visit.plan, Failed: visit.plan}[type(result)]
        changed = isinstance(result, Cancelled | Moved)
        kind = "cancellation" if isinstance(result, Cancelled) else "change"
        stored = await self.world.stores.appointments.by_id(visit.id)
        assert stored.version == (2 if changed else 1)
        assert stored.state.value == ("cancelled" if stands is None else "booked")
        assert await self._mails(visit) == [("confirmation", 1), *([(kind, 2)] if changed else [])]
        segments = stands.segments if stands else ()
        places = sorted((one.staff_id, one.calendar_span) for one in segments)
        assert self.world.calendar.places(visit.id) == places
        assert await self._claims(visit) == len(stands.claims if stands else ())
        if stands:
            assert stored.plan == stands
            assert await self._uids(visit) == self._live(visit)

    async def _claims(self, visit: Any) -> Any:
        held = await self.world.rows(
            "SELECT state FROM claim WHERE appointment_id = :id AND state <> 'quarantine'",
            id=visit.id,
        )
        assert {state for (state,) in held} <= {"final"}
        return len(held)

    async def _mails(self, visit: Any) -> Any:
        return await self.world.rows(
            "SELECT kind, version FROM email_log WHERE appointment_id = :id ORDER BY version",
            id=visit.id,
        )

    async def _uids(self, visit: Any) -> set[str]:
        rows = await self.world.rows(
            "SELECT calendar_uid FROM appointment_segment WHERE appointment_id = :id", id=visit.id
        )
        return {uid for (uid,) in rows}

    def _live(self, visit: Any) -> set[str]:
        live = self.world.calendar.live.values()
        return {kept.uid for kept in live if kept.group == visit.id}


@dataclass
class _Dying:
    """The world as a process sees it that is going to die."""

    world: Any
    fuse: Any

    @property
    def stores(self) -> Any:
        return self.world.stores

    def parts(self) -> Any:
        return self.world.parts(self.fuse)


@pytest.fixture
def world(make_world: Any) -> Any:
    """Leases that are over at once: whoever comes next may take over."""
    return make_world(lease_s=0.0)


@pytest.fixture
def scene(world: Any, visits: Any, request: pytest.FixtureRequest) -> Scene:
    names = (
        "cancel_order", "move_order", "cancel_in", "move_in", "booked", "make_fuse", "crash"
    )  # fmt: skip
    return Scene(world, visits, **{name: request.getfixturevalue(name) for name in names})


@pytest.mark.parametrize("change", CHANGES)
async def test_a_process_that_dies_at_any_point_leaves_one_plan_or_none(
    scene: Scene, change: str
) -> None:
    outcomes, alive = [], False

    for point in range(1, MORE_THAN_ANY_RUN_HAS):
        visit, order, plan = await scene.order(change)
        alive = await scene.process(order, dies_at=point) is not None
        result = await scene.comes_to_rest(order)
        await scene.assert_true(visit, plan, result)
        outcomes.append(type(result))
        if alive:
            break

    assert alive, "the run was longer than the points that were tried"
    assert len(outcomes) > 10
    # Without a fault nobody is sent away: what a dead process began is carried through.
    assert set(outcomes) == {Cancelled if change == "cancel" else Moved}
    assert await scene.world.overlaps() == 0


async def test_deaths_of_processes_and_of_recoveries_and_a_bad_calendar_leave_one_plan_or_none(
    scene: Scene,
) -> None:
    every = list(product(CHANGES, FAULTS))
    chosen = [random.choice(every) for _ in range(RUNS)]
    outcomes = set()

    for change, fault in chosen:
        visit, order, plan = await scene.order(change)
        scene.world.calendar.script.extend(FAULTS[fault])
        scene.world.calendar.silent_cancels = random.choice([0, 0, 1, 2])
        scene.world.calendar.silent_finds = random.choice([0, 0, 1, 2])
        await scene.process(order, dies_at=random.randrange(1, 70))
        for _ in range(2):
            await scene.time_passes()
            await scene.recovery(dies_at=random.randrange(1, 40))
        result = await scene.comes_to_rest(order)
        await scene.assert_true(visit, plan, result)
        outcomes.add(type(result))

    assert await scene.world.overlaps() == 0
    assert len(outcomes) > 1, "every run ended the same way: nothing was tried"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("change", [name for name in CHANGES if name != "cancel"])
async def test_a_bad_calendar_alone_leaves_one_plan(scene: Scene, change: str, fault: str) -> None:
    visit, order, plan = await scene.order(change)
    scene.world.calendar.script.extend(FAULTS[fault])

    first = await scene.process(order)
    result = await scene.comes_to_rest(order)

    assert type(first) is type(result)
    await scene.assert_true(visit, plan, result)


async def test_recoveries_at_the_same_time_leave_one_plan_or_none(scene: Scene) -> None:
    for number, change in enumerate(CHANGES):
        visit, order, plan = await scene.order(change)
        await scene.process(order, dies_at=6 + 4 * number)

        await asyncio.gather(*(recover_all(scene.world.parts()) for _ in range(4)))

        result = await scene.comes_to_rest(order)
        await scene.assert_true(visit, plan, result)
