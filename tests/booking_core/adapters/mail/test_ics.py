"""The calendar file, read by another program's eyes and line by line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from booking_core.domain.mail import MailKind

if TYPE_CHECKING:
    from email.message import EmailMessage

    from icalendar import Event

    from tests.booking_core.adapters.mail.conftest import Writer

BERLIN = ZoneInfo("Europe/Berlin")


def file_of(message: EmailMessage) -> bytes:
    (part,) = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def event_of(message: EmailMessage) -> Event:
    calendar = Calendar.from_ical(file_of(message))
    (event,) = calendar.walk("VEVENT")
    return event  # type: ignore[return-value]  # what was asked for


def lines_of(message: EmailMessage) -> list[str]:
    """Unfolded content lines, without a library."""
    return file_of(message).decode().replace("\r\n ", "").split("\r\n")


def test_the_visit_is_one_entry_from_arrival_to_leaving(writer: Writer) -> None:
    event = event_of(writer.mail())

    assert event["DTSTART"].dt == datetime(2026, 11, 25, 14, 0, tzinfo=BERLIN)
    assert event["DTEND"].dt == datetime(2026, 11, 25, 16, 30, tzinfo=BERLIN)
    assert event["LOCATION"] == "Hauptstraße 1, Berlin"
    assert event["SUMMARY"] == "Ansatzfärbung, waschen, schneiden, föhnen – Salon Morgenrot"


def test_the_description_is_the_course_in_local_times(writer: Writer) -> None:
    assert str(event_of(writer.mail())["DESCRIPTION"]).splitlines() == [
        "Ansatzfärbung, waschen, schneiden, föhnen, bei Emma Lindner",
        "",
        "14:00–14:30 Ansatzfärbung: Ansatzfärbung auftragen (1 von 4)",
        "14:30–15:00 Wartezeit, 30 Minuten",
        "15:00–15:15 Ansatzfärbung: Auswaschen (2 von 4)",
        "15:15–15:45 Ansatzfärbung: Schneiden (3 von 4)",
        "15:45–16:00 Wartezeit, 15 Minuten",
        "16:00–16:30 Ansatzfärbung: Föhnen & Styling (4 von 4)",
        "",
        "Ihr Buchungscode: K7M2QX",
        "Telefon: +49 30 23125000",
    ]


@pytest.mark.parametrize(
    ("kind", "method", "status"),
    [
        (MailKind.CONFIRMATION, "REQUEST", "CONFIRMED"),
        (MailKind.CHANGE, "REQUEST", "CONFIRMED"),
        (MailKind.CANCELLATION, "CANCEL", "CANCELLED"),
    ],
)
def test_the_method_says_whether_the_visit_stands(
    writer: Writer, kind: MailKind, method: str, status: str
) -> None:
    mail = writer.mail(kind=kind)

    assert f"METHOD:{method}" in lines_of(mail)
    assert event_of(mail)["STATUS"] == status
    (part,) = [p for p in mail.walk() if p.get_content_type() == "text/calendar"]
    assert part.get_param("method") == method
    assert part.get_filename() == "termin.ics"


def test_all_versions_are_one_entry_and_the_sequence_grows(writer: Writer) -> None:
    first = event_of(writer.mail(writer.appointment(version=1)))
    moved = event_of(writer.mail(writer.appointment(version=2), MailKind.CHANGE))
    gone = event_of(writer.mail(writer.appointment(version=3), MailKind.CANCELLATION))

    assert {str(event["UID"]) for event in (first, moved, gone)} == {
        "0c7d6a52-3f0e-4d44-9d3f-5b1f0f6f7a11"
    }
    assert [event["SEQUENCE"] for event in (first, moved, gone)] == [0, 1, 2]


def test_the_entry_stays_the_same_one_when_the_salon_has_another_address(writer: Writer) -> None:
    branch = replace(writer.salon.branch, email="hallo@morgenrot-haare.example")
    later = replace(writer, salon=replace(writer.salon, branch=branch))

    entries = [event_of(one.mail(one.appointment())) for one in (writer, later)]

    assert entries[0]["ORGANIZER"] != entries[1]["ORGANIZER"]
    assert entries[0]["UID"] == entries[1]["UID"]


def test_the_stamp_is_the_time_of_the_commit(writer: Writer) -> None:
    assert event_of(writer.mail())["DTSTAMP"].dt == datetime(2026, 11, 24, 9, 12, 33, tzinfo=UTC)


def test_the_salon_invites_and_the_customer_has_accepted(writer: Writer) -> None:
    event = event_of(writer.mail())

    assert event["ORGANIZER"] == "mailto:termine@salon-morgenrot.example"
    assert event["ATTENDEE"] == "mailto:joerdis@example.com"
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert event["ATTENDEE"].params["CN"] == "Jördis Größ"


def test_the_file_keeps_to_the_form(writer: Writer) -> None:
    content = file_of(writer.mail())
    lines = lines_of(writer.mail())

    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for name, count in (("BEGIN:VEVENT", 1), ("BEGIN:VTIMEZONE", 1), ("BEGIN:VALARM", 0)):
        assert lines.count(name) == count
    assert sum(line.startswith("UID:") for line in lines) == 1
    assert not any(line.startswith("URL") for line in lines)
