"""Orders to cancel or to move a visit, and what can come of them: one type for each truth."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from booking_core.domain.booking import AlreadyThere, Failed, Taken, refuse_override
from booking_core.domain.errors import InvalidRequest
from booking_core.domain.writable import refuse_unwritable

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.appointment import Appointment, AppointmentState
    from booking_core.domain.override import Override
    from booking_core.domain.plan import Plan


class OrderedBy(StrEnum):
    """Where an order came in."""

    PHONE = "phone"
    DESK = "desk"
    API = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAppointment:
    """Cancel this visit, the whole of it."""

    key: str
    """Idempotency key: the same key gives the same result."""
    branch_id: UUID
    appointment_id: UUID
    version: int | None = None
    """The version the wish is about, or AppointmentOutdated; None = whichever is booked."""
    reason: str = ""
    """As the salon reads it in its calendar; empty = a sentence of ours."""
    by: OrderedBy = OrderedBy.PHONE
    waive_limit: bool = False
    """A person at the desk may be generous; nobody else."""
    quiet: bool = False
    """A person at the desk tells the customer: no mail."""

    def __post_init__(self) -> None:
        refuse_unwritable(key=self.key, reason=self.reason)
        _refuse_generosity(self.by, waived=self.waive_limit, quiet=self.quiet)


@dataclass(frozen=True, slots=True, kw_only=True)
class RescheduleAppointment:
    """Move this visit to another plan: another time, other people, other services."""

    key: str
    """Idempotency key: the same key gives the same result."""
    owner: str
    """Whose holds become the new claims."""
    branch_id: UUID
    appointment_id: UUID
    plan: Plan
    version: int | None = None
    """The version the wish is about; None = whichever is booked."""
    by: OrderedBy = OrderedBy.PHONE
    waive_limit: bool = False
    on_purpose: bool = False
    """The customer may have another visit at the new time: it is meant so."""
    override: Override | None = None
    """The new plan lies in rests that a person at the desk gives up, on purpose."""
    quiet: bool = False
    """A person at the desk tells the customer: no mail."""

    def __post_init__(self) -> None:
        refuse_unwritable(key=self.key, owner=self.owner)
        _refuse_generosity(self.by, waived=self.waive_limit, quiet=self.quiet)
        refuse_override(self.plan, self.override, by=self.by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """Nothing of it stands any more. The only proof that allows the word "storniert"."""

    appointment: Appointment
    mail_to: str | None = None
    """Where the message goes; None = no address, or the desk says it: no mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelling:
    """Accepted and decided; the calendar is slow, and it will be carried through."""

    appointment: Appointment


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Committed: the new plan stands. The only proof that allows the word "verlegt"."""

    appointment: Appointment
    before: Appointment
    mail_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """This is what is booked already."""

    appointment: Appointment


@dataclass(frozen=True, slots=True, kw_only=True)
class TooLate:
    """The salon's limit has passed; nothing is changed."""

    limit_hours: int
    until: datetime
    """Up to when it could have been changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBooked:
    """There is no visit to change: it never came about, or is cancelled or about to be."""

    state: AppointmentState


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """Somebody has changed it meanwhile; nothing is changed by this order."""

    version: int
    """Which is booked now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """Somebody is changing it right now, and is not done in time; nothing by this order."""

    appointment: Appointment
    """As it was when it was last looked at."""


CancelResult = Cancelled | Cancelling | TooLate | NotBooked | UnderWay
RescheduleResult = (
    Moved | Unchanged | Taken | AlreadyThere | Failed | TooLate | NotBooked | Outdated | UnderWay
)


def _refuse_generosity(by: OrderedBy, *, waived: bool, quiet: bool) -> None:
    if waived and by is not OrderedBy.DESK:
        raise InvalidRequest(f"only the desk may waive the limit, not {by}", by=by.value)
    if quiet and by is not OrderedBy.DESK:
        raise InvalidRequest(f"only the desk tells customers itself, not {by}", by=by.value)
