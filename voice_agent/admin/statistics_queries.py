"""Figures about calls and visits of one branch in some days, read together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

from booking_core.adapters.postgres.call_tables import PROBE_PREFIX

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.interval import Span

_CALLS_BY_DAY = text("""
    SELECT (started_at AT TIME ZONE :zone)::date AS day, count(*) AS number FROM call
    WHERE branch_id = :branch AND started_at >= :start AND started_at < :end
      AND NOT starts_with(id, :probes)
    GROUP BY day ORDER BY day
""")
_OUTCOMES = text("""
    SELECT outcome, count(*) AS number FROM call
    WHERE branch_id = :branch AND started_at >= :start AND started_at < :end
      AND outcome IS NOT NULL AND NOT starts_with(id, :probes)
    GROUP BY outcome ORDER BY number DESC, outcome
""")
_TURNS = text("""
    SELECT least(turns, 15) AS turns, count(*) AS number FROM (
      SELECT (
        SELECT count(*) FROM call_turn
        WHERE call_turn.call_id = call.id AND call_turn.kind = 'speech'
      ) AS turns
      FROM call
      WHERE call.branch_id = :branch AND call.started_at >= :start AND call.started_at < :end
        AND call.outcome = 'booked'
    ) AS booked WHERE turns > 0 GROUP BY 1 ORDER BY 1
""")
# The journal notes each sentence that was said by its name: those that tell why a wish cannot be.
# Most turns have none, and are left out before they are taken apart.
_REFUSALS = text("""
    SELECT substr(action, 12) AS reason, count(*) AS number
    FROM call JOIN call_turn ON call_turn.call_id = call.id
      CROSS JOIN unnest(call_turn.actions) AS action
    WHERE call.branch_id = :branch AND call.started_at >= :start AND call.started_at < :end
      AND NOT starts_with(call.id, :probes)
      AND array_to_string(call_turn.actions, ' ') LIKE '%Say reason\\_%'
      AND starts_with(action, 'Say reason_')
    GROUP BY reason
""")
# Nobody does two things at once: whatever they do between the first and the last piece of work
# for one visit, and not for it, is done in its pauses.
_SOLD_IN_PAUSES = text("""
    SELECT coalesce(sum(others), 0) FROM (
      SELECT max(done) - min(done - minutes) - sum(minutes) AS others FROM (
        SELECT appointment_id, staff_id, minutes,
          sum(minutes) OVER (
            PARTITION BY staff_id ORDER BY begins ROWS UNBOUNDED PRECEDING
          ) AS done
        FROM (
          SELECT segment.appointment_id, segment.staff_id, lower(segment.during) AS begins,
            date_part('epoch', upper(segment.during) - lower(segment.during)) / 60 AS minutes
          FROM appointment_segment AS segment
          JOIN appointment ON appointment.id = segment.appointment_id
          WHERE appointment.branch_id = :branch AND appointment.state = 'booked'
            AND appointment.starts_at >= :start AND appointment.starts_at < :end
        ) AS work
      ) AS so_far GROUP BY appointment_id, staff_id
    ) AS visit
""")
_MISSED = text("""
    SELECT count(*) FILTER (WHERE mark = 'missed') AS missed, count(*) AS visits FROM appointment
    WHERE branch_id = :branch AND state = 'booked'
      AND starts_at >= :start AND starts_at < least(:end, :now)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything counts by the time at which a call began, or a visit begins."""

    by_day: Mapping[date, int]
    """Calls; days without any are left out."""
    outcomes: Mapping[str, int]
    """How many calls ended how, the most frequent first."""
    turns: Mapping[int, int]
    """How many times a caller spoke before a booking: number of calls; 15 = so many or more."""
    refusals: Mapping[str, int]
    """How often a caller was told why a wish cannot be, by the reason."""
    minutes_in_pauses: float
    """Work for one customer in another one's pause, by the same person."""
    visits: int
    """That have begun."""
    missed: int
    """Those of them whose customer did not come, as far as the salon has said so."""


async def read_figures(
    engine: AsyncEngine, branch_id: UUID, window: Span, *, zone: str, now: datetime
) -> Figures:
    """Of one branch in this window, with days by this zone."""
    facts = {"branch": branch_id, "start": window.start, "end": window.end}
    probes = {"probes": PROBE_PREFIX}
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        days = await connection.execute(_CALLS_BY_DAY, facts | probes | {"zone": zone})
        outcomes = await connection.execute(_OUTCOMES, facts | probes)
        turns = await connection.execute(_TURNS, facts)
        refusals = await connection.execute(_REFUSALS, facts | probes)
        sold = await connection.scalar(_SOLD_IN_PAUSES, facts)
        begun = (await connection.execute(_MISSED, facts | {"now": now})).one()
    return Figures(
        by_day={row.day: row.number for row in days},
        outcomes={row.outcome: row.number for row in outcomes},
        turns={row.turns: row.number for row in turns},
        refusals={row.reason: row.number for row in refusals},
        minutes_in_pauses=float(sold or 0),
        visits=begun.visits,
        missed=begun.missed,
    )
