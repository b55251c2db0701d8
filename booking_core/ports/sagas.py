"""The log of changes under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.override import Override
    from booking_core.domain.saga import Saga, SagaKind, Setback, Standing, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class SagaDraft:
    """A booking, a cancellation or a move that is about to begin."""

    kind: SagaKind
    key: str
    fingerprint: str
    owner: str
    """Whose holds become the appointment's claims."""
    appointment: Appointment
    """As it is to be in the end."""
    before: Appointment | None = None
    """As it was read; None for a booking."""
    steps: Sequence[Step]
    worker: str
    """Unique for each run: tells whether a saga is the one that was just begun."""
    ordered_by: str
    reason: str = ""
    override: Override | None = None
    """Who puts it into the rest of others, and why."""
    salon_version: int | None = None
    """Of the salon for which its hours were looked at; None = whatever they are."""
    alone: bool = False
    """Whether the customer may have no other visit at that time."""
    seen_within_s: float | None = None
    """Whether readings of the external calendar, as young as this, may speak against it."""
    quiet: bool = False
    """Whether the desk tells the customer itself: no mail."""


class Sagas(Protocol):
    """The log of changes under way. Each method is one transaction, durable when it returns.

    Writes take the saga as its worker knows it and return it as it is now; SagaLost when another
    worker has taken it over meanwhile, and then nothing is written. Every write renews the lease.
    """

    @property
    def lease_s(self) -> float:
        """How long a saga stays with a worker that is not heard of."""
        ...

    async def start(self, draft: SagaDraft) -> Saga:
        """Claims, appointment, saga and its recovery job at once.

        SlotTaken, CustomerBusy with the other `appointment`, SalonChanged, AppointmentUnderWay or
        AppointmentOutdated, and nothing otherwise. A key that is known gives the saga that was
        begun under it.
        """
        ...

    async def by_key(self, branch_id: UUID, key: str) -> Saga | None:
        """The saga that was begun under this key, if any."""
        ...

    async def by_id(self, saga_id: UUID) -> Saga | None:
        """One saga."""
        ...

    async def intend(self, saga: Saga, step: Step, *done: Step) -> Saga:
        """A request for this step is about to be sent; `done` are, and were not written yet."""
        ...

    async def doubt(self, saga: Saga, step: Step) -> Saga:
        """The outcome of a request is unknown."""
        ...

    async def done(self, saga: Saga, step: Step, uid: str | None) -> Saga:
        """The step is done; the uid of what it made, None when it cancels."""
        ...

    async def pivot(self, saga: Saga, *, at: datetime) -> Saga:
        """From here on only forward: the new plan stands, mail on its way, all in one.

        A booking is done with it. `at` is the date of the mail. The steps are written as well.
        """
        ...

    async def finish(self, saga: Saga, *, at: datetime) -> Saga:
        """The end behind the pivot: nothing is left of the old plan, its claims are given back.

        The steps are written as well.
        """
        ...

    async def turn_back(
        self, saga: Saga, setback: Setback, *, call_back_by: datetime | None = None
    ) -> Saga:
        """From here on everything is undone.

        With `call_back_by` it is on record with it that the salon calls the customer until then.
        """
        ...

    async def undone(self, saga: Saga, step: Step) -> Saga:
        """Nothing of this step is left at the calendar; the uid is what stands again, if any."""
        ...

    async def fail(self, saga: Saga) -> Saga:
        """The end after undoing: everything is as it was before, sweeps on their way.

        Claims of uncertain steps stay until `swept`, as they do whenever such a visit goes.
        """
        ...

    async def swept(self, saga_id: UUID) -> None:
        """What this saga had left at the calendar is gone.

        Once nothing more can land, the claims that were kept because of it are given back.
        """
        ...

    async def renew(self, saga: Saga) -> None:
        """Its worker lives, and waits; nothing happens to one that rests or has another worker."""
        ...

    async def rest(self, saga: Saga, *, wait_s: float) -> Saga:
        """Give the lease back; a job carries on after the wait."""
        ...

    async def take_over(self, saga_id: UUID, *, worker: str, force: bool = False) -> Saga | None:
        """Become the worker of an open saga whose lease is over; None when there is no such one.

        One whose lease still lasts is looked at again, by a job, when it is over.
        With `force` a live lease is taken as well: its worker's next write finds it lost.
        Steps that were under way count as uncertain from then on.
        """
        ...

    async def overdue(self) -> Sequence[UUID]:
        """Open sagas whose lease is over, the oldest first."""
        ...

    async def doubtful(self, *, within_s: float) -> Sequence[UUID]:
        """Sagas that ended within this time and had an uncertain step."""
        ...

    async def standing(self, appointment_id: UUID) -> Standing:
        """What of an appointment is meant to stand at the calendar right now."""
        ...
