"""What happens in a call, as the policy sees it: past tense, closed union."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from booking_core.domain.appointment import Appointment, Customer
    from booking_core.domain.booking import BookingResult
    from booking_core.domain.orders import CancelResult, RescheduleResult
    from booking_core.domain.requests import CallbackNoted, WaitingEntry
    from booking_core.domain.slots import SlotAnswer
    from booking_core.workflows.note_late import LatenessNoted
    from nlu import Understanding


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted:
    """The line is open and the salon is known."""

    call_id: str
    caller_number: str | None
    """E.164; None when withheld."""
    known: tuple[Customer, ...] = ()
    """On file for this number; used only once the caller has said a name that fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerSpoke:
    """The caller finished saying something."""

    understanding: Understanding
    interrupted: bool = False
    """They spoke before the agent's last sentence was through."""
    during_work: bool = False
    """They spoke while a search or booking was running: a "ja" is no consent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerSilent:
    """Retell asks for a reminder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerHungUp:
    """The line is closed for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsAnswered:
    """Result of `FindSlots`."""

    answer: SlotAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingAnswered:
    """Result of `Book`."""

    result: BookingResult


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitsFound:
    """Result of `LookUp`."""

    visits: tuple[Appointment, ...]
    """Upcoming ones first, then past ones, the latest first; of everybody with this number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAnswered:
    """Result of `Cancel`."""

    result: CancelResult


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveAnswered:
    """Result of `Move`."""

    result: RescheduleResult


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestNoted:
    """Result of `NoteRequest`: it stands."""

    result: CallbackNoted | WaitingEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class LatenessAnswered:
    """Result of `NoteLate`: it stands."""

    result: LatenessNoted


class Work(StrEnum):
    """Work outside the policy that can fail."""

    SEARCH = "search"
    BOOKING = "booking"
    LOOKUP = "lookup"
    CANCEL = "cancel"
    MOVE = "move"
    LATENESS = "lateness"
    REQUEST = "request"

    @property
    def is_change(self) -> bool:
        """Whether it was agreed on, and is carried through whatever the caller does or says."""
        return self in {Work.BOOKING, Work.CANCEL, Work.MOVE, Work.REQUEST, Work.LATENESS}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFailed:
    """An action raised: an error, never "nothing free"."""

    work: Work


Result = (
    SlotsAnswered
    | BookingAnswered
    | VisitsFound
    | CancelAnswered
    | MoveAnswered
    | LatenessAnswered
    | RequestNoted
    | WorkFailed
)
"""What came of an action."""

Event = CallStarted | CallerSpoke | CallerSilent | CallerHungUp | Result
