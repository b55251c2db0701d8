"""Rules that a booking has to meet in the very transaction that begins it, or it is refused.

Each is a statement that finds nothing when all is well; what it finds makes the database refuse the
whole pipeline it is sent in. So they cost no round trip, and nothing can happen in between.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from booking_core.adapters.postgres.appointments import appointment_of
from booking_core.adapters.postgres.claims import range_of
from booking_core.adapters.postgres.pipeline import Statement
from booking_core.adapters.postgres.transactions import BUSY, CHANGED, ELSEWHERE
from booking_core.domain.names import folded_words
from booking_core.domain.snapshot import load_plan

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from booking_core.domain.appointment import Appointment
    from booking_core.ports import SagaDraft

_NUMBER_SPACE = 6  # of advisory locks

# Half a name is the same person; a visit under way counts unless it is being undone, or of this
# very call, which has given it up by asking again. One that is being moved is where it was and
# where it goes. What stood beside a visit before may do so after it is moved.
_OTHER = """
    FROM appointment LEFT JOIN LATERAL (
      SELECT target->'plan' AS plan,
        (target->'plan'->'segments'->0->'span'->>0)::timestamptz AS starts_at,
        (target->'plan'->'segments'->-1->'span'->>1)::timestamptz AS ends_at
      FROM saga
      WHERE saga.appointment_id = appointment.id AND saga.kind = 'move' AND saga.state = 'running'
    ) AS going ON true
    WHERE branch_id = {branch} AND customer_phone = {phone} AND id <> {id}
      AND (appointment.starts_at < {end} AND appointment.ends_at > {start}
        OR going.starts_at < {end} AND going.ends_at > {start})
      AND (appointment.starts_at < {old_end} AND appointment.ends_at > {old_start}) IS NOT TRUE
      AND (name_words <@ {words} OR name_words @> {words})
      AND (state = 'booked' OR state = 'booking' AND (call_id IS NULL OR call_id <> {call})
        AND EXISTS (
          SELECT FROM saga WHERE saga.appointment_id = appointment.id AND saga.state = 'running'
        ))
    ORDER BY state = 'booked' DESC, appointment.starts_at LIMIT 1
"""
_FIELDS = ("branch", "phone", "id", "call")
_MOMENTS = ("start", "end", "old_start", "old_end")
_PSYCOPG = {
    **{name: f"%({name})s" for name in _FIELDS},
    **{name: f"%({name})s::timestamptz" for name in _MOMENTS},
    "words": "%(words)s::text[]",
}
_SQLALCHEMY = {
    **{name: f":{name}" for name in _FIELDS},
    **{name: f"CAST(:{name} AS timestamptz)" for name in _MOMENTS},
    "words": "CAST(:words AS text[])",
}

_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended(%(number)s, %(space)s))::text"
_REFUSE_BUSY = f"SELECT refuse(%(code)s) FROM (SELECT id {_OTHER.format(**_PSYCOPG)}) AS other"  # noqa: S608 - put together from constants
_SHOW_BUSY = text(f"SELECT appointment.*, going.plan AS going {_OTHER.format(**_SQLALCHEMY)}")
# Locked: who changes the salon right now is waited for, and whoever comes later finds the visit.
_REFUSE_CHANGED = """
    SELECT refuse(%(code)s)
    FROM (SELECT version FROM branch WHERE id = %(branch)s FOR SHARE) AS salon
    WHERE salon.version <> %(version)s
"""
# What is held or booked by us is no news: it is not in the mirror.
_REFUSE_ELSEWHERE = """
    SELECT refuse(%(code)s) FROM (
      SELECT FROM unnest(%(staff_ids)s::uuid[], %(spans)s::tstzrange[]) AS part (staff_id, during)
      JOIN calendar_day AS known ON known.staff_id = part.staff_id AND known.busy && part.during
      WHERE known.read_at
        > clock_timestamp() - make_interval(secs => %(within_s)s::double precision)
      LIMIT 1
    ) AS seen
"""


def one_at_a_time(draft: SagaDraft) -> list[Statement]:
    """Wait for everybody who is booking for the same customer, before the rules are looked at."""
    new = draft.appointment
    if not draft.alone or not new.customer.phone:
        return []
    number = f"{new.branch_id}/{new.customer.phone}"
    return [Statement(_ONE_AT_A_TIME, {"number": number, "space": _NUMBER_SPACE})]


def guarding(draft: SagaDraft) -> list[Statement]:
    """What must not be the case when this begins."""
    new = draft.appointment
    statements: list[Statement] = []
    if draft.alone and new.customer.phone:
        statements.append(Statement(_REFUSE_BUSY, {"code": BUSY, **_asked(new, draft.before)}))
    if draft.salon_version is not None:
        values = {"code": CHANGED, "branch": new.branch_id, "version": draft.salon_version}
        statements.append(Statement(_REFUSE_CHANGED, values))
    if draft.seen_within_s is not None:
        parts = new.plan.segments
        seen = {
            "code": ELSEWHERE,
            "staff_ids": [part.staff_id for part in parts],
            "spans": [range_of(part.calendar_span) for part in parts],
            "within_s": draft.seen_within_s,
        }
        statements.append(Statement(_REFUSE_ELSEWHERE, seen))
    return statements


async def other_visit(
    connection: AsyncConnection, new: Appointment, before: Appointment | None = None
) -> Appointment | None:
    """The customer's visit that overlaps this one, if it still does; where it is in the way.

    `before` is a visit as it stands that is to be moved.
    """
    row = (await connection.execute(_SHOW_BUSY, _asked(new, before))).one_or_none()
    if row is None:
        return None
    other = appointment_of(row)
    if row.going is None or other.plan.span.overlaps(new.plan.span):
        return other
    return replace(other, plan=load_plan(row.going))


def _asked(new: Appointment, before: Appointment | None) -> dict[str, Any]:
    return {
        "branch": new.branch_id,
        "phone": new.customer.phone,
        "id": new.id,
        "start": new.plan.start,
        "end": new.plan.end,
        "words": sorted(folded_words(new.customer.name)),
        "call": "" if before else new.call_id or "",
        "old_start": before.plan.start if before else None,
        "old_end": before.plan.end if before else None,
    }
