from __future__ import annotations

import sys
from asyncio import create_subprocess_exec, gather
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from booking_core.adapters.postgres import migrate
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.metadata import complete_metadata

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncEngine

UPGRADE = """
import asyncio, sys
from booking_core.adapters.postgres.migrate import upgrade
asyncio.run(upgrade(sys.argv[1]))
"""


@pytest.fixture
def empty_url(make_database: Callable[..., str], worker: str) -> str:
    return make_database(f"test_empty_{worker}", migrated=False)


async def test_two_processes_that_upgrade_at_once_both_succeed(empty_url: str) -> None:
    command = (sys.executable, "-W", "error", "-c", UPGRADE, empty_url)

    processes = await gather(*(create_subprocess_exec(*command) for _ in range(2)))
    codes = await gather(*(process.wait() for process in processes))

    assert codes == [0, 0]
    assert await migrate.current(empty_url) is not None


async def test_many_upgrades_in_one_process_take_turns(empty_url: str) -> None:
    await gather(*(migrate.upgrade(empty_url) for _ in range(4)))

    await migrate.verify(empty_url)  # refuses any revision but the newest
    assert await migrate.current(empty_url) is not None


async def test_the_tables_of_the_code_are_the_tables_of_the_migrations(
    engine: AsyncEngine,
) -> None:
    async with engine.connect() as connection:
        differences = await connection.run_sync(_differences)

    assert differences == []


async def test_the_newest_migration_is_the_last_by_name_and_brings_its_revision(
    empty_url: str,
) -> None:
    await migrate.upgrade(empty_url)

    assert await migrate.current(empty_url) == migrate.newest()


async def test_a_database_that_was_only_begun_is_brought_up_to_date(empty_url: str) -> None:
    await _execute(empty_url, "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")

    await migrate.upgrade(empty_url)

    await migrate.verify(empty_url)


async def test_a_database_that_was_never_migrated_has_no_revision(empty_url: str) -> None:
    assert await migrate.current(empty_url) is None


@pytest.mark.inc(70)
async def test_an_old_schema_is_refused_with_the_missing_column_and_table(
    make_database: Callable[..., str], worker: str
) -> None:
    url = make_database(f"test_old_{worker}")
    await _execute(url, "ALTER TABLE service DROP COLUMN gender")
    await _execute(url, "DROP TABLE synonym")

    with pytest.raises(migrate.SchemaOutdated) as refusal:
        await migrate.verify(url)

    assert set(refusal.value.missing) == {"column service.gender", "table synonym"}
    assert "service.gender" in str(refusal.value)


@pytest.mark.inc(128)
async def test_a_database_that_is_not_marked_as_a_test_database_is_never_emptied(
    make_database: Callable[..., str],
    empty_database: Callable[[AsyncEngine], Awaitable[None]],
    worker: str,
) -> None:
    url = make_database(f"production_{worker}", marked=False)
    await _execute(url, "INSERT INTO company (key, code, name) VALUES ('a', 'A', 'Salon A')")
    engine = make_engine(url)

    with pytest.raises(DBAPIError, match="not marked as a test database"):
        await empty_database(engine)

    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM company")) == 1
    await engine.dispose()


async def _execute(url: str, statement: str) -> None:
    engine = make_engine(url)
    async with engine.begin() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "include_object": _is_ours}
    )
    return list(compare_metadata(context, complete_metadata()))


def _is_ours(_object: object, name: str | None, *_facts: object) -> bool:
    return not (name or "").startswith("procrastinate_")
