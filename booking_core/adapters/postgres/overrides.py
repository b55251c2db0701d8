"""Who put which visit into the rest of others, and why, in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from booking_core.adapters.postgres.appointments import appointment_of
from booking_core.adapters.postgres.claims import range_of
from booking_core.adapters.postgres.pipeline import Statement
from booking_core.domain.override import Overridden, Override

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from booking_core.domain.interval import Span
    from booking_core.ports import SagaDraft

# Read before the visit's own claims are there: what it lies in is what others have.
_NOTE = """
    INSERT INTO rest_override (saga_id, appointment_id, version, author, reason, "into")
    SELECT %(saga)s, %(appointment)s, %(version)s, %(author)s, %(reason)s, ARRAY(
      SELECT DISTINCT rest.appointment_id
      FROM unnest(%(staff)s::uuid[], %(spans)s::tstzrange[]) AS part (staff_id, during)
      JOIN claim AS rest ON rest.resource_id = part.staff_id AND rest.during && part.during
      WHERE rest.kind = 'rest' AND rest.state = 'final' AND rest.appointment_id <> %(appointment)s
      ORDER BY 1
    )
"""
_WITHIN = text("""
    SELECT appointment.*, noted.version AS noted_version, author, noted.reason, noted_at, "into"
    FROM rest_override AS noted
    JOIN appointment ON appointment.id = noted.appointment_id
    JOIN saga ON saga.id = noted.saga_id
    WHERE appointment.branch_id = :branch_id AND saga.state NOT IN ('compensating', 'failed')
      AND tstzrange(appointment.starts_at, appointment.ends_at) && CAST(:window AS tstzrange)
    ORDER BY appointment.starts_at, noted_at
""")


async def overridden(
    connection: AsyncConnection, branch_id: UUID, window: Span
) -> Sequence[Overridden]:
    """Of appointments whose stay touches the window, in order; what never came about is not."""
    asked = {"branch_id": branch_id, "window": range_of(window)}
    return [
        Overridden(
            appointment=appointment_of(row),
            version=row.noted_version,
            override=Override(author=row.author, reason=row.reason),
            at=row.noted_at,
            into=tuple(row.into),
        )
        for row in await connection.execute(_WITHIN, asked)
    ]


def noting(draft: SagaDraft, saga_id: UUID) -> list[Statement]:
    """That the visit is put where it is on purpose, in the transaction that puts it there."""
    if draft.override is None:
        return []
    parts = draft.appointment.plan.local_segments
    values = {
        "saga": saga_id,
        "appointment": draft.appointment.id,
        "version": draft.appointment.version,
        "author": draft.override.author.strip(),
        "reason": draft.override.reason.strip(),
        "staff": [part.staff_id for part in parts],
        "spans": [range_of(part.calendar_span) for part in parts],
    }
    return [Statement(_NOTE, values)]
