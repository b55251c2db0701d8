"""Many callers want the same few times at once: none is sold twice, none is lost."""

# ruff: noqa: S311 - wishes of tests are no secrets; the seed of the run repeats them
from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.redis_locks import RedisLocks
from booking_core.domain.booking import Booked
from booking_core.workflows.book import Pace, book

if TYPE_CHECKING:
    from redis.asyncio import Redis

PROGRAM = Path(__file__).parent / "processes" / "contender.py"
SECONDS = float(os.environ.get("BOOKING_CONTENTION_S", "1.5"))
PROCESSES = int(os.environ.get("BOOKING_CONTENTION_PROCESSES", "3"))
PATIENT = Pace(deadline_s=60)


async def contender(wish: dict[str, Any], name: int) -> asyncio.subprocess.Process:
    """A process of callers that is ready to begin."""
    argument = json.dumps({**wish, "name": str(name), "seed": random.randrange(10**6)})
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), argument, stdin=pipe, stdout=pipe
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def outcome(process: asyncio.subprocess.Process) -> dict[str, Any]:
    """Let it begin; what it came to."""
    said, _ = await process.communicate(b"begin\n")
    assert process.returncode == 0
    return dict(json.loads(said.splitlines()[-1]))


async def flush_in_the_middle(redis: Redis) -> None:
    while True:
        await asyncio.sleep(SECONDS / 4)
        await redis.flushall()


@pytest.mark.inc(47)
@pytest.mark.timeout(300)
@pytest.mark.parametrize("locks", ["up", "down", "flushed"])
async def test_processes_full_of_callers_never_book_over_one_another(
    world: Any,
    saved_salon: Any,
    database_url: str,
    redis_url: str,
    redis: Redis,
    unused_tcp_port: int,
    locks: str,
) -> None:
    wish = {
        "database_url": database_url,
        "redis_url": f"redis://127.0.0.1:{unused_tcp_port}" if locks == "down" else redis_url,
        "salon": saved_salon.branch.key,
        "now": "2031-03-03T09:00:00+01:00",
        "days": ["2031-03-04T09:00:00+01:00", "2031-03-05T09:00:00+01:00"],
        "seconds": SECONDS,
    }

    processes = await asyncio.gather(*(contender(wish, name) for name in range(PROCESSES)))
    flushing = asyncio.create_task(flush_in_the_middle(redis)) if locks == "flushed" else None
    reports = await asyncio.gather(*(outcome(process) for process in processes))
    if flushing:
        flushing.cancel()

    told = sorted(visit for report in reports for visit in report["booked"])
    stored = await world.rows("SELECT id::text FROM appointment WHERE state = 'booked'")
    assert await world.overlaps() == 0
    assert told == sorted(visit for (visit,) in stored)
    assert all(report["booked"] for report in reports), "somebody never got anything"
    counts = sum((Counter(report["counts"]) for report in reports), Counter[str]())
    assert counts["held: Taken"] == 0, "what was held and offered must be bookable"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("locks", ["up", "down"])
async def test_a_calendar_that_accepts_everything_gets_no_overlap_from_us(
    world: Any, visits: Any, redis: Redis, locks: str
) -> None:
    world.calendar.accepts_overlaps = True
    if locks == "up":
        world.locks = RedisLocks(redis)
    parts = world.parts()

    async def caller() -> list[Any]:
        orders = [visits.order(somewhere(visits)) for _ in range(12)]
        return [await book(order, parts, pace=PATIENT) for order in orders]

    lists = await asyncio.gather(*(caller() for _ in range(8)))
    await parts.errands.ended()

    results = [result for results in lists for result in results]
    booked = [result.appointment for result in results if isinstance(result, Booked)]
    assert {type(result).__name__ for result in results} == {"Booked", "Taken"}
    assert await world.overlaps() == 0
    assert overlapping(world.calendar.live.values()) == 0
    assert Counter(kept.group for kept in world.calendar.live.values()) == {
        visit.id: len(visit.plan.segments) for visit in booked
    }


def somewhere(visits: Any) -> Any:
    """A visit somewhere in a day that is too small for all of them."""
    return visits.plan(
        5 * random.randrange(96),
        service=random.choice([11, 12]),
        staff=random.choice(["ada", "ben"]),
        chair=random.choice(["chair-1", "chair-2"]),
    )


def overlapping(kept: Any) -> int:
    """Pairs at the calendar that share a person and an instant."""
    ordered = sorted(kept, key=lambda one: (str(one.host), one.span))
    return sum(
        one.host == two.host and one.span.overlaps(two.span) for one, two in pairwise(ordered)
    )


async def test_the_check_for_overlaps_would_notice_one(world: Any, visits: Any) -> None:
    world.calendar.accepts_overlaps = True
    for start in (0, 300):
        await book(visits.order(visits.plan(start)), world.parts())
    live = list(world.calendar.live.values())
    moved = [replace(kept, span=live[0].span) for kept in live if kept.index == live[0].index]

    assert overlapping(moved) == 1
    assert overlapping(live) == 0
