from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from booking_core.adapters.postgres.engine import database_url as with_our_driver
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.pipeline import Statement, as_one, in_turn, send, write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

WHO = text("SELECT pg_backend_pid()")
USES = """
    SELECT generic_plans + custom_plans FROM pg_prepared_statements
    WHERE statement = 'SELECT $$the same plan$$'
"""


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
    url = with_our_driver(spelling).render_as_string(hide_password=False)

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


async def test_what_was_prepared_stays_so_when_a_transaction_is_rolled_back(
    engine: AsyncEngine,
) -> None:
    own = [Statement("SELECT $$the same plan$$", {})]
    await send(engine, own)
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 'rolled back at the end'"))
    await send(engine, own)

    [uses] = await send(engine, [Statement(USES, {})])

    assert uses.rows == [(2,)]


async def test_what_never_came_to_be_prepared_behind_a_refusal_is_prepared_the_next_time(
    engine: AsyncEngine,
) -> None:
    behind = [Statement(f"SELECT 'behind', {number}", {}) for number in range(3)]
    for _ in range(7):
        with pytest.raises(DBAPIError, match="division by zero"):
            await send(engine, [Statement("SELECT 1 / 0", {}), *behind])

    results = await send(engine, behind)

    assert [result.rows for result in results] == [[("behind", number)] for number in range(3)]


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
            taken = await connection.execute(text(lock))
            assert taken.one_or_none() is not None

        await frozen.invalidate()
    await impatient.dispose()


@pytest.mark.parametrize(
    ("said", "asked", "shown"), [("", None, "5s"), ("9s", None, "9s"), ("9s", 3, "3s")]
)
async def test_how_long_a_frozen_transaction_lasts_is_our_habit_unless_the_address_or_we_say_so(
    database_url: str, said: str, asked: int | None, shown: str
) -> None:
    options = f"-cidle_in_transaction_session_timeout={said}" if said else ""
    address = with_our_driver(database_url).update_query_dict({"options": options})
    engine = make_engine(address.render_as_string(hide_password=False), frozen_after_s=asked)

    async with engine.connect() as connection:
        assert await connection.scalar(text("SHOW idle_in_transaction_session_timeout")) == shown
    await engine.dispose()


@pytest.fixture
async def notes(engine: AsyncEngine) -> AsyncIterator[Callable[[], Awaitable[list[str]]]]:
    """A table of notes, and what is in it."""

    async def read() -> list[str]:
        async with engine.connect() as connection:
            return [*await connection.scalars(text("SELECT note FROM notes ORDER BY note"))]

    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE notes (note text PRIMARY KEY)"))
    yield read
    async with engine.begin() as connection:
        await connection.execute(text("DROP TABLE notes"))


def noting(note: str) -> Statement:
    return Statement("INSERT INTO notes VALUES (%(note)s)", {"note": note})


async def test_what_is_sent_together_is_done_in_order_and_kept(
    engine: AsyncEngine, notes: Any
) -> None:
    counted = Statement("SELECT count(*), %(what)s::text FROM notes", {"what": "notes"})

    results = await send(engine, [noting("a"), counted, noting("b"), counted])

    assert [result.count for result in results] == [1, 1, 1, 1]
    assert [result.rows for result in results] == [(), [(1, "notes")], (), [(2, "notes")]]
    assert await notes() == ["a", "b"]


@pytest.mark.parametrize("refused", [1, 7, 400])
async def test_of_what_is_sent_together_all_is_done_or_nothing(
    engine: AsyncEngine, notes: Any, refused: int
) -> None:
    statements = [noting(str(number)) for number in range(refused)]

    with pytest.raises(DBAPIError, match="duplicate key"):
        await send(engine, [*statements, noting("0"), noting("later")])

    assert await notes() == []
    await send(engine, [noting("again")])
    assert await notes() == ["again"]


async def test_who_is_stopped_in_the_middle_leaves_no_connection_in_the_middle(
    engine: AsyncEngine, notes: Any
) -> None:
    slow = Statement("SELECT pg_sleep(%(s)s)", {"s": 60})
    waiting = asyncio.create_task(send(engine, [noting("a"), slow]))
    await asyncio.sleep(0.2)

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert await notes() == []
    await send(engine, [noting("b"), noting("c")])
    assert await notes() == ["b", "c"]


async def test_statements_that_need_not_see_each_other_go_as_one(
    engine: AsyncEngine, notes: Any
) -> None:
    question = Statement("SELECT %(note)s::text FROM (SELECT 1) AS one", {"note": "asked"})
    changing = Statement(
        "INSERT INTO notes SELECT note FROM new",
        {"note": "c"},
        {"new": "SELECT %(note)s::text AS note"},
    )

    [asked] = await send(engine, [as_one(noting("a"), question, noting("b"), question)])
    [changed] = await send(
        engine, [as_one(as_one(noting("d"), noting("e")), noting("f"), changing)]
    )
    [asked_of_it] = await send(
        engine, [as_one(replace(question, parts=changing.parts), noting("g"))]
    )

    assert asked.rows == [("asked",), ("asked",)]
    assert changed.count == 1
    assert asked_of_it.rows == [("asked",)]
    assert await notes() == ["a", "b", "c", "d", "e", "f", "g"]
    assert in_turn() == ()
