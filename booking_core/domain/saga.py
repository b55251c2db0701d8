"""A booking, a cancellation or a move under way: what is asked of the calendar, and how far it got.

A saga is data, not code: whoever reads it can carry it on. Its steps before the pivot can all be
taken back; after the pivot there is only forward.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.domain.appointment import Appointment, AppointmentState
    from booking_core.domain.plan import PlannedSegment


class SagaKind(StrEnum):
    """What is to become of the appointment."""

    BOOK = "book"
    CANCEL = "cancel"
    """Begins behind its pivot: a cancellation cannot be refused half-way."""
    MOVE = "move"
    """To another plan: time, people or services; the old one stands until the pivot."""


class SagaState(StrEnum):
    """RUNNING, FINISHING, DONE; or RUNNING, COMPENSATING, FAILED. There is no other way."""

    RUNNING = "running"
    FINISHING = "finishing"
    """Behind the pivot: decided, and something of the old plan is still to be cleared away."""
    DONE = "done"
    COMPENSATING = "compensating"
    FAILED = "failed"


OPEN = frozenset({SagaState.RUNNING, SagaState.FINISHING, SagaState.COMPENSATING})


class StepState(StrEnum):
    """How far one step got at the calendar."""

    PENDING = "pending"
    INTENT = "intent"
    """A request may have been sent; only the calendar knows what became of it."""
    DONE = "done"
    UNDONE = "undone"


class Action(StrEnum):
    """What a step does at the calendar."""

    BOOK = "book"
    SHIFT = "shift"
    """Move a booking within one person's calendar; it may overlap where it was."""
    CANCEL = "cancel"
    KEEP = "keep"
    """Nothing: the booking belongs to both plans."""


class Setback(StrEnum):
    """Why a saga turned back."""

    TAKEN = "taken"
    CALENDAR_SILENT = "calendar_silent"
    CALENDAR_REFUSED = "calendar_refused"
    DEADLINE = "deadline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request to the calendar."""

    position: int
    """In the order in which steps are carried out; names the step within its saga."""
    action: Action = Action.BOOK
    index: int | None = None
    """The segment of the plan that is to stand; None when it cancels."""
    former: int | None = None
    """The segment of the plan that stood before; None when it books."""
    after_pivot: bool = False
    """Carried out when there is no way back any more."""
    state: StepState = StepState.PENDING
    attempt: int = 0
    """Requests sent, or perhaps sent, so far."""
    old_uid: str | None = None
    """The booking that is moved, cancelled or kept."""
    uid: str | None = None
    """What the step made; when it was taken back, what stands again in place of `old_uid`."""
    uncertain: bool = False
    """The outcome of some request was unknown at some time: it may still land late."""

    def __post_init__(self) -> None:
        makes, breaks = self.index is not None, self.former is not None
        if (makes, breaks) != (self.action is not Action.CANCEL, self.action is not Action.BOOK):
            raise ValueError(f"no step: {self.action} of {self.former} to {self.index}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saga:
    """One change of one appointment with its steps, as one worker holds it."""

    id: UUID
    kind: SagaKind = SagaKind.BOOK
    key: str
    fingerprint: str
    """Of the order; the same key with another one is a conflict."""
    appointment: Appointment
    """As it is meant to be in the end."""
    before: Appointment | None = None
    """As it was at the beginning; None for a booking."""
    reason: str = ""
    """Why the old bookings go; empty = ours."""
    quiet: bool = False
    """The desk tells the customer itself: no mail."""
    state: SagaState
    steps: tuple[Step, ...]
    """In the order in which they are carried out."""
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
        return self.state in OPEN

    @property
    def uncertain(self) -> bool:
        """Whether a booking of this saga may land at the calendar after its end."""
        return any(step.uncertain for step in self.steps)

    @property
    def arrivals_in_doubt(self) -> tuple[PlannedSegment, ...]:
        """Segments that are to stand, or were, for which a given-up request may land late."""
        doubtful = (step for step in self.steps if step.uncertain)
        made = {Action.BOOK, Action.SHIFT}  # a booking that is gone is not moved but made anew
        return tuple(self.segment(step) for step in doubtful if step.action in made)

    @property
    def returns_in_doubt(self) -> tuple[PlannedSegment, ...]:
        """Segments that were cancelled, had to stand again, and for which the same is true."""
        if self.state not in {SagaState.COMPENSATING, SagaState.FAILED}:
            return ()
        doubtful = (step for step in self.steps if step.uncertain and not step.after_pivot)
        return tuple(self.former_segment(one) for one in doubtful if one.action is Action.CANCEL)

    def segment(self, step: Step) -> PlannedSegment:
        """The segment that stands when the step is done."""
        assert step.index is not None, f"a step that cancels makes nothing: {step.position}"
        return self.appointment.plan.segments[step.index - 1]

    def former_segment(self, step: Step) -> PlannedSegment:
        """The segment that stood before the step."""
        assert step.former is not None, f"a step that books replaces nothing: {step.position}"
        assert self.before is not None, "a booking has no plan before it"
        return self.before.plan.segments[step.former - 1]

    def step(self, position: int) -> Step:
        """The step as it is now."""
        return next(step for step in self.steps if step.position == position)

    def with_steps(self, *steps: Step) -> Saga:
        """The saga with these steps in place of those at the same positions."""
        new = {step.position: step for step in steps}
        return replace(self, steps=tuple(new.get(old.position, old) for old in self.steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What of an appointment is meant to stand at the calendar right now."""

    state: AppointmentState
    version: int
    uids: frozenset[str]
    under_way: bool
    """Some saga is open: what stands is about to change."""
