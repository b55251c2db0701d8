"""Appointments in PostgreSQL: one row each with its plan as it was sold, one row per segment.

Each version that was committed keeps a row of its own, so that a mail about it stays true.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb
from sqlalchemy import Text, case, cast, func, select, update
from sqlalchemy.dialects import postgresql

from booking_core.adapters.postgres.booking_tables import (
    appointment,
    appointment_version,
)
from booking_core.adapters.postgres.claims import range_of
from booking_core.adapters.postgres.pipeline import Statement
from booking_core.adapters.postgres.transactions import violated
from booking_core.domain.appointment import (
    Appointment,
    AppointmentState,
    Customer,
    Mark,
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

    from booking_core.domain.plan import Plan
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
        self._glance = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def by_id(self, appointment_id: UUID) -> Appointment:
        """One appointment; UnknownAppointment when there is none."""
        query = select(appointment).where(appointment.c.id == appointment_id)
        async with self._glance.connect() as connection:
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

    async def add_note(self, branch_id: UUID, appointment_id: UUID, note: str) -> None:
        """Add this line, once; UnknownAppointment when there is no such visit."""
        columns = appointment.c
        has = func.strpos(columns.note, note) > 0
        added = func.ltrim(columns.note.concat("\n").concat(note), "\n")
        change = (
            update(appointment)
            .where(columns.id == appointment_id, columns.branch_id == branch_id)
            .values(note=case((has, columns.note), else_=added))
        )
        async with self._engine.begin() as connection:
            if not (await connection.execute(change)).rowcount:
                raise UnknownAppointment(appointment_id=appointment_id)

    async def mark(
        self, branch_id: UUID, appointment_id: UUID, version: int, mark: Mark | None
    ) -> bool:
        """Whether they came, as the salon says; False when this version does not stand."""
        columns = appointment.c
        change = (
            update(appointment)
            .where(
                columns.id == appointment_id,
                columns.branch_id == branch_id,
                columns.version == version,
                columns.state == AppointmentState.BOOKED,
            )
            .values(mark=mark)
        )
        async with self._engine.begin() as connection:
            return bool((await connection.execute(change)).rowcount)

    async def find(self, search: Search) -> Sequence[Appointment]:
        """All that came about and fit, in order of their starts; cancelled ones only by code."""
        query = select(appointment).where(*_fits(search)).order_by(appointment.c.starts_at)
        async with self._glance.connect() as connection:
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
    if search.overlaps:
        where.append(columns.starts_at < search.overlaps.end)
        where.append(columns.ends_at > search.overlaps.start)
    return where


def appointment_of(row: Row[Any], *, plan: Plan | None = None) -> Appointment:
    """The appointment in a row with all columns of the table; `plan` if it is read already."""
    return Appointment(
        id=row.id,
        branch_id=row.branch_id,
        code=row.code,
        state=AppointmentState(row.state),
        version=row.version,
        plan=plan or load_plan(row.plan),
        service_names=tuple(row.service_names),
        price_cents=row.price_cents,
        customer=Customer(
            name=row.customer_name, phone=row.customer_phone, email=row.customer_email
        ),
        source=row.source,
        call_id=row.call_id,
        note=row.note,
        anyone=row.anyone,
        mark=Mark(row.mark) if row.mark else None,
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


def adding(new: Appointment) -> list[Statement]:
    """Store a new appointment with its segments."""
    return [Statement(_ADD, _values(new)), adding_segments(new, {})]


def adding_segments(of: Appointment, uids: Mapping[int, str | None]) -> Statement:
    """Store the segments, with the uids of their bookings as far as there are any."""
    parts = of.plan.segments
    values = {
        "id": of.id,
        "indexes": [part.index for part in parts],
        "keys": [part.key for part in parts],
        "names": [part.name for part in parts],
        "services": [part.service_id for part in parts],
        "staff": [part.staff_id for part in parts],
        "spans": [range_of(part.span) for part in parts],
        "pauses": [part.pause.span.end if part.pause else None for part in parts],
        "uids": [uids.get(part.index) for part in parts],
    }
    return Statement(_ADD_SEGMENTS, values)


def keeping_version(committed: Appointment, at: datetime) -> Statement:
    """What was committed just now can be told for ever."""
    return Statement(_KEEP_VERSION, {**_values(committed), "at": at})


def keeping_version_as_stored(committed: Appointment, at: datetime) -> Statement:
    """The same of an appointment whose row has this plan already."""
    values = {
        "id": committed.id,
        "version": committed.version,
        "state": committed.state.value,
        "at": at,
    }
    return Statement(_KEEP_VERSION_AS_STORED, values)


def keeping_uids(of: Appointment, uids: Mapping[int, str | None]) -> Statement:
    """Under which uids its segments stand at the calendar."""
    values = {"id": of.id, "indexes": list(uids), "uids": list(uids.values())}
    return Statement(_KEEP_UIDS, values)


def is_code_collision(error: IntegrityError) -> bool:
    """Whether another appointment of the branch has this code already."""
    return violated(error) == "uq_appointment_branch_id_code"


def booking(booked: Appointment, at: datetime) -> Statement:
    """The appointment stands, with its customer on file under this number and name."""
    person = booked.customer
    values = {
        "id": booked.id,
        "branch": booked.branch_id,
        "name": person.name,
        "phone": person.phone,
        "email": person.email,
        "at": at,
    }
    return Statement(_BOOK, values, {"person": _KEEP_CUSTOMER})


def moving(moved: Appointment, uids: Mapping[int, str | None]) -> list[Statement]:
    """The appointment is what the new plan says."""
    return [
        Statement(_MOVE, _values(moved)),
        Statement(
            "DELETE FROM appointment_segment WHERE appointment_id = %(id)s", {"id": moved.id}
        ),
        adding_segments(moved, uids),
    ]


def entering(changed: Appointment, state: AppointmentState, version: int) -> Statement:
    """The appointment is on its way, or has come to an end."""
    values = {"id": changed.id, "state": state.value, "version": version}
    return Statement(_ENTER, values)


async def mark_failed(connection: AsyncConnection, failed: Appointment) -> None:
    """The appointment did not come about."""
    await connection.execute(
        update(appointment)
        .where(appointment.c.id == failed.id)
        .values(state=AppointmentState.FAILED)
    )


def _values(of: Appointment) -> dict[str, Any]:
    return {
        "id": of.id,
        "branch": of.branch_id,
        "code": of.code,
        "state": of.state.value,
        "version": of.version,
        "plan": Jsonb(dump_plan(of.plan)),
        "starts_at": of.plan.start,
        "ends_at": of.plan.end,
        "services": list(of.service_names),
        "price": of.price_cents,
        "name": of.customer.name,
        "phone": of.customer.phone,
        "email": of.customer.email,
        "words": sorted(folded_words(of.customer.name)),
        "source": of.source,
        "call": of.call_id,
        "anyone": of.anyone,
        "note": of.note,
    }


_ADD = """
    INSERT INTO appointment (
      id, branch_id, code, state, version, plan, starts_at, ends_at, service_names, price_cents,
      customer_name, customer_phone, customer_email, name_words, source, call_id, anyone,
      note
    ) VALUES (
      %(id)s, %(branch)s, %(code)s, %(state)s, %(version)s, %(plan)s, %(starts_at)s, %(ends_at)s,
      %(services)s::text[], %(price)s, %(name)s, %(phone)s, %(email)s, %(words)s::text[],
      %(source)s, %(call)s, %(anyone)s, %(note)s
    )
