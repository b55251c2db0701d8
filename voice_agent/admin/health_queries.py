"""What a salon's owner should know of the system: few figures, read together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from booking_core.adapters.postgres.trouble import sagas_in_trouble

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.postgres.trouble import SagaInTrouble

_FIGURES = text("""
    SELECT
      (SELECT count(*) FROM procrastinate_jobs
         WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())) AS jobs_due,
      (SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND attempts > 0)
        AS jobs_again,
      (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed') AS jobs_failed,
      (SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers)
        AS worker_s_ago,
      (SELECT count(*) FROM calcom_event_map WHERE branch_id = :branch) AS event_types,
      (SELECT count(*) FROM calcom_event_map
         WHERE branch_id = :branch AND sync_status <> 'synced') AS event_types_open
""")
_MAILS = text("""
    SELECT state, count(*) AS number FROM email_log
    WHERE branch_id = :branch AND state IN ('due', 'sending', 'refused', 'dropped', 'unsure')
      AND reason IS DISTINCT FROM 'told_in_person'
    GROUP BY state
""")
_ATTENTION = text("""
    SELECT kind, appointment_id, found_at FROM attention
    WHERE branch_id = :branch AND settled_at IS NULL ORDER BY found_at DESC LIMIT 100
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """A visit that Cal.com and we do not see alike, or a booking there that is nobody's."""

    kind: str
    appointment_id: UUID | None
    found_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What there is to be seen to."""

    figures: Mapping[str, Any]
    mails: Mapping[str, int]
    """How many are in each state that is not `sent`."""
    attention: Sequence[Attention]
    sagas: Sequence[SagaInTrouble]


async def read_health(engine: AsyncEngine, branch_id: UUID) -> Health:
    """Of one branch; jobs are everybody's."""
    branch = {"branch": branch_id}
    async with engine.connect() as connection:
        figures = (await connection.execute(_FIGURES, branch)).mappings().one()
        mails = await connection.execute(_MAILS, branch)
        attention = await connection.execute(_ATTENTION, branch)
        found = [Attention(**row) for row in attention.mappings()]
        waiting = {row.state: row.number for row in mails}
    trouble = await sagas_in_trouble(engine)
    return Health(
        figures=dict(figures),
        mails=waiting,
        attention=found,
        sagas=[saga for saga in trouble if saga.branch_id == branch_id],
    )
