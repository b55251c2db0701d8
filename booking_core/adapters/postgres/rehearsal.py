"""A second set of all tables in the same database: what is booked there is only tried.

They lie in a schema of their own, which is searched first by whoever connects with
`rehearsal_url`. Nothing that works on the salon's own tables, such as jobs, mails, the calendar,
statistics or retention, can ever see them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, text

from booking_core.adapters.postgres.attention_tables import callback_request
from booking_core.adapters.postgres.booking_tables import appointment, claim
from booking_core.adapters.postgres.call_tables import call
from booking_core.adapters.postgres.engine import database_url, make_engine
from booking_core.adapters.postgres.migrate import upgrade, verify
from booking_core.adapters.postgres.mirror_tables import calendar_day
from booking_core.adapters.postgres.salon_tables import customer
from booking_core.adapters.postgres.waiting_tables import waiting_list_entry

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine

SCHEMA: Final = "rehearsal"
REAL: Final = "public"
_EMPTIED: Final = (
    appointment,
    claim,
    customer,
    call,
    callback_request,
    waiting_list_entry,
    calendar_day,
)
_TAKEN = f"""
    INSERT INTO {SCHEMA}.calendar_day (branch_id, staff_id, day, busy, read_at)
    SELECT branch_id, staff_id, day, range_agg(taken), clock_timestamp()
    FROM (
      SELECT claim.branch_id, staff.id AS staff_id, claim.during AS taken,
        (lower(claim.during) AT TIME ZONE branch.timezone)::date AS day
      FROM {REAL}.claim
        JOIN {REAL}.branch ON branch.id = claim.branch_id
        JOIN {REAL}.staff ON staff.branch_id = claim.branch_id AND staff.id = claim.resource_id
      WHERE claim.branch_id = :branch_id AND claim.state IN ('final', 'leaving')
        AND upper(claim.during) > :now
      UNION ALL
      SELECT branch_id, staff_id, unnest(busy), day
      FROM {REAL}.calendar_day
      WHERE branch_id = :branch_id AND day >= (CAST(:now AS timestamptz))::date - 1
    ) AS real_life
    GROUP BY branch_id, staff_id, day
"""  # noqa: S608 - put together from constants


_FORGET_WORDS = f"DELETE FROM {SCHEMA}.own_sentence WHERE branch_id = :branch_id"  # noqa: S608 - constants
_COPY_WORDS = f"""
    INSERT INTO {SCHEMA}.own_sentence (branch_id, language, key, phrasing, author, current)
    SELECT branch_id, language, key, phrasing, author, current FROM {REAL}.own_sentence
    WHERE branch_id = :branch_id AND current
"""  # noqa: S608 - put together from constants
_TELL = f"UPDATE {SCHEMA}.branch SET version = version + 1 WHERE id = :branch_id"  # noqa: S608 - constants
_WORDS = (_FORGET_WORDS, _COPY_WORDS, _TELL)


def rehearsal_url(url: str) -> str:
    """The same database, with the tables for rehearsals in front."""
    searched = database_url(url).update_query_dict({"options": f"-csearch_path={SCHEMA},{REAL}"})
    return searched.render_as_string(hide_password=False)


async def prepare(url: str) -> None:
    """Make the tables, or bring them up to date; `url` is that of the salon's own."""
    engine = make_engine(url, pool_size=1)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    finally:
        await engine.dispose()
    await upgrade(rehearsal_url(url))
    await verify(rehearsal_url(url))  # a table that is missing there would be found in real life


async def copy_words(engine: AsyncEngine, branch_id: UUID) -> None:
    """Say in the rehearsal what is said in real life; the rest of a salon is copied as a whole."""
    async with engine.begin() as connection:
        for statement in _WORDS:
            await connection.execute(text(statement), {"branch_id": branch_id})


async def begin_anew(engine: AsyncEngine, branch_id: UUID, *, now: datetime) -> None:
    """Forget what was tried; people are taken when they are in real life, by nobody knows whom.

    `engine` is that of the rehearsal.
    """
    async with engine.begin() as connection:
        for table in _EMPTIED:
            await connection.execute(delete(table).where(table.c.branch_id == branch_id))
        await connection.execute(text(_TAKEN), {"branch_id": branch_id, "now": now})
