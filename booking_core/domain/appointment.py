"""One booked visit of one customer: its states, and what may follow what."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from booking_core.domain.writable import refuse_unwritable

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.domain.plan import Plan


CODE_LETTERS = "ACDEFHJKMNPRTWXY3479"
"""Neither of a pair that is mixed up in writing: 0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B, U V, Q."""
CODE_LENGTH = 6


def booking_code() -> str:
    """A code a caller can say; not to be guessed from another one."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


class AppointmentState(StrEnum):
    """Life of an appointment; only `BOOKED` may be called booked."""

    BOOKING = "booking"
    BOOKED = "booked"
    FAILED = "failed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


class Mark(StrEnum):
    """Whether the customer came, as the salon says."""

    ARRIVED = "arrived"
    MISSED = "missed"


FOLLOWS: dict[AppointmentState, frozenset[AppointmentState]] = {
    AppointmentState.BOOKING: frozenset({AppointmentState.BOOKED, AppointmentState.FAILED}),
    AppointmentState.BOOKED: frozenset({AppointmentState.CANCELLING}),
    AppointmentState.CANCELLING: frozenset({AppointmentState.CANCELLED}),
    AppointmentState.FAILED: frozenset(),
    AppointmentState.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who comes. Only the name is required."""

    name: str
    phone: str | None = None
    """E.164."""
    email: str | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise ValueError("a customer needs a name")
        refuse_unwritable(name=self.name, phone=self.phone, email=self.email)


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A visit as it was sold: the plan is a snapshot and does not follow later changes."""

    id: UUID
    branch_id: UUID
    code: str
    """Booking code a caller can say: six letters and digits without look-alikes."""
    state: AppointmentState
    version: int
    plan: Plan
    service_names: tuple[str, ...]
    price_cents: int
    customer: Customer
    source: str = "phone"
    call_id: str | None = None
    note: str = ""
    """What the salon reads beside it."""
    anyone: bool = False
    """The customer did not care who does it."""
    mark: Mark | None = None
    """None = the salon has not said."""
