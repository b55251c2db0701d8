"""Send one mail about one appointment, once.

A mail is due from the commit that makes true what it tells, and the mail log knows it until it is
sent, refused or dropped. One gap cannot be closed: a mail server that takes a mail and is not heard
saying so, because the connection broke or because we died. SMTP has no way to ask. So it is chosen
(`domain.mail.Delivery`), and both choices are kept to the letter:

at_least_once: the mail is sent again as the very bytes that may have left before, with the same
Message-ID, so that a server or a mailbox that looks at it drops the repetition. Nothing is lost.

at_most_once: the mail is left alone, marked `unsure`, and reported. Nothing arrives twice.

Whenever the server is known not to have taken a mail, both send it later.
"""

from __future__ import annotations

from asyncio import get_running_loop
from contextlib import suppress
from email import message_from_bytes
from email.policy import SMTP
from typing import TYPE_CHECKING, Protocol

import structlog

from booking_core.domain.errors import UnknownAppointment
from booking_core.domain.mail import (
    MailKind,
    MailRefused,
    MailServerAway,
    MailUnsure,
    UnusableAddress,
)

if TYPE_CHECKING:
    from datetime import datetime
    from email.message import EmailMessage
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.ports import Appointments, DueMail, Mailer, MailLog, Salons

log = structlog.get_logger()

WAITS_S = (2.0, 10.0, 60.0, 300.0, 1800.0, 3600.0)
ROUND_S = 30.0  # other work waits for a round: a slow mail server gets the next one, too
NO_ADDRESS = "no_address"
AS_IT_WAS = SMTP.clone(refold_source="none")


class Render(Protocol):
    """Writes the mail; the same arguments give the same bytes."""

    def __call__(
        self,
        appointment: Appointment,
        salon: Salon,
        *,
        committed_at: datetime,
        kind: MailKind,
        before: Appointment | None = None,
    ) -> EmailMessage:
        """The finished message; UnusableAddress when there is none to send it to."""
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

    async def __call__(self, appointment_id: UUID, version: int, kind: str) -> int:
        """How many were sent now: this one, and those that had to wait for it.

        Mails about one appointment go out in the order of its versions: a mail whose turn has not
        come is left to whoever sends the one before. OSError when it is to be tried again.
        """
        mail = await self._log_book.claim(appointment_id, version, kind)
        if mail is None:
            return 0
        message = await self._prepared(mail)
        sent = message is not None and await self._hand_over(mail, message)
        return sent + await self._those_behind(mail)

    async def again(self, appointment_id: UUID, version: int, kind: str) -> int | None:
        """Send a mail once more, as the same mail; None when there is none that was dealt with.

        0 = it is due, and goes out as soon as the mail server takes it.
        """
        if not await self._log_book.reopen(appointment_id, version, kind):
            return None
        with suppress(OSError):
            return await self(appointment_id, version, kind)
        return 0

    async def all_due(self, *, within_s: float = ROUND_S) -> int:
        """Send what is due and has no sender, for a while; how many mails went out."""
        for mail in await self._log_book.lapse():
            log.error("mail_unsure", reason="sender_died", **_facts(mail))
        sent, end = 0, get_running_loop().time() + within_s
        for mail in await self._log_book.due():
            try:
                sent += await self(mail.appointment_id, mail.version, mail.kind)
            except MailServerAway:
                break  # knocking again for each of the others helps nobody
            except Exception as error:  # noqa: BLE001 - one mail does not stop the others
                log.debug("mail_skipped", error=type(error).__name__, **_facts(mail))
            if get_running_loop().time() > end:
                break
        return sent

    async def _those_behind(self, mail: DueMail) -> int:
        following = next(iter(await self._log_book.behind(mail)), None)
        if following is None:
            return 0
        try:
            return await self(following.appointment_id, following.version, following.kind)
        except Exception as error:  # noqa: BLE001 - put off and reported; this one is done with
            log.debug("mail_skipped", error=type(error).__name__, **_facts(following))
            return 0

    async def _prepared(self, mail: DueMail) -> EmailMessage | None:
        """The message, its bytes kept; None when it is not to be sent, or not by us."""
        try:
            content = await self._content(mail)
        except UnusableAddress as error:
            await self._log_book.drop(mail, reason=error.reason)
            log.warning("mail_dropped", reason=error.reason, **_facts(mail))
            return None
        except Exception as error:
            await self._put_off(mail, error)
            raise
        ours = mail.content or await self._log_book.keep(mail, content)
        return thawed(content) if ours else None

    async def _content(self, mail: DueMail) -> bytes:
        """What may have left already, else what is true of this version."""
        appointment = await self._appointments.version(mail.appointment_id, mail.version)
        if not appointment.customer.email:
            raise UnusableAddress(NO_ADDRESS)
        if mail.content:
            return mail.content
        message = self._render(
            appointment,
            await self._salons.by_id(appointment.branch_id),
            committed_at=mail.committed_at,
            kind=MailKind(mail.kind),
            before=await self._before(mail),
        )
        return frozen(message)

    async def _before(self, mail: DueMail) -> Appointment | None:
        """What a change has changed, where that is known."""
        if mail.kind != MailKind.CHANGE:
            return None
        with suppress(UnknownAppointment):
            return await self._appointments.version(mail.appointment_id, mail.version - 1)
        return None

    async def _hand_over(self, mail: DueMail, message: EmailMessage) -> bool:
        try:
            await self._mailer.send(message)
        except MailRefused as error:
            await self._log_book.refuse(mail, reason=str(error))
            log.error("mail_refused", reason=str(error), **_facts(mail))  # noqa: TRY400 - the answer is all there is to know
            return False
        except MailUnsure as error:
            return await self._doubt(mail, error)
        except OSError as error:
            await self._put_off(mail, error)
            raise
        await self._log_book.sent(mail, message_id=message["Message-ID"])
        log.info("mail_sent", **_facts(mail))
        return True

    async def _doubt(self, mail: DueMail, error: MailUnsure) -> bool:
        wait_s = _wait_of(mail)
        if await self._log_book.unsure(mail, wait_s=wait_s):
            log.warning("mail_perhaps_sent", wait_s=wait_s, **_facts(mail))
            raise error
        log.error("mail_unsure", reason="answer_lost", **_facts(mail))
        return False

    async def _put_off(self, mail: DueMail, error: Exception) -> None:
        wait_s = _wait_of(mail)
        # The text of an error may quote the address: its class must do.
        name = type(error).__name__
        log.warning("mail_not_sent", error=name, wait_s=wait_s, **_facts(mail))
        await self._log_book.unsent(mail, wait_s=wait_s)


def frozen(message: EmailMessage) -> bytes:
    """The message as bytes that stay these very bytes, however often they are read and written."""
    # The first writing may fold a header in a way that no reading keeps.
    return thawed(message.as_bytes(policy=SMTP)).as_bytes()


def thawed(content: bytes) -> EmailMessage:
    """The message whose bytes these are."""
    return message_from_bytes(content, policy=AS_IT_WAS)


def _wait_of(mail: DueMail) -> float:
    return WAITS_S[min(mail.tries, len(WAITS_S)) - 1]


def _facts(mail: DueMail) -> dict[str, object]:
    """What a log may know of a mail."""
    return {
        "appointment": str(mail.appointment_id),
        "version": mail.version,
        "kind": mail.kind,
        "tries": mail.tries,
    }
