"""The calendar file, read by another program's eyes and line by line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
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
        "Bei Emma Lindner",
        "",
        "14:00–14:30 Ansatzfärbung: Ansatzfärbung auftragen (1 von 4)",
        "14:30–15:00 Wartezeit, 30 Minuten",
        "15:00–15:15 Ansatzfärbung: Auswaschen (2 von 4)",
        "15:15–15:45 Ansatzfärbung: Schneiden (3 von 4)",
        "15:45–16:00 Wartezeit, 15 Minuten",
        "16:00–16:30 Ansatzfärbung: Föhnen & Styling (4 von 4)",
        "",
        "Buchungscode: K7M2QX",
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
        "0c7d6a52-3f0e-4d44-9d3f-5b1f0f6f7a11@salon-morgenrot.example"
    }
    assert [event["SEQUENCE"] for event in (first, moved, gone)] == [0, 1, 2]


def test_the_stamp_is_the_time_of_the_commit(writer: Writer) -> None:
    assert event_of(writer.mail())["DTSTAMP"].dt == datetime(2026, 11, 24, 9, 12, 33, tzinfo=UTC)


def test_the_salon_invites_and_the_customer_has_accepted(writer: Writer) -> None:
    event = event_of(writer.mail())

    assert event["ORGANIZER"] == "mailto:termine@salon-morgenrot.example"
    assert event["ATTENDEE"] == "mailto:joerdis@example.com"
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"
    assert event["ATTENDEE"].params["CN"] == "Jördis Größ"


@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 11, 25, 13, 0, tzinfo=UTC),
        datetime(2027, 3, 28, 0, 15, tzinfo=UTC),  # over the hour that does not exist
        datetime(2027, 10, 30, 23, 15, tzinfo=UTC),  # over the hour that comes twice
        datetime(2027, 10, 31, 12, 0, tzinfo=UTC),
        datetime(2027, 7, 7, 8, 5, tzinfo=UTC),
    ],
)
def test_whoever_reads_only_the_file_comes_at_the_right_instant(
    writer: Writer, start: datetime
) -> None:
    lines = lines_of(writer.mail(writer.appointment(start=start)))

    assert instant(lines, "DTSTART") == start
    assert instant(lines, "DTEND") == start + timedelta(minutes=150)


def instant(lines: list[str], name: str) -> datetime:
    """A time resolved with nothing but the zone rules inside the file."""
    event = lines[lines.index("BEGIN:VEVENT") :]
    (line,) = [line for line in event if line.startswith(name)]
    parameters, _, value = line.partition(":")
    if value.endswith("Z"):
        return moment(value[:-1]).replace(tzinfo=UTC)
    assert parameters == f"{name};TZID=Europe/Berlin"
    wall = moment(value)
    zone = lines[lines.index("BEGIN:VTIMEZONE") : lines.index("END:VTIMEZONE")]
    offset = max(rule for rule in rules(zone) if rule[0] <= wall)[1]
    return (wall - offset).replace(tzinfo=UTC)


def rules(zone: list[str]) -> list[tuple[datetime, timedelta]]:
    """Since when which offset holds."""
    begins = [moment(line[8:]) for line in zone if line.startswith("DTSTART:")]
    offsets = [line[11:] for line in zone if line.startswith("TZOFFSETTO:")]
    return [
        (begin, timedelta(hours=int(offset[:3]), minutes=int(offset[3:])))
        for begin, offset in zip(begins, offsets, strict=True)
    ]


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - a wall time has no zone yet


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
