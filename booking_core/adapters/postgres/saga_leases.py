"""Whose a saga is: a worker has it until its lease is over, then whoever comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, literal, or_, select, update

from booking_core.adapters.postgres.booking_tables import saga, saga_step
from booking_core.adapters.postgres.claims import in_seconds
from booking_core.adapters.postgres.pipeline import Statement
from booking_core.domain.errors import SagaLost
from booking_core.domain.saga import StepState

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from booking_core.domain.saga import Saga

_RENEW = """
    UPDATE saga
    SET lease_until = clock_timestamp() + make_interval(secs => %(lease)s::double precision)
    WHERE id = %(id)s AND fence = %(fence)s AND worker <> '' AND ended_at IS NULL
"""


def renewing(held: Saga, lease_s: float) -> Statement:
    """The lease lasts longer, if the saga is still ours and does not rest."""
    return Statement(_RENEW, {"id": held.id, "fence": held.fence, "lease": lease_s})


async def write_fenced(
    connection: AsyncConnection,
    held: Saga,
    *,
    lease_s: float,
    **values: Any,  # noqa: ANN401 - column values and SQL expressions
) -> None:
    """Change the row of the saga; SagaLost when it is not ours any more."""
    result = await connection.execute(
        update(saga)
        .where(saga.c.id == held.id, saga.c.fence == held.fence, saga.c.ended_at.is_(None))
        .values({"lease_until": in_seconds(lease_s)} | values)
    )
    if not result.rowcount:
        raise SagaLost(saga=held.id)


async def take(
    connection: AsyncConnection, saga_id: UUID, *, worker: str, lease_s: float, force: bool
) -> bool:
    """Make it this worker's, if it is open and its lease is over, or in any case with `force`.

    Whatever was about to be sent may have been sent by its former worker.
    """
    over = saga.c.lease_until <= func.clock_timestamp()
    taken = await connection.execute(
        update(saga)
        .where(saga.c.id == saga_id, saga.c.ended_at.is_(None), or_(over, literal(force)))
        .values(fence=saga.c.fence + 1, worker=worker, lease_until=in_seconds(lease_s))
    )
    if not taken.rowcount:
        return False
    await connection.execute(
        update(saga_step)
        .where(saga_step.c.saga_id == saga_id, saga_step.c.state == StepState.INTENT)
        .values(uncertain=True)
    )
    return True


async def left_s(connection: AsyncConnection, saga_id: UUID) -> float | None:
    """How long its lease lasts; None when it is not open."""
    left = func.extract("epoch", saga.c.lease_until - func.clock_timestamp())
    query = select(left).where(saga.c.id == saga_id, saga.c.ended_at.is_(None))
    seconds = await connection.scalar(query)
    return None if seconds is None else max(0.0, float(seconds))
