"""Appointments in PostgreSQL: one row each with its plan as it was sold, one row per segment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects import postgresql

from booking_core.adapters.postgres.booking_tables import appointment, appointment_segment
from booking_core.adapters.postgres.claims import range_of
from booking_core.adapters.postgres.salon_tables import customer
from booking_core.domain.appointment import (
    Appointment,
    AppointmentState,
    Customer,
)
from booking_core.domain.errors import UnknownAppointment
from booking_core.domain.snapshot import dump_plan, load_plan

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row
    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from booking_core.domain.plan import PlannedSegment


class PostgresAppointments:
    """Implements `ports.Appointments`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def by_id(self, appointment_id: UUID) -> Appointment:
        """One appointment; UnknownAppointment when there is none."""
        query = select(appointment).where(appointment.c.id == appointment_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise UnknownAppointment(appointment_id=appointment_id)
        return appointment_of(row)


def appointment_of(row: Row[Any]) -> Appointment:
    """The appointment in a row with all columns of the table."""
    return Appointment(
        id=row.id,
        branch_id=row.branch_id,
        code=row.code,
        state=AppointmentState(row.state),
        version=row.version,
        plan=load_plan(row.plan),
        service_names=tuple(row.service_names),
        price_cents=row.price_cents,
        customer=Customer(
            name=row.customer_name, phone=row.customer_phone, email=row.customer_email
        ),
        source=row.source,
        call_id=row.call_id,
    )


async def insert_appointment(connection: AsyncConnection, new: Appointment) -> None:
    """Store a new appointment with its segments."""
    await connection.execute(insert(appointment).values(_columns(new)))
    rows = [_segment_columns(new.id, segment) for segment in new.plan.segments]
    await connection.execute(insert(appointment_segment), rows)


def is_code_collision(error: IntegrityError) -> bool:
    """Whether another appointment of the branch has this code already."""
    diagnosis = getattr(error.orig, "diag", None)
    return diagnosis is not None and diagnosis.constraint_name == "uq_appointment_branch_id_code"


async def mark_booked(connection: AsyncConnection, booked: Appointment, at: datetime) -> None:
    """The appointment stands, with its customer on file."""
    await connection.execute(
        update(appointment)
        .where(appointment.c.id == booked.id)
        .values(
            state=AppointmentState.BOOKED,
            booked_at=at,
            customer_id=await _customer(connection, booked),
        )
    )


async def mark_failed(connection: AsyncConnection, failed: Appointment) -> None:
    """The appointment did not come about."""
    await connection.execute(
        update(appointment)
        .where(appointment.c.id == failed.id)
        .values(state=AppointmentState.FAILED)
    )


async def _customer(connection: AsyncConnection, booked: Appointment) -> UUID:
    """The customer on file under this number and name, else a new one."""
    person = booked.customer
    new = postgresql.insert(customer).values(
        branch_id=booked.branch_id, name=person.name, phone=person.phone, email=person.email
    )
    known = new.on_conflict_do_update(
        index_elements=[customer.c.branch_id, customer.c.phone, customer.c.name],
        set_={
            "email": func.coalesce(new.excluded.email, customer.c.email),
            "updated_at": func.now(),
        },
    )
    result = await connection.execute(known.returning(customer.c.id))
    found: UUID = result.scalar_one()
    return found


def _columns(new: Appointment) -> dict[str, Any]:
    return {
        "id": new.id,
        "branch_id": new.branch_id,
        "code": new.code,
        "state": new.state,
        "version": new.version,
        "plan": dump_plan(new.plan),
        "starts_at": new.plan.start,
        "ends_at": new.plan.end,
        "service_names": list(new.service_names),
        "price_cents": new.price_cents,
        "customer_name": new.customer.name,
        "customer_phone": new.customer.phone,
        "customer_email": new.customer.email,
        "source": new.source,
        "call_id": new.call_id,
    }


def _segment_columns(appointment_id: UUID, segment: PlannedSegment) -> dict[str, Any]:
    return {
        "appointment_id": appointment_id,
        "index": segment.index,
        "key": segment.key,
        "name": segment.name,
        "service_id": segment.service_id,
        "staff_id": segment.staff_id,
        "during": range_of(segment.span),
        "pause_until": segment.pause.span.end if segment.pause else None,
    }
