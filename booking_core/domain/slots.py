"""Questions about free time, and their answers: closed types, so that every case has a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from booking_core.domain.errors import InvalidRequest, InvalidTime

if TYPE_CHECKING:
    from datetime import date, datetime, time
    from uuid import UUID

    from booking_core.domain.interval import Span
    from booking_core.domain.override import Override
    from booking_core.domain.plan import Plan, VisitRequest
    from booking_core.domain.score import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWish:
    """When the caller would like the visit to start."""

    window: Span
    """The start lies in here."""
    at: datetime | None = None
    """The exact start that was wished, inside the window."""
    ends_by: datetime | None = None
    """The visit is over by then ("um sechs muss ich wieder weg")."""
    before: datetime | None = None
    """Alternatives, too, start before this: what was offered was too late."""
    after: datetime | None = None
    """Alternatives, too, start at this or later."""
    latest: bool = False
    """The last start of the window is wished for, not the first."""

    def __post_init__(self) -> None:
        for moment in (self.at, self.ends_by, self.before, self.after):
            if moment is not None and moment.utcoffset() is None:
                raise InvalidTime(f"a wished time needs a zone: {moment}", time=moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotQuery:
    """One question: which starts fit this visit?"""

    branch_id: UUID
    visit: VisitRequest
    owner: str
    """Whoever asks, e.g. the call; their own holds are not in their way."""
    wishes: tuple[TimeWish, ...] = ()
    """In order of preference; none = as soon as possible."""
    rejected: tuple[Span, ...] = ()
    """Starts in here are never offered."""
    limit: int = 2
    strict: bool = False
    """Only the wishes themselves, no alternatives."""
    moving: UUID | None = None
    """The appointment that is to be moved: its own time is not in the way."""
    override: Override | None = None
    """A person at the desk works in the rests of other visits' `never` pauses, on purpose."""
    at_desk: bool = False
    """A person at the desk asks: the salon's notice and its rules about leftovers do not bind."""
    beside: VisitRequest | None = None
    """What somebody else is to have done at the same time."""
    around: Plan | None = None
    """A visit that takes place as well: what it needs is taken."""

    def __post_init__(self) -> None:
        if self.limit < 1:
            raise InvalidRequest(
                f"at least one start is asked for, not {self.limit}", limit=self.limit
            )


class Reason(StrEnum):
    """Why a start is not possible; each has a sentence a caller understands."""

    PAST = "past"
    LEAD_TIME = "lead_time"
    HORIZON = "horizon"
    CLOSED_DAY = "closed_day"
    HOLIDAY = "holiday"
    OUTSIDE_HOURS = "outside_hours"
    TOO_LONG_FOR_DAY = "too_long_for_day"
    SERVICE_INACTIVE = "service_inactive"
    STAFF_UNQUALIFIED = "staff_unqualified"
    STAFF_OFF = "staff_off"
    TAKEN = "taken"
    RESOURCE_FULL = "resource_full"
    LEAVES_GAP = "leaves_gap"
    """Possible, but the salon's own rules keep it out: time nobody could use would be left."""
    REJECTED = "rejected"
    NOT_BOOKABLE = "not_bookable"
    """The external calendar has no event type for a segment."""
    UNDOING = "undoing"
    """Only what a failed booking of this very caller has left is in the way; nobody else."""


class Cause(StrEnum):
    """Why somebody is not at work."""

    BREAK = "break"
    HOURS = "hours"
    """Before or after their working hours, or on a day off."""
    ABSENCE = "absence"
    """Away; why is nobody's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """The first thing in the way of a wished start, with the facts for its sentence."""

    reason: Reason
    start: datetime | None = None
    """The start that was asked about; None when the reason holds for every start."""
    staff_id: UUID | None = None
    """Whose time it is about; None = everybody's, or nobody's in particular."""
    since: datetime | None = None
    """When the visit runs into what is in the way: its start, or later."""
    until: datetime | None = None
    """When what is in the way ends."""
    cause: Cause | None = None
    """STAFF_OFF: why."""
    earliest: datetime | None = None
    """PAST, LEAD_TIME: the first start that can be had."""
    latest: date | None = None
    """HORIZON: the last day that may be booked."""
    opens: time | None = None
    closes: time | None = None
    holiday: str | None = None
    resource_kind: str | None = None
    qualified: tuple[UUID, ...] = ()
    """STAFF_UNQUALIFIED: who can do it."""
    nearest_before: datetime | None = None
    """The last start before the wished one that can be had, among the days that were searched."""
    nearest_after: datetime | None = None
    """The first one after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotOffer:
    """One start at which the whole visit fits."""

    id: str
    """Deterministic: the same plan always has the same id."""
    plan: Plan
    wish: int | None = None
    """Index of the wish it fulfils; None = an alternative to all of them."""
    score: Score | None = None
    """Why it is offered before others."""
    beside: Plan | None = None
    """The visit of whoever comes along: by other people, in other places, at the same time."""

    @property
    def plans(self) -> tuple[Plan, ...]:
        """All that stands or falls with this offer."""
        return (self.plan, self.beside) if self.beside else (self.plan,)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotsFound:
    """Starts that can be booked, best first."""

    offers: tuple[SlotOffer, ...]
    obstacle: Obstacle | None = None
    """Why the first wish itself is not among them."""
    unseen: bool = False
    """Nobody could look into the external calendar for long: booking may find the time taken."""

    @property
    def exact(self) -> bool:
        """Whether the first offer is what was wished."""
        return self.offers[0].wish is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSlots:
    """Nothing fits."""

    obstacle: Obstacle
    searched: Span


SlotAnswer = SlotsFound | NoSlots
