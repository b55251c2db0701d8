"""One short transaction at a time: repeated where the database asks for it, errors in our words."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy.exc import DBAPIError

from booking_core.adapters.postgres.pipeline import Result, Statement, send
from booking_core.domain.errors import (
    AppointmentOutdated,
    BookingError,
    CustomerBusy,
    SagaLost,
    SalonChanged,
    SlotTaken,
    TakenElsewhere,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping
    from uuid import UUID

    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

T = TypeVar("T")

DEADLOCK = "40P01"
SERIALIZATION = "40001"
OVERLAP = "23P01"
UNIQUE = "23505"
BUSY, CHANGED, LOST, ELSEWHERE = "SV001", "SV002", "SV003", "SV004"
OUTDATED = "SV005"
OUR_OWN: Final[Mapping[str, type[BookingError]]] = {
    BUSY: CustomerBusy,
    CHANGED: SalonChanged,
    LOST: SagaLost,
    ELSEWHERE: TakenElsewhere,
    OUTDATED: AppointmentOutdated,
}
"""What `refuse` of ours means."""
TRIES = 6  # a deadlock between three has gone by the third; more is a sign of something else
_LOCK = """
    SELECT pg_advisory_xact_lock(hashtextextended(id, %(space)s))::text
    FROM unnest(%(ids)s::text[]) AS id
"""
_CALENDAR_SPACE = 1


async def transact(engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """What `work` returns, committed; it runs again from the start after a deadlock.

    SlotTaken when a claim overlaps somebody else's; our own errors as `guards` say.
    """

    async def once() -> T:
        async with engine.begin() as connection:
            return await work(connection)

    return await _again_where_asked(once)


async def transact_at_once(engine: AsyncEngine, *statements: Statement) -> list[Result]:
    """As `transact`, for work that needs to see nothing before it ends: one round trip."""
    return await _again_where_asked(lambda: send(engine, statements))


async def _again_where_asked(once: Callable[[], Awaitable[T]]) -> T:
    for attempt in range(TRIES):
        try:
            return await once()
        except DBAPIError as error:
            code = sqlstate(error)
            if code == OVERLAP:
                raise SlotTaken from error
            if code is not None and code in OUR_OWN:
                raise OUR_OWN[code] from error
            if code not in {DEADLOCK, SERIALIZATION} or attempt == TRIES - 1:
                raise
        await asyncio.sleep(random.uniform(0, 0.01) * 2**attempt)  # noqa: S311 - spreads retries
    raise AssertionError("unreachable: the last attempt returns or raises")


def sqlstate(error: DBAPIError) -> str | None:
    """PostgreSQL's five letters for what went wrong."""
    return getattr(error.orig, "sqlstate", None)


def violated(error: IntegrityError) -> str | None:
    """The name of the constraint that is in the way."""
    diagnosis = getattr(error.orig, "diag", None)
    return diagnosis.constraint_name if diagnosis else None


def locking(resources: Iterable[UUID]) -> Statement:
    """Wait for everybody who is changing claims on these, in an order common to all."""
    ids = sorted({str(resource) for resource in resources})
    return Statement(_LOCK, {"ids": ids, "space": _CALENDAR_SPACE})
