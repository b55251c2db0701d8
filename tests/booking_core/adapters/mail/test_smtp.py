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

from booking_core.adapters.mail import SmtpMailer
from booking_core.adapters.mail.smtp import ANSWER_S, FAREWELL_S, TIMEOUT_S
from booking_core.adapters.postgres.mails import LEASE_S
from booking_core.domain.mail import (
    MailNotAccepted,
    MailRefused,
    MailServerAway,
    MailUnsure,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.booking_core.adapters.mail.conftest import Writer


@dataclass
class PostOffice:
    """Takes mails, or answers what it is told to."""

    mail: str = "250 OK"
    rcpt: str = "250 OK"
    data: str = "250 OK"
    delay_s: float = 0.0
    received: list[Envelope] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, sender: str, _options: list[str]
    ) -> str:
        envelope.mail_from = sender
        return self.mail

    async def handle_RCPT(  # noqa: N802 - the name aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, to: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(to)
        return self.rcpt

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name aiosmtpd calls
        await asyncio.sleep(self.delay_s)
        if self.data.startswith("250"):
            self.received.append(envelope)
        return self.data

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


@asynccontextmanager
async def scripted(answers: list[str], heard: list[bytes] | None = None) -> AsyncIterator[int]:
    """A server that answers by the list: an empty line hangs up, "wait" says nothing for long."""
    over = asyncio.Event()
    notes = [] if heard is None else heard

    async def speak(reader: asyncio.StreamReader, out: asyncio.StreamWriter) -> None:
        for number, answer in enumerate(answers):
            if number:
                ending = b"\r\n.\r\n" if answers[number - 1][:3] == "354" else b"\r\n"
                notes.append(await reader.readuntil(ending))
            if answer == "wait":
                await over.wait()
            elif answer:
                out.write(answer.encode() + b"\r\n")
                await out.drain()
            else:
                break
        out.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0, limit=1_000_000)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        over.set()
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


@pytest.mark.parametrize(
    ("where", "answer", "failure"),
    [
        ("MAIL", "451 4.3.2 come back later", MailNotAccepted),
        ("MAIL", "550 5.7.1 nobody of yours writes here", MailNotAccepted),
        ("MAIL", "530 5.7.0 must log in", MailServerAway),
        ("MAIL", "421 4.7.0 going down", MailServerAway),
        ("RCPT", "450 4.2.0 greylisted, come back later", MailNotAccepted),
        ("RCPT", "550 5.1.1 joerdis@example.com: no such user", MailRefused),
        ("RCPT", "550 joerdis@example.com: no such user", MailRefused),
        ("RCPT", "554 5.7.1 joerdis@example.com: relay access denied", MailNotAccepted),
        ("RCPT", "421 4.3.0 too much for me", MailServerAway),
        ("DATA", "452 4.3.1 disk full", MailNotAccepted),
        ("DATA", "554 5.7.1 joerdis@example.com: spam", MailRefused),
        ("DATA", "552 5.2.2 joerdis@example.com: mailbox full", MailRefused),
        ("DATA", "421 4.3.0 enough", MailServerAway),
    ],
)
async def test_every_no_is_told_apart_and_repeats_no_address(
    writer: Writer, where: str, answer: str, failure: type[OSError]
) -> None:
    office = PostOffice(**{where.lower(): answer})
    async with listening(office) as port:
        with pytest.raises(OSError, match=answer[:3]) as caught:
            await SmtpMailer(f"smtp://127.0.0.1:{port}").send(writer.mail())

    assert type(caught.value) is failure
    assert "joerdis" not in str(caught.value)
    assert office.received == []


async def test_a_refusal_gives_the_numbers_of_the_answer(writer: Writer) -> None:
    async with listening(PostOffice(rcpt="550 5.1.1 who?")) as port:
        with pytest.raises(MailRefused) as caught:
            await SmtpMailer(f"smtp://127.0.0.1:{port}").send(writer.mail())

    assert str(caught.value) == "550 5.1.1"


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        (["220 x", "250 x", "", "", "", ""], MailNotAccepted),  # gone at MAIL
        (["220 x", "250 x", "250 x", ""], MailNotAccepted),  # gone at RCPT
        (["220 x", "250 x", "250 x", "250 x", "354 x", ""], MailUnsure),  # gone after the mail
        (["220 x", "250 x", "250 x", "250 x", "354 x", "hm?"], MailUnsure),
        (["554 x"], MailServerAway),
        ([""], MailServerAway),
        (["220 x", "502 x", "502 x"], MailServerAway),
    ],
)
async def test_a_connection_that_breaks_is_unsure_only_once_the_mail_is_out(
    writer: Writer, script: list[str], failure: type[OSError]
) -> None:
    async with scripted(script) as port:
        with pytest.raises(OSError, match=r"\w") as caught:
            await SmtpMailer(f"smtp://127.0.0.1:{port}").send(writer.mail())

    assert type(caught.value) is failure


@pytest.mark.parametrize("farewell", ["", "421 x", "hm?", "wait"])
async def test_what_happens_after_the_yes_changes_nothing(writer: Writer, farewell: str) -> None:
    script = ["220 x", "250 x", "250 x", "250 x", "354 x", "250 taken", farewell]
    heard: list[bytes] = []
    async with scripted(script, heard) as port:
        await SmtpMailer(f"smtp://127.0.0.1:{port}").send(writer.mail())

    *commands, mail, _ = heard
    assert [command[:4] for command in commands] == [b"EHLO", b"MAIL", b"RCPT", b"DATA"]
    assert mail == writer.mail().as_bytes() + b".\r\n"
    assert heard[-1] == b"QUIT\r\n"


@pytest.mark.parametrize(
    ("script", "failure"),
    [
        (["220 x", "wait"], MailServerAway),
        (["220 x", "250 x", "250 x", "wait"], MailNotAccepted),
        (["220 x", "250 x", "250 x", "250 x", "354 x", "wait"], MailUnsure),
    ],
)
async def test_a_server_that_is_too_slow_is_given_up_at_every_step(
    writer: Writer, script: list[str], failure: type[OSError]
) -> None:
    async with scripted(script) as port:
        with pytest.raises(OSError, match="Timeout") as caught:
            await SmtpMailer(f"smtp://127.0.0.1:{port}", timeout_s=0.8, answer_s=0.8).send(
                writer.mail()
            )

    assert type(caught.value) is failure


async def test_a_server_that_takes_its_time_is_waited_for(writer: Writer) -> None:
    office = PostOffice(delay_s=1.2)
    async with listening(office) as port:
        mailer = SmtpMailer(f"smtp://127.0.0.1:{port}", timeout_s=1, answer_s=60)
        await mailer.send(writer.mail())

    assert len(office.received) == 1


def test_a_mail_stays_with_its_sender_longer_than_any_conversation_lasts() -> None:
    assert LEASE_S > 3 * TIMEOUT_S + ANSWER_S + FAREWELL_S


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
            await SmtpMailer(f"smtps://127.0.0.1:{port}", timeout_s=30).send(writer.mail())
    finally:
        server.close()
        await server.wait_closed()

    assert (await first_bytes)[:2] == b"\x16\x03"  # a TLS handshake


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example:25"])
def test_what_is_no_mail_server_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="smtp://host") as caught:
        SmtpMailer(url)

    assert url not in str(caught.value).replace("smtp://host", "")
