"""The calendar file as a customer's program reads it: vobject, which shares no code with ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_core.domain.appointment import Customer
from booking_core.domain.mail import MailKind
from booking_core.workflows.notify import frozen, thawed

if TYPE_CHECKING:
    from email.message import EmailMessage

    from tests.booking_core.adapters.mail.conftest import Writer

BERLIN = ZoneInfo("Europe/Berlin")


def part_of(message: EmailMessage) -> EmailMessage:
    (part,) = [p for p in message.walk() if p.get_content_type() == "text/calendar"]
    return part


def raw_of(message: EmailMessage) -> bytes:
    content = part_of(message).get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def read(message: EmailMessage) -> Any:
    """The one calendar object, valid by the parser's own rules."""
    (calendar,) = vobject.readComponents(raw_of(message).decode("utf-8"))
    assert calendar.validate(raiseException=True)
    return calendar


@pytest.mark.parametrize(
    ("kind", "method", "status"),
    [
        (MailKind.CONFIRMATION, "REQUEST", "CONFIRMED"),
        (MailKind.CHANGE, "REQUEST", "CONFIRMED"),
        (MailKind.CANCELLATION, "CANCEL", "CANCELLED"),
    ],
)
def test_a_calendar_gets_all_it_needs_to_take_the_entry_in(
    writer: Writer, kind: MailKind, method: str, status: str
) -> None:
    message = writer.mail(kind=kind)
    calendar, part = read(message), part_of(message)
    event = calendar.vevent

    assert (calendar.version.value, calendar.method.value) == ("2.0", method)
    assert part.get_param("method") == method, "Outlook looks at the type, Google into the file"
    assert part.get_content_charset() == "utf-8"
    assert event.status.value == status
    assert event.organizer.value == f"mailto:{message['From'].addresses[0].addr_spec}"
    assert event.attendee.value == f"mailto:{message['To'].addresses[0].addr_spec}"
    assert event.dtstamp.value.utcoffset() == timedelta(0)
    assert event.dtstart.params["X-VOBJ-ORIGINAL-TZID"] == [calendar.vtimezone.tzid.value]
    assert event.uid.value
    assert event.summary.value


@pytest.mark.parametrize(
    ("start", "minutes_by_the_clock"),
    [
        ("2026-10-24T14:00+02:00", 150),
        ("2026-10-25T00:30+02:00", 90),  # over the hour that comes twice
        ("2026-10-25T01:45+02:00", 90),  # ends in it, the second time
        ("2026-10-25T02:30+02:00", 90),  # begins in it, the first time
        ("2026-10-25T02:30+01:00", 150),  # begins in it, the second time
        ("2026-10-25T03:00+01:00", 150),
        ("2026-10-25T14:00+01:00", 150),
        ("2026-10-26T09:00+01:00", 150),
        ("2027-03-27T14:00+01:00", 150),
        ("2027-03-28T01:00+01:00", 210),  # over the hour that does not exist
        ("2027-03-28T03:00+02:00", 150),
        ("2027-03-28T14:00+02:00", 150),
        ("2026-12-31T23:00+01:00", 150),  # over the turn of the year
        ("2027-01-01T00:00+01:00", 150),
        ("2027-07-07T10:05+02:00", 150),
    ],
)
def test_every_calendar_shows_the_right_instants(
    writer: Writer, start: str, minutes_by_the_clock: int
) -> None:
    begin = datetime.fromisoformat(start)

    event = read(writer.mail(writer.appointment(start=begin.astimezone(UTC)))).vevent

    shown = [moment.value.astimezone(UTC) for moment in (event.dtstart, event.dtend)]
    assert shown == [begin.astimezone(UTC), begin.astimezone(UTC) + timedelta(minutes=150)]
    walls = [moment.astimezone(BERLIN).replace(tzinfo=None) for moment in shown]
    assert (walls[1] - walls[0]).total_seconds() == minutes_by_the_clock * 60


@pytest.mark.parametrize(
    "day", [datetime(2026, 10, 24, 23, 0, tzinfo=UTC), datetime(2027, 3, 27, 23, 0, tzinfo=UTC)]
)
def test_every_quarter_of_an_hour_of_the_days_on_which_the_clocks_are_set(
    writer: Writer, day: datetime
) -> None:
    for quarter in range(28 * 4):
        begin = day + timedelta(minutes=15 * quarter)
        event = read(writer.mail(writer.appointment(start=begin))).vevent
        assert event.dtstart.value.astimezone(UTC) == begin
        assert event.dtend.value.astimezone(UTC) == begin + timedelta(minutes=150)


