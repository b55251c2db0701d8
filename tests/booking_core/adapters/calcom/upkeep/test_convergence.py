"""Whatever is edited, and wherever runs end, the calendars come to exactly what is wanted."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from sqlalchemy import text

from booking_core.adapters.calcom.client import CalcomClient
from booking_core.domain.event_type import wanted_event_types

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from booking_core.adapters.calcom.event_map import PostgresEventMap
    from booking_core.adapters.calcom.models import EventType
    from booking_core.domain.catalogue import Salon, Service

PROGRAM = Path(__file__).parent / "processes" / "keeping.py"
T = TypeVar("T")
EDITS_A_RUN = 3
RUNS = 5


class Died(BaseException):
    """A process ends here, as kill -9 would end it."""


class MortalClient(CalcomClient):
    """Cal.com as a process sees it that dies at one of the requests that change something."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.spare(0)

    def spare(self, requests: int, *, answered: bool = False) -> None:
        """Live on for so many requests; with `answered` the last answer is still heard of."""
        self._left, self._answered, self._dead = requests, answered, False

    async def create_event_type(self, key: str, fields: dict[str, Any]) -> EventType:
        create = super().create_event_type
        return await self._mortally(lambda: create(key, fields))

    async def change_event_type(
        self, key: str, event_type_id: int, fields: dict[str, Any]
    ) -> EventType:
        change = super().change_event_type
        return await self._mortally(lambda: change(key, event_type_id, fields))

    async def delete_event_type(self, key: str, event_type_id: int) -> None:
        delete = super().delete_event_type
        await self._mortally(lambda: delete(key, event_type_id))

    async def _mortally(self, request: Callable[[], Awaitable[T]]) -> T:
        self._left -= 1
        last = self._left < 0
        if self._dead or (last and not self._answered):
            self._die()
        answer = await request()
        if self._dead or last:
            self._die()
        return answer

    def _die(self) -> None:
        self._dead = True
        raise Died


async def dies(run: Awaitable[object]) -> bool:
    """Whether a process died of this run."""
    died = False
    try:
        await run
    except* Died:
        died = True
    return died


def other_length(salon: Salon, chance: random.Random) -> Salon:
    def changed(service: Service) -> Service:
        first, *others = service.segments
        longer = replace(first, minutes=chance.choice([10, 15, 20, 45]))
        return replace(service, segments=(longer, *others))

    return _one_service(salon, chance, changed)


def other_number(salon: Salon, chance: random.Random) -> Salon:
    taken = {service.number for service in salon.services}
    free = [number for number in range(1, 30) if number not in taken]
    return _one_service(salon, chance, lambda one: replace(one, number=chance.choice(free)))


def other_name(salon: Salon, chance: random.Random) -> Salon:
    code = f"C{chance.randrange(1000)}"
    return replace(salon, company=replace(salon.company, code=code))


def on_or_off(salon: Salon, chance: random.Random) -> Salon:
    return _one_service(salon, chance, lambda one: replace(one, active=not one.active))


def segment_less(salon: Salon, chance: random.Random) -> Salon:
    def changed(service: Service) -> Service:
        first, *_ = service.segments
        return replace(service, segments=(replace(first, pause_after=None),), pause_policy=None)

    return _one_service(salon, chance, changed)


def somebody_comes_or_goes(salon: Salon, chance: random.Random) -> Salon:
    staff = list(salon.staff)
    place = chance.randrange(len(staff))
    staff[place] = replace(staff[place], active=not staff[place].active)
    return replace(salon, staff=tuple(staff))


def other_skill(salon: Salon, chance: random.Random) -> Salon:
    staff = list(salon.staff)
    place, skill = chance.randrange(len(staff)), chance.choice(["colour", "wash", "style"])
    staff[place] = replace(staff[place], skills=staff[place].skills ^ {skill})
    return replace(salon, staff=tuple(staff))


