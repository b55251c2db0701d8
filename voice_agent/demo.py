"""The demo: a phone call books a visit of four parts, a second caller fits into its pause."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING
from uuid import uuid4
from zoneinfo import ZoneInfo

from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text
from sqlalchemy.dialects.postgresql import insert

from booking_core.adapters.mail.folder import FolderMailer
from booking_core.adapters.mail.render import message_id
from booking_core.adapters.postgres.salon_tables import customer
from booking_core.domain.interval import Span
from booking_core.domain.mail import MailKind
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish
from voice_agent.simulator.aftermath import ICS, appointments, read_mail
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.report import took
from voice_agent.simulator.retell import RetellCall
from voice_agent.simulator.timeline import timeline

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from rich.console import Console

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon, Staff
    from voice_agent.runtime import Runtime
    from voice_agent.simulator.answer import Answer

SALON, STYLIST = "friseur1", "emma"
COLOUR, CUT = 177, 435
AFTERNOON, PAUSE = time(14), time(14, 30)
DAYS_AHEAD = 28
BEAT_S = 0.4  # between two lines, for whoever watches; a pipe does not wait
MAIL_WITHIN_S = 10.0
WEEKDAYS = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September"),
    *("Oktober", "November", "Dezember"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody who calls in the demo; the number block is reserved for fiction."""

    name: str
    number: str
    email: str | None
    lines: Sequence[str]


class DemoImpossible(Exception):
    """There is no afternoon left in which the demo could be played."""


async def run_demo(
    runtime: Runtime, *, base_url: str, addresses: Mapping[str, str], console: Console
) -> bool:
    """Play both calls against a running server and show what came of them; whether all is well.

    `base_url` is the address of the custom LLM, `addresses` what is listed at the end.
    """
    salon = await runtime.salons.by_key(SALON)
    emma = next(member for member in salon.staff if member.key == STYLIST)
    day = await _free_afternoon(runtime, salon, emma)
    _greet(console, salon)
    calls = []
    for visitor in _visitors(day, runtime.services.clock.now().astimezone(_zone(salon)).date()):
        await _enter(runtime, salon, visitor)
        calls.append(await _call(visitor, salon, base_url, console))
    booked = await _booked(runtime, calls)
    _show_day(console, salon, emma, day, await appointments(runtime.engine))
    mailed = await _show_mail(console, runtime, salon, booked)
    _show_addresses(console, addresses)
    findings = [finding for call in calls for finding in call.findings]
    for finding in findings:
        console.print(Text(f"  {finding}", "red"))
    return len(booked) == len(calls) and mailed and not findings


# -- who calls, and when -----------------------------------------------------------------------


async def _free_afternoon(runtime: Runtime, salon: Salon, emma: Staff) -> date:
    """The first day on which Emma can begin a colouring at two, found the way callers find it."""
    zone = _zone(salon)
    today = runtime.services.clock.now().astimezone(zone).date()
    days = [today + timedelta(days=ahead) for ahead in range(1, DAYS_AHEAD)]
    starts = [datetime.combine(day, AFTERNOON, zone) for day in days]
    owner = f"call:demo-{uuid4()}"
    query = SlotQuery(
        branch_id=salon.branch.id,
        visit=VisitRequest(services=(salon.service_numbered(COLOUR).id,), staff=emma.id),
        owner=owner,
        wishes=tuple(TimeWish(window=Span.of_minutes(at, 5), at=at) for at in starts),
        strict=True,
    )
    found = await runtime.core.offer_slots(query)
    await runtime.core.release_holds(owner)
    if not isinstance(found, SlotsFound):
        raise DemoImpossible(f"{emma.name} is booked at {AFTERNOON} for {DAYS_AHEAD} days")
    return found.offers[0].plan.start.astimezone(zone).date()


def _visitors(day: date, today: date) -> Iterable[Visitor]:
    when = _spoken(day, today)
    yield Visitor(
        name="Henrike Brinkmann",
        number="+493023125061",
        email="henrike.brinkmann@example.org",
        lines=(
            (
                f"Guten Tag, Henrike Brinkmann hier. Ich hätte gern {when} um 14 Uhr eine "
                "Ansatzfärbung bei Emma."
            ),
            "Ja, sehr gern.",
            "Nein, das war alles, vielen Dank. Auf Wiederhören!",
        ),
    )
    yield Visitor(
        name="Jannis Quast",
        number="+493023125062",
        email=None,
        lines=(
            (
                f"Hallo, hier ist Jannis Quast. Hat Emma {when} um halb drei Zeit für einen "
                "Trockenschnitt?"
            ),
            "Ja, passt.",
            "Nein danke, das war's. Tschüss!",
        ),
    )


def _spoken(day: date, today: date) -> str:
    """As people say it on the phone.

    >>> from datetime import date
    >>> _spoken(date(2026, 4, 15), date(2026, 4, 12))
    'am Mittwoch, den 15. April,'
    """
    if day == today + timedelta(days=1):
        return "morgen"
    return f"am {WEEKDAYS[day.weekday()]}, den {day.day}. {MONTHS[day.month - 1]},"


