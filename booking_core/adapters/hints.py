"""Jobs that somebody's hint gives reason to: begun soon, and once however many hints there are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from booking_core.adapters.jobs import LOOK_AT_DAY, RECONCILE

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.calcom.webhooks import Hint

WAIT_S = 2.0  # Cal.com tells before it is done, and remembers lists of slots for so long
_DEFER = text("""
    SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
      'default', :task, 0, NULL, CAST(:lock AS text), CAST(:facts AS jsonb),
      clock_timestamp() + make_interval(secs => :wait_s)
    )::procrastinate_job_to_defer_v1])
    WHERE NOT EXISTS (
      SELECT FROM procrastinate_jobs WHERE queueing_lock = :lock AND status = 'todo'
    )
""")
# Letters about cancellations carry no metadata: there the uid tells whose it is.
_WHERE = text("""
    SELECT
      ARRAY(
        SELECT DISTINCT map.branch_id
        FROM calcom_event_map AS map JOIN branch ON branch.id = map.branch_id
        WHERE map.calendar_user = :user AND CASE
          WHEN CAST(:company_id AS uuid) IS NOT NULL THEN branch.company_id = :company_id
          ELSE branch.company_id NOT IN (SELECT company_id FROM calcom_account)
        END
        ORDER BY map.branch_id
      ) AS branches,
      EXISTS (
        SELECT FROM saga WHERE ended_at IS NULL AND (
          appointment_id::text = CAST(:group AS text)
          OR EXISTS (
            SELECT FROM saga_step AS step
            WHERE step.saga_id = saga.id
              AND ARRAY[step.uid, step.old_uid] && CAST(:uids AS text[])
          )
        )
      ) AS ours
""")


class Hints:
    """Turns hints about external calendars into jobs."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def take(self, hint: Hint, company_id: UUID | None = None) -> int:
        """Look wherever this user works; how many branches that are.

        None = a letter to all companies that have no Cal.com of their own; the same user name may
        be somebody else's at another. What a saga of ours is doing right now is no news: it writes
        down itself what came of it.
        """
        asked = {
            "user": hint.user,
            "group": hint.group,
            "uids": list(hint.uids),
            "company_id": company_id,
        }
        async with self._engine.connect() as connection:
            row = (await connection.execute(_WHERE, asked)).one()
        if row.ours:
            return 0
        for branch_id in row.branches:
            await self._look(branch_id, hint)
        return len(row.branches)

    async def _look(self, branch_id: UUID, hint: Hint) -> None:
        for day in sorted({day.isoformat() for day in hint.days}) or [""]:
            facts = {"branch_id": str(branch_id), "user": hint.user, "day": day}
            await self._defer(LOOK_AT_DAY, f"{LOOK_AT_DAY}/{branch_id}/{hint.user}/{day}", facts)
        await self._defer(RECONCILE, f"{RECONCILE}/{branch_id}", {"branch_id": str(branch_id)})

    async def _defer(self, task: str, lock: str, facts: dict[str, str]) -> None:
        job = {"task": task, "lock": lock, "facts": json.dumps(facts), "wait_s": WAIT_S}
        try:
            async with self._engine.connect() as connection:
                await connection.execute(_DEFER, job)
        except IntegrityError:
            return  # somebody else has deferred it at this very moment
