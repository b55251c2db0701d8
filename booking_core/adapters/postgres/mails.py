"""Which mails are due and which are sent, in PostgreSQL: one row each, written with its cause.

`due` -> `sending` -> `sent`; or `refused`, `dropped`, `unsure`, which stay as they are and carry
their reason. `content` is there exactly while the mail may have left and nobody knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select, update

from booking_core.adapters.postgres.booking_tables import email_log
from booking_core.adapters.postgres.claims import in_seconds
from booking_core.adapters.postgres.pipeline import Statement
from booking_core.adapters.postgres.transactions import transact
from booking_core.domain.mail import Delivery
from booking_core.ports import DueMail

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from booking_core.domain.appointment import Appointment

LEASE_S = 240.0  # longer than the slowest conversation with a mail server that is waited for
DUE, SENDING, SENT = "due", "sending", "sent"
REFUSED, DROPPED, UNSURE = "refused", "dropped", "unsure"
OPEN = (DUE, SENDING)
SENDER_DIED = "sender_died"
ANSWER_LOST = "answer_lost"
TOLD_IN_PERSON = "told_in_person"


class PostgresMailLog:
    """Implements `ports.MailLog`; `delivery` decides about mails that may have left."""

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        lease_s: float = LEASE_S,
        delivery: Delivery = Delivery.AT_LEAST_ONCE,
    ) -> None:
        self._engine = engine
        self._lease_s = lease_s
        self._may_repeat = delivery is Delivery.AT_LEAST_ONCE

    async def claim(self, appointment_id: UUID, version: int, kind: str) -> DueMail | None:
        """The mail, if it is due, nobody else is sending it and no older one is before it."""
        rows = await self._write(
            *_is(appointment_id, version, kind),
            self._free(),
            ~_older_one_open(appointment_id, version),
            state=SENDING,
            lease_until=in_seconds(self._lease_s),
            tries=email_log.c.tries + 1,
        )
        return rows[0] if rows else None

    async def keep(self, mail: DueMail, content: bytes) -> bool:
        """From here on it may have left, as these bytes; False when it is somebody else's now."""
        return bool(await self._write(*_ours(mail), content=content))

    async def sent(self, mail: DueMail, *, message_id: str) -> None:
        """It was handed over: true whoever has it by now."""
        await self._write(
            *_is(mail.appointment_id, mail.version, mail.kind),
            email_log.c.state != SENT,
            state=SENT,
            message_id=message_id,
            sent_at=func.clock_timestamp(),
            lease_until=None,
            content=None,
            reason=None,
        )

    async def unsent(self, mail: DueMail, *, wait_s: float) -> None:
        """This try handed nothing over; whether an earlier one did stays as it was."""
        content = email_log.c.content if mail.content else None
        await self._write(*_ours(mail), state=DUE, lease_until=in_seconds(wait_s), content=content)

    async def unsure(self, mail: DueMail, *, wait_s: float) -> bool:
        """Nobody knows whether it was handed over; whether it is due again after the wait."""
        if self._may_repeat:
            await self._write(*_ours(mail), state=DUE, lease_until=in_seconds(wait_s))
        else:
            await self._close(mail, UNSURE, ANSWER_LOST)
        return self._may_repeat

    async def refuse(self, mail: DueMail, *, reason: str) -> None:
        """The mail server will never take it."""
        await self._close(mail, REFUSED, reason)

    async def drop(self, mail: DueMail, *, reason: str) -> None:
        """There is nobody to send it to."""
        await self._close(mail, DROPPED, reason)

    async def reopen(self, appointment_id: UUID, version: int, kind: str) -> bool:
        """A mail that was sent, or could not be, is due once more; False when there is no such.

        What was true when it was committed still is: it will be the very same mail.
        """
        rows = await self._write(
            *_is(appointment_id, version, kind),
            email_log.c.state.not_in(OPEN),
            state=DUE,
            tries=0,
            lease_until=None,
            message_id=None,
            sent_at=None,
            reason=None,
        )
        return bool(rows)

    async def due(self) -> Sequence[DueMail]:
        """Mails that nobody has sent or is sending, the oldest first."""
        return await self._read(self._free(), order=email_log.c.committed_at)

    async def behind(self, mail: DueMail) -> Sequence[DueMail]:
        """Those of the same appointment about later versions, in order, sent by nobody so far."""
        return await self._read(
            self._free(),
            email_log.c.appointment_id == mail.appointment_id,
            email_log.c.version > mail.version,
            order=email_log.c.version,
        )

    async def lapse(self) -> Sequence[DueMail]:
        """Give up mails that may have left with a dead sender and may not be sent twice."""
        if self._may_repeat:
            return ()
        return await self._write(
            _without_sender(),
            email_log.c.content.is_not(None),
            state=UNSURE,
            lease_until=None,
            content=None,
            reason=SENDER_DIED,
        )

    async def _read(
        self, *which: ColumnElement[bool], order: ColumnElement[Any]
    ) -> Sequence[DueMail]:
        query = select(*_COLUMNS).where(*which).order_by(order)
        async with self._engine.connect() as connection:
            return [_due_of(row) for row in await connection.execute(query)]

    async def _close(self, mail: DueMail, state: str, reason: str) -> None:
        await self._write(*_ours(mail), state=state, reason=reason, lease_until=None, content=None)

    async def _write(self, *which: ColumnElement[bool], **values: Any) -> Sequence[DueMail]:  # noqa: ANN401 - column values and SQL expressions
        async def work(connection: AsyncConnection) -> Sequence[DueMail]:
            statement = update(email_log).where(*which).values(values).returning(*_COLUMNS)
            return [_due_of(row) for row in await connection.execute(statement)]

        return await transact(self._engine, work)

    def _free(self) -> ColumnElement[bool]:
        """Nobody is at it, and a repetition is allowed or not needed."""
        if self._may_repeat:
            return _without_sender()
        return and_(_without_sender(), email_log.c.content.is_(None))