AWKWARD = st.text(
    st.sampled_from("aäöüßÄÖÜé€😀,;:\\\"'\n\r\t =^–%/"),
    min_size=1,
    max_size=120,
).filter(str.strip)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(service=AWKWARD, salon_name=AWKWARD, address=AWKWARD)
def test_whatever_things_are_called_arrives_unharmed(
    writer: Writer, service: str, salon_name: str, address: str
) -> None:
    renamed = writer.renamed(name=salon_name, address=address)
    appointment = renamed.appointment(service_names=(service,))
    message = renamed.mail(appointment)

    event = read(message).vevent

    said = f"{' '.join(service.split())} – {' '.join(salon_name.split())}"
    assert event.summary.value == said
    assert event.location.value == " ".join(address.split())
    assert len(list(read(message).getChildren())) == 5, "nothing was smuggled in"
    assert max(len(line) for line in raw_of(message).split(b"\r\n")) <= 75


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=AWKWARD)
def test_whatever_customers_are_called_stays_in_its_place(writer: Writer, name: str) -> None:
    customer = Customer(name=name, email="x@example.com")

    event = read(writer.mail(writer.appointment(customer=customer))).vevent

    assert event.attendee.value == "mailto:x@example.com"
    assert event.organizer.value == "mailto:termine@salon-morgenrot.example"
    assert event.sequence.value == "0"


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(name=AWKWARD, service=AWKWARD)
def test_a_mail_that_was_kept_as_bytes_is_sent_as_these_bytes(
    writer: Writer, name: str, service: str
) -> None:
    customer = Customer(name=name, email="x@example.com")
    appointment = writer.appointment(customer=customer, service_names=(service,))
    content = frozen(writer.mail(appointment))

    again = thawed(content)

    assert again.as_bytes() == content
    assert again["To"].addresses[0].addr_spec == "x@example.com"
    assert again["From"].addresses[0].addr_spec == "termine@salon-morgenrot.example"


@pytest.mark.parametrize("length", range(40, 80))
def test_a_line_is_never_folded_inside_an_umlaut(writer: Writer, length: int) -> None:
    name = "x" * length + "äöü€"

    message = writer.mail(writer.appointment(service_names=(name,)))

    assert [line.decode("utf-8") for line in raw_of(message).split(b"\r\n")]
    assert read(message).vevent.summary.value.startswith(name)


@dataclass
class Agenda:
    """A customer's calendar, as RFC 5546 wants it: by UID, SEQUENCE and who organises."""

    entries: dict[str, Any] = field(default_factory=dict)

    def take(self, message: EmailMessage) -> None:
        calendar = read(message)
        event = calendar.vevent
        known = self.entries.get(event.uid.value)
        if known is not None:
            assert known.organizer.value == event.organizer.value, "a stranger changes nothing"
            if int(known.sequence.value) >= int(event.sequence.value):
                return
        self.entries[event.uid.value] = event

    @property
    def shown(self) -> list[tuple[datetime, str]]:
        return [
            (event.dtstart.value.astimezone(UTC), event.status.value)
            for event in self.entries.values()
        ]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_a_calendar_ends_with_the_newest_version_in_whatever_order_mails_come(
    writer: Writer, order: tuple[int, ...]
) -> None:
    first = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
    later = first + timedelta(days=2)
    history = [
        (writer.appointment(version=1, start=first), MailKind.CONFIRMATION),
        (writer.appointment(version=2, start=later), MailKind.CHANGE),
        (writer.appointment(version=3, start=later), MailKind.CANCELLATION),
    ]
    agenda = Agenda()

    for index in order:
        agenda.take(writer.mail(*history[index]))

    assert agenda.shown == [(later, "CANCELLED")]


def test_a_change_moves_the_entry_that_is_there(writer: Writer) -> None:
    first = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
    later = first + timedelta(days=2)
    agenda = Agenda()

    agenda.take(writer.mail(writer.appointment(version=1, start=first)))
    agenda.take(writer.mail(writer.appointment(version=2, start=later), MailKind.CHANGE))

    assert agenda.shown == [(later, "CONFIRMED")]
