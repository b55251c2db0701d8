"""The mails Cal.com sends for everything that happens, delivered into a box tests can open."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from booking_core.adapters.calcom.sandbox.booking_draft import VIDEO
from booking_core.adapters.calcom.sandbox.records import Mail

if TYPE_CHECKING:
    from datetime import datetime

    from booking_core.adapters.calcom.sandbox.records import Booking, EventType
    from booking_core.adapters.calcom.sandbox.state import State

Occasion = Literal["created", "cancelled", "rescheduled"]
SUBJECTS: dict[Occasion, str] = {
    "created": "{title}",
    "cancelled": "Abgesagt: {title} am {when}",
    "rescheduled": "{title} wurde verschoben auf {when}",
}


def deliver(state: State, booking: Booking, occasion: Occasion) -> None:
    """One mail to the host and one to every attendee, unless switched off behind the API."""
    event_type = state.records.event_types.get(booking.event_type_id)
    host = state.records.users[booking.host_id]
    when = booking.start.astimezone(ZoneInfo(host.time_zone))
    subject = SUBJECTS[occasion].format(title=booking.title, when=f"{when:%d.%m.%Y %H:%M}")
    recipients: list[str] = []
    if not _silenced(event_type, "host", occasion):
        recipients.append(host.email)
    if not _silenced(event_type, "attendee", occasion) and not _lacks_place(booking):
        recipients += [attendee.email for attendee in booking.attendees]
    if _lacks_place(booking):
        subject = f"[Action Required] {subject}"
    ics = _ics(booking, cancelled=occasion == "cancelled")
    for recipient in recipients:
        _put(state, Mail(at=time.time(), to=[recipient], subject=subject, ics=ics))


def _put(state: State, mail: Mail) -> None:
    state.records.mails.append(mail)
    if state.options.mail_file is None:
        return
    parts = [["text/plain", None], ["text/calendar", None]]
    line = {"t": mail.at, **asdict(mail), "parts": parts, "ics": [mail.ics]}
    with Path(state.options.mail_file).open("a", encoding="utf-8") as box:
        box.write(json.dumps(line, ensure_ascii=False) + "\n")


def _silenced(event_type: EventType | None, who: str, occasion: Occasion) -> bool:
    """`all` silences everything, `confirmation` only the first mail."""
    settings = (event_type.metadata if event_type else {}).get("disableStandardEmails") or {}
    everything = bool((settings.get("all") or {}).get(who))
    first = bool((settings.get("confirmation") or {}).get(who))
    return everything or (first and occasion == "created")


def _lacks_place(booking: Booking) -> bool:
    """Without a location it is a video meeting nobody can join: only the host is told."""
    return booking.location == VIDEO


def _ics(booking: Booking, *, cancelled: bool) -> str:
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:sandbox",
        f"METHOD:{'CANCEL' if cancelled else 'REQUEST'}",
        "BEGIN:VEVENT",
        f"UID:{booking.ics_uid}",
        f"SUMMARY:{booking.title}",
        f"DTSTART:{_utc(booking.start)}",
        f"DTEND:{_utc(booking.end)}",
        f"SEQUENCE:{booking.sequence}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        "END:VEVENT",
        "END:VCALENDAR",
    )
    return "\r\n".join(lines) + "\r\n"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(ZoneInfo('UTC')):%Y%m%dT%H%M%SZ}"
