"""Which mails are due and which are sent, in PostgreSQL: one row each, written with its cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, or_, select, update

from booking_core.adapters.postgres.booking_tables import email_log
from booking_core.adapters.postgres.claims import in_seconds
from booking_core.adapters.postgres.transactions import transact
from booking_core.ports import DueMail

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from booking_core.domain.appointment import Appointment

LEASE_S = 120.0  # longer than a slow mail server takes to say yes
DUE, SENDING, SENT = "due", "sending", "sent"


class PostgresMailLog:
    """Implements `ports.MailLog`."""

    def __init__(self, engine: AsyncEngine, *, lease_s: float = LEASE_S) -> None:
        self._engine = engine
        self._lease_s = lease_s

    async def claim(self, appointment_id: UUID, version: int, kind: str) -> DueMail | None:
        """The mail, if it is due and nobody else is sending it right now."""

        async def work(connection: AsyncConnection) -> DueMail | None:
            rows = await connection.execute(
                update(email_log)
                .where(*_is(appointment_id, version, kind), _free())
                .values(
                    state=SENDING,
                    lease_until=in_seconds(self._lease_s),
                    tries=email_log.c.tries + 1,
                )
                .returning(*_COLUMNS)
            )
            row = rows.one_or_none()
            return _due_of(row) if row else None

        return await transact(self._engine, work)

    async def sent(self, mail: DueMail, *, message_id: str) -> None:
        """It was handed over."""
        await self._write(
            mail,
            state=SENT,
            message_id=message_id,
            sent_at=func.clock_timestamp(),
            lease_until=None,
        )

    async def drop(self, mail: DueMail) -> None:
        """There is nobody left to send it to."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                delete(email_log).where(*_is(mail.appointment_id, mail.version, mail.kind))
            )

        await transact(self._engine, work)

    async def unsent(self, mail: DueMail, *, wait_s: float) -> None:
        """It could not be handed over; it is due again after the wait."""
        await self._write(mail, state=DUE, lease_until=in_seconds(wait_s))

    async def due(self) -> Sequence[DueMail]:
        """Mails that nobody has sent or is sending, the oldest first."""
        query = select(*_COLUMNS).where(_free()).order_by(email_log.c.committed_at)
        async with self._engine.connect() as connection:
            return [_due_of(row) for row in await connection.execute(query)]

    async def _write(self, mail: DueMail, **values: Any) -> None:  # noqa: ANN401 - column values and SQL expressions
        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                update(email_log)
                .where(
                    *_is(mail.appointment_id, mail.version, mail.kind), email_log.c.state != SENT
                )
                .values(values)
            )

        await transact(self._engine, work)


async def insert_mail(
    connection: AsyncConnection, about: Appointment, kind: str, at: datetime
) -> None:
    """Make a mail due, in the transaction that makes true what it tells."""
    await connection.execute(
        insert(email_log).values(
            branch_id=about.branch_id,
            appointment_id=about.id,
            version=about.version,
            kind=kind,
            committed_at=at,
        )
    )


_COLUMNS = (
    email_log.c.appointment_id,
    email_log.c.version,
    email_log.c.kind,
    email_log.c.committed_at,
    email_log.c.tries,
)


def _due_of(row: Row[Any, Any, Any, Any, Any]) -> DueMail:
    return DueMail(
        appointment_id=row.appointment_id,
        version=row.version,
        kind=row.kind,
        committed_at=row.committed_at,
        tries=row.tries,
    )


def _is(appointment_id: UUID, version: int, kind: str) -> tuple[ColumnElement[bool], ...]:
    return (
        email_log.c.appointment_id == appointment_id,
        email_log.c.version == version,
        email_log.c.kind == kind,
    )


def _free() -> ColumnElement[bool]:
    lease = email_log.c.lease_until
    return and_(email_log.c.state != SENT, or_(lease.is_(None), lease <= func.clock_timestamp()))
