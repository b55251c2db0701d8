"""What we sold and what of it a person has to look at, in PostgreSQL."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from booking_core.adapters.postgres.appointments import appointment_of
from booking_core.adapters.postgres.installation import installation_of
from booking_core.domain.attention import Attention, Fate, Found, Sold, Stray, StrayFate
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.plan import Plan

COMPARING = 5  # an advisory lock of its own
_UNCHANGED = """
    appointment.state = 'booked'
    AND NOT EXISTS (
      SELECT FROM saga WHERE saga.appointment_id = appointment.id AND saga.ended_at IS NULL
    )
"""
_SOLD = text(f"""
    SELECT appointment.*,
      (SELECT jsonb_object_agg(index, calendar_uid) FROM appointment_segment
       WHERE appointment_id = appointment.id AND calendar_uid NOT LIKE 'local:%') AS uids
    FROM appointment
    WHERE branch_id = :branch_id AND starts_at > :after AND {_UNCHANGED}
    ORDER BY starts_at
""")  # noqa: S608 - put together from constants
# As a saga does that begins: whoever comes second sees what the first one did.
_LOCKED = text(f"""
    SELECT FROM appointment WHERE id = :id AND version = :version AND {_UNCHANGED} FOR UPDATE
""")
_ADOPT = text("""
    UPDATE appointment_segment SET calendar_uid = :uid WHERE appointment_id = :id AND index = :index
""")
_RESTS = text("""
    SELECT resource_id, during FROM claim
    WHERE branch_id = :branch_id AND kind = 'rest' AND state <> 'held'
      AND resource_id = ANY (:staff) AND upper(during) > :after
      AND (expires_at IS NULL OR expires_at > clock_timestamp())
""")
# It is there from now on, in this version as well: whoever moves it finds it there.
_BROUGHT_OUT = (
    text("UPDATE appointment SET plan = plan #- CAST(:local AS text[]) WHERE id = :id"),
    text("""
        UPDATE appointment_version SET plan = plan #- CAST(:local AS text[])
        WHERE appointment_id = :id AND version = :version
    """),
)
_MARK = text("""
    INSERT INTO attention AS known (branch_id, appointment_id, kind, version, parts)
    VALUES (:branch_id, :id, :kind, :version, CAST(:parts AS jsonb))
    ON CONFLICT (appointment_id, kind) WHERE settled_at IS NULL DO UPDATE
      SET version = excluded.version, parts = excluded.parts, told_at = NULL, found_at = now()
      WHERE (known.version, known.parts) <> (excluded.version, excluded.parts)
    RETURNING id
""")
_REPORT = text("""
    INSERT INTO attention (branch_id, stray, kind, version, parts, told_at)
    VALUES (:branch_id, :stray, :kind, 0, CAST(:parts AS jsonb),
            CASE WHEN :tell THEN NULL ELSE now() END)
    ON CONFLICT (branch_id, stray) DO NOTHING RETURNING id
""")
_SETTLE_STRAYS = text("""
    UPDATE attention SET settled_at = now()
    WHERE branch_id = :branch_id AND stray IS NOT NULL AND settled_at IS NULL
      AND (parts->0->'there'->>1)::timestamptz <= :now
""")
_SETTLE = text("""
    UPDATE attention SET settled_at = now()
    FROM appointment
    WHERE attention.branch_id = :branch_id AND attention.settled_at IS NULL
      AND appointment.id = attention.appointment_id
      AND (
        appointment.state IN ('cancelled', 'failed')
        OR appointment.ends_at <= :now
        OR EXISTS (
          SELECT FROM unnest(CAST(:seen AS uuid[])) AS seen (id) WHERE seen.id = appointment.id
        ) AND NOT EXISTS (
          SELECT FROM unnest(CAST(:open AS uuid[]), CAST(:kinds AS text[])) AS still (id, kind)
          WHERE still.id = appointment.id AND still.kind = attention.kind
        )
      )
""")
_UNTOLD = text("""
    SELECT appointment.*, attention.id AS attention_id, attention.kind, attention.parts,
      attention.stray, attention.branch_id AS whose
    FROM attention LEFT JOIN appointment ON appointment.id = attention.appointment_id
    WHERE attention.branch_id = :branch_id AND told_at IS NULL AND settled_at IS NULL
    ORDER BY attention.id LIMIT 1 FOR UPDATE OF attention SKIP LOCKED
""")
_TOLD = text("UPDATE attention SET told_at = now() WHERE id = :id")
# This transaction waits for a mail server, which may take its time. The clock of the whole
# transaction runs already: it can be stopped, not set.
_PATIENTLY = text("""
    SELECT set_config(name, limits.value, true)
    FROM pg_settings JOIN (VALUES
      ('idle_in_transaction_session_timeout', '3min'), ('transaction_timeout', '0')
    ) AS limits (name, value) USING (name)
