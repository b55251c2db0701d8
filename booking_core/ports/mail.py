"""Mails that are due, and who delivers them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from email.message import EmailMessage
    from uuid import UUID


class Mailer(Protocol):
    """Delivers one message."""

    async def send(self, message: EmailMessage) -> None:
        """Hand the message over; raises OSError when it could not be handed over."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DueMail:
    """One mail that is to be sent, or has been."""

    appointment_id: UUID
    version: int
    kind: str
    """A value of `domain.mail.MailKind`."""
    committed_at: datetime
    """When what it tells became true; its own date, so that a resend is the same mail."""
    tries: int = 1
    """This one included."""
    content: bytes | None = None
    """As it may have left already; None = it surely has not."""


class MailLog(Protocol):
    """Which mails are due and which are sent: at most one per appointment, version and kind.

    Whoever claims a mail has it until the lease is over; who is late changes nothing any more,
    except that a mail that was taken is `sent`.
    """

    async def claim(self, appointment_id: UUID, version: int, kind: str) -> DueMail | None:
        """The mail, if it is due, nobody else is sending it and no older one is before it."""
        ...

    async def keep(self, mail: DueMail, content: bytes) -> bool:
        """From here on it may have left, as these bytes; False when it is somebody else's now."""
        ...

    async def sent(self, mail: DueMail, *, message_id: str) -> None:
        """It was handed over."""
        ...

    async def unsent(self, mail: DueMail, *, wait_s: float) -> None:
        """It was surely not handed over; it is due again after the wait."""
        ...

    async def unsure(self, mail: DueMail, *, wait_s: float) -> bool:
        """Nobody knows whether it was handed over; whether it is due again after the wait."""
        ...

    async def refuse(self, mail: DueMail, *, reason: str) -> None:
        """The mail server will never take it."""
        ...

    async def drop(self, mail: DueMail, *, reason: str) -> None:
        """There is nobody to send it to."""
        ...

    async def reopen(self, appointment_id: UUID, version: int, kind: str) -> bool:
        """A mail that was sent, or could not be, is due once more; False when there is no such."""
        ...

    async def due(self) -> Sequence[DueMail]:
        """Mails that nobody has sent or is sending, the oldest first."""
        ...

    async def behind(self, mail: DueMail) -> Sequence[DueMail]:
        """Those of the same appointment about later versions, in order, sent by nobody so far."""
        ...

    async def lapse(self) -> Sequence[DueMail]:
        """Give up mails that may have left with a dead sender and may not be sent twice."""
        ...
