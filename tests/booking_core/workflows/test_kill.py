"""Real processes are killed or stopped while they book; others clean up after them.

At random instants, with faults and with moves and cancellations: `make bench-crash`.
"""

# ruff: noqa: S311 - instants of tests are no secrets; the seed of the run repeats them
from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.jobs import Chores
from booking_core.domain.snapshot import dump_plan
from booking_core.workflows.recover import recover, recover_all, sweep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.workflows.saga import Parts

PROGRAM = Path(__file__).parent / "processes" / "booking.py"
ROUNDS = int(os.environ.get("BOOKING_KILL_ROUNDS", "6"))
LEASE_S = 0.4
ANSWER_MS = 60


@pytest.fixture
def parts(calcom: Sandbox, calcom_parts: Parts) -> Parts:
    """A Cal.com that takes its time, so that there is a between."""
    calcom.control("latency", ms=ANSWER_MS)
    return calcom_parts


class Booker:
    """The program that forks a process for each order."""

    def __init__(self, process: asyncio.subprocess.Process, common: dict[str, Any]) -> None:
        self._process = process
        self._common = common

    async def begin(self, key: str, plan: Any) -> int:
        """Let a process book; its pid, as soon as it begins."""
        order = {**self._common, "key": key, "plan": dump_plan(plan)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()
        return int((await self.says())["begins"])

    async def says(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        said = await asyncio.wait_for(self._process.stdout.readline(), 30)
        return dict(json.loads(said))


@pytest.fixture
async def booker(
    database_url: str, redis_url: str, calcom: Sandbox, visits: Any
) -> AsyncIterator[Booker]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    common = {
        "database_url": database_url,
        "redis_url": redis_url,
        "calcom_url": calcom.url,
        "salon": visits.salon.branch.key,
        "now": visits.plan(-24 * 60).start.isoformat(),
        "lease_s": LEASE_S,
    }
    booker = Booker(process, common)
    assert await booker.says()
    yield booker
    process.kill()
    await process.wait()


async def until_nothing_is_open(world: Any, parts: Parts) -> None:
    async with asyncio.timeout(30):
        while await world.value("SELECT count(*) FROM saga WHERE ended_at IS NULL"):
            await recover_all(parts)
            await asyncio.sleep(0.1)


@pytest.mark.inc(67)
async def test_a_process_killed_between_two_segments_is_finished_by_the_next(
    world: Any, visits: Any, parts: Parts, booker: Booker, accepted: Any
) -> None:
    pid = await booker.begin("between", visits.plan())
    async with asyncio.timeout(60):
        while sum(accepted().values()) < 2:
            await asyncio.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    between = sum(accepted().values())
    await asyncio.sleep(2 * ANSWER_MS / 1000)  # what was on its way has landed

    await until_nothing_is_open(world, parts)

    assert 2 <= between < 4
    assert list(accepted().values()) == [4]
    assert await world.rows("SELECT state FROM appointment") == [("booked",)]


async def has_ended(pid: int) -> None:
    """The program that forks buries its children at once."""
    async with asyncio.timeout(30):
        while True:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            await asyncio.sleep(0.02)


async def test_a_stopped_worker_that_wakes_up_after_another_has_finished_does_no_harm(
    world: Any, visits: Any, parts: Parts, booker: Booker, accepted: Any
) -> None:
    pid = await booker.begin("zombie", visits.plan())
    async with asyncio.timeout(60):
        while sum(accepted().values()) < 2:
            await asyncio.sleep(0.005)
    os.kill(pid, signal.SIGSTOP)

    await until_nothing_is_open(world, parts)
    finished = await world.rows("SELECT state, fence, ended_at FROM saga")
    os.kill(pid, signal.SIGCONT)
    await has_ended(pid)

    assert list(accepted().values()) == [4]
    assert await world.rows("SELECT state, fence, ended_at FROM saga") == finished
    assert finished[0].fence > 1
    assert await world.rows("SELECT state FROM appointment") == [("booked",)]
    assert await world.notify().all_due() == 1


async def test_what_a_woken_worker_books_after_its_booking_was_undone_is_swept_away(
    world: Any, visits: Any, parts: Parts, booker: Booker, accepted: Any
) -> None:
    for serial in range(ROUNDS // 2):
        pid = await booker.begin(f"zombie-{serial}", visits.plan(600 * serial))
        await asyncio.sleep(random.uniform(ANSWER_MS, 4 * ANSWER_MS) / 1000)
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(2 * LEASE_S)
        for saga_id in await parts.sagas.overdue():
            await recover(saga_id, parts, resume_within_s=0)
        os.kill(pid, signal.SIGCONT)
        await has_ended(pid)
    await until_nothing_is_open(world, parts)
    for (saga_id,) in await world.rows("SELECT id FROM saga"):
        await sweep(saga_id, parts)

    visits_made = await world.rows("SELECT id::text, state FROM appointment")
    booked = {visit for visit, state in visits_made if state == "booked"}
    assert {state for _, state in visits_made} <= {"booked", "failed"}
    assert accepted() == dict.fromkeys(booked, 4)
    assert await world.value("SELECT count(*) FROM claim WHERE state = 'final'") == 5 * len(booked)


async def test_a_worker_elsewhere_finishes_what_a_killed_process_began_and_sends_the_mail(
    world: Any, visits: Any, parts: Parts, booker: Booker, accepted: Any
) -> None:
    async def nothing() -> None: ...

    chores = Chores(
        recover=lambda saga_id: recover(saga_id, parts),
        sweep=lambda saga_id: sweep(saga_id, parts),
        notify=world.notify(),
        patrol=nothing,
        night_round=nothing,
    )
    worker = asyncio.create_task(world.stores.jobs.work(chores))
    pid = await booker.begin("elsewhere", visits.plan())
    async with asyncio.timeout(60):
        while sum(accepted().values()) < 2:
            await asyncio.sleep(0.005)
    os.kill(pid, signal.SIGKILL)

    async with asyncio.timeout(30):
        while not world.mailbox.accepted:
            await asyncio.sleep(0.05)
    worker.cancel()
    with suppress(asyncio.CancelledError):
        await worker

    assert list(accepted().values()) == [4]
    assert await world.rows("SELECT state FROM appointment") == [("booked",)]
    assert len(world.mailbox.accepted) == 1
