"""What the database tells at a glance: changes under way, jobs that wait, mails that do not go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from booking_core.domain.saga import SagaKind
from booking_core.workflows.saga import ALARM_AFTER_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncEngine

UNSENT = ("due", "sending", "refused", "dropped", "unsure")
_GLANCE = text("""
    SELECT 'saga ' || kind AS what, count(*) AS number FROM saga WHERE ended_at IS NULL
      GROUP BY kind
    UNION ALL
    SELECT 'trouble', count(*) FROM saga WHERE ended_at IS NULL
      AND started_at <= clock_timestamp() - make_interval(secs => :after_s)
    UNION ALL
    SELECT 'jobs', count(*) FROM procrastinate_jobs WHERE status = 'todo'
      AND (scheduled_at IS NULL OR scheduled_at <= clock_timestamp())
    UNION ALL
    SELECT 'mail ' || state, count(*) FROM email_log WHERE state <> 'sent' GROUP BY state
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How things stand for all processes together."""

    sagas: Mapping[str, int]
    in_trouble: int
    jobs: int
    mails: Mapping[str, int]


async def standing(engine: AsyncEngine) -> Standing:
    """One question to the database; what there is none of is told as 0."""
    async with engine.connect() as connection:
        rows = await connection.execute(_GLANCE, {"after_s": ALARM_AFTER_S})
        found = {row.what: row.number for row in rows}
    return Standing(
        sagas={kind.value: found.get(f"saga {kind.value}", 0) for kind in SagaKind},
        in_trouble=found["trouble"],
        jobs=found["jobs"],
        mails={state: found.get(f"mail {state}", 0) for state in UNSENT},
    )
