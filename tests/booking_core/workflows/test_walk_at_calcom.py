"""A visit that is moved about at a Cal.com with bad days, by several at once, comes to one rest.

More walks: `BOOKING_WALKS=50`. The seed is in the name of each.
"""

# ruff: noqa: S311 - walks of tests are no secrets; the seed of each repeats it
from __future__ import annotations

import asyncio
import os
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.domain.event_type import calendar_user
from booking_core.workflows.book import Pace, book
from booking_core.workflows.recover import recover_all, sweep_all
from booking_core.workflows.reschedule import reschedule

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.workflows.saga import Parts

WALKS = int(os.environ.get("BOOKING_WALKS", "2"))
STEPS = 8
LANDS_AFTER_S = (1.2, 2.5)  # while the saga still asks, and after it has given up
CHANGES = ("POST /v2/bookings", "POST /v2/bookings/*/reschedule", "POST /v2/bookings/*/cancel")
LOOKS = ("GET /v2/bookings", "GET /v2/bookings/{uid}")
DEEDS = ("timeout_before", "timeout_after", "error_after", "error")
PLACES: tuple[dict[str, Any], ...] = (
    *({"start": minutes} for minutes in (-60, -30, 15, 30, 45, 90, 300, 480)),
    {"start": 0, "staff": "ben"},
    {"start": 300, "staff": "ben"},
    {"start": 75, "service": 12},
)
OVER = "UPDATE saga SET lease_until = clock_timestamp() WHERE ended_at IS NULL"
SWEPT = "UPDATE claim SET expires_at = clock_timestamp() WHERE state = 'quarantine'"


@dataclass
class Walk:
    """One visit, and what befalls it."""

    chance: random.Random
    calcom: Sandbox
    world: Any
    visits: Any
    parts: Parts
    move_order: Any
    visit: Any

    async def step(self) -> None:
        """Bad luck, then one or two moves at once, perhaps beside a recovery and a sweep."""
        for _ in range(self.chance.randint(0, 3)):
            self.calcom.control("fault", **self._fault())
        moves = [self._move() for _ in range(self.chance.choice([1, 1, 2]))]
        others = [self._recover()] if self.chance.random() < 1 / 3 else []
        await asyncio.gather(*moves, *others)
        if self.chance.random() < 1 / 3:
            await sweep_all(self.parts)
        await self.world.write(SWEPT)

    async def rest(self) -> None:
        """Cal.com is well again; everything is recovered, has landed and is swept."""
        self.calcom.control("clear_faults")
        for _ in range(3):
            await self._recover()
        await asyncio.sleep(max(LANDS_AFTER_S) + 0.2)
        await sweep_all(self.parts)

    def planned(self, plan: Any) -> list[tuple[str, str, int]]:
        """Who is busy when, and for how long."""
        salon = self.visits.salon
        return sorted(
            (
                calendar_user(salon, salon.member(segment.staff_id)),
                segment.calendar_span.start.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                segment.calendar_span.minutes,
            )
            for segment in plan.segments
        )

    def live(self) -> dict[str, tuple[str, str, int]]:
        """The same of what stands at Cal.com, by uid."""
        every = self.calcom.control("dump")["bookings"]
        standing = [one for one in every if one["status"] == "accepted"]
        return {one["uid"]: (one["host"], one["start"], one["minutes"]) for one in standing}

    def _fault(self) -> dict[str, Any]:
        on, nth = self.chance.choice([*CHANGES, *LOOKS]), self.chance.randint(1, 4)
        if on in LOOKS:
            return {"on": on, "nth": nth, "do": "error"}
        if on == CHANGES[0] and self.chance.random() < 1 / 4:
            return {"on": on, "nth": nth, "do": "conflict"}
        deed = self.chance.choice(DEEDS)
        late = {"land_after_s": self.chance.choice(LANDS_AFTER_S)}
        may_land = deed == "timeout_before" and self.chance.random() < 1 / 2
        return {"on": on, "nth": nth, "do": deed, **(late if may_land else {})}

    async def _move(self) -> object:
        place = dict(self.chance.choice(PLACES))
        plan = self.visits.plan(24 * 60 + place.pop("start"), **place)
        return await reschedule(
            self.move_order(self.visit, plan),
            self.parts,
            appointments=self.world.stores.appointments,
            pace=Pace(deadline_s=self.chance.choice([2, 8])),
        )

    async def _recover(self) -> None:
        await self.world.write(OVER)
        await recover_all(self.parts)


@pytest.fixture
def calcom_read_s() -> float:
    return 1.0


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(WALKS))
async def test_wherever_a_visit_is_moved_it_ends_in_one_place_as_its_plan_says(
    seed: int, calcom: Sandbox, world: Any, visits: Any, calcom_parts: Parts, move_order: Any
) -> None:
    booked: Any = await book(visits.order(visits.plan(24 * 60)), calcom_parts)
    chance = random.Random(seed)
    walk = Walk(chance, calcom, world, visits, calcom_parts, move_order, booked.appointment)
    for _ in range(STEPS):
        await walk.step()

    await walk.rest()

    visit = await world.stores.appointments.by_id(booked.appointment.id)
    noted = {uid for (uid,) in await world.rows("SELECT calendar_uid FROM appointment_segment")}
    assert await world.value("SELECT count(*) FROM saga WHERE ended_at IS NULL") == 0
    assert sorted(walk.live().values()) == walk.planned(visit.plan)
    assert set(walk.live()) == noted
    assert await world.overlaps() == 0
    assert {state for (state,) in await world.rows("SELECT state FROM claim")} <= {
        "final", "quarantine",
    }  # fmt: skip
