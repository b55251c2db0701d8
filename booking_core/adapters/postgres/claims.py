"""Claims inside a transaction: what holds and bookings have in common."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from psycopg.types.range import TimestamptzRange
from sqlalchemy import func, text

from booking_core.adapters.postgres.pipeline import Statement
from booking_core.adapters.postgres.transactions import locking
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.plan import Claim, PlannedSegment
    from booking_core.domain.saga import Saga

# Two claims exclude each other when they share a lane. Ordinary ones are in every lane; a rest is
# in two: 0, which all rests share, and one of its owner. Work that is put into a rest on purpose
# leaves these two, and no others: it still excludes all that is not this very rest.
_LANE_OF = "hashtextextended({owner}, 0) >> 1"
_RESTS = f"""
    SELECT range_agg(int8range(lane, lane, '[]'))
    FROM claim AS rest, unnest(ARRAY[0, {_LANE_OF.format(owner="rest.owner")}]) AS lane
    WHERE rest.resource_id = wanted.resource_id AND rest.during && wanted.during
      AND rest.kind = 'rest' AND rest.state = 'final' AND rest.owner <> %(owner)s
"""  # noqa: S608 - put together from constants
_LANES = f"""
    CASE
      WHEN wanted.kind = 'rest' THEN int8multirange(
        int8range(0, 0, '[]'),
        int8range({_LANE_OF.format(owner="%(owner)s")}, {_LANE_OF.format(owner="%(owner)s")}, '[]')
      )
      WHEN %(overrides)s AND wanted.kind IN ('work', 'pause') THEN
        int8multirange(int8range(NULL, NULL)) - coalesce(({_RESTS}), '{{}}'::int8multirange)
      ELSE int8multirange(int8range(NULL, NULL))
    END
"""
_INSERT = f"""
    INSERT INTO claim (
      branch_id, resource_id, during, owner, holder, kind, state, appointment_id, expires_at, lanes
    )
    SELECT %(branch_id)s, wanted.resource_id, wanted.during, %(owner)s, %(holder)s, wanted.kind,
      %(state)s, %(appointment_id)s::uuid,
      clock_timestamp() + make_interval(secs => %(ttl_s)s::double precision), {_LANES}
    FROM unnest(%(resources)s::uuid[], %(spans)s::tstzrange[], %(kinds)s::text[])
      AS wanted (resource_id, during, kind)
"""  # noqa: S608 - put together from constants
_BECOME = "UPDATE claim SET state = %(new)s WHERE appointment_id = %(id)s AND state = %(old)s"
_DOUBT = """
    UPDATE claim SET in_doubt = %(saga)s
    FROM unnest(%(staff)s::uuid[], %(spans)s::tstzrange[]) AS place (staff_id, during)
    WHERE claim.appointment_id = %(id)s AND claim.state = %(state)s
      AND claim.resource_id = place.staff_id AND claim.during && place.during
"""
_ISOLATE = """
    UPDATE claim SET state = 'quarantine',
      expires_at = clock_timestamp() + make_interval(secs => %(ttl_s)s::double precision)
    WHERE appointment_id = %(id)s AND state = %(state)s AND in_doubt IS NOT NULL
"""
_LEAVE = """
    DELETE FROM claim WHERE appointment_id = %(id)s AND state = %(state)s AND in_doubt IS NULL
"""
_TRUST = """
    WITH ended AS (
      SELECT id, appointment_id FROM saga
      WHERE id = %(saga)s
        AND ended_at <= clock_timestamp() - make_interval(secs => %(after_s)s::double precision)
    ), freed AS (
      DELETE FROM claim USING ended
      WHERE claim.appointment_id = ended.appointment_id AND in_doubt = ended.id
        AND state = 'quarantine'
    )
    UPDATE claim SET in_doubt = NULL FROM ended
    WHERE claim.appointment_id = ended.appointment_id AND in_doubt = ended.id
      AND state <> 'quarantine'
"""
_CLEAR = """
    DELETE FROM claim
    WHERE (holder = %(holder)s AND state = 'held')
       OR (resource_id = ANY (%(resources)s::uuid[]) AND during && %(hull)s::tstzrange
           AND expires_at <= clock_timestamp())
