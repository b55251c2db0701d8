from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from booking_core.adapters.jobs import Chores, GrowingWaits, Jobs
from booking_core.adapters.postgres.engine import database_url as with_our_driver
from booking_core.adapters.postgres.pipeline import write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass
class Diligent:
    """Does chores and writes down which."""

    done: list[tuple[Any, ...]] = field(default_factory=list)
    failing: int = 0

    async def recover(self, saga_id: UUID) -> None:
        self._fail_perhaps()
        self.done.append(("recover", saga_id))

    async def sweep(self, saga_id: UUID) -> None:
        self.done.append(("sweep", saga_id))

    async def notify(self, appointment_id: UUID, version: int, kind: str) -> None:
        self.done.append(("notify", appointment_id, version, kind))

    async def patrol(self) -> None:
        """Comes by itself every minute: not part of these tests."""

    async def night_round(self) -> None:
        """Comes by itself every night: not part of these tests."""

    def chores(self) -> Chores:
        return Chores(
            recover=self.recover,
            sweep=self.sweep,
            notify=self.notify,
            patrol=self.patrol,
            night_round=self.night_round,
        )

    def _fail_perhaps(self) -> None:
        if self.failing:
            self.failing -= 1
            raise OSError("not today")


@pytest.fixture
def jobs(database_url: str) -> Jobs:
    return Jobs(database_url)


@pytest.fixture
def hand() -> Diligent:
    return Diligent()


async def statuses(engine: AsyncEngine) -> list[tuple[Any, ...]]:
    query = text(
        "SELECT status::text, attempts FROM procrastinate_jobs WHERE queue_name = 'default'"
        " AND task_name LIKE 'booking.%' AND task_name NOT LIKE '%patrol' ORDER BY id"
    )
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(query)]


async def test_jobs_are_done_with_what_they_are_about(
    engine: AsyncEngine, jobs: Jobs, hand: Diligent, new_id: Any
) -> None:
    one, two, three = new_id(), new_id(), new_id()
    async with engine.begin() as connection:
        mail = jobs.mailing(three, version=2, kind="change")
        deferred = [jobs.recovering(one, in_s=0), jobs.sweeping(two, in_s=0), mail]
        await write(connection, deferred)

    await jobs.work(hand.chores(), concurrency=1, until_idle=True)

    assert hand.done == [("recover", one), ("sweep", two), ("notify", three, 2, "change")]
    assert await statuses(engine) == []


async def test_a_job_begins_with_the_commit_of_its_cause_or_never(
    engine: AsyncEngine, jobs: Jobs, hand: Diligent, new_id: Any
) -> None:
    async with engine.connect() as connection:
        await write(connection, [jobs.recovering(new_id(), in_s=0)])
        await connection.rollback()

    await jobs.work(hand.chores(), until_idle=True)

    assert hand.done == []


async def test_a_job_waits_for_its_hour(
    engine: AsyncEngine, jobs: Jobs, hand: Diligent, new_id: Any
) -> None:
    async with engine.begin() as connection:
        await write(connection, [jobs.sweeping(new_id(), in_s=120)])

    await jobs.work(hand.chores(), until_idle=True)

    assert hand.done == []
    assert await statuses(engine) == [("todo", 0)]


async def test_a_job_that_fails_waits_and_is_not_given_up(
    engine: AsyncEngine, jobs: Jobs, hand: Diligent, new_id: Any
) -> None:
    hand.failing = 1
    async with engine.begin() as connection:
        await write(connection, [jobs.recovering(new_id(), in_s=0)])

    await jobs.work(hand.chores(), until_idle=True)

    assert await statuses(engine) == [("todo", 1)]


async def test_waits_between_attempts_grow_and_stop_growing(new_id: Any) -> None:
    decide = GrowingWaits().get_retry_decision

    @dataclass
    class Attempted:
        attempts: int

    waits = []
    for attempts in (0, 1, 2, 3, 4, 40):
        decision = decide(exception=OSError(new_id()), job=Attempted(attempts))  # type: ignore[arg-type]
        assert decision is not None
        assert decision.retry_at is not None
        waits.append(decision.retry_at)

    assert waits == sorted(waits)
    assert decide(exception=asyncio.CancelledError(), job=Attempted(0)) is None  # type: ignore[arg-type]


async def test_the_job_of_a_worker_that_died_in_the_middle_of_it_is_done_again(
    engine: AsyncEngine, jobs: Jobs, hand: Diligent, new_id: Any
) -> None:
    saga_id = new_id()
    async with engine.begin() as connection:
        await write(connection, [jobs.recovering(saga_id, in_s=0)])
        await connection.execute(
            text(
                "INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - interval '5 minutes')"
            )
        )
        await connection.execute(
            text(
                "UPDATE procrastinate_jobs SET status = 'doing',"
                " worker_id = (SELECT id FROM procrastinate_workers)"
            )
        )

    await jobs.work(hand.chores(), until_idle=True)

    assert hand.done == [("recover", saga_id)]