def mail_due(about: Appointment, kind: str, at: datetime) -> Statement:
    """Make a mail due, in the transaction that makes true what it tells."""
    values = {
        "branch": about.branch_id,
        "visit": about.id,
        "version": about.version,
        "kind": str(kind),
        "at": at,
    }
    return Statement(_MAIL_DUE, values)


def mail_withheld(about: Appointment, kind: str, at: datetime) -> Statement:
    """Note that a mail is not sent, because somebody at the desk tells the customer."""
    values = {
        "branch": about.branch_id,
        "visit": about.id,
        "version": about.version,
        "kind": str(kind),
        "at": at,
        "reason": TOLD_IN_PERSON,
    }
    return Statement(_MAIL_WITHHELD, values)


_MAIL_DUE = """
    INSERT INTO email_log (branch_id, appointment_id, version, kind, committed_at)
    VALUES (%(branch)s, %(visit)s, %(version)s, %(kind)s, %(at)s)
"""
_MAIL_WITHHELD = """
    INSERT INTO email_log (branch_id, appointment_id, version, kind, committed_at, state, reason)
    VALUES (%(branch)s, %(visit)s, %(version)s, %(kind)s, %(at)s, 'dropped', %(reason)s)
"""
_COLUMNS = (
    email_log.c.appointment_id,
    email_log.c.version,
    email_log.c.kind,
    email_log.c.committed_at,
    email_log.c.tries,
    email_log.c.content,
)


def _due_of(row: Row[Any, Any, Any, Any, Any, Any]) -> DueMail:
    return DueMail(
        appointment_id=row.appointment_id,
        version=row.version,
        kind=row.kind,
        committed_at=row.committed_at,
        tries=row.tries,
        content=row.content,
    )


def _is(appointment_id: UUID, version: int, kind: str) -> tuple[ColumnElement[bool], ...]:
    return (
        email_log.c.appointment_id == appointment_id,
        email_log.c.version == version,
        email_log.c.kind == kind,
    )


def _ours(mail: DueMail) -> tuple[ColumnElement[bool], ...]:
    """As it was claimed: another sender who took it over has counted one try more."""
    return (
        *_is(mail.appointment_id, mail.version, mail.kind),
        email_log.c.state == SENDING,
        email_log.c.tries == mail.tries,
    )


def _without_sender() -> ColumnElement[bool]:
    lease = email_log.c.lease_until
    return and_(email_log.c.state.in_(OPEN), or_(lease.is_(None), lease <= func.clock_timestamp()))


def _older_one_open(appointment_id: UUID, version: int) -> ColumnElement[bool]:
    """A mail that is still to come about an earlier version: a newer one never overtakes it."""
    other = email_log.alias("older")
    return exists().where(
        other.c.appointment_id == appointment_id,
        other.c.version < version,
        other.c.state.in_(OPEN),
    )
