"""A booking under way: what has been asked of the calendar, and how far it got."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from booking_core.domain.booking import Booked, BookingResult, Failed, FailureCause, Taken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.plan import Plan, PlannedSegment


class SagaState(StrEnum):
    """RUNNING becomes BOOKED, or COMPENSATING and then FAILED; there is no other way."""

    RUNNING = "running"
    BOOKED = "booked"
    COMPENSATING = "compensating"
    FAILED = "failed"


class StepState(StrEnum):
    """How far one segment got at the calendar."""

    PENDING = "pending"
    INTENT = "intent"
    """A request may have been sent; only the calendar knows what became of it."""
    DONE = "done"
    UNDONE = "undone"


class Setback(StrEnum):
    """Why a saga turned back."""

    TAKEN = "taken"
    CALENDAR_SILENT = "calendar_silent"
    CALENDAR_REFUSED = "calendar_refused"
    DEADLINE = "deadline"


class BookingOrder(StrEnum):
    """Which segment is booked first."""

    REVERSE = "reverse"
    """D, C, B, A: the booking at which the customer walks in exists only when all others do."""
    FORWARD = "forward"
    SCARCEST_FIRST = "scarcest_first"
    """Longest segment first: what is hardest to fit fails fastest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One segment's booking at the calendar."""

    index: int
    """Of the segment, 1-based."""
    state: StepState = StepState.PENDING
    attempt: int = 0
    """Requests sent, or perhaps sent, so far."""
    uid: str | None = None
    uncertain: bool = False
    """The outcome of some request was unknown at some time: it may still land late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saga:
    """One booking with its steps, as one worker holds it."""

    id: UUID
    key: str
    fingerprint: str
    """Of the order; the same key with another one is a conflict."""
    appointment: Appointment
    state: SagaState
    steps: tuple[Step, ...]
    """In the order in which they are booked."""
    fence: int
    """Grows with every change of the worker; a write with an old one changes nothing."""
    worker: str
    setback: Setback | None = None
    tries: int = 0
    """How often carrying on was put off."""
    age_s: float = 0.0
    """Since the start, by the database's clock."""
    resting: bool = False
    """No worker has a live lease on it."""

    @property
    def open(self) -> bool:
        """Whether there is still something to do."""
        return self.state in {SagaState.RUNNING, SagaState.COMPENSATING}

    @property
    def uncertain(self) -> bool:
        """Whether a booking of this saga may land at the calendar after its end."""
        return any(step.uncertain for step in self.steps)

    def segment(self, step: Step) -> PlannedSegment:
        """The segment that the step books."""
        return self.appointment.plan.segments[step.index - 1]

    def with_step(self, step: Step) -> Saga:
        """The saga with this step in place of the one with the same index."""
        steps = tuple(step if old.index == step.index else old for old in self.steps)
        return replace(self, steps=steps)


def sequence(plan: Plan, order: BookingOrder) -> Sequence[int]:
    """Indexes of the segments in the order in which they are to be booked."""
    match order:
        case BookingOrder.REVERSE:
            return [segment.index for segment in reversed(plan.segments)]
        case BookingOrder.FORWARD:
            return [segment.index for segment in plan.segments]
        case BookingOrder.SCARCEST_FIRST:
            longest = sorted(plan.segments, key=lambda segment: -segment.calendar_span.minutes)
            return [segment.index for segment in longest]


def result_of(saga: Saga) -> BookingResult | None:
    """What the caller may be told; None while it is undecided."""
    plan = saga.appointment.plan
    if saga.state is SagaState.RUNNING:
        return None
    if saga.state is SagaState.BOOKED:
        return Booked(appointment=saga.appointment, mail_to=saga.appointment.customer.email)
    if saga.setback is Setback.TAKEN:
        return Taken(plan=plan)
    return Failed(
        cause=FailureCause(saga.setback or Setback.DEADLINE),
        plan=plan,
        undone=saga.state is SagaState.FAILED,
    )