"""
CALL = "call:"  # what the name of a caller who holds begins with; the call's id follows
HELD, FINAL, LEAVING = "held", "final", "leaving"
QUARANTINE_S = 930.0  # the sweep gives it back earlier; nobody waits longer than for the last one


def range_of(span: Span) -> TimestamptzRange:
    """The span as PostgreSQL keeps it: with its start, without its end."""
    return TimestamptzRange(span.start, span.end, "[)")


def in_seconds(seconds: float) -> Any:  # noqa: ANN401 - an SQL expression; its class is generic
    """That long from now, by the database's clock: processes may disagree about the time."""
    return func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms claims are made."""

    branch_id: UUID
    owner: str
    """Whom the claims do not exclude."""
    holder: str
    """Who renews and releases them while they are held."""
    state: str
    appointment_id: UUID | None = None
    ttl_s: float | None = None
    """None = for good."""
    overrides: bool = False
    """Work may lie in the rest of others: a person at the desk wants it so."""

    @property
    def values(self) -> dict[str, Any]:
        """By name."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """Claims that are about to be made."""

    waits: tuple[Statement, ...]
    """For everybody who is changing claims on the same."""
    clears: Statement
    """What goes: what its holder had, and what has expired."""
    makes: tuple[Statement, ...]

    @property
    def statements(self) -> tuple[Statement, ...]:
        """In order; each has to see what those before it did."""
        return (*self.waits, self.clears, *self.makes)


def holding(holder: str, claims: Sequence[Claim], terms: Terms) -> Taking:
    """What `holder` holds goes; these claims come.

    The exclusion constraint refuses what overlaps somebody else's; expired claims do not count.
    """
    ordered = sorted(set(claims), key=lambda one: (str(one.resource_id), one.span))
    wanted = _arrays(ordered)
    clear = Statement(_CLEAR, {"holder": holder, "hull": _hull(ordered), **wanted})
    if not ordered:
        return Taking(waits=(), clears=clear, makes=())
    return Taking(
        waits=(locking({one.resource_id for one in ordered}),),
        clears=clear,
        makes=(Statement(_INSERT, {**terms.values, **wanted}),),
    )


async def forget_expired(connection: AsyncConnection) -> int:
    """Delete every claim whose time is over, skipping those somebody is just deleting."""
    result = await connection.execute(
        text(
            "DELETE FROM claim WHERE id IN (SELECT id FROM claim"
            " WHERE expires_at <= clock_timestamp() FOR UPDATE SKIP LOCKED)"
        )
    )
    return result.rowcount


def claiming(holder: str, about: Appointment, *, overrides: bool = False) -> Taking:
    """The appointment's plan is claimed for good; the holder's holds have served their turn."""
    owner = owner_of(about.id)
    terms = Terms(
        branch_id=about.branch_id,
        owner=owner,
        holder=owner,
        state=FINAL,
        appointment_id=about.id,
        overrides=overrides,
    )
    return holding(holder, about.plan.claims, terms)


def letting_leave(before: Appointment, after: Appointment) -> list[Statement]:
    """What the appointment has will be given up, and blocks everybody else until then."""
    touched = {one.resource_id for one in (*before.plan.claims, *after.plan.claims)}
    # Before any row is touched: two moves that meet would wait for each other's rows.
    leave = {"id": before.id, "old": FINAL, "new": LEAVING}
    return [locking(touched), Statement(_BECOME, leave)]


def doubting(saga: Saga, state: str, segments: Sequence[PlannedSegment]) -> list[Statement]:
    """Requests that the saga has given up may land where these claims of its appointment are."""
    if not segments:
        return []
    places = {
        "staff": [segment.staff_id for segment in segments],
        "spans": [range_of(segment.calendar_span) for segment in segments],
    }
    whose = {"saga": saga.id, "id": saga.appointment.id, "state": state}
    return [Statement(_DOUBT, {**whose, **places})]


def giving_up(appointment_id: UUID, state: str) -> list[Statement]:
    """Claims of the appointment in this state are gone; where something may land they stay.

    Whoever got that time would be refused by the calendar.
    """
    whose = {"id": appointment_id, "state": state}
    return [Statement(_ISOLATE, {**whose, "ttl_s": QUARANTINE_S}), Statement(_LEAVE, whose)]


def giving_up_new(saga: Saga) -> list[Statement]:
    """What was claimed is given back; what was to be left is the appointment's own again."""
    about = saga.appointment.id
    return [
        *doubting(saga, FINAL, saga.arrivals_in_doubt),
        *doubting(saga, LEAVING, saga.returns_in_doubt),
        *giving_up(about, FINAL),
        Statement(_BECOME, {"id": about, "old": LEAVING, "new": FINAL}),
    ]


def trusting(saga_id: UUID, *, after_s: float) -> Statement:
    """Nothing of a saga that ended so long ago lands any more; what waited for that is free."""
    return Statement(_TRUST, {"saga": saga_id, "after_s": after_s})


def owner_of(appointment_id: UUID) -> str:
    """Under which name an appointment owns its claims."""
    return f"appointment:{appointment_id}"


def _arrays(claims: Sequence[Claim]) -> dict[str, list[Any]]:
    return {
        "resources": [one.resource_id for one in claims],
        "spans": [range_of(one.span) for one in claims],
        "kinds": [one.kind.value for one in claims],
    }


def _hull(claims: Sequence[Claim]) -> TimestamptzRange | None:
    """From the first start to the last end; what has expired in between may be in the way."""
    if not claims:
        return None
    return range_of(
        Span(min(one.span.start for one in claims), max(one.span.end for one in claims))
    )
