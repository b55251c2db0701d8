"""Send one mail about one appointment, once.

At least once, to be exact: when the process dies between the mail server's yes and our note of it,
the same mail, byte by byte and with the same Message-ID, is sent again. A plain SMTP server offers
no way to close that gap; the other choice would be to lose the mail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import structlog

from booking_core.domain.mail import MailKind

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import EmailMessage
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.ports import Appointments, DueMail, Mailer, MailLog, Salons

log = structlog.get_logger()

WAITS_S = (2.0, 10.0, 60.0, 300.0, 1800.0)


class Render(Protocol):
    """Writes the mail; the same arguments give the same bytes."""

    def __call__(
        self, appointment: Appointment, salon: Salon, *, committed_at: datetime, kind: MailKind
    ) -> EmailMessage:
        """The finished message."""
        ...


class Notify:
    """Sends mails that are due; the mail log decides which are."""

    def __init__(
        self,
        *,
        log_book: MailLog,
        appointments: Appointments,
        salons: Salons,
        mailer: Mailer,
        render: Render,
    ) -> None:
        self._log_book = log_book
        self._appointments = appointments
        self._salons = salons
        self._mailer = mailer
        self._render = render

    async def __call__(self, appointment_id: UUID, version: int, kind: str) -> bool:
        """Whether the mail was sent now; OSError when it could not be handed over."""
        mail = await self._log_book.claim(appointment_id, version, kind)
        if mail is None:
            return False
        appointment = await self._appointments.by_id(appointment_id)
        if not appointment.customer.email:
            await self._log_book.drop(mail)
            return False
        await self._send(mail, appointment)
        return True

    async def all_due(self) -> int:
        """Send whatever is due and has no sender; how many mails went out."""
        sent = 0
        for mail in await self._log_book.due():
            try:
                sent += await self(mail.appointment_id, mail.version, mail.kind)
            except Exception:  # noqa: BLE001, S112 - reported and put off by `_put_off`
                continue
        return sent

    async def _send(self, mail: DueMail, appointment: Appointment) -> None:
        try:
            salon = await self._salons.by_id(appointment.branch_id)
            kind = MailKind(mail.kind)
            message = self._render(appointment, salon, committed_at=mail.committed_at, kind=kind)
            await self._mailer.send(message)
        except Exception as error:
            await self._put_off(mail, error)
            raise
        await self._log_book.sent(mail, message_id=message["Message-ID"])
        log.info("mail_sent", appointment=str(appointment.id), kind=mail.kind)

    async def _put_off(self, mail: DueMail, error: Exception) -> None:
        wait_s = WAITS_S[min(mail.tries, len(WAITS_S)) - 1]
        # The text of an error may quote the address: its class must do.
        name = type(error).__name__
        log.warning("mail_not_sent", kind=mail.kind, tries=mail.tries, error=name, wait_s=wait_s)
        await self._log_book.unsent(mail, wait_s=wait_s)
