"""The fields of a booking at the desk: as they were typed, what is wrong, what they mean."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

import phonenumbers

from booking_core.domain.appointment import Customer
from booking_core.domain.errors import InvalidRequest
from booking_core.domain.rules import zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from booking_core.domain.catalogue import Salon

ANYONE: Final = ""
REGION: Final = "DE"
GRID: Final = 5
LONGEST: Final = 200
SHORTEST_NUMBER: Final = len("+491234567")
FIELDS: Final = (
    "service", "second", "staff", "date", "time", "name", "phone", "email", "reason", "twice",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A form as somebody filled it in."""

    values: Mapping[str, str]
    key: str
    """One for each attempt: sent twice, it is carried out once."""
    wrong: Mapping[str, str] = field(default_factory=dict)
    """By field: the key of what is said beside it."""

    def __getitem__(self, name: str) -> str:
        """What was typed there."""
        return self.values.get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What it means."""

    services: tuple[UUID, ...]
    staff: UUID | None
    start: datetime
    customer: Customer
    reason: str = ""
    """Why it may lie in a rest that is not sold; empty = it may not."""
    on_purpose: bool = False
    """The customer may have another visit at that time."""


def read(form: Mapping[str, object]) -> Typed:
    """What was sent, cut to a length that somebody may have typed."""
    values = {name: _text(form.get(name)) for name in FIELDS}
    return Typed(values=values, key=_key(_text(form.get("key"))))


def understood(typed: Typed, salon: Salon) -> Wanted | Mapping[str, str]:
    """What is wanted, or what is wrong, by field."""
    wrong: dict[str, str] = {}
    services = _services(typed, salon, wrong)
    staff = _staff(typed["staff"], salon, wrong)
    start = _start(typed, salon, wrong)
    customer = _customer(typed, wrong)
    if wrong or start is None or customer is None:
        return wrong
    return Wanted(
        services=services,
        staff=staff,
        start=start,
        customer=customer,
        reason=typed["reason"].strip(),
        on_purpose=bool(typed["twice"]),
    )


def _services(typed: Typed, salon: Salon, wrong: dict[str, str]) -> tuple[UUID, ...]:
    known = {str(service.id): service.id for service in salon.services if service.active}
    if typed["service"] not in known:
        wrong["service"] = "book_missing_service"
        return ()
    first = known[typed["service"]]
    second = known.get(typed["second"])
    return (first,) if second in {None, first} or second is None else (first, second)


def _staff(text: str, salon: Salon, wrong: dict[str, str]) -> UUID | None:
    if text == ANYONE:
        return None
    for member in salon.staff:
        if str(member.id) == text and member.active:
            return member.id
    wrong["staff"] = "book_wrong_staff"
    return None


def _start(typed: Typed, salon: Salon, wrong: dict[str, str]) -> datetime | None:
    try:
        day, at = date.fromisoformat(typed["date"]), time.fromisoformat(typed["time"])
        # Beyond these no calendar of ours reaches, and no zone can reckon.
        if at.tzinfo or at.minute % GRID or at.second or not 2000 <= day.year <= 2100:  # noqa: PLR2004 - years
            raise ValueError(typed["time"])  # noqa: TRY301 - told as any other
        return datetime.combine(day, at, zone(salon.branch))
    except ValueError:
        wrong["time"] = "book_wrong_time"
        return None


def _customer(typed: Typed, wrong: dict[str, str]) -> Customer | None:
    name = " ".join(typed["name"].split())
    if not name:
        wrong["name"] = "book_missing_name"
    phone, email = typed["phone"].strip(), typed["email"].strip()
    number = _number(phone)
    if phone and not number:
        wrong["phone"] = "book_wrong_phone"
    if email and not _is_address(email):
        wrong["email"] = "book_wrong_email"
    if wrong.keys() & {"name", "phone", "email"}:
        return None
    try:
        return Customer(name=name, phone=number, email=email or None)
    except (InvalidRequest, ValueError):
        wrong["name"] = "book_missing_name"
        return None


def _number(text: str) -> str | None:
    """In the form numbers are kept in: +49301234567."""
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    whole = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return whole if len(whole) >= SHORTEST_NUMBER else None


def _is_address(text: str) -> bool:
    """Good enough to catch slips; whether it exists only a mail tells."""
    local, at, host = text.rpartition("@")
    return bool(local and at and "." in host.strip(".")) and not any(map(str.isspace, text))


def _text(value: object) -> str:
    return value.replace("\x00", "")[:LONGEST] if isinstance(value, str) else ""


def _key(text: str) -> str:
    try:
        return UUID(text).hex
    except ValueError:
        return uuid4().hex
