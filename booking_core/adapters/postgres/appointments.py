"""Appointments in PostgreSQL: one row each with its plan as it was sold, one row per segment.

Each version that was committed keeps a row of its own, so that a mail about it stays true.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, cast, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql

from booking_core.adapters.postgres.booking_tables import (
    appointment,
    appointment_segment,
    appointment_version,
)
from booking_core.adapters.postgres.claims import range_of
from booking_core.adapters.postgres.salon_tables import customer
from booking_core.domain.appointment import (
    Appointment,
    AppointmentState,
    Customer,
)
from booking_core.domain.errors import UnknownAppointment
from booking_core.domain.names import folded_words
from booking_core.domain.snapshot import dump_plan, load_plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.exc import IntegrityError
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from booking_core.domain.plan import PlannedSegment
    from booking_core.ports import Search

STANDING = (AppointmentState.BOOKED,)
ONCE_BOOKED = (
    AppointmentState.BOOKED,
    AppointmentState.CANCELLING,
    AppointmentState.CANCELLED,
)


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

    async def version(self, appointment_id: UUID, version: int) -> Appointment:
        """One appointment as it was in that version; UnknownAppointment when there is none."""
        query = select(appointment).where(appointment.c.id == appointment_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
            versions = await versions_of(connection, appointment_id, version)
        if row is None or version not in versions:
            raise UnknownAppointment(appointment_id=appointment_id, version=version)
        return as_of(appointment_of(row), versions[version])

    async def find(self, search: Search) -> Sequence[Appointment]:
        """All that came about and fit, in order of their starts; cancelled ones only by code."""
        query = select(appointment).where(*_fits(search)).order_by(appointment.c.starts_at)
        async with self._engine.connect() as connection:
            return [appointment_of(row) for row in await connection.execute(query)]


def _fits(search: Search) -> list[ColumnElement[bool]]:
    columns = appointment.c
    states = ONCE_BOOKED if search.code else STANDING
    where = [columns.branch_id == search.branch_id, columns.state.in_(states)]
    if search.phone:
        where.append(columns.customer_phone == search.phone)
    if search.code:
        where.append(columns.code == search.code)
    if search.words:
        words = cast(sorted(search.words), postgresql.ARRAY(Text))
        where.append(columns.name_words.op("&&")(words))
    if search.starts_in:
        where.append(columns.starts_at >= search.starts_in.start)
        where.append(columns.starts_at < search.starts_in.end)
    if search.ends_after:
        where.append(columns.ends_at > search.ends_after)
    return where


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


async def versions_of(
    connection: AsyncConnection, appointment_id: UUID, *versions: int
) -> Mapping[int, Row[Any]]:
    """These versions, as far as they were committed."""
    query = select(appointment_version).where(
        appointment_version.c.appointment_id == appointment_id,
        appointment_version.c.version.in_(versions),
    )
    return {row.version: row for row in await connection.execute(query)}


def as_of(today: Appointment, row: Row[Any]) -> Appointment:
    """The appointment as it was in the version of this row."""
    return replace(
        today,
        state=AppointmentState(row.state),
        version=row.version,
        plan=load_plan(row.plan),
        service_names=tuple(row.service_names),
        price_cents=row.price_cents,
    )


async def insert_appointment(connection: AsyncConnection, new: Appointment) -> None:
    """Store a new appointment with its segments."""
    await connection.execute(insert(appointment).values(_columns(new)))
    await insert_segments(connection, new, {})


async def insert_segments(
    connection: AsyncConnection, of: Appointment, uids: Mapping[int, str | None]
) -> None:
    """Store the segments, with the uids of their bookings as far as there are any."""
    rows = [
        {**_segment_columns(of.id, segment), "calendar_uid": uids.get(segment.index)}
        for segment in of.plan.segments
    ]
    await connection.execute(insert(appointment_segment), rows)


async def keep_version(connection: AsyncConnection, committed: Appointment, at: datetime) -> None:
    """What was committed just now can be told for ever."""
    await connection.execute(
        insert(appointment_version).values(
            appointment_id=committed.id,
            version=committed.version,
            state=committed.state,
            plan=dump_plan(committed.plan),
            service_names=list(committed.service_names),
            price_cents=committed.price_cents,
            committed_at=at,
        )
    )


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


async def mark_moved(
    connection: AsyncConnection, moved: Appointment, uids: Mapping[int, str | None]
) -> None:
    """The appointment is what the new plan says."""
    await connection.execute(
        update(appointment)
        .where(appointment.c.id == moved.id)
        .values(
            version=moved.version,
            plan=dump_plan(moved.plan),
            starts_at=moved.plan.start,
            ends_at=moved.plan.end,
            service_names=list(moved.service_names),
            price_cents=moved.price_cents,
        )
    )
    await connection.execute(
        delete(appointment_segment).where(appointment_segment.c.appointment_id == moved.id)
    )
    await insert_segments(connection, moved, uids)


async def mark_cancelling(connection: AsyncConnection, appointment_id: UUID) -> None:
    """The appointment is about to go, and nothing brings it back."""
    await connection.execute(
        update(appointment)
        .where(appointment.c.id == appointment_id)
        .values(state=AppointmentState.CANCELLING)
    )


async def mark_cancelled(connection: AsyncConnection, cancelled: Appointment) -> None:
    """Nothing of it stands any more."""
    await connection.execute(
        update(appointment)
        .where(appointment.c.id == cancelled.id)
        .values(state=AppointmentState.CANCELLED, version=cancelled.version)
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
        "name_words": sorted(folded_words(new.customer.name)),
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
