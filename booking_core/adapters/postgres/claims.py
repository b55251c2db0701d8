"""Claims inside a transaction: what holds and bookings have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg.types.range import TimestamptzRange
from sqlalchemy import and_, delete, func, insert, or_, text

from booking_core.adapters.postgres.booking_tables import claim
from booking_core.adapters.postgres.transactions import lock_resources
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from booking_core.domain.plan import Claim

HELD, FINAL, QUARANTINE = "held", "final", "quarantine"


def range_of(span: Span) -> TimestamptzRange:
    """The span as PostgreSQL keeps it: with its start, without its end."""
    return TimestamptzRange(span.start, span.end, "[)")


def in_seconds(seconds: float) -> Any:  # noqa: ANN401 - an SQL expression; its class is generic
    """That long from now, by the database's clock: processes may disagree about the time."""
    return func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)


async def replace_holds(
    connection: AsyncConnection,
    owner: str,
    claims: Sequence[Claim],
    values: Mapping[str, object],
) -> None:
    """The owner's holds go; these claims come, with `values` in each row.

    The exclusion constraint refuses what overlaps somebody else's; expired claims do not count.
    """
    await lock_resources(connection, {wanted.resource_id for wanted in claims})
    await connection.execute(delete(claim).where(or_(holds_of(owner), *_expired(claims))))
    if not claims:
        return
    rows = [
        {
            "resource_id": wanted.resource_id,
            "during": range_of(wanted.span),
            "kind": wanted.kind.value,
        }
        for wanted in sorted(set(claims), key=lambda one: (str(one.resource_id), one.span))
    ]
    await connection.execute(insert(claim).values(**values), rows)


async def forget_expired(connection: AsyncConnection) -> int:
    """Delete every claim whose time is over, skipping those somebody is just deleting."""
    result = await connection.execute(
        text(
            "DELETE FROM claim WHERE id IN (SELECT id FROM claim"
            " WHERE expires_at <= clock_timestamp() FOR UPDATE SKIP LOCKED)"
        )
    )
    return result.rowcount


def owner_of(appointment_id: UUID) -> str:
    """Under which name an appointment owns its claims."""
    return f"appointment:{appointment_id}"


def holds_of(owner: str) -> ColumnElement[bool]:
    """The rows of what this owner holds."""
    return and_(claim.c.owner == owner, claim.c.state == HELD)


def _expired(claims: Sequence[Claim]) -> list[ColumnElement[bool]]:
    """The rows that are in the way of these claims, and whose time is over."""
    if not claims:
        return []
    hull = Span(min(one.span.start for one in claims), max(one.span.end for one in claims))
    row = and_(
        claim.c.resource_id.in_({one.resource_id for one in claims}),
        claim.c.during.op("&&")(range_of(hull)),
        claim.c.expires_at <= func.clock_timestamp(),
    )
    return [row]
