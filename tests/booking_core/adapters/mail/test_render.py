"""The mail as the customer's programs read it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import TYPE_CHECKING

import pytest

from booking_core.adapters.mail import render_confirmation
from booking_core.domain.appointment import Customer
from booking_core.domain.mail import MailKind, UnusableAddress

if TYPE_CHECKING:
    from email.message import EmailMessage

    from tests.booking_core.adapters.mail.conftest import Writer


def received(message: EmailMessage) -> EmailMessage:
    """What comes out at the other end of the wire."""
    parsed = message_from_bytes(message.as_bytes(), policy=default)
    assert not parsed.defects
    return parsed  # type: ignore[return-value]  # the default policy makes EmailMessages


def text(message: EmailMessage, kind: str = "plain") -> str:
    body = received(message).get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_one_mail_has_a_text_a_page_and_one_calendar_file(writer: Writer) -> None:
    parts = [part.get_content_type() for part in received(writer.mail()).walk()]

    assert parts == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]


def test_the_envelope_says_who_and_when(writer: Writer) -> None:
    message = received(writer.mail())

    assert (
        message["Subject"]
        == "Salon Morgenrot: Ihr Termin am Mittwoch, 25. November 2026, 14:00 Uhr"
    )
    assert message["From"] == "Salon Morgenrot <termine@salon-morgenrot.example>"
    assert message["To"].addresses[0].display_name == "Jördis Größ"
    assert message["To"].addresses[0].addr_spec == "joerdis@example.com"
    assert message["Date"].datetime == datetime(2026, 11, 24, 9, 12, 33, tzinfo=UTC)


def test_the_text_tells_the_whole_course_in_local_time(writer: Writer) -> None:
    lines = [line.strip() for line in text(writer.mail()).splitlines()]

    assert "Guten Tag Jördis Größ," in lines
    assert "Mittwoch, 25. November 2026, 14:00 bis 16:30 Uhr" in lines
    assert "bei Emma Lindner" in lines
    assert "Preis: 85,00 €" in lines
    start = lines.index("So läuft Ihr Besuch ab:") + 2
    assert lines[start : start + 7] == [
        "14:00  Ansatzfärbung: Ansatzfärbung auftragen (1 von 4)",
        "14:30  Wartezeit, 30 Minuten",
        "15:00  Ansatzfärbung: Auswaschen (2 von 4)",
        "15:15  Ansatzfärbung: Schneiden (3 von 4)",
        "15:45  Wartezeit, 15 Minuten",
        "16:00  Ansatzfärbung: Föhnen & Styling (4 von 4)",
        "16:30  fertig",
    ]
    assert "K7M2QX" in text(writer.mail())
    assert "+49 30 23125000" in text(writer.mail())


def test_who_only_washes_is_not_mentioned(writer: Writer) -> None:
    assert "Jule" not in text(writer.mail())


def test_a_visit_of_one_segment_needs_no_course(writer: Writer) -> None:
    mail = text(writer.mail(writer.appointment(number=435)))

    assert "So läuft" not in mail
    assert "(1 von 1)" not in mail


def test_a_service_that_costs_nothing_says_so(writer: Writer) -> None:
    assert "Preis: kostenlos" in text(writer.mail(writer.appointment(price_cents=0)))


def test_the_page_says_the_same_and_escapes_what_comes_from_outside(writer: Writer) -> None:
    customer = Customer(name='<img src="x"> & Söhne', email="a@example.com")
    page = text(writer.mail(writer.appointment(customer=customer)), "html")

    assert "&lt;img src=&#34;x&#34;&gt; &amp; Söhne" in page
    assert "<img" not in page
    assert "Ansatzfärbung: Auswaschen (2 von 4)" in page
    assert "Föhnen &amp; Styling" in page
    assert "http" not in page


def test_the_text_is_not_escaped(writer: Writer) -> None:
    customer = Customer(name="Müller & Söhne", email="a@example.com")

    mail = text(writer.mail(writer.appointment(customer=customer)))

    assert "Guten Tag Müller & Söhne," in mail
    assert "Föhnen & Styling" in mail


def test_a_name_cannot_smuggle_headers_in(writer: Writer) -> None:
    customer = Customer(name="Eve\r\nBcc: all@example.com", email="eve@example.com")
    message = received(writer.mail(writer.appointment(customer=customer)))

    assert message["Bcc"] is None
    assert message["To"].addresses[0].display_name == "Eve Bcc: all@example.com"


def test_a_domain_with_umlauts_is_written_as_mail_servers_do(writer: Writer) -> None:
    customer = Customer(name="Ida", email="ida@straße.example")

    message = received(writer.mail(writer.appointment(customer=customer)))

    assert message["To"].addresses[0].addr_spec == "ida@xn--strae-oqa.example"


@pytest.mark.parametrize(
    ("kind", "subject", "sentence"),
    [
        (MailKind.CONFIRMATION, "Ihr Termin am", "Ihr Termin ist gebucht"),
        (MailKind.CHANGE, "Ihr neuer Termin am", "Ihr Termin ist verschoben"),
        (MailKind.CANCELLATION, "Termin abgesagt", "Ihr Termin ist abgesagt"),
    ],
)
def test_each_kind_has_its_own_words(
    writer: Writer, kind: MailKind, subject: str, sentence: str
) -> None:
    message = writer.mail(kind=kind)

    assert subject in received(message)["Subject"]
    assert sentence in text(message)
    assert sentence in text(message, "html")


def test_a_cancellation_does_not_ask_to_come(writer: Writer) -> None:
    mail = text(writer.mail(kind=MailKind.CANCELLATION))

    assert "gebucht" not in mail
    assert "So läuft" not in mail
    assert "Preis" not in mail


def test_sending_again_sends_the_same_bytes(writer: Writer) -> None:
    first = writer.mail(writer.appointment()).as_bytes()

    assert writer.mail(writer.appointment()).as_bytes() == first


def test_every_version_and_kind_is_a_message_of_its_own(writer: Writer) -> None:
    mails = [
        writer.mail(writer.appointment(version=version), kind)
        for version in (1, 2)
        for kind in MailKind
    ]

    assert len({mail["Message-ID"] for mail in mails}) == len(mails)


def test_everything_on_the_wire_is_ascii(writer: Writer) -> None:
    assert writer.mail().as_bytes().isascii()


def test_no_line_is_longer_than_mail_servers_allow(writer: Writer) -> None:
    assert max(len(line) for line in writer.mail().as_bytes().split(b"\r\n")) <= 998


def test_a_service_that_is_gone_keeps_the_name_it_was_sold_under(writer: Writer) -> None:
    smaller = replace(writer.salon, services=())
    appointment = writer.appointment()

    mail = render_confirmation(
        appointment,
        smaller,
        committed_at=datetime(2026, 11, 24, tzinfo=UTC),
        kind=MailKind.CONFIRMATION,
    )

    assert f"{appointment.service_names[0]}: Auswaschen (2 von 4)" in text(mail)


@pytest.mark.parametrize(
    "email", [None, "", "ida", "ida@", "ida@b@c.example", "i da@example.com", "ida@exa mple.com"]
)
def test_what_is_no_address_is_said_without_repeating_it(writer: Writer, email: str | None) -> None:
    appointment = writer.appointment(customer=Customer(name="Ida", email=email))

    with pytest.raises(UnusableAddress) as caught:
        writer.mail(appointment)

    assert "@" not in str(caught.value)


def test_a_salon_without_an_address_writes_from_one_that_cannot_exist(writer: Writer) -> None:
    salon = replace(writer.salon, branch=replace(writer.salon.branch, email=None))

    mail = replace(writer, salon=salon).mail()

    assert mail["From"].addresses[0].addr_spec == "termine@friseur1.invalid"
    assert mail["Message-ID"].endswith("@friseur1.invalid>")
