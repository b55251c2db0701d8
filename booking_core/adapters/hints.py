"""Jobs that somebody's hint gives reason to: begun soon, and once however many hints there are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from booking_core.adapters.jobs import LOOK_AT_DAY, RECONCILE

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine

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
_BRANCHES = text("""
    SELECT DISTINCT branch_id FROM calcom_event_map WHERE calendar_user = :user ORDER BY branch_id
""")


class Hints:
    """Turns hints about the external calendar into jobs."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def branches(self, user: str) -> Sequence[UUID]:
        """Where somebody with this calendar works."""
        async with self._engine.connect() as connection:
            return list(await connection.scalars(_BRANCHES, {"user": user}))

    async def about(self, branch_id: UUID, user: str, days: Collection[date]) -> None:
        """Something happened on these days, or on days that nobody names, in a user's calendar."""
        for day in sorted({day.isoformat() for day in days}) or [""]:
            facts = {"branch_id": str(branch_id), "user": user, "day": day}
            await self._defer(LOOK_AT_DAY, f"{LOOK_AT_DAY}/{branch_id}/{user}/{day}", facts)
        await self._defer(RECONCILE, f"{RECONCILE}/{branch_id}", {"branch_id": str(branch_id)})

    async def _defer(self, task: str, lock: str, facts: dict[str, str]) -> None:
        job = {"task": task, "lock": lock, "facts": json.dumps(facts), "wait_s": WAIT_S}
        try:
            async with self._engine.connect() as connection:
                await connection.execute(_DEFER, job)
        except IntegrityError:
            return  # somebody else has deferred it at this very moment
