"""Statements that are sent together: one round trip, however many there are."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import psycopg
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `%(name)s` where a value belongs, and the values."""

    sql: str
    values: Mapping[str, Any]


class Refused(Exception):
    """The database has refused one of the statements; those before it are told of."""

    def __init__(self, cause: DBAPIError, counts: Sequence[int]) -> None:
        super().__init__(str(type(cause.orig).__name__))
        self.cause = cause
        self.counts = counts


async def write(
    connection: AsyncConnection, statements: Sequence[Statement], *, commit: bool = False
) -> list[int]:
    """How many rows each has touched; carried out in order, each sees what those before it did.

    DBAPIError when the database refuses one, as from any other statement of the connection.
    """
    try:
        return await attempt(connection, statements, commit=commit)
    except Refused as refused:
        raise refused.cause from refused.cause.orig


async def attempt(
    connection: AsyncConnection, statements: Sequence[Statement], *, commit: bool = False
) -> list[int]:
    """As `write`; Refused tells how far it got."""
    raw = cast(
        "psycopg.AsyncConnection[Any]",
        (await connection.get_raw_connection()).driver_connection,
    )
    cursors = [raw.cursor() for _ in statements]
    together = raw.pipeline() if commit or len(statements) > 1 else nullcontext()
    try:
        async with together:
            for cursor, statement in zip(cursors, statements, strict=True):
                await cursor.execute(statement.sql, statement.values)
            if commit:
                await raw.commit()
    except psycopg.Error as error:
        raise Refused(_translated(error), [cursor.rowcount for cursor in cursors]) from error
    return [cursor.rowcount for cursor in cursors]


def hush() -> None:
    """Let psycopg not warn of statements that are skipped because one before them was refused.

    Refusals are ordinary here: a claim that is taken. They are reported where they are decided.
    """
    logging.getLogger("psycopg").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    return "pipeline aborted" not in record.getMessage()


def _translated(error: psycopg.Error) -> DBAPIError:
    """As SQLAlchemy tells of it; without values, which may be a customer's."""
    told = DBAPIError.instance(
        statement=None, params=None, orig=error, dbapi_base_err=psycopg.Error, hide_parameters=True
    )
    return cast("DBAPIError", told)