async def test_workers_that_find_the_same_abandoned_jobs_at_once_do_not_fall_over_one_another(
    engine: AsyncEngine, jobs: Jobs, hand: Diligent, new_id: Any
) -> None:
    sagas = [new_id() for _ in range(20)]
    async with engine.begin() as connection:
        for saga_id in sagas:
            await write(connection, [jobs.recovering(saga_id, in_s=0)])
        await connection.execute(
            text(
                "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - interval '5 minutes') RETURNING id)"
                " UPDATE procrastinate_jobs SET status = 'doing', worker_id = dead.id FROM dead"
            )
        )

    await asyncio.gather(*(jobs.work(hand.chores(), until_idle=True) for _ in range(4)))

    assert {saga_id for _, saga_id in hand.done} == set(sagas)


async def test_a_worker_wakes_up_for_a_new_job_and_stops_when_told(
    engine: AsyncEngine, jobs: Jobs, hand: Diligent, new_id: Any
) -> None:
    worker = asyncio.create_task(jobs.work(hand.chores(), poll_s=600))
    await asyncio.sleep(0.5)
    async with engine.begin() as connection:
        await write(connection, [jobs.recovering(new_id(), in_s=0)])

    async with asyncio.timeout(60):  # well below the interval of polling
        while not hand.done:
            await asyncio.sleep(0.02)
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker


async def test_a_worker_that_is_told_to_stop_while_it_begins_stops(
    jobs: Jobs, hand: Diligent
) -> None:
    """In the very moment in which its connection is open, Python 3.11 forgets that it was told."""
    for lap in range(40):
        workers = [asyncio.create_task(jobs.work(hand.chores())) for _ in range(4)]
        for worker in workers:
            await asyncio.sleep(0.001 + 0.0004 * lap)
            worker.cancel()

        _, running = await asyncio.wait(workers, timeout=120)

        assert not running
        assert asyncio.all_tasks() == {asyncio.current_task()}, "somebody was left behind"


async def test_a_worker_that_is_told_to_stop_ends_the_job_it_has_begun(
    engine: AsyncEngine, jobs: Jobs, hand: Diligent, new_id: Any
) -> None:
    begun, saga_id = asyncio.Event(), new_id()

    async def recover_slowly(saga_id: UUID) -> None:
        begun.set()
        await asyncio.sleep(0.4)
        await hand.recover(saga_id)

    async with engine.begin() as connection:
        await write(connection, [jobs.recovering(saga_id, in_s=0)])
    worker = asyncio.create_task(jobs.work(replace(hand.chores(), recover=recover_slowly)))
    async with asyncio.timeout(60):
        await begun.wait()

    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker

    assert hand.done == [("recover", saga_id)]
    assert await statuses(engine) == []


async def test_a_worker_survives_a_database_that_hangs_up(
    engine: AsyncEngine, jobs: Jobs, hand: Diligent, new_id: Any, hang_up_the_database: Any
) -> None:
    worker = asyncio.create_task(jobs.work(hand.chores()))
    await asyncio.sleep(0.5)

    await hang_up_the_database()
    await engine.dispose()
    async with engine.begin() as connection:
        await write(connection, [jobs.recovering(new_id(), in_s=0)])

    async with asyncio.timeout(60):
        while not hand.done:
            await asyncio.sleep(0.02)
    worker.cancel()
    with pytest.raises(asyncio.CancelledError):
        await worker


WORKER = """
import asyncio, sys
from booking_core.adapters.jobs import Chores, Jobs

async def chore(*_):
    pass

names = ("recover", "sweep", "notify", "patrol", "night_round")
asyncio.run(Jobs(sys.argv[1]).work(Chores(**dict.fromkeys(names, chore))))
"""


@asynccontextmanager
async def distant_worker(database_url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker in a process of its own."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", WORKER, database_url)
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def test_a_job_that_a_worker_took_and_froze_over_is_done_by_another(
    engine: AsyncEngine, jobs: Jobs, hand: Diligent, new_id: Any, database_url: str
) -> None:
    """A stopped process, or one on a machine that is gone, would lock it for hours."""
    saga_id, limit = new_id(), {"options": "-cidle_in_transaction_session_timeout=1s"}
    address = with_our_driver(database_url).update_query_dict(limit)
    async with engine.begin() as connection:
        await write(connection, [jobs.recovering(saga_id, in_s=0)])
    async with distant_worker(address.render_as_string(hide_password=False)) as frozen:
        async with engine.begin() as connection:
            await connection.execute(text("LOCK procrastinate_jobs IN SHARE MODE"))
            await _somebody_waits_for("procrastinate_fetch_job", engine)
            frozen.send_signal(signal.SIGSTOP)

        worker = asyncio.create_task(jobs.work(hand.chores()))
        async with asyncio.timeout(60):
            while not hand.done:
                await asyncio.sleep(0.05)

        worker.cancel()
        with pytest.raises(asyncio.CancelledError):
            await worker
    assert hand.done == [("recover", saga_id)]


async def _somebody_waits_for(statement: str, engine: AsyncEngine) -> None:
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock' AND strpos(query, :statement) > 0"
    )
    async with asyncio.timeout(60):
        while True:
            async with engine.connect() as connection:
                if await connection.scalar(query, {"statement": statement}):
                    return
            await asyncio.sleep(0.02)
