"""Connections that stand by for the next exchange, and what ends that."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.pipeline import Statement, send

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

WHO = Statement("SELECT pg_backend_pid()", {})
ASLEEP = Statement("SELECT pg_sleep(60)::text", {})
NONSENSE = Statement("SELECT 1 / (%(zero)s::integer)", {"zero": 0})
LIVES = text("SELECT count(*) FROM pg_stat_activity WHERE pid = :pid")


@pytest.fixture
async def four(database_url: str) -> AsyncIterator[AsyncEngine]:
    """A pool of four, of which two may stand by."""
    engine = make_engine(database_url, pool_size=4)
    yield engine
    await engine.dispose()


async def asked(engine: AsyncEngine) -> int:
    (answer,) = await send(engine, [WHO])
    return int(answer.rows[0][0])


def lent(engine: AsyncEngine) -> int:
    pool: Any = engine.pool
    return int(pool.checkedout())


async def lives(engine: AsyncEngine, pid: int) -> bool:
    async with engine.connect() as connection:
        return bool(await connection.scalar(LIVES, {"pid": pid}))


async def test_what_follows_goes_over_the_same_connection(four: AsyncEngine) -> None:
    first = await asked(four)

    assert await asked(four) == first
    assert lent(four) == 1


async def test_no_more_stand_by_than_half_of_the_pool(four: AsyncEngine) -> None:
    await asyncio.gather(*(asked(four) for _ in range(4)))

    assert 1 <= lent(four) <= 2


async def test_a_refused_statement_is_no_reason_to_connect_anew(four: AsyncEngine) -> None:
    first = await asked(four)

    with pytest.raises(DBAPIError):
        await send(four, [WHO, NONSENSE, WHO])

    assert await asked(four) == first


async def test_one_that_the_server_has_closed_is_replaced_unnoticed(
    four: AsyncEngine, hang_up_the_database: Any
) -> None:
    first = await asked(four)

    await hang_up_the_database()

    assert await asked(four) != first
    assert lent(four) == 1


async def test_whoever_gives_up_in_the_middle_leaves_no_connection_behind(
    four: AsyncEngine, engine: AsyncEngine
) -> None:
    first = await asked(four)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await send(four, [ASLEEP])

    assert lent(four) == 0
    assert await asked(four) != first
    while await lives(engine, first):
        await asyncio.sleep(0.01)


async def test_none_is_left_when_the_engine_is_disposed_of(
    four: AsyncEngine, engine: AsyncEngine
) -> None:
    first = await asked(four)

    await four.dispose()

    while await lives(engine, first):
        await asyncio.sleep(0.01)


async def test_one_that_is_out_when_the_engine_is_disposed_of_does_not_stand_by_again(
    four: AsyncEngine, engine: AsyncEngine
) -> None:
    first = await asked(four)
    sleeper = asyncio.create_task(send(four, [Statement("SELECT pg_sleep(0.3)::text", {})]))
    await asyncio.sleep(0.05)

    await four.dispose()
    await sleeper

    assert lent(four) == 0
    assert await asked(four) != first
    await four.dispose()
    while await lives(engine, first):
        await asyncio.sleep(0.01)