"""
_ADD_SEGMENTS = """
    INSERT INTO appointment_segment (
      appointment_id, index, key, name, service_id, staff_id, during, pause_until, calendar_uid
    )
    SELECT %(id)s, part.*
    FROM unnest(
      %(indexes)s::smallint[], %(keys)s::text[], %(names)s::text[], %(services)s::uuid[],
      %(staff)s::uuid[], %(spans)s::tstzrange[], %(pauses)s::timestamptz[], %(uids)s::text[]
    ) AS part
"""
_KEEP_VERSION = """
    INSERT INTO appointment_version (
      appointment_id, version, state, plan, service_names, price_cents, committed_at
    ) VALUES (
      %(id)s, %(version)s, %(state)s, %(plan)s, %(services)s::text[], %(price)s, %(at)s
    )
"""
_KEEP_VERSION_AS_STORED = """
    INSERT INTO appointment_version (
      appointment_id, version, state, plan, service_names, price_cents, committed_at
    )
    SELECT id, %(version)s, %(state)s, plan, service_names, price_cents, %(at)s
    FROM appointment WHERE id = %(id)s
"""
_KEEP_UIDS = """
    UPDATE appointment_segment AS segment SET calendar_uid = made.uid
    FROM unnest(%(indexes)s::smallint[], %(uids)s::text[]) AS made (index, uid)
    WHERE segment.appointment_id = %(id)s AND segment.index = made.index
"""
_KEEP_CUSTOMER = """
    INSERT INTO customer (branch_id, name, phone, email)
    VALUES (%(branch)s, %(name)s, %(phone)s, %(email)s)
    ON CONFLICT (branch_id, phone, name) DO UPDATE
    SET email = coalesce(excluded.email, customer.email), updated_at = now()
    RETURNING id
"""
_BOOK = """
    UPDATE appointment
    SET state = 'booked', booked_at = %(at)s, customer_id = (SELECT id FROM person)
    WHERE id = %(id)s
"""
_MOVE = """
    UPDATE appointment
    SET version = %(version)s, plan = %(plan)s, starts_at = %(starts_at)s, ends_at = %(ends_at)s,
        service_names = %(services)s::text[], price_cents = %(price)s, mark = NULL
    WHERE id = %(id)s
"""
_ENTER = "UPDATE appointment SET state = %(state)s, version = %(version)s WHERE id = %(id)s"
