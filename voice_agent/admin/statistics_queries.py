"""Figures about calls and visits of one branch in some days, each in one query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.interval import Span

_CALLS_BY_DAY = text("""
    SELECT (started_at AT TIME ZONE :zone)::date AS day, count(*) AS number FROM call
    WHERE branch_id = :branch AND started_at >= :start AND started_at < :end
    GROUP BY day ORDER BY day
""")
_OUTCOMES = text("""
    SELECT outcome, count(*) AS number FROM call
    WHERE branch_id = :branch AND started_at >= :start AND started_at < :end
      AND outcome IS NOT NULL
    GROUP BY outcome ORDER BY number DESC, outcome
""")
_TURNS = text("""
    SELECT least(turns, 15) AS turns, count(*) AS number FROM (
      SELECT count(*) FILTER (WHERE call_turn.kind = 'speech') AS turns
      FROM call JOIN call_turn ON call_turn.call_id = call.id
      WHERE call.branch_id = :branch AND call.started_at >= :start AND call.started_at < :end
        AND call.outcome = 'booked'
      GROUP BY call.id
    ) AS booked GROUP BY 1 ORDER BY 1
""")
_SOLD_IN_PAUSES = text("""
    WITH work AS (
      SELECT segment.appointment_id, segment.staff_id, segment.during,
        lower(segment.during)::date AS day,
        lead(lower(segment.during)) OVER (
          PARTITION BY segment.appointment_id, segment.staff_id ORDER BY segment.index
        ) AS goes_on
      FROM appointment_segment AS segment
      JOIN appointment ON appointment.id = segment.appointment_id
      WHERE appointment.branch_id = :branch AND appointment.state = 'booked'
        AND appointment.starts_at >= :start AND appointment.starts_at < :end
    ), pause AS (
      SELECT appointment_id, staff_id, day, tstzrange(upper(during), goes_on) AS during
      FROM work WHERE goes_on > upper(during)
    )
    SELECT coalesce(sum(extract(epoch FROM upper(shared) - lower(shared)) / 60), 0)::float
    FROM (
      SELECT work.during * pause.during AS shared FROM pause
      JOIN work ON work.staff_id = pause.staff_id AND work.day = pause.day
        AND work.appointment_id <> pause.appointment_id AND work.during && pause.during
    ) AS sold
""")


class StatisticsQueries:
    """Everything counts by the time at which a call began, or a visit begins."""

    def __init__(self, engine: AsyncEngine, branch_id: UUID, window: Span, zone: str) -> None:
        self._engine = engine
        self._facts = {"branch": branch_id, "start": window.start, "end": window.end}
        self._zone = zone

    async def calls_by_day(self) -> dict[date, int]:
        """Days without calls are left out."""
        facts = self._facts | {"zone": self._zone}
        async with self._engine.connect() as connection:
            return {row.day: row.number for row in await connection.execute(_CALLS_BY_DAY, facts)}

    async def outcomes(self) -> dict[str, int]:
        """How many calls ended how, the most frequent first."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(_OUTCOMES, self._facts)
            return {row.outcome: row.number for row in rows}

    async def turns_to_booking(self) -> dict[int, int]:
        """How many times a caller spoke before a booking: number of calls; 15 = so many or more."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(_TURNS, self._facts)
            return {row.turns: row.number for row in rows}

    async def minutes_sold_in_pauses(self) -> float:
        """Work for one customer in another one's pause, by the same person."""
        async with self._engine.connect() as connection:
            return float(await connection.scalar(_SOLD_IN_PAUSES, self._facts) or 0)
