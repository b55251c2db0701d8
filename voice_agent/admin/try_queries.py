"""What was tried: the turns of a call to the copy, the visits that came of it, the mails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from booking_core.adapters.mail.render import render_confirmation
from booking_core.adapters.postgres.appointments import PostgresAppointments
from booking_core.adapters.postgres.booking_tables import appointment, email_log
from booking_core.adapters.postgres.call_tables import call, call_turn
from booking_core.domain.mail import MailKind, UnusableAddress
from voice_agent.admin.understood import deeds, meaning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from email.message import EmailMessage
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon
    from voice_agent.admin.rendering import Texts

MOST: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn, as the journal has it."""

    response_id: int
    caller: str
    agent: str
    understood: Sequence[tuple[str, str]]
    """What kind of thing, and what."""
    done: Sequence[str]
    total_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A visit on the copy."""

    id: UUID
    start: datetime
    services: str
    customer: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What would have been sent."""

    to: str
    subject: str
    text: str
    files: Sequence[str]


class TryQueries:
    """Reads the copy of one salon."""

    def __init__(self, engine: AsyncEngine, salon: Salon) -> None:
        self._engine = engine
        self._salon = salon

    async def turns(self, call_id: str, texts: Texts) -> Sequence[Turn]:
        """Of one call, in order; nothing when it was another salon's."""
        query = (
            select(call_turn)
            .join(call)
            .where(call.c.branch_id == self._salon.branch.id, call.c.id == call_id)
            .order_by(call_turn.c.turn)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [_turn(row, self._salon, texts) for row in rows]

    async def visits(self) -> Sequence[Tried]:
        """The newest ones that came about."""
        columns = appointment.c
        query = (
            select(appointment)
            .where(columns.branch_id == self._salon.branch.id, columns.booked_at.is_not(None))
            .order_by(columns.created_at.desc())
            .limit(MOST)
        )
        async with self._engine.connect() as connection:
            return [_tried(row) for row in await connection.execute(query)]

    async def mails(self) -> Sequence[Mail]:
        """What would have been written, the newest first; it stays due for ever."""
        query = (
            select(email_log)
            .where(email_log.c.branch_id == self._salon.branch.id)
            .order_by(email_log.c.id.desc())
            .limit(MOST)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        written = [await self._written(row) for row in rows]
        return [_mail(message) for message in written if message]

    async def _written(self, row: Any) -> EmailMessage | None:  # noqa: ANN401 - a row
        visits = PostgresAppointments(self._engine)
        visit = await visits.version(row.appointment_id, row.version)
        kind = MailKind(row.kind)
        before = None
        if kind is MailKind.CHANGE:
            before = await visits.version(row.appointment_id, row.version - 1)
        try:
            return render_confirmation(
                visit, self._salon, committed_at=row.committed_at, kind=kind, before=before
            )
        except UnusableAddress:
            return None


def _turn(row: Any, salon: Salon, texts: Texts) -> Turn:  # noqa: ANN401 - a row
    return Turn(
        response_id=row.response_id,
        caller=row.caller_text,
        agent=row.agent_text,
        understood=meaning(row.understanding or {}, salon, texts),
        done=deeds(row.actions or (), texts),
        total_ms=row.total_ms,
    )


def _tried(row: Any) -> Tried:  # noqa: ANN401 - a row
    return Tried(
        id=row.id,
        start=row.starts_at,
        services=" + ".join(row.service_names),
        customer=row.customer_name,
        state=row.state,
    )


def _mail(message: EmailMessage) -> Mail:
    body = message.get_body(("plain",))
    return Mail(
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=body.get_content() if body else "",
        files=[name for part in message.iter_attachments() if (name := part.get_filename())],
    )
