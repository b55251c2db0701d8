"""Statements that are sent together: one round trip, however many there are."""

from __future__ import annotations

import logging
import re
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg.types.range import Range
from sqlalchemy.exc import DBAPIError

from booking_core.adapters.postgres.standby import Standby

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    Raw = psycopg.AsyncConnection[tuple[Any, ...]]
    Text = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `%(name)s` where a value belongs, and the values; lists need a cast to an array."""

    sql: str
    values: Mapping[str, Any]
    parts: Mapping[str, str] = field(default_factory=dict)
    """What goes before it, by the name under which it is known: its WITH."""

    @property
    def asks(self) -> bool:
        """Whether it is a question, and no change of rows."""
        return self.sql.lstrip().startswith("SELECT")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one statement."""

    count: int
    """Rows that it has touched, or found."""
    rows: Sequence[tuple[Any, ...]] = ()


def as_one(*statements: Statement) -> Statement:
    """All of these, of which none needs to see what another does; questions are of one type.

    However many are sent together, each costs a turn of the loop and a packet of its own.
    """
    questions = [statement for statement in statements if statement.asks]
    ordered = [*(one for one in statements if not one.asks), *in_turn(*questions)]
    texts = tuple((one.sql, tuple(one.parts.items())) for one in ordered)
    sql, parts = _as_one(texts)
    return Statement(sql, _all_values(ordered), parts)


def in_turn(*questions: Statement) -> Sequence[Statement]:
    """All of these questions as a single one, answered in this order; none when there is none."""
    if not questions:
        return ()
    sql, parts = _in_turn(tuple((one.sql, tuple(one.parts.items())) for one in questions))
    return (Statement(sql, _all_values(questions), parts),)


@lru_cache
def _as_one(texts: tuple[Text, ...]) -> tuple[str, Mapping[str, str]]:
    parts: dict[str, str] = {}
    for number, (sql, own) in enumerate(texts):
        parts |= _renamed_all(own, number)
        parts[f"part_{number}"] = _renamed(sql, number)
    return parts.popitem()[1], parts


@lru_cache
def _in_turn(texts: tuple[Text, ...]) -> tuple[str, Mapping[str, str]]:
    parts: dict[str, str] = {}
    for number, (_, own) in enumerate(texts):
        parts |= _renamed_all(own, number)
    return " UNION ALL ".join(_renamed(sql, number) for number, (sql, _) in enumerate(texts)), parts


def _renamed_all(parts: tuple[tuple[str, str], ...], number: int) -> dict[str, str]:
    """What was put together before is told apart; names that are referred to stay."""
    return {
        f"{name}_{number}" if name.startswith("part_") else name: _renamed(sql, number)
        for name, sql in parts
    }


def _renamed(sql: str, number: int) -> str:
    return _VALUE.sub(rf"%(v{number}_\1)s", sql)


def _all_values(statements: Sequence[Statement]) -> dict[str, Any]:
    return {
        f"v{number}_{name}": value
        for number, statement in enumerate(statements)
        for name, value in statement.values.items()
    }


_VALUE = re.compile(r"%\((\w+)\)s")


def _as_sent(statement: Statement) -> tuple[str, list[Any]]:
    """With numbers instead of names, and the values in their order."""
    sql, names = _numbered(statement.sql, tuple(statement.parts.items()))
    values = statement.values
    wanted = (values[name] for name in names)
    return sql, [_listed(value) if isinstance(value, list) else value for value in wanted]


@lru_cache(maxsize=256)
def _numbered(sql: str, parts: tuple[tuple[str, str], ...]) -> tuple[str, tuple[str, ...]]:
    if parts:
        sql = f"WITH {', '.join(f'{name} AS ({part})' for name, part in parts)} {sql}"
    names = dict.fromkeys(_VALUE.findall(sql))
    numbers = {name: f"${number}" for number, name in enumerate(names, start=1)}
    return _VALUE.sub(lambda found: numbers[found[1]], sql), tuple(names)


def _listed(values: list[Any]) -> str:
    """A list as PostgreSQL reads one; psycopg looks at each of its elements several times."""
    return f"{{{','.join(map(_element, values))}}}"


def _element(value: Any) -> str:  # noqa: ANN401 - whatever a column holds
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    text = f"[{value.lower},{value.upper})" if isinstance(value, Range) else str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


async def send(engine: AsyncEngine, statements: Sequence[Statement]) -> list[Result]:
    """What came of each, all in one transaction and one round trip.

    As `write` with a connection of its own, for the few that every search and booking sends:
    SQLAlchemy's part of an exchange takes three times as long as the rest of it. DBAPIError when
    the database refuses one.
    """
    try:
        async with Standby.of(engine).borrowed(engine) as raw:
            return await _sent(raw, statements)
    except psycopg.Error as error:
        raise _translated(error) from error


async def _sent(raw: Raw, statements: Sequence[Statement]) -> list[Result]:
    cursors = [psycopg.AsyncRawCursor(raw) for _ in statements]
    # What is sent up to one sync is one transaction by itself: nothing has to begin or to commit.
    together = raw.pipeline() if len(statements) > 1 else nullcontext()
    async with together:
        for cursor, statement in zip(cursors, statements, strict=True):
            await cursor.execute(*_as_sent(statement), prepare=True)
    return [await _result(cursor) for cursor in cursors]


async def _result(cursor: psycopg.AsyncCursor[tuple[Any, ...]]) -> Result:
    told = cursor.pgresult is not None and cursor.pgresult.ntuples > 0
    return Result(cursor.rowcount, await cursor.fetchall() if told else ())


async def write(
    connection: AsyncConnection, statements: Sequence[Statement], *, commit: bool = False
) -> list[int]:
    """How many rows each has touched; carried out in order, each sees what those before it did.

    DBAPIError when the database refuses one, as from any other statement of the connection.
    """
    raw = cast(
        "psycopg.AsyncConnection[Any]",
        (await connection.get_raw_connection()).driver_connection,
    )
    cursors = [psycopg.AsyncRawCursor(raw) for _ in statements]
    together = raw.pipeline() if commit or len(statements) > 1 else nullcontext()
    try:
        async with together:
            for cursor, statement in zip(cursors, statements, strict=True):
                await cursor.execute(*_as_sent(statement), prepare=True)
            if commit:
                await raw.commit()
    except psycopg.Error as error:
        raise _translated(error) from error
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
        statement=None,
        params=None,
        orig=error,
        dbapi_base_err=psycopg.Error,
        hide_parameters=True,
    )
    return cast("DBAPIError", told)
