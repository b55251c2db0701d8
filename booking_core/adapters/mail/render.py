"""One mail about one appointment: plain text, HTML and one calendar file; always the same bytes."""

from __future__ import annotations

import hashlib
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from typing import TYPE_CHECKING, Literal

import idna
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from booking_core.adapters.mail.ics import Entry, calendar_file
from booking_core.adapters.mail.letter import letter_of, one_line
from booking_core.domain.mail import MailKind, UnusableAddress

if TYPE_CHECKING:
    from datetime import datetime

    from booking_core.adapters.mail.letter import Letter
    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon

METHODS: dict[MailKind, Literal["REQUEST", "CANCEL"]] = {
    MailKind.CONFIRMATION: "REQUEST",
    MailKind.CHANGE: "REQUEST",
    MailKind.CANCELLATION: "CANCEL",
}


def render_confirmation(
    appointment: Appointment,
    salon: Salon,
    *,
    committed_at: datetime,
    kind: MailKind,
    before: Appointment | None = None,
) -> EmailMessage:
    """The finished message; the same arguments give the same bytes.

    `committed_at` is when this version of the appointment became true, `before` what a change has
    changed. UnusableAddress when the customer has no address, or one that is none.
    """
    letter = letter_of(appointment, salon, kind, committed_at=committed_at, before=before)
    entry = _entry(appointment, salon, letter, committed_at)
    message = _addressed(appointment, salon, letter, committed_at)
    # Quoted-printable and base64 pass every mail server, whatever it understands of umlauts.
    message.set_content(words("mail.txt.j2", letter), cte="quoted-printable")
    message.add_alternative(words("mail.html.j2", letter), subtype="html", cte="quoted-printable")
    message.add_attachment(
        calendar_file(letter, entry),
        maintype="text",
        subtype="calendar",
        cte="base64",
        filename=words("file.txt.j2", letter).strip(),
        params={"method": entry.method, "charset": "utf-8"},
    )
    _fix_boundaries(message)
    return message


def words(template: str, letter: Letter) -> str:
    """A template with the letter's facts in it."""
    templates = _templates(html=template.endswith(".html.j2"))
    return templates.get_template(template).render(letter=letter).strip() + "\n"


def domain_of(salon: Salon) -> str:
    """The domain of the salon's address; identifiers of mails end in it."""
    return sender_of(salon).rpartition("@")[2]


def sender_of(salon: Salon) -> str:
    """The salon's address; one that can never exist when it has none."""
    return salon.branch.email or f"termine@{salon.branch.key}.invalid"


def message_id(appointment: Appointment, salon: Salon, kind: MailKind) -> str:
    """One per appointment, version and kind: a resend carries the same."""
    digest = _digest(str(appointment.id), str(appointment.version), kind)[:24]
    return f"<{kind}.{appointment.version}.{digest}@{domain_of(salon)}>"


def _entry(appointment: Appointment, salon: Salon, letter: Letter, committed_at: datetime) -> Entry:
    return Entry(
        uid=str(appointment.id),  # without a domain, which may change (and as RFC 7986 wants it)
        sequence=appointment.version - 1,
        stamp=committed_at,
        method=METHODS[letter.kind],
        organizer=sender_of(salon),
        attendee=_mailbox(appointment).addr_spec,
        summary=words("summary.txt.j2", letter),
        description=words("description.txt.j2", letter),
    )


def _addressed(
    appointment: Appointment, salon: Salon, letter: Letter, committed_at: datetime
) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = one_line(words("subject.txt.j2", letter))
    message["From"] = Address(one_line(letter.salon), addr_spec=sender_of(salon))
    message["To"] = _mailbox(appointment)
    message["Date"] = format_datetime(committed_at.replace(microsecond=0))
    message["Message-ID"] = message_id(appointment, salon, letter.kind)
    message["Auto-Submitted"] = "auto-generated"  # no out-of-office answers to the salon
    return message


def _mailbox(appointment: Appointment) -> Address:
    """The customer's name and address, its domain as mail servers write it: xn--bcher-kva..."""
    customer = appointment.customer
    local, _, domain = (customer.email or "").strip().rpartition("@")
    try:
        # The codec of the standard library writes "ss" for "ß", which is somebody else's domain.
        ascii_domain = idna.encode(domain, uts46=True).decode("ascii")
        return Address(one_line(customer.name), addr_spec=f"{local}@{ascii_domain}")
    except (ValueError, MessageError) as error:
        raise UnusableAddress from error


def _fix_boundaries(message: EmailMessage) -> None:
    parts = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(parts):
        part.set_boundary(f"={_digest(str(message['Message-ID']), str(number))[:32]}=")


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _templates(*, html: bool) -> Environment:
    # One environment each: a macro escapes by the template it stands in, not by the one that calls.
    return Environment(
        loader=PackageLoader("booking_core.adapters.mail"),
        autoescape=select_autoescape((), (), default=html),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
