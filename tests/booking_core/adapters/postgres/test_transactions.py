"""What the database asks to repeat is repeated, and everything else is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from booking_core.adapters.postgres.pipeline import Statement
from booking_core.adapters.postgres.transactions import TRIES, sqlstate, transact, transact_at_once
from booking_core.domain.errors import SlotTaken

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

TABLES = (
    "CREATE TABLE shelf (name text PRIMARY KEY, books integer NOT NULL)",
    "INSERT INTO shelf VALUES ('left', 0), ('right', 0)",
    "CREATE SEQUENCE attempt",
    """
    CREATE FUNCTION refused(code text, times integer) RETURNS integer LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('attempt') <= times THEN RAISE EXCEPTION 'not now' USING ERRCODE = code; END IF;
      RETURN currval('attempt');
    END $$
    """,
)
DROPPED = ("DROP FUNCTION refused", "DROP SEQUENCE attempt", "DROP TABLE shelf")
ADD = text("UPDATE shelf SET books = books + 1 WHERE name = :name")
SERIALIZABLE = text("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")


@pytest.fixture(autouse=True)
async def shelves(engine: AsyncEngine) -> AsyncIterator[None]:
    """Two shelves with books, and a function that refuses so many times."""
    async with engine.begin() as connection:
        for statement in TABLES:
            await connection.execute(text(statement))
    yield
    async with engine.begin() as connection:
        for statement in DROPPED:
            await connection.execute(text(statement))


async def books(engine: AsyncEngine) -> dict[str, int]:
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT name, books FROM shelf"))
        return {row.name: row.books for row in rows}


async def test_two_who_lock_each_other_out_both_get_done(engine: AsyncEngine) -> None:
    attempts, met = 0, asyncio.Barrier(2)

    async def both(first: str, second: str) -> None:
        async def work(connection: AsyncConnection) -> None:
            nonlocal attempts
            attempts += 1
            await connection.execute(ADD, {"name": first})
            if attempts <= 2:
                await met.wait()
            await connection.execute(ADD, {"name": second})

        await transact(engine, work)

    await asyncio.gather(both("left", "right"), both("right", "left"))

    assert attempts > 2, "there was a deadlock, or nothing was tried"
    assert await books(engine) == {"left": 2, "right": 2}


async def test_who_has_read_what_is_no_longer_so_begins_anew(engine: AsyncEngine) -> None:
    attempts = 0

    async def move_all(connection: AsyncConnection) -> None:
        nonlocal attempts
        attempts += 1
        await connection.execute(SERIALIZABLE)
        seen = await connection.scalar(text("SELECT books FROM shelf WHERE name = 'left'"))
        if attempts == 1:
            async with engine.begin() as other:
                await other.execute(ADD, {"name": "left"})
        await connection.execute(text("UPDATE shelf SET books = 0 WHERE name = 'left'"))
        add = text("UPDATE shelf SET books = books + :seen WHERE name = 'right'")
        await connection.execute(add, {"seen": seen})

    await transact(engine, move_all)

    assert attempts == 2
    assert await books(engine) == {"left": 0, "right": 1}


@pytest.mark.parametrize("code", ["40P01", "40001"])
async def test_statements_sent_together_are_repeated_as_one(engine: AsyncEngine, code: str) -> None:
    add = Statement("UPDATE shelf SET books = books + 1", {})
    perhaps = Statement("SELECT refused(%(code)s, 2)", {"code": code})

    _, found = await transact_at_once(engine, add, perhaps)

    assert found.rows == [(3,)]
    assert await books(engine) == {"left": 1, "right": 1}


async def test_what_is_asked_for_again_and_again_is_given_up_and_told(engine: AsyncEngine) -> None:
    never = Statement("SELECT refused('40001', 1000)", {})

    with pytest.raises(DBAPIError) as told:
        await transact_at_once(engine, never)

    assert sqlstate(told.value) == "40001"
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT last_value FROM attempt")) == TRIES


@pytest.mark.parametrize(("code", "error"), [("23P01", SlotTaken), ("22012", DBAPIError)])
async def test_every_other_refusal_is_told_at_once(
    engine: AsyncEngine, code: str, error: type[Any]
) -> None:
    with pytest.raises(error):
        await transact_at_once(engine, Statement("SELECT refused(%(code)s, 1)", {"code": code}))

    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT last_value FROM attempt")) == 1