""")


class PostgresLedger:
    """Implements `reconcile.Ledger` and `tell_salon.Untold`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single = engine.execution_options(isolation_level="AUTOCOMMIT")

    @asynccontextmanager
    async def turn(self, branch_id: UUID) -> AsyncIterator[bool]:
        """Whether nobody else compares this branch right now."""
        whose = {"id": str(branch_id), "space": COMPARING}
        async with self._single.connect() as connection:
            ours = bool(await connection.scalar(_call("pg_try_advisory_lock"), whose))
            try:
                yield ours
            finally:
                if ours:
                    await connection.execute(_call("pg_advisory_unlock"), whose)

    async def sold(self, branch_id: UUID, after: datetime) -> Sequence[Sold]:
        """Booked visits that begin later, and that no saga is changing."""
        async with self._single.connect() as connection:
            rows = await connection.execute(_SOLD, {"branch_id": branch_id, "after": after})
            sold = [
                Sold(
                    appointment=appointment_of(row),
                    uids={int(index): uid for index, uid in (row.uids or {}).items()},
                )
                for row in rows
            ]
            return await _with_owed(connection, sold, {"branch_id": branch_id, "after": after})

    async def adopt(self, appointment: Appointment, index: int, uid: str) -> bool:
        """Note under which uid a segment stands now; False when the visit was changed meanwhile."""
        this = {"id": appointment.id, "version": appointment.version}
        async with self._engine.begin() as connection:
            if (await connection.execute(_LOCKED, this)).one_or_none() is None:
                return False
            await connection.execute(_ADOPT, {"id": appointment.id, "index": index, "uid": uid})
            if appointment.plan.segments[index - 1].local:
                local = ["segments", str(index - 1), "local"]
                for statement in _BROUGHT_OUT:
                    await connection.execute(statement, {**this, "local": local})
        return True

    async def mark(self, attention: Attention) -> bool:
        """Note it; whether it is news."""
        visit = attention.appointment
        row = {
            "branch_id": visit.branch_id,
            "id": visit.id,
            "kind": attention.fate.value,
            "version": visit.version,
            "parts": json.dumps([_dumped(part) for part in attention.parts]),
        }
        async with self._engine.begin() as connection:
            return await connection.scalar(_MARK, row) is not None

    async def installation(self) -> UUID:
        """Which one of this system we are."""
        return await installation_of(self._engine)

    async def report(self, stray: Stray) -> bool:
        """Note it; whether it is news."""
        row = {
            "branch_id": stray.branch_id,
            "stray": stray.name,
            "kind": stray.fate.value,
            "parts": json.dumps([{"there": _times(stray.span)}]),
            "tell": stray.is_for_the_salon,
        }
        async with self._engine.begin() as connection:
            return await connection.scalar(_REPORT, row) is not None

    async def settle(
        self, branch_id: UUID, *, still: Mapping[UUID, frozenset[Fate]], now: datetime
    ) -> int:
        """Close what is as sold again, cancelled or over; how many that were."""
        left = [(visit, fate.value) for visit, fates in still.items() for fate in fates]
        known = {
            "branch_id": branch_id,
            "now": now,
            "seen": list(still),
            "open": [visit for visit, _ in left],
            "kinds": [kind for _, kind in left],
        }
        async with self._engine.begin() as connection:
            strays = await connection.execute(_SETTLE_STRAYS, {"branch_id": branch_id, "now": now})
            return strays.rowcount + (await connection.execute(_SETTLE, known)).rowcount

    @asynccontextmanager
    async def next_untold(self, branch_id: UUID) -> AsyncIterator[Attention | Stray | None]:
        """The oldest thing the salon does not know yet; told when the block ends without error."""
        async with self._engine.begin() as connection:
            await connection.execute(_PATIENTLY)
            row = (await connection.execute(_UNTOLD, {"branch_id": branch_id})).one_or_none()
            if row is None:
                yield None
                return
            yield _news(row)
            await connection.execute(_TOLD, {"id": row.attention_id})


async def _with_owed(
    connection: AsyncConnection, sold: Sequence[Sold], asked: Mapping[str, Any]
) -> Sequence[Sold]:
    """With the segments that stayed with us, and lie in nobody's rest any more."""
    parts = [part for one in sold for part in one.appointment.plan.local_segments]
    if not parts:
        return sold
    staff = sorted({part.staff_id for part in parts})
    rests = (await connection.execute(_RESTS, {**asked, "staff": staff})).all()
    taken = [(rest.resource_id, Span(rest.during.lower, rest.during.upper)) for rest in rests]
    return [replace(one, owed=_outside(one.appointment.plan, taken)) for one in sold]


def _outside(plan: Plan, rests: Sequence[tuple[UUID, Span]]) -> frozenset[int]:
    return frozenset(
        part.index
        for part in plan.local_segments
        if not any(
            staff == part.staff_id and span.overlaps(part.calendar_span) for staff, span in rests
        )
    )


def _news(row: Any) -> Attention | Stray:  # noqa: ANN401 - SQLAlchemy's generics
    if row.stray is not None:
        there = _span(row.parts[0]["there"])
        assert there is not None, "whatever is there has a time"
        return Stray(branch_id=row.whose, name=row.stray, fate=StrayFate(row.kind), span=there)
    fate = Fate(row.kind)
    return Attention(
        appointment=appointment_of(row),
        fate=fate,
        parts=tuple(_loaded(part, fate) for part in row.parts),
    )


def _call(function: str) -> Any:  # noqa: ANN401 - SQLAlchemy's generics
    return text(f"SELECT {function}(hashtextextended(:id, :space))")


def _dumped(part: Found) -> dict[str, Any]:
    """Without the uid, which is a secret."""
    return {"segment": part.index, "here": _times(part.here), "there": _times(part.there)}


def _loaded(part: dict[str, Any], fate: Fate) -> Found:
    here, there = (_span(part[name]) for name in ("here", "there"))
    assert here is not None, "whatever was sold had a time"
    return Found(index=part["segment"], here=here, fate=fate, there=there)


def _times(span: Span | None) -> list[str] | None:
    return [span.start.isoformat(), span.end.isoformat()] if span else None


def _span(times: list[str] | None) -> Span | None:
    return Span(*map(datetime.fromisoformat, times)) if times else None
