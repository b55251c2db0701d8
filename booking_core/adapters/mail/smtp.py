"""Mails over SMTP, in a conversation of which every end is told apart."""

from __future__ import annotations

import asyncio
import re
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import aiosmtplib

from booking_core.domain.mail import (
    MailNotAccepted,
    MailRefused,
    MailServerAway,
    MailUnsure,
)

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable
    from email.message import EmailMessage

TIMEOUT_S = 30.0  # for each step; a server that delays strangers on purpose takes most of it
ANSWER_S = 90.0  # the yes to a mail that is looked through first
FAREWELL_S = 1.0  # the mail is taken, whatever becomes of the rest
PORTS = {"smtp": 25, "smtps": 465}
CLOSING = 421  # "try again later", as an answer to anything
PERMANENT = range(500, 600)
LOGIN_WANTED = frozenset({530, 534, 535, 538})
ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})\b")
POLICY = "5.7."  # of enhanced codes: about who sends, not about who is written to


class SmtpMailer:
    """Implements `ports.Mailer` for `smtp://user:password@host:port`, or `smtps://` for TLS.

    Over `smtp://` the connection is encrypted as soon as the server offers it. `tls` says whom to
    trust; None = the machine's certificate authorities.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_s: float = TIMEOUT_S,
        answer_s: float = ANSWER_S,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname:
            # The URL itself may hold a password and stays out of the message.
            raise ValueError("a mail server is given as smtp://host or smtps://host")
        self._host = parts.hostname
        self._port = parts.port or PORTS[parts.scheme]
        self._tls_at_once = parts.scheme == "smtps"
        self._tls = tls
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._timeout_s = timeout_s
        self._answer_s = answer_s

    async def send(self, message: EmailMessage) -> None:
        """Hand the message over; the tree in `domain.mail` says how that can fail."""
        content = message.as_bytes()
        client = self._client()
        try:
            async with _step(self._timeout_s, MailServerAway):
                await client.connect()
            async with _step(self._timeout_s, MailNotAccepted):
                await client.mail(message["From"].addresses[0].addr_spec)
            async with _step(self._timeout_s, MailNotAccepted, final=_about_recipient):
                await client.rcpt(message["To"].addresses[0].addr_spec)
            async with _step(self._answer_s, MailUnsure, final=_is_permanent):
                await client.data(content, timeout=None)
        finally:
            await _part(client)

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password,
            use_tls=self._tls_at_once,
            tls_context=self._tls,
            timeout=None,
        )


@asynccontextmanager
async def _step(
    timeout_s: float, lost: type[OSError], *, final: Callable[[Answer], bool] | None = None
) -> AsyncIterator[None]:
    """One step of the conversation: what a broken connection means in it, and which no is final."""
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except aiosmtplib.SMTPResponseException as error:
        answer = Answer.of(error)
        if not answer.is_no:
            raise lost(str(answer)) from error
        if answer.code == CLOSING or answer.code in LOGIN_WANTED or lost is MailServerAway:
            raise MailServerAway(str(answer)) from error
        raise (MailRefused if final and final(answer) else MailNotAccepted)(str(answer)) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise lost(type(error).__name__) from error


async def _part(client: aiosmtplib.SMTP) -> None:
    """Hang up politely; what is said now changes nothing any more."""
    with suppress(aiosmtplib.SMTPException, OSError):
        async with asyncio.timeout(FAREWELL_S):
            await client.quit(timeout=None)
    client.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a mail server said, without its own words: they repeat the customer's address."""

    code: int
    enhanced: str = ""
    """RFC 3463, where the server says it: 5.1.1."""

    @classmethod
    def of(cls, error: aiosmtplib.SMTPResponseException) -> Answer:
        """The numbers of an answer."""
        found = ENHANCED.match(error.message)
        return cls(code=error.code, enhanced=found[1] if found else "")

    @property
    def is_no(self) -> bool:
        """Whether it says that the mail was not taken; anything else was not understood."""
        return 400 <= self.code < 600  # noqa: PLR2004 - RFC 5321, 4.2.1

    def __str__(self) -> str:
        return f"{self.code} {self.enhanced}".strip()


def _is_permanent(answer: Answer) -> bool:
    return answer.code in PERMANENT


def _about_recipient(answer: Answer) -> bool:
    """Policy is about who sends: others would be refused alike, until somebody sets it right."""
    return _is_permanent(answer) and not answer.enhanced.startswith(POLICY)
