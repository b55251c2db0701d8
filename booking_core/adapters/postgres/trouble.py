"""Changes of appointments that do not come to their end: what a person should look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from booking_core.domain.saga import SagaKind, SagaState, Setback
from booking_core.workflows.saga import ALARM_AFTER_S

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncEngine

_OPEN_FOR_LONG = text("""
    SELECT saga.id, saga.branch_id, saga.appointment_id, saga.kind, saga.state, saga.setback,
      saga.tries,
      extract(epoch FROM clock_timestamp() - saga.started_at) AS age_s,
      greatest(extract(epoch FROM saga.lease_until - clock_timestamp()), 0) AS next_try_in_s,
      array(
        SELECT coalesce(step.index, step.former) FROM saga_step AS step
        WHERE step.saga_id = saga.id AND CASE saga.state
          WHEN 'compensating' THEN step.state IN ('intent', 'done')
          ELSE step.state IN ('pending', 'intent') END
        ORDER BY step.position
      ) AS segments
    FROM saga
    WHERE saga.ended_at IS NULL
      AND saga.started_at <= clock_timestamp() - make_interval(secs => :after_s)
    ORDER BY saga.started_at
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaInTrouble:
    """One change that is tried again and again."""

    id: UUID
    branch_id: UUID
    appointment_id: UUID
    kind: SagaKind
    state: SagaState
    setback: Setback | None
    segments: tuple[int, ...]
    """What is not settled at the calendar yet, 1-based, in the order of the steps."""
    tries: int
    """How often carrying on was put off."""
    age_s: float
    next_try_in_s: float
    """0 while somebody is trying, or about to."""


async def sagas_in_trouble(
    engine: AsyncEngine, *, after_s: float = ALARM_AFTER_S
) -> Sequence[SagaInTrouble]:
    """Whatever has been open for that long, the oldest first; nothing is what one hopes for."""
    async with engine.connect() as connection:
        rows = await connection.execute(_OPEN_FOR_LONG, {"after_s": after_s})
        return [_trouble_of(row) for row in rows]


def _trouble_of(row: Row[Any]) -> SagaInTrouble:
    return SagaInTrouble(
        id=row.id,
        branch_id=row.branch_id,
        appointment_id=row.appointment_id,
        kind=SagaKind(row.kind),
        state=SagaState(row.state),
        setback=Setback(row.setback) if row.setback else None,
        segments=tuple(row.segments),
        tries=row.tries,
        age_s=float(row.age_s),
        next_try_in_s=float(row.next_try_in_s),
    )
