from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from booking_core.adapters.postgres.engine import database_url, make_engine
from booking_core.adapters.postgres.pipeline import Statement, write

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

WHO = text("SELECT pg_backend_pid()")


@pytest.mark.parametrize(
    "spelling",
    [
        "postgres://salon:s%40fe@db.example:5433/salon?sslmode=require",
        "postgresql://salon:s%40fe@db.example:5433/salon?sslmode=require",
        "postgresql+psycopg://salon:s%40fe@db.example:5433/salon?sslmode=require",
        "postgresql+asyncpg://salon:s%40fe@db.example:5433/salon?sslmode=require",
    ],
)
def test_every_spelling_of_a_postgresql_url_gets_our_driver(spelling: str) -> None:
    url = database_url(spelling).render_as_string(hide_password=False)

    assert url == "postgresql+psycopg://salon:s%40fe@db.example:5433/salon?sslmode=require"


def test_another_database_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="not sqlite"):
        make_engine("sqlite:///salon.db")


async def test_times_come_back_aware_and_in_utc(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        now = await connection.scalar(text("SELECT now()"))

    assert isinstance(now, datetime)
    assert now.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - now) < timedelta(minutes=1)


async def test_connections_that_the_server_has_closed_are_replaced_unnoticed(
    engine: AsyncEngine, hang_up_the_database: Any
) -> None:
    async with engine.connect() as one, engine.connect() as two:
        old = {await other.scalar(WHO) for other in (one, two)}
    await hang_up_the_database()

    async with engine.connect() as one, engine.connect() as two:
        new = {await other.scalar(WHO) for other in (one, two)}

    assert len(new) == 2
    assert new.isdisjoint(old)


async def test_a_connection_that_nobody_has_closed_is_used_again(engine: AsyncEngine) -> None:
    used = set()
    for _ in range(3):
        async with engine.connect() as connection:
            used.add(await connection.scalar(WHO))

    assert len(used) == 1


async def test_a_refusal_among_statements_sent_together_is_told_once(
    engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    statements = [Statement(sql, {}) for sql in ("SELECT 1 / 0", *["SELECT 1"] * 300)]

    async with engine.connect() as connection:
        with pytest.raises(DBAPIError, match="division by zero"):
            await write(connection, statements, commit=True)

    assert caplog.records == []


async def test_whoever_freezes_between_statements_sent_together_lets_go_of_its_locks(
    engine: AsyncEngine, database_url: str
) -> None:
    """Its last statements never come: for PostgreSQL it is busy, not idle."""
    impatient = make_engine(database_url, longest_s=2)
    lock = "SELECT pg_advisory_xact_lock(4711)"
    async with impatient.connect() as earlier:
        await earlier.execute(WHO)
    async with impatient.connect() as frozen:
        raw: Any = (await frozen.get_raw_connection()).driver_connection
        pipeline = raw.pipeline()
        await pipeline.__aenter__()
        await (await raw.cursor().execute(lock)).fetchall()

        async with asyncio.timeout(30), engine.begin() as connection:
            await connection.execute(text(lock))

        await frozen.invalidate()
    await impatient.dispose()
