"""The mail as the customer's programs read it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser
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
    return str(body.get_content()).replace("\r\n", "\n")


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

    assert message["Subject"] == "Ihr Termin am Mittwoch, 25. November 2026, 14:00 Uhr"
    assert message["From"] == "Salon Morgenrot <termine@salon-morgenrot.example>"
    assert message["To"].addresses[0].display_name == "Jördis Größ"
    assert message["To"].addresses[0].addr_spec == "joerdis@example.com"
    assert message["Date"].datetime == datetime(2026, 11, 24, 9, 12, 33, tzinfo=UTC)


def test_the_text_tells_the_whole_course_in_local_time(writer: Writer) -> None:
    lines = [line.strip() for line in text(writer.mail()).splitlines()]

    assert "Guten Tag Jördis Größ," in lines
    day = lines.index("Mittwoch, 25. November 2026")
    assert lines[day + 1] == "14:00 bis 16:30 Uhr"
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
        (MailKind.CHANGE, "Termin geändert", "Ihr Termin ist geändert"),
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


def test_a_move_says_what_it_was_and_what_it_is(writer: Writer) -> None:
    earlier = writer.appointment(start=datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    now = writer.appointment(version=2)
    message = writer.mail(now, MailKind.CHANGE, before=earlier)

    assert (
        received(message)["Subject"]
        == "Termin verschoben auf Mittwoch, 25. November 2026, 14:00 Uhr"
    )
    for kind in ("plain", "html"):
        mail = text(message, kind)
        assert "Ihr Termin ist verschoben" in mail
        assert (
            mail.index("25. November") < mail.index("Bisher:") < mail.index("24. November 2026, 10")
        )
    assert "Bisher: Dienstag, 24. November 2026, 10:00 bis 12:30 Uhr, bei Emma Lindner\n" in text(
        message
    )


def test_no_subject_is_so_long_that_it_must_be_folded(writer: Writer) -> None:
    thursday = datetime(2026, 9, 24, 9, 0, tzinfo=UTC)
    before, now = writer.appointment(), writer.appointment(start=thursday)

    for kind in MailKind:
        raw = writer.mail(now, kind, before=before).as_bytes()
        (subject,) = re.findall(rb"^Subject:.*\r\n(?=\S)", raw, re.MULTILINE)
        assert len(subject) <= 80


def test_a_change_of_staff_is_no_move(writer: Writer) -> None:
    emma, fabian = writer.salon.staff[:2]
    now = writer.appointment(version=2, number=435)
    segments = tuple(replace(part, staff_id=fabian.id) for part in now.plan.segments)
    changed = replace(now, plan=replace(now.plan, segments=segments))

    message = writer.mail(changed, MailKind.CHANGE, before=now)

    assert "Ihr Termin ist geändert" in text(message)
    assert "verschoben" not in text(message)
    assert f"bei {fabian.name}" in text(message)
    assert f"Bisher: Mittwoch, 25. November 2026, 14:00 bis 14:30 Uhr, bei {emma.name}" in text(
        message
    )


def test_a_change_of_service_names_both(writer: Writer) -> None:
    before, now = writer.appointment(number=435), writer.appointment(version=2)

    mail = text(writer.mail(now, MailKind.CHANGE, before=before))

    assert f", {before.service_names[0]}, bei" in mail
    assert f"  {now.service_names[0]}\n" in mail


def test_the_rule_for_cancelling_names_the_last_moment(writer: Writer) -> None:
    mail = text(writer.mail())

    assert "bis 24 Stunden vorher, also bis Dienstag, 24. November 2026, 14:00 Uhr." in mail
    assert "Rufen Sie uns dazu bitte an: +49 30 23125000." in mail


def test_the_last_moment_counts_real_hours_when_the_clocks_are_set(writer: Writer) -> None:
    sunday_noon = datetime(2026, 10, 25, 11, 0, tzinfo=UTC)

    early = datetime(2026, 10, 20, tzinfo=UTC)
    mail = text(writer.mail(writer.appointment(start=sunday_noon), committed_at=early))

    assert "25. Oktober 2026\n  12:00 bis 14:30 Uhr" in mail
    assert "also bis Samstag, 24. Oktober 2026, 13:00 Uhr" in mail


def test_nobody_is_told_to_cancel_by_a_time_that_is_over(writer: Writer) -> None:
    mail = text(writer.mail(committed_at=datetime(2026, 11, 25, 9, 0, tzinfo=UTC)))

    assert "dafür ist es schon zu kurz" in mail
    assert "also bis" not in mail


def test_a_salon_without_a_limit_only_asks_for_a_call(writer: Writer) -> None:
    mail = text(writer.renamed(cancel_limit_hours=0).mail())

    assert "Möchten Sie absagen oder verschieben, rufen Sie uns bitte an: +49 30" in mail
    assert "vorher" not in mail


def test_a_salon_without_a_number_gives_none(writer: Writer) -> None:
    message = writer.renamed(phone_numbers=()).mail()

    assert "Rufen Sie uns dazu bitte an." in text(message)
    assert "tel:" not in text(message, "html")


def test_an_english_salon_writes_english(writer: Writer) -> None:
    earlier = writer.appointment(start=datetime(2026, 11, 24, 9, 0, tzinfo=UTC))
    english = writer.renamed(language="en")
    told = {
        kind: text(english.mail(kind=kind, before=earlier), form)
        for kind in MailKind
        for form in ("plain", "html")
    }
    mail = english.mail()

    assert "Your appointment on Wednesday, 25 November 2026, 14:00" in received(mail)["Subject"]
    assert "Ansatzfärbung: Auswaschen (2 of 4)" in text(mail)
    assert "Price: €85.00" in text(mail)
    assert "Before: Tuesday, 24 November 2026, 10:00 to 12:30, with Emma" in text(
        english.mail(kind=MailKind.CHANGE, before=earlier)
    )
    assert '<html lang="en">' in text(mail, "html")
    assert [part.get_filename() for part in mail.iter_attachments()] == ["appointment.ics"]
    for words in told.values():
        for german in ("Termin", " Uhr", " bis ", " von ", "Preis", "Wartezeit", "Guten Tag"):
            assert german not in words


def test_a_salon_of_another_language_writes_english(writer: Writer) -> None:
    assert "Your appointment is booked" in text(writer.renamed(language="fr").mail())


@pytest.mark.parametrize("kind", MailKind)
def test_the_page_is_as_plain_as_every_mail_program_understands(
    writer: Writer, kind: MailKind
) -> None:
    page = text(writer.mail(kind=kind), "html")

    assert "<table" not in page
    assert "<img" not in page
    assert "<script" not in page
    assert "background" not in page, "the ground is the reader's: dark programs stay readable"
    assert not re.search(r"[;\"]color:", page), "so is the colour of the text"
    assert re.findall(r'(?:href|src)="([^"]*)"', page) == ["tel:+493023125000"]
    assert '<html lang="de">' in page
    assert page.count("<h1") == 1


def test_the_page_is_well_formed(writer: Writer) -> None:
    for kind in MailKind:
        page = text(writer.mail(kind=kind, before=writer.appointment(number=435)), "html")
        reader = Balance()
        reader.feed(page)
        assert reader.open == []
        assert reader.wrong == []


class Balance(HTMLParser):
    """Which elements are not closed, or not in the order in which they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - of the base class
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


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
