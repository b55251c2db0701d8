"""Mails over SMTP."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import aiosmtplib

if TYPE_CHECKING:
    import ssl
    from email.message import EmailMessage

TIMEOUT_S = 20.0  # greylisting servers take their time; the job tries again anyway
PORTS = {"smtp": 25, "smtps": 465}


class MailNotAccepted(OSError):
    """The mail server did not take the message."""


class SmtpMailer:
    """Implements `ports.Mailer` for `smtp://user:password@host:port`, or `smtps://` for TLS.

    Over `smtp://` the connection is encrypted as soon as the server offers it. `tls` says whom to
    trust; None = the machine's certificate authorities.
    """

    def __init__(
        self, url: str, *, timeout_s: float = TIMEOUT_S, tls: ssl.SSLContext | None = None
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

    async def send(self, message: EmailMessage) -> None:
        """Hand the message over; OSError when the server is away or says no."""
        try:
            await aiosmtplib.send(
                message,
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._password,
                use_tls=self._tls_at_once,
                tls_context=self._tls,
                timeout=self._timeout_s,
            )
        except aiosmtplib.SMTPException as error:
            raise MailNotAccepted(_summary(error)) from error


def _summary(error: aiosmtplib.SMTPException) -> str:
    """What happened, without the server's own words: they repeat the customer's address."""
    code = getattr(error, "code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
