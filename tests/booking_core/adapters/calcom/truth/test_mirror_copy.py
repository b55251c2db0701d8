"""Each process keeps a copy of the mirror, and never uses it beyond its version."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.postgres.diary import PostgresDiary
from booking_core.adapters.postgres.mirror_copy import MirrorCopy
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon

MIDNIGHT = datetime.fromisoformat("2026-11-25T00:00:00+01:00")
WEEK = Span(MIDNIGHT, MIDNIGHT + timedelta(days=7))
VERSION = "SELECT version FROM calendar_version"


@pytest.fixture
def someone_reads(desk: Any, salon: Salon) -> Any:
    """Another process reads what is busy on a day, in hours of that day."""

    async def go(*hours: tuple[float, float], staff: int = 0, day: int = 0) -> None:
        start = MIDNIGHT + timedelta(days=day)
        spans = [(start + timedelta(hours=a), start + timedelta(hours=b)) for a, b in hours]
        ranges = ", ".join(f"[{a.isoformat()}, {b.isoformat()})" for a, b in spans)
        await desk.write(
            "INSERT INTO calendar_day (branch_id, staff_id, day, busy, read_at)"
            " VALUES (:branch, :staff, :day, CAST(:busy AS tstzmultirange), clock_timestamp())"
            " ON CONFLICT (branch_id, staff_id, day)"
            " DO UPDATE SET busy = excluded.busy, read_at = excluded.read_at",
            branch=salon.branch.id, staff=salon.staff[staff].id, day=start.date(),
            busy=f"{{{ranges}}}",
        )  # fmt: skip

    return go


@pytest.fixture
def ask(engine: AsyncEngine, salon: Salon) -> Any:
    """Asks one and the same process when somebody is busy."""
    diary = PostgresDiary(engine)

    async def busy(window: Span = WEEK, *, staff: int = 0) -> list[str]:
        found = await diary.busy(salon.branch.id, window, except_owner="")
        local = [
            (one.start.astimezone(MIDNIGHT.tzinfo), one.end.astimezone(MIDNIGHT.tzinfo))
            for one in found.get(salon.staff[staff].id, ())
        ]
        return [f"{start:%d %H:%M}-{end:%H:%M}" for start, end in local]

    return busy


async def reads(engine: AsyncEngine, salon: Salon, *, times: int) -> int:
    """How often so many questions read more than the version."""
    copy = MirrorCopy(engine)
    version = await _version(engine, salon.branch.id)
    for _ in range(times):
        await copy.at(salon.branch.id, version)
    return copy.reads


async def _version(engine: AsyncEngine, branch_id: UUID) -> UUID:
    async with engine.connect() as connection:
        row = await connection.exec_driver_sql(
            "SELECT version FROM calendar_version WHERE branch_id = %s", (branch_id,)
        )
        version: UUID = row.scalar_one()
        return version


async def test_what_another_process_reads_is_known_here_with_the_next_question(
    ask: Any, someone_reads: Any
) -> None:
    told = []
    for hours in [(), ((9, 10),), ((9, 10), (12, 13)), ((12, 13),), ()]:
        await someone_reads(*hours)
        told.append(await ask())

    assert told == [
        [], ["25 09:00-10:00"], ["25 09:00-10:00", "25 12:00-13:00"], ["25 12:00-13:00"], [],
    ]  # fmt: skip


async def test_a_day_that_is_forgotten_is_not_busy_any_more(
    ask: Any, someone_reads: Any, desk: Any
) -> None:
    await someone_reads((9, 10))
    before = await ask()

    await desk.write("DELETE FROM calendar_day")

    assert (before, await ask()) == (["25 09:00-10:00"], [])


async def test_only_what_touches_the_window_is_told(ask: Any, someone_reads: Any) -> None:
    await someone_reads((8, 9), (9.5, 10.5), (11.5, 12.5), (13, 14))
    window = Span(MIDNIGHT + timedelta(hours=9), MIDNIGHT + timedelta(hours=12))

    assert await ask(window) == ["25 09:30-10:30", "25 11:30-12:30"]


async def test_what_was_read_again_and_is_the_same_changes_no_version(
    desk: Any, someone_reads: Any, engine: AsyncEngine, salon: Salon
) -> None:
    await someone_reads((9, 10))
    before = await desk.value(VERSION)

    await someone_reads((9, 10))
    await someone_reads(staff=1)

    assert await desk.value(VERSION) == before
    assert await reads(engine, salon, times=50) == 1


async def test_versions_are_never_used_twice(desk: Any, someone_reads: Any) -> None:
    seen = set()
    for turn in range(6):
        await someone_reads((9, 10 + turn % 2))
        seen.add(await desk.value(VERSION))

    assert len(seen) == 6


async def test_many_who_ask_at_once_read_once(
    someone_reads: Any, engine: AsyncEngine, salon: Salon
) -> None:
    await someone_reads((9, 10))
    copy, version = MirrorCopy(engine), await _version(engine, salon.branch.id)

    told = await asyncio.gather(*(copy.at(salon.branch.id, version) for _ in range(30)))

    assert copy.reads == 1
    assert {one.version for one in told} == {version}


async def test_a_question_in_the_copy_is_answered_as_the_database_answers_it(
    desk: Any, someone_reads: Any, engine: AsyncEngine, salon: Salon
) -> None:
    chance = random.Random(7)  # noqa: S311 - a test may be repeated
    for staff in range(3):
        for day in range(7):
            cells = sorted(chance.sample(range(8 * 12, 18 * 12), 8))
            hours = [(a / 12, b / 12) for a, b in zip(cells[::2], cells[1::2], strict=True)]
            await someone_reads(*hours, staff=staff, day=day)
    copy = await MirrorCopy(engine).at(salon.branch.id, await _version(engine, salon.branch.id))

    for _ in range(200):
        member = chance.choice(salon.staff).id
        minutes = 5 * chance.randrange(7 * 288)
        span = Span.of_minutes(MIDNIGHT + timedelta(minutes=minutes), 5 * chance.randint(1, 60))
        taken = await desk.value(
            "SELECT EXISTS (SELECT FROM calendar_day WHERE staff_id = :staff"
            " AND busy && tstzrange(:start, :end))",
            staff=member, start=span.start, end=span.end,
        )  # fmt: skip

        assert copy.of(member).is_free(span) is not taken
        assert bool(copy.of(member).within(span)) is taken


async def test_a_change_that_is_not_committed_is_not_seen_and_then_it_is(
    ask: Any, someone_reads: Any, engine: AsyncEngine
) -> None:
    await someone_reads((9, 10))
    async with engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE calendar_day SET busy = '{}'")
        during = await ask()

    assert (during, await ask()) == (["25 09:00-10:00"], [])