async def _enter(runtime: Runtime, salon: Salon, visitor: Visitor) -> None:
    """Both have been here before: the salon knows their numbers."""
    row = {
        "branch_id": salon.branch.id,
        "name": visitor.name,
        "phone": visitor.number,
        "email": visitor.email,
    }
    async with runtime.engine.begin() as connection:
        await connection.execute(insert(customer).values(row).on_conflict_do_nothing())


# -- the calls ---------------------------------------------------------------------------------


async def _call(visitor: Visitor, salon: Salon, base_url: str, console: Console) -> RetellCall:
    phone = PhoneCall(
        base_url=base_url,
        to_number=salon.branch.phone_numbers[0],
        from_number=visitor.number,
    )
    first_name = visitor.name.split()[0]
    console.print(Rule(Text(f"{visitor.name} calls {salon.branch.name}"), style="dim"))
    async with RetellCall(phone) as call:
        _show_line(console, "Agent", "green", call.answers[0])
        for line in visitor.lines:
            if call.ending is not None:
                break
            await _beat(console)
            _show_words(console, first_name, "cyan", line)
            await call.say(line)
            answer = await call.listen()
            await _beat(console)
            _show_line(console, "Agent", "green", answer)
    return call


async def _booked(runtime: Runtime, calls: Sequence[RetellCall]) -> list[Appointment]:
    ids = {call.phone.call_id for call in calls}
    everything = await appointments(runtime.engine)
    return [found for found in everything if found.call_id in ids and found.state == "booked"]


async def _beat(console: Console) -> None:
    await asyncio.sleep(BEAT_S if console.is_terminal else 0)


# -- what is shown -----------------------------------------------------------------------------


def _greet(console: Console, salon: Salon) -> None:
    console.print()
    console.print(Text(f"{salon.branch.name}, {salon.branch.address}", "bold"))
    console.print("Two phone calls over a real websocket. The milliseconds tell how long the")
    console.print("caller waited for the first words, and for the last where that took longer.")
    console.print()


def _show_line(console: Console, who: str, style: str, answer: Answer) -> None:
    _show_words(console, who, style, answer.text, took(answer))


def _show_words(
    console: Console, who: str, style: str, words: str, figure: Text | None = None
) -> None:
    row = Table.grid(padding=(0, 2), expand=True)
    row.add_column(width=8)
    row.add_column(ratio=1)
    row.add_column(justify="right", no_wrap=True)
    row.add_row(Text(who, f"bold {style}"), words, figure or "")
    console.print(Padding(row, (0, 2)))


def _show_day(
    console: Console, salon: Salon, emma: Staff, day: date, everything: Sequence[Appointment]
) -> None:
    standing = [appointment for appointment in everything if appointment.state == "booked"]
    console.print(Rule(Text(f"{emma.first_name}'s day"), style="dim"))
    console.print(Padding(timeline(salon, emma, day, standing), (1, 0, 1, 2)))


async def _show_mail(
    console: Console, runtime: Runtime, salon: Salon, booked: Sequence[Appointment]
) -> bool:
    """The confirmation of the first caller, as it lies on the disk; whether it came."""
    if runtime.settings.smtp_url is not None:
        console.print("The confirmation went to the mail server of SMTP_URL.")
        return True
    for appointment in booked:
        if appointment.customer.email:
            path = await _mail_of(appointment, salon, runtime.mail_dir)
            if path is None:
                console.print(Text(f"no mail to {appointment.customer.email}", "red"))
                return False
            await _print_mail(console, path)
            return True
    return False


async def _mail_of(appointment: Appointment, salon: Salon, folder: Path) -> Path | None:
    """The mail about this appointment; the worker sends it a moment after the booking."""
    envelope = EmailMessage()
    envelope["Message-ID"] = message_id(appointment, salon, MailKind.CONFIRMATION)
    path = FolderMailer(folder).path_of(envelope)
    for _ in range(int(MAIL_WITHIN_S * 20)):
        if await asyncio.to_thread(path.exists):
            return path
        await asyncio.sleep(0.05)
    return None


async def _print_mail(console: Console, path: Path) -> None:
    message = await asyncio.to_thread(read_mail, path)
    text = message.get_body(("plain",))
    calendar = await asyncio.to_thread(_save_calendar, message, path.with_suffix(".ics"))
    head = Text.assemble(
        ("To:      ", "dim"), message["To"], ("\nSubject: ", "dim"), message["Subject"], "\n\n"
    )
    body = text.get_content().strip() if text else ""
    console.print(Panel(head + Text(body), padding=(1, 2)))
    console.print(f"  mail      {path}", soft_wrap=True)
    console.print(f"  calendar  {calendar}", soft_wrap=True)
    console.print()


def _save_calendar(message: EmailMessage, path: Path) -> Path:
    """The ICS beside its mail, for a look with another program."""
    part = next(part for part in message.walk() if part.get_content_type() == ICS)
    content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    return path


def _show_addresses(console: Console, addresses: Mapping[str, str]) -> None:
    table = Table.grid(padding=(0, 2))
    for name, address in addresses.items():
        table.add_row(Text(name, "dim"), Text(address, "bold"))
    console.print(Padding(table, (0, 2)))


def _zone(salon: Salon) -> ZoneInfo:
    return ZoneInfo(salon.branch.timezone)
