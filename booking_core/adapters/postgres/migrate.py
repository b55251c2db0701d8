"""Brings a database to the schema of this version, and says what is missing where it is not."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, create_engine, inspect, select, table, text
from sqlalchemy.pool import NullPool

from booking_core.adapters.postgres.engine import database_url
from booking_core.adapters.postgres.metadata import complete_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 7_301_524_118  # any number nobody else uses: whoever migrates holds it
_alembic = threading.Lock()  # alembic keeps its context in module globals: one thread at a time


class SchemaOutdated(RuntimeError):
    """The database does not have the schema of this version; `voice-agent db upgrade` brings it."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(f"{self.__doc__} Missing: {', '.join(missing)}")
        self.missing = missing


async def upgrade(url: str) -> None:
    """Apply what is missing; processes that start together wait for the first of them."""
    await asyncio.to_thread(_upgrade, url)


async def current(url: str) -> str | None:
    """The revision of this database; None when it has never been migrated."""
    return await asyncio.to_thread(_current, url)


async def verify(url: str) -> None:
    """Refuse a database that lacks a table or a column: SchemaOutdated names every one."""
    missing = await asyncio.to_thread(_missing, url)
    if missing:
        raise SchemaOutdated(missing)


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration without a file: its scripts lie inside this package."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["version_schema"] = _version_schema(connection)
    return config


def _version_schema(connection: Connection) -> str | None:
    """Where tables go that are not meant for everybody; alembic would find the version of those."""
    schema = connection.scalar(text("SELECT current_schema()"))
    connection.rollback()
    return None if schema == "public" else str(schema)


def newest() -> str:
    """The revision of this version: migrations are called after theirs, and numbered."""
    return max(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _upgrade(url: str) -> None:
    with _connected(url) as connection:
        if _is_newest(connection):  # as nearly always: alembic need not be loaded then
            return
        from alembic import command

        with _only_migrator(connection), _alembic:
            command.upgrade(alembic_config(connection), "head")


def _is_newest(connection: Connection) -> bool:
    schema = _version_schema(connection) or "public"
    versions = table("alembic_version", column("version_num"), schema=schema)
    if not inspect(connection).has_table(versions.name, schema=schema):
        return False
    return connection.scalars(select(versions.c.version_num)).all() == [newest()]


def _current(url: str) -> str | None:
    from alembic.migration import MigrationContext

    with _connected(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _missing(url: str) -> tuple[str, ...]:
    with _connected(url) as connection:
        inspector = inspect(connection)
        present = set(inspector.get_table_names())
        return tuple(
            gap
            for table in complete_metadata().sorted_tables
            for gap in (
                sorted(
                    f"column {table.name}.{name}"
                    for name in {column.name for column in table.columns}
                    - {column["name"] for column in inspector.get_columns(table.name)}
                )
                if table.name in present
                else [f"table {table.name}"]
            )
        )


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    engine = create_engine(database_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


@contextmanager
def _only_migrator(connection: Connection) -> Iterator[None]:
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
    connection.commit()
    try:
        yield
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
        connection.commit()
