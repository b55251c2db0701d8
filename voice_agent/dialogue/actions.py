"""What the policy wants done: imperative, closed union; carried out by `turn`, in order."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from booking_core.domain.booking import BookAppointment
    from booking_core.domain.orders import CancelAppointment, RescheduleAppointment
    from booking_core.domain.requests import JoinWaitingList, RequestCallback
    from booking_core.domain.slots import SlotQuery
    from booking_core.workflows.note_late import NoteLateness


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A template of `prompts/<language>` with its values; made only by `sentences`.

    Functions there that claim a fact take the result object that proves it.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    seed: str = ""
    """Set by the policy: chooses among the phrasings, so that "wie bitte?" gets the same words.
    `sentences.words(sentence, language=...)` renders with it.
    """
    language: str = ""
    """Set by the policy: what the caller speaks."""
    asks: bool = True
    """False: its question is not asked, because another one is."""
    brief: bool = False
    """In the phrasing that has the fewest sentences, because much is said beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Say this now."""

    sentence: Sentence
    uninterruptible: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FindSlots:
    """Search, and hold what will be offered; answered by `SlotsAnswered` in the same turn."""

    query: SlotQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Book; a filler is spoken first; answered by `BookingAnswered` in the same turn."""

    order: BookAppointment


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUp:
    """Look up the visits of a number, or the one of a code; answered by `VisitsFound`."""

    branch_id: UUID
    phone: str | None = None
    code: str | None = None
    include_past: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Cancel a whole visit; a filler is spoken first; answered by `CancelAnswered`."""

    order: CancelAppointment


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Move a whole visit; a filler is spoken first; answered by `MoveAnswered`."""

    order: RescheduleAppointment


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRequest:
    """Have the salon call back, or put the caller on its list; answered by `RequestNoted`."""

    order: RequestCallback | JoinWaitingList


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Put the caller through after the last sentence was spoken; no answer tells how it went."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteConsent:
    """Keep what the caller agreed to or refused, in their own words."""

    kind: str
    given: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepLead:
    """Keep what somebody wanted who is gone before it was settled."""

    lead: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteLate:
    """Note that somebody will be late, and tell the salon; answered by `LatenessAnswered`."""

    order: NoteLateness


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHolds:
    """Give back what was held for this call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCall:
    """Hang up after the last sentence was spoken."""


Action = (
    Say
    | FindSlots
    | Book
    | LookUp
    | Cancel
    | Move
    | NoteLate
    | NoteRequest
    | Transfer
    | NoteConsent
    | KeepLead
    | ReleaseHolds
    | EndCall
)
