"""The mirror of the external calendar, in PostgreSQL: one row for each person and day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from booking_core.adapters.postgres.claims import range_of
from booking_core.adapters.postgres.pipeline import Statement, send
from booking_core.domain.interval import Span
from booking_core.workflows.mirror_calendar import Asked, Watched

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.plan import Plan
    from booking_core.workflows.mirror_calendar import Ages, Reading

# Any event type of a person tells when that person is free; the youngest is the likeliest to live.
_WATCHED = text("""
    SELECT map.calendar_user, max(map.event_type_id) AS event_type_id,
      array_agg(DISTINCT map.staff_id) AS staff_ids
    FROM calcom_event_map AS map JOIN staff ON staff.id = map.staff_id
    WHERE map.branch_id = :branch_id AND map.event_type_id IS NOT NULL AND staff.active
    GROUP BY map.calendar_user ORDER BY map.calendar_user
""")
_AGES = """
    SELECT staff_id, day, extract(epoch FROM clock_timestamp() - read_at)::double precision
    FROM calendar_day WHERE branch_id = %(branch_id)s AND day BETWEEN %(first)s AND %(last)s
"""
# What is held is only ours so far: the calendar does not know of it.
_OURS = """
    SELECT range_agg(during) FROM claim
    WHERE resource_id = ANY(CAST(:staff_ids AS uuid[])) AND state <> 'held'
      AND during && CAST(:hull AS tstzrange)
"""
_ASK = text(f"""
    SELECT clock_timestamp() AS asked_at,
      (SELECT array_agg(ARRAY[lower(part), upper(part)] ORDER BY part)
       FROM unnest(({_OURS})) AS part) AS ours
""")  # noqa: S608 - put together from constants
_KEEP = text(f"""
    WITH news AS (
      SELECT coalesce(range_agg(part), '{{}}'::tstzmultirange)
        - coalesce(({_OURS}), '{{}}'::tstzmultirange)
        - coalesce((SELECT range_agg(own) FROM unnest(CAST(:ours AS tstzrange[])) AS own),
                   '{{}}'::tstzmultirange) AS busy
      FROM unnest(CAST(:not_free AS tstzrange[])) AS part
    )
    INSERT INTO calendar_day AS known (branch_id, staff_id, day, busy, read_at)
    SELECT CAST(:branch_id AS uuid), member.id, one.day, news.busy * tstzmultirange(one.span),
      CAST(:asked_at AS timestamptz)
    FROM news, unnest(CAST(:staff_ids AS uuid[])) AS member (id),
      unnest(CAST(:days AS date[]), CAST(:spans AS tstzrange[])) AS one (day, span)
    ORDER BY member.id, one.day
    ON CONFLICT (branch_id, staff_id, day) DO UPDATE
      SET busy = excluded.busy, read_at = excluded.read_at
      WHERE known.read_at <= excluded.read_at
""")  # noqa: S608 - put together from constants
_COLLIDES = text("""
    SELECT EXISTS (
      SELECT FROM unnest(CAST(:staff_ids AS uuid[]), CAST(:spans AS tstzrange[]))
        AS wanted (staff_id, during)
      JOIN calendar_day AS known ON known.staff_id = wanted.staff_id
        AND known.busy && wanted.during
        AND known.read_at > clock_timestamp() - make_interval(secs => :within_s)
    )
""")
_OLDEST = text("""
    SELECT extract(epoch FROM clock_timestamp() - min(read_at))
    FROM calendar_day JOIN staff ON staff.id = staff_id
    WHERE calendar_day.branch_id = :branch_id AND day BETWEEN :first AND :last AND staff.active
""")
_FORGET = text("DELETE FROM calendar_day WHERE branch_id = :branch_id AND day < :first")


class PostgresMirror:
    """Implements `mirror_calendar.Mirror` over the table `calendar_day`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._glance = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def watched(self, branch_id: UUID) -> Sequence[Watched]:
        """Everybody who has an event type."""
        async with self._glance.connect() as connection:
            rows = await connection.execute(_WATCHED, {"branch_id": branch_id})
            return [
                Watched(
                    user=row.calendar_user,
                    event_type_id=row.event_type_id,
                    staff_ids=tuple(row.staff_ids),
                )
                for row in rows
            ]

    async def ages(self, branch_id: UUID, days: tuple[date, date]) -> Ages:
        """How old what is known of these days is; both dates included."""
        asked = {"branch_id": branch_id, "first": days[0], "last": days[1]}
        [found] = await send(self._engine, [Statement(_AGES, asked)])
        return {(staff_id, day): age_s for staff_id, day, age_s in found.rows}

    async def ask(self, staff_ids: Collection[UUID], window: Span) -> Asked:
        """The time, and what the calendar has of us; called right before it is asked."""
        asked = {"staff_ids": list(staff_ids), "hull": range_of(window)}
        async with self._glance.connect() as connection:
            row = (await connection.execute(_ASK, asked)).one()
        ours = tuple(Span(start, end) for start, end in row.ours or ())
        return Asked(at=row.asked_at, ours=ours)

    async def keep(self, reading: Reading) -> None:
        """Keep what is not ours, neither then nor now, unless something later is there."""
        async with self._engine.begin() as connection:
            await connection.execute(_KEEP, _kept(reading))

    async def forget(self, branch_id: UUID, before: date) -> None:
        """Days that are over."""
        async with self._engine.begin() as connection:
            await connection.execute(_FORGET, {"branch_id": branch_id, "first": before})

    async def collides(self, plan: Plan, *, within_s: float) -> bool:
        """Whether one of its people is busy there, by what was read within this time."""
        wanted = {
            "staff_ids": [segment.staff_id for segment in plan.segments],
            "spans": [range_of(segment.calendar_span) for segment in plan.segments],
            "within_s": within_s,
        }
        async with self._glance.connect() as connection:
            return bool(await connection.scalar(_COLLIDES, wanted))

    async def oldest_s(self, branch_id: UUID, days: tuple[date, date]) -> float | None:
        """Age of the oldest of these days, whoever's; None = nothing was ever read."""
        asked = {"branch_id": branch_id, "first": days[0], "last": days[1]}
        async with self._glance.connect() as connection:
            age_s = await connection.scalar(_OLDEST, asked)
        return None if age_s is None else float(age_s)


def _kept(reading: Reading) -> dict[str, Any]:
    spans = reading.days.values()
    hull = Span(min(span.start for span in spans), max(span.end for span in spans))
    return {
        "branch_id": reading.branch_id,
        "staff_ids": list(reading.staff_ids),
        "hull": range_of(hull),
        "not_free": [range_of(span) for span in reading.not_free],
        "ours": [range_of(span) for span in reading.asked.ours],
        "asked_at": reading.asked.at,
        "days": list(reading.days),
        "spans": [range_of(span) for span in spans],
    }