EDITS: tuple[Callable[[Salon, random.Random], Salon], ...] = (
    other_length,
    other_number,
    other_name,
    on_or_off,
    segment_less,
    somebody_comes_or_goes,
    other_skill,
)


def _one_service(
    salon: Salon, chance: random.Random, change: Callable[[Service], Service]
) -> Salon:
    services = list(salon.services)
    place = chance.randrange(len(services))
    services[place] = change(services[place])
    return replace(salon, services=tuple(services))


async def leftovers(upkeep: Any) -> int:
    async with upkeep.engine.connect() as connection:
        found = await connection.execute(text("SELECT count(*) FROM calcom_leftover"))
    return int(found.scalar_one())


async def assert_exact(upkeep: Any, salon: Salon, event_map: PostgresEventMap) -> None:
    """Exactly what is wanted stands there, and the map says so."""
    wanted = wanted_event_types(salon)
    theirs = await upkeep.theirs()
    known = await event_map.provided(upkeep.branch_id)
    assert {one.slug: (one.title, one.length_in_minutes) for one in theirs.values()} == {
        one.slug: (one.title, one.minutes) for one in wanted
    }
    assert {pair: one.event_type_id for pair, one in known.items()} == {
        one.pair: theirs[one.slug].id for one in wanted
    }
    assert await leftovers(upkeep) == 0


@pytest.mark.parametrize("seed", range(8))
async def test_random_edits_and_runs_that_die_anywhere_converge_without_orphans(
    upkeep: Any, working_salon: Salon, event_map: PostgresEventMap, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    salon = working_salon
    died = 0
    async with MortalClient(upkeep.sandbox.url) as mortal:
        for _ in range(RUNS):
            mortal.spare(chance.randrange(6), answered=chance.random() < 0.5)
            died += await dies(upkeep.sync(ripe=chance.random() < 0.5, client=mortal))
            for edit in chance.choices(EDITS, k=chance.randint(1, EDITS_A_RUN)):
                salon = edit(salon, chance)
            await upkeep.save(salon)

    await upkeep.sync(ripe=True)
    last = await upkeep.sync(ripe=True)

    await assert_exact(upkeep, salon, event_map)
    assert (last.event_types.created, last.event_types.changed, last.event_types.removed) == (
        0,
        0,
        0,
    )
    assert died


@pytest.mark.parametrize("answered", [False, True])
@pytest.mark.parametrize("requests", range(9))
async def test_a_run_that_dies_at_any_request_is_finished_by_the_next(
    upkeep: Any,
    working_salon: Salon,
    event_map: PostgresEventMap,
    requests: int,
    *,
    answered: bool,
) -> None:
    await upkeep.sync()
    wanda, oezguer, soeren = working_salon.staff
    toning, massage = working_salon.services
    salon = replace(
        working_salon,
        services=(replace(toning, code="TOEN"), replace(massage, number=9)),
        staff=(wanda, replace(oezguer, skills=frozenset({"style"})), soeren),
    )
    await upkeep.save(salon)

    async with MortalClient(upkeep.sandbox.url) as mortal:
        mortal.spare(requests, answered=answered)
        died = await dies(upkeep.sync(ripe=True, client=mortal))
    await upkeep.sync(ripe=True)

    assert died
    await assert_exact(upkeep, salon, event_map)


async def test_two_processes_at_once_make_everything_once(
    upkeep: Any, database_url: str, event_map: PostgresEventMap, working_salon: Salon
) -> None:
    wish = {
        "database_url": database_url,
        "calcom_url": upkeep.sandbox.url,
        "keys": dict(upkeep.accounts.keys),
        "salon": working_salon.branch.key,
    }
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, str(PROGRAM), json.dumps(wish), stdin=pipe, stdout=pipe
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"

    said = await asyncio.gather(*(process.communicate(b"begin\n") for process in processes))

    reports = [json.loads(out.splitlines()[-1]) for out, _ in said]
    assert sorted((one["created"], one["unchanged"]) for one in reports) == [(0, 7), (7, 0)]
    await assert_exact(upkeep, working_salon, event_map)
