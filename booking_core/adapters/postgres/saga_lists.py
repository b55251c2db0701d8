"""Which sagas somebody has to look after, and what is meant to stand while they are under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, literal, select, text

from booking_core.adapters.postgres.booking_tables import saga, saga_step
from booking_core.adapters.postgres.claims import in_seconds
from booking_core.domain.appointment import AppointmentState
from booking_core.domain.errors import UnknownAppointment
from booking_core.domain.saga import Standing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection


async def overdue(connection: AsyncConnection) -> Sequence[UUID]:
    """Open ones whose lease is over, the oldest first."""
    query = (
        select(saga.c.id)
        .where(saga.c.ended_at.is_(None), saga.c.lease_until <= func.clock_timestamp())
        .order_by(saga.c.started_at)
    )
    return (await connection.scalars(query)).all()


async def doubtful(connection: AsyncConnection, *, within_s: float) -> Sequence[UUID]:
    """Those that ended within this time and had an uncertain step."""
    uncertain = (
        select(literal(value=True))
        .where(saga_step.c.saga_id == saga.c.id, saga_step.c.uncertain)
        .exists()
    )
    query = select(saga.c.id).where(saga.c.ended_at >= in_seconds(-within_s), uncertain)
    return (await connection.scalars(query)).all()


async def standing(connection: AsyncConnection, appointment_id: UUID) -> Standing:
    """What of an appointment is meant to stand at the calendar right now."""
    row = (await connection.execute(_STANDING, {"id": appointment_id})).one_or_none()
    if row is None:
        raise UnknownAppointment(appointment_id=appointment_id)
    return Standing(
        state=AppointmentState(row.state),
        version=row.version,
        uids=frozenset(row.uids),
        under_way=row.under_way,
    )


_STANDING = text("""
    SELECT state, version,
      ARRAY(
        SELECT calendar_uid FROM appointment_segment
        WHERE appointment_id = appointment.id AND calendar_uid IS NOT NULL
      ) AS uids,
      EXISTS (
        SELECT FROM saga WHERE appointment_id = appointment.id AND ended_at IS NULL
      ) AS under_way
    FROM appointment WHERE id = :id
""")
