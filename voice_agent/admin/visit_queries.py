"""Everything that is known of one visit: its changes step by step, mails, call, audit trail."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from booking_core.adapters.postgres.admin_tables import audit_entry
from booking_core.adapters.postgres.appointments import appointment_of, as_of, versions_of
from booking_core.adapters.postgres.booking_tables import (
    appointment,
    appointment_segment,
    email_log,
    rest_override,
    saga,
    saga_step,
)
from booking_core.adapters.postgres.call_tables import call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from booking_core.domain.appointment import Appointment


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One visit with its past."""

    appointment: Appointment
    bookings: Mapping[int, str | None]
    """By the index of the segment: what the external calendar calls it."""
    changes: Sequence[Row[Any]]
    steps: Mapping[UUID, Sequence[Row[Any]]]
    """By change, in the order of carrying out."""
    mails: Sequence[Row[Any]]
    overrides: Sequence[Row[Any]]
    trail: Sequence[Row[Any]]
    has_call: bool
    """Whether the call it came from is still on record."""

    @property
    def changing(self) -> bool:
        """Whether something of it is under way."""
        return any(change.ended_at is None for change in self.changes)


class VisitQueries:
    """Reads visits of one branch."""

    def __init__(self, engine: AsyncEngine, branch_id: UUID) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._branch_id = branch_id

    async def visit(self, visit_id: UUID) -> Appointment | None:
        """The visit alone; None when this branch has none of this id."""
        async with self._engine.connect() as connection:
            return await self._visit(connection, visit_id)

    async def as_in(self, visit_id: UUID, version: int) -> Appointment | None:
        """The visit as it was in that version."""
        async with self._engine.connect() as connection:
            about = await self._visit(connection, visit_id)
            versions = await versions_of(connection, visit_id, version)
        if about is None or version not in versions:
            return None
        return as_of(about, versions[version])

    async def record(self, visit_id: UUID) -> Record | None:
        """The visit with its past; None when this branch has none of this id."""
        async with self._engine.connect() as connection:
            about = await self._visit(connection, visit_id)
            if about is None:
                return None
            return await self._record(connection, about)

    async def _visit(self, connection: AsyncConnection, visit_id: UUID) -> Appointment | None:
        query = select(appointment).where(
            appointment.c.id == visit_id, appointment.c.branch_id == self._branch_id
        )
        row = (await connection.execute(query)).one_or_none()
        return appointment_of(row) if row else None

    async def _record(self, connection: AsyncConnection, about: Appointment) -> Record:
        segments = await connection.execute(
            select(appointment_segment.c.index, appointment_segment.c.calendar_uid).where(
                appointment_segment.c.appointment_id == about.id
            )
        )
        changes = await connection.execute(
            select(saga).where(saga.c.appointment_id == about.id).order_by(saga.c.started_at)
        )
        steps = await connection.execute(
            select(saga_step)
            .join(saga, saga.c.id == saga_step.c.saga_id)
            .where(saga.c.appointment_id == about.id)
            .order_by(saga_step.c.position)
        )
        by_change: dict[UUID, list[Row[Any]]] = defaultdict(list)
        for step in steps:
            by_change[step.saga_id].append(step)
        return Record(
            appointment=about,
            bookings={row[0]: row[1] for row in segments},
            changes=changes.all(),
            steps=by_change,
            mails=(await connection.execute(_mails(about.id))).all(),
            overrides=(await connection.execute(_overrides(about.id))).all(),
            trail=(await connection.execute(self._trail(about.id))).all(),
            has_call=await self._has_call(connection, about.call_id),
        )

    def _trail(self, visit_id: UUID) -> Any:  # noqa: ANN401 - a SELECT of many columns
        return (
            select(audit_entry)
            .where(
                audit_entry.c.branch_id == self._branch_id,
                audit_entry.c.subject_id == str(visit_id),
            )
            .order_by(audit_entry.c.id)
        )

    async def _has_call(self, connection: AsyncConnection, call_id: str | None) -> bool:
        if call_id is None:
            return False
        query = select(call.c.id).where(call.c.id == call_id, call.c.branch_id == self._branch_id)
        return await connection.scalar(query) is not None


def _mails(visit_id: UUID) -> Any:  # noqa: ANN401 - a SELECT of many columns
    columns = (email_log.c.version, email_log.c.kind, email_log.c.state, email_log.c.sent_at)
    return (
        select(*columns, email_log.c.reason, email_log.c.tries)
        .where(email_log.c.appointment_id == visit_id)
        .order_by(email_log.c.version)
    )


def _overrides(visit_id: UUID) -> Any:  # noqa: ANN401 - a SELECT of many columns
    return (
        select(rest_override)
        .where(rest_override.c.appointment_id == visit_id)
        .order_by(rest_override.c.noted_at)
    )
