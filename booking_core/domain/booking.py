"""Orders to book a visit, and what can come of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from booking_core.domain.errors import InvalidRequest
from booking_core.domain.writable import refuse_unwritable

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.domain.appointment import Appointment, Customer
    from booking_core.domain.override import Override
    from booking_core.domain.plan import Plan
    from booking_core.domain.slots import Obstacle, SlotOffer

DESK = "desk"
"""The one source of orders that may do on purpose what nobody else may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookAppointment:
    """Book this plan for this customer, all segments or none."""

    key: str
    """Idempotency key: the same key gives the same result; call id and draft version."""
    owner: str
    """Whose holds become the appointment."""
    branch_id: UUID
    plan: Plan
    customer: Customer
    source: str = "phone"
    call_id: str | None = None
    on_purpose: bool = False
    """The customer may have another visit at that time: it is meant so."""
    override: Override | None = None
    """The plan lies in rests that a person at the desk gives up, on purpose."""
    anyone: bool = False
    """The customer did not care who does it."""
    note: str = ""
    """What the salon reads beside it."""
    beside: BookAppointment | None = None
    """Of whoever comes along at the same time: booked as soon as this one stands."""

    def __post_init__(self) -> None:
        refuse_unwritable(key=self.key, owner=self.owner, call_id=self.call_id)
        refuse_override(self.plan, self.override, by=self.source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """Committed: all segments stand. The only proof that allows the word "gebucht"."""

    appointment: Appointment
    mail_to: str | None = None
    """Where the confirmation goes; None = no address, no mail."""
    beside: BookingResult | None = None
    """What came of the order beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The time cannot be had; nothing is booked."""

    plan: Plan
    obstacle: Obstacle | None = None
    """What the salon has changed since the time was offered; None = someone else has it."""
    alternatives: tuple[SlotOffer, ...] = ()
    """With an obstacle: what comes closest now. Not held."""
    seen: bool = False
    """The external calendar was seen to have somebody else there: nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyThere:
    """The same customer has another visit at that time; nothing is booked, and nothing is moved.

    The same: the same number, and a name that says no other person. Two of a family side by side
    are two customers; whoever wants two visits for one says so (`on_purpose` of the order), and
    those that stand side by side may be moved side by side.
    """

    appointment: Appointment
    """That visit."""
    plan: Plan
    """Which was not booked, or not moved to."""


class FailureCause(StrEnum):
    """Why a booking failed without the time being taken."""

    CALENDAR_SILENT = "calendar_silent"
    CALENDAR_REFUSED = "calendar_refused"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """Nothing is booked, or is being undone; not the caller's fault."""

    cause: FailureCause
    plan: Plan
    undone: bool = True
    """Whether nothing is left of it; otherwise some of it still stands and is being taken back."""
    callback: bool = False
    """Whether it is on record that the salon is to call back."""


BookingResult = Booked | Taken | AlreadyThere | Failed


def refuse_override(plan: Plan, override: Override | None, *, by: str) -> None:
    """InvalidRequest when somebody else than the desk overrides, or a plan does so unsaid."""
    if override is not None and by != DESK:
        raise InvalidRequest(f"only the desk may use the rest of others, not {by}", by=by)
    if override is None and plan.local_segments:
        indexes = tuple(segment.index for segment in plan.local_segments)
        raise InvalidRequest("a visit in the rest of others is said to be that", segments=indexes)
