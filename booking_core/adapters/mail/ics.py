"""The calendar file of an appointment: one entry from arrival to leaving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Literal

from icalendar import Calendar, Event, vCalAddress

from booking_core.adapters.mail.zone import time_zone

if TYPE_CHECKING:
    from datetime import datetime

    from booking_core.adapters.mail.letter import Letter

PRODUCT = "-//voice-agent//appointments//"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the calendar file says beyond the letter."""

    uid: str
    """The same for all versions of an appointment."""
    sequence: int
    """Grows with every version; 0 is the first."""
    stamp: datetime
    """When this version became true: a resend carries the same."""
    method: Literal["REQUEST", "CANCEL"]
    organizer: str
    attendee: str
    summary: str
    description: str


def calendar_file(letter: Letter, entry: Entry) -> bytes:
    """An invitation or its withdrawal; the same arguments give the same bytes."""
    event = Event.new(
        uid=entry.uid,
        sequence=entry.sequence,
        stamp=entry.stamp.astimezone(UTC).replace(microsecond=0),
        start=_unambiguous(letter.start),
        end=_unambiguous(letter.end),
        summary=entry.summary.strip(),
        description=entry.description.strip(),
        location=letter.address,
        organizer=_party(entry.organizer, letter.salon),
        attendees=[_guest(entry.attendee, letter.customer)],
    )
    event.add("status", "CANCELLED" if entry.method == "CANCEL" else "CONFIRMED")
    calendar = Calendar()  # `Calendar.new` would add an identifier that changes every time
    for name, value in (
        ("version", "2.0"),
        ("prodid", PRODUCT + letter.language.upper()),
        ("method", entry.method),
    ):
        calendar.add(name, value)
    calendar.add_component(time_zone(str(letter.start.tzinfo), letter.start.year))
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _unambiguous(moment: datetime) -> datetime:
    """The local time, or UTC in the hour that comes twice: the form has no word for "second"."""
    return moment.astimezone(UTC) if moment.fold else moment


def _party(address: str, name: str) -> vCalAddress:
    party = vCalAddress(f"mailto:{address}")
    party.params["CN"] = name
    return party


def _guest(address: str, name: str) -> vCalAddress:
    guest = _party(address, name)
    guest.params.update({"PARTSTAT": "ACCEPTED", "RSVP": "FALSE", "ROLE": "REQ-PARTICIPANT"})
    return guest
