"""A real conversation with a mail server on a free port."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from booking_core.adapters.mail import MailNotAccepted, SmtpMailer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.booking_core.adapters.mail.conftest import Writer


@dataclass
class PostOffice:
    """Takes mails, or answers what it is told to."""

    answer: str = "250 OK"
    received: list[Envelope] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name aiosmtpd calls
        if self.answer.startswith("250"):
            self.received.append(envelope)
        return self.answer

    def check(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: LoginPassword
    ) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=True)


@asynccontextmanager
async def listening(office: PostOffice, **options: object) -> AsyncIterator[int]:
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(office, enable_SMTPUTF8=True, **options), "127.0.0.1", 0
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def test_a_mail_arrives_as_it_was_written(writer: Writer) -> None:
    office = PostOffice()
    async with listening(office) as port:
        await SmtpMailer(f"smtp://127.0.0.1:{port}").send(writer.mail())

    (envelope,) = office.received
    assert envelope.mail_from == "termine@salon-morgenrot.example"
    assert envelope.rcpt_tos == ["joerdis@example.com"]
    content = envelope.content
    assert isinstance(content, bytes)
    assert content == writer.mail().as_bytes()
    body = message_from_bytes(content, policy=default).get_body(("plain",))
    assert body is not None
    assert "Ansatzfärbung: Auswaschen (2 von 4)" in body.get_content()


async def test_the_user_of_the_url_logs_in(writer: Writer) -> None:
    office = PostOffice()
    async with listening(office, authenticator=office.check, auth_require_tls=False) as port:
        await SmtpMailer(f"smtp://salon%40host:p%2Fw@127.0.0.1:{port}").send(writer.mail())

    assert office.logins == [(b"salon@host", b"p/w")]
    assert len(office.received) == 1


async def test_a_refusal_is_an_error_that_does_not_repeat_the_address(writer: Writer) -> None:
    office = PostOffice(answer="550 no such user joerdis@example.com")
    async with listening(office) as port:
        with pytest.raises(MailNotAccepted) as caught:
            await SmtpMailer(f"smtp://127.0.0.1:{port}").send(writer.mail())

    assert str(caught.value) == "SMTPDataError 550"


async def test_a_server_that_is_away_is_an_error_of_the_system(writer: Writer) -> None:
    async with listening(PostOffice()) as port:
        pass

    with pytest.raises(OSError, match="Connect"):
        await SmtpMailer(f"smtp://127.0.0.1:{port}").send(writer.mail())


async def test_a_server_that_says_nothing_is_given_up(writer: Writer) -> None:
    release = asyncio.Event()

    async def silence(_reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        await release.wait()
        out.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        with pytest.raises(OSError, match="Timeout"):
            await SmtpMailer(f"smtp://127.0.0.1:{port}", timeout_s=0.2).send(writer.mail())
    finally:
        release.set()
        server.close()
        await server.wait_closed()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that nobody knows, and its key."""
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("makes a certificate with openssl, which is not installed")
    folder = tmp_path_factory.mktemp("tls")
    known, key = folder / "known.pem", folder / "key.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(known)]
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    subprocess.run([*command, *files, *subject], check=True, capture_output=True)  # noqa: S603 - fixed words
    return known, key


@pytest.fixture
def offered_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


async def test_a_server_that_offers_starttls_gets_the_mail_encrypted_only(
    writer: Writer, certificate: tuple[Path, Path], offered_tls: ssl.SSLContext
) -> None:
    office = PostOffice()
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    async with listening(office, tls_context=offered_tls, require_starttls=True) as port:
        await SmtpMailer(f"smtp://127.0.0.1:{port}", tls=trusting).send(writer.mail())

    assert len(office.received) == 1


async def test_a_server_nobody_vouches_for_gets_no_mail(
    writer: Writer, offered_tls: ssl.SSLContext
) -> None:
    office = PostOffice()
    async with listening(office, tls_context=offered_tls) as port:
        with pytest.raises(OSError, match=r"\w"):
            await SmtpMailer(f"smtp://127.0.0.1:{port}").send(writer.mail())

    assert office.received == []


async def test_smtps_speaks_tls_from_the_first_byte(writer: Writer) -> None:
    first_bytes: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        first_bytes.set_result(await reader.read(3))
        out.close()

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        with pytest.raises(OSError, match=r"\w"):
            await SmtpMailer(f"smtps://127.0.0.1:{port}", timeout_s=5).send(writer.mail())
    finally:
        server.close()
        await server.wait_closed()

    assert (await first_bytes)[:2] == b"\x16\x03"  # a TLS handshake


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example:25"])
def test_what_is_no_mail_server_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://host") as caught:
        SmtpMailer(url)

    assert url not in str(caught.value).replace("smtp://host", "")
