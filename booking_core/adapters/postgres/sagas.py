"""The log of changes under way, in PostgreSQL: every write fenced, every change one commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError

from booking_core.adapters.postgres import saga_lists
from booking_core.adapters.postgres.appointments import adding, is_code_collision
from booking_core.adapters.postgres.booking_tables import saga as saga_table
from booking_core.adapters.postgres.callbacks import record_failed, settling
from booking_core.adapters.postgres.claims import in_seconds, trusting
from booking_core.adapters.postgres.guards import guarding, one_at_a_time, other_visit
from booking_core.adapters.postgres.mails import mail_due, mail_withheld
from booking_core.adapters.postgres.overrides import noting
from booking_core.adapters.postgres.pipeline import Statement, as_one, in_turn, write
from booking_core.adapters.postgres.saga_effects import (
    alone_with,
    beginning,
    committing,
    finishing,
    taken_back,
    taking,
    unchanged,
)
from booking_core.adapters.postgres.saga_leases import (
    left_s,
    renewing,
    take,
    write_fenced,
)
from booking_core.adapters.postgres.saga_rows import (
    adding_saga,
    adding_steps,
    begun,
    entering_state,
    is_under_way,
    keyed,
    read_saga,
    writing_steps,
)
from booking_core.adapters.postgres.transactions import transact, transact_at_once
from booking_core.domain.appointment import AppointmentState, booking_code
from booking_core.domain.errors import (
    AppointmentOutdated,
    AppointmentUnderWay,
    CustomerBusy,
)
from booking_core.domain.mail import MailKind
from booking_core.domain.saga import (
    Action,
    Saga,
    SagaKind,
    SagaState,
    Setback,
    Standing,
    Step,
    StepState,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from booking_core.domain.appointment import Appointment
    from booking_core.ports import SagaDraft

LEASE_S = 12.0  # as long as a caller may wait for somebody to take over from a dead process
SWEEPS_S = (120.0, 900.0)  # a request can land this long after its sender gave up
LANDED_S = SWEEPS_S[0] - 5.0  # nearly all have by then; whoever sweeps earlier frees nothing yet
GRACE_S = 0.5  # a job that comes before the end of the lease would find nothing to do


class Queue(Protocol):
    """Jobs that begin with the commit of the transaction in which they are deferred."""

    def recovering(self, saga_id: UUID, *, in_s: float) -> Statement:
        """Look after this saga then, if it is still open."""
        ...

    def sweeping(self, saga_id: UUID, *, in_s: float) -> Statement:
        """Look then for bookings of this saga that landed late."""
        ...

    def mailing(self, appointment_id: UUID, *, version: int, kind: str) -> Statement:
        """Send this mail as soon as possible."""
        ...

    def reconciling(self, branch_id: UUID) -> Statement:
        """Compare the branch with the external calendar as soon as possible."""
        ...


class PostgresSagas:
    """Implements `ports.Sagas`."""

    def __init__(self, engine: AsyncEngine, queue: Queue, *, lease_s: float = LEASE_S) -> None:
        self._engine = engine
        # A single statement is a transaction by itself: one round trip instead of three.
        self._single = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._queue = queue
        self._lease_s = lease_s

    @property
    def lease_s(self) -> float:
        """How long a saga stays with a worker that is not heard of."""
        return self._lease_s

    async def start(self, draft: SagaDraft) -> Saga:
        """Begin, or find what was begun under this key."""
        try:
            if draft.before is None:
                return await self._book(draft)
            return await self._change(draft, draft.before)
        except AppointmentOutdated as error:
            known = await self.by_key(draft.appointment.branch_id, draft.key)
            if known is None:
                raise AppointmentOutdated(appointment_id=draft.appointment.id) from error
            return known
        except CustomerBusy as error:
            async with self._single.connect() as connection:
                other = await other_visit(connection, draft.appointment, draft.before)
            if other is None:  # gone in the meantime
                return await self.start(draft)
            raise CustomerBusy(appointment=other) from error
        except IntegrityError as error:
            if is_code_collision(error):
                return await self.start(_with_another_code(draft))
            known = await self.by_key(draft.appointment.branch_id, draft.key)
            if known is not None:
                return known
            if is_under_way(error):
                raise AppointmentUnderWay(appointment_id=draft.appointment.id) from error
            raise

    async def by_key(self, branch_id: UUID, key: str) -> Saga | None:
        """What was begun under this key, if anything."""
        async with self._single.connect() as connection:
            return await read_saga(connection, *keyed(branch_id, key))

    async def by_id(self, saga_id: UUID) -> Saga | None:
        """One saga."""
        async with self._single.connect() as connection:
            return await read_saga(connection, saga_table.c.id == saga_id)

    async def intend(self, saga: Saga, step: Step, *done: Step) -> Saga:
        """A request for this step is about to be sent; those before it are done."""
        attempt = step.attempt + 1
        return await self._write(
            saga, *done, replace(step, state=StepState.INTENT, attempt=attempt)
        )

    async def doubt(self, saga: Saga, step: Step) -> Saga:
        """The outcome of a request is unknown."""
        return await self._write(saga, replace(step, uncertain=True))

    async def done(self, saga: Saga, step: Step, uid: str | None) -> Saga:
        """The step is done."""
        return await self._write(saga, replace(step, state=StepState.DONE, uid=uid))

    async def undone(self, saga: Saga, step: Step) -> Saga:
        """Nothing of this step is left at the calendar."""
        return await self._write(saga, replace(step, state=StepState.UNDONE))

    async def pivot(self, saga: Saga, *, at: datetime) -> Saga:
        """From here on only forward: what is new stands, its mail on its way."""
        booking = saga.kind is SagaKind.BOOK
        state = SagaState.DONE if booking else SagaState.FINISHING
        kind = MailKind.CONFIRMATION if booking else MailKind.CHANGE
        new = replace(saga.appointment, state=AppointmentState.BOOKED)
        beside, follows = committing(saga, new, at)
        if booking:
            beside = [*beside, settling(saga), *self._sweeps(saga)]
        return await self._enter(
            replace(saga, state=state, appointment=new),
            beside=[*beside, *self._mail(saga, new, kind, at)],
            follows=follows,
        )

    async def finish(self, saga: Saga, *, at: datetime) -> Saga:
        """The end behind the pivot: nothing is left of the old plan, its claims are given back."""
        cancelled = saga.kind is SagaKind.CANCEL
        state = AppointmentState.CANCELLED if cancelled else AppointmentState.BOOKED
        new = replace(saga.appointment, state=state)
        mail = self._mail(saga, new, MailKind.CANCELLATION, at) if cancelled else []
        return await self._enter(
            replace(saga, state=SagaState.DONE, appointment=new),
            beside=[
                *finishing(saga, new, at),
                *mail,
                *self._bringing_out(saga),
                *self._sweeps(saga),
            ],
        )

    async def turn_back(
        self, saga: Saga, setback: Setback, *, call_back_by: datetime | None = None
    ) -> Saga:
        """From here on everything is undone; whom that costs a booking is called back."""

        async def work(connection: AsyncConnection) -> None:
            turned = {"state": SagaState.COMPENSATING, "setback": setback}
            await write_fenced(connection, saga, lease_s=self._lease_s, **turned)
            if call_back_by:
                await record_failed(connection, saga, reason=setback, due_at=call_back_by)

        await transact(self._engine, work)
        return replace(saga, state=SagaState.COMPENSATING, setback=setback)

    async def fail(self, saga: Saga) -> Saga:
        """The end after undoing: everything is as it was before."""
        booking = saga.kind is SagaKind.BOOK
        state = AppointmentState.FAILED if booking else AppointmentState.BOOKED
        left = replace(saga.appointment, state=state)

        async def work(connection: AsyncConnection) -> None:
            over = {"state": SagaState.FAILED, "ended_at": func.clock_timestamp()}
            await write_fenced(connection, saga, lease_s=self._lease_s, **over)
            await taken_back(connection, saga, left)
            await write(connection, [*self._bringing_out(saga), *self._sweeps(saga)])

        await transact(self._engine, work)
        return replace(saga, state=SagaState.FAILED, appointment=left)

    async def renew(self, saga: Saga) -> None:
        """Let the lease last longer, if the saga is still ours and does not rest."""
        await transact_at_once(self._engine, renewing(saga, self._lease_s))

    async def rest(self, saga: Saga, *, wait_s: float) -> Saga:
        """Give the lease back; a job carries on after the wait."""

        async def work(connection: AsyncConnection) -> None:
            given_back = {"lease_until": in_seconds(wait_s), "tries": saga.tries + 1, "worker": ""}
            await write_fenced(connection, saga, lease_s=self._lease_s, **given_back)
            in_s = wait_s + GRACE_S if wait_s else 0.0
            await write(connection, [self._queue.recovering(saga.id, in_s=in_s)])

        await transact(self._engine, work)
        return replace(saga, tries=saga.tries + 1, worker="")

    async def take_over(self, saga_id: UUID, *, worker: str, force: bool = False) -> Saga | None:
        """Become the worker of an open saga whose lease is over, or of any with `force`."""

        async def work(connection: AsyncConnection) -> Saga | None:
            if not await take(
                connection, saga_id, worker=worker, lease_s=self._lease_s, force=force
            ):
                await self._come_back(connection, saga_id)
                return None
            return await read_saga(connection, saga_table.c.id == saga_id)

        return await transact(self._engine, work)

    async def _come_back(self, connection: AsyncConnection, saga_id: UUID) -> None:
        """Look at it again when its lease is over: its worker may die in the meantime."""
        in_s = await left_s(connection, saga_id)
        if in_s is not None:
            await write(connection, [self._queue.recovering(saga_id, in_s=in_s + GRACE_S)])

    async def overdue(self) -> Sequence[UUID]:
        """Open sagas whose lease is over, the oldest first."""
        async with self._single.connect() as connection:
            return await saga_lists.overdue(connection)

    async def doubtful(self, *, within_s: float) -> Sequence[UUID]:
        """Sagas that ended within this time and had an uncertain step."""
        async with self._single.connect() as connection:
            return await saga_lists.doubtful(connection, within_s=within_s)

    async def swept(self, saga_id: UUID) -> None:
        """What has landed late is gone; once no more does, what waited for that is free."""
        await transact_at_once(self._engine, trusting(saga_id, after_s=LANDED_S))

    async def standing(self, appointment_id: UUID) -> Standing:
        """What of an appointment is meant to stand at the calendar right now."""
        async with self._single.connect() as connection:
            return await saga_lists.standing(connection, appointment_id)

    async def _book(self, draft: SagaDraft) -> Saga:
        """A key that is known is refused by its constraint, before anything else could be."""
        saga_id, steps = uuid4(), _first_intended(draft.steps)
        begins = adding_saga(draft, saga_id, self._lease_s)
        claims = taking(draft)
        await transact_at_once(
            self._engine,
            as_one(*adding(draft.appointment), begins, *one_at_a_time(draft), *claims.waits),
            *noting(draft, saga_id),
            as_one(claims.clears, *guarding(draft)),
            as_one(
                *claims.makes,
                adding_steps(saga_id, draft.appointment, steps),
                self._recovering(saga_id),
            ),
        )
        return begun(draft, saga_id, steps)

    async def _change(self, draft: SagaDraft, before: Appointment) -> Saga:
        """As above; what can be refused because of others is looked at when they are done."""
        saga_id, steps = uuid4(), _first_intended(draft.steps)
        begins = adding_saga(draft, saga_id, self._lease_s)
        *_, stepped = await transact_at_once(
            self._engine,
            as_one(begins, alone_with(before), *one_at_a_time(draft)),
            *in_turn(unchanged(before), *guarding(draft)),
            *beginning(draft),
            as_one(*noting(draft, saga_id), self._recovering(saga_id)),
            adding_steps(saga_id, before, steps),
        )
        uids = dict(stepped.rows)
        changing = [replace(step, old_uid=uids[step.position]) for step in steps]
        return begun(draft, saga_id, changing)

    def _recovering(self, saga_id: UUID) -> Statement:
        return self._queue.recovering(saga_id, in_s=self._lease_s + GRACE_S)

    def _mail(
        self, saga: Saga, about: Appointment, kind: MailKind, at: datetime
    ) -> list[Statement]:
        if not about.customer.email:
            return []
        if saga.quiet:
            return [mail_withheld(about, kind, at)]
        job = self._queue.mailing(about.id, version=about.version, kind=kind)
        return [mail_due(about, kind, at), job]

    def _bringing_out(self, saga: Saga) -> list[Statement]:
        """Rests are given back: what was put into them can be had by the external calendar now."""
        if not any(visit and visit.plan.has_rest for visit in (saga.before, saga.appointment)):
            return []
        return [self._queue.reconciling(saga.appointment.branch_id)]

    def _sweeps(self, saga: Saga) -> list[Statement]:
        if not saga.uncertain:
            return []
        return [self._queue.sweeping(saga.id, in_s=wait_s) for wait_s in SWEEPS_S]

    async def _write(self, saga: Saga, *steps: Step) -> Saga:
        """Write some steps, if the saga is still ours, and renew the lease: one round trip."""
        await transact_at_once(self._engine, writing_steps(saga, steps, self._lease_s))
        return saga.with_steps(*steps)

    async def _enter(
        self, saga: Saga, *, beside: Sequence[Statement], follows: Sequence[Statement] = ()
    ) -> Saga:
        """The saga as it is from now on, with all its steps and what follows from it."""
        entered = as_one(entering_state(saga, self._lease_s), *beside)
        await transact_at_once(self._engine, entered, *follows)
        return saga


def _first_intended(steps: Sequence[Step]) -> Sequence[Step]:
    """Whoever begins to book is about to send the first request: one commit less before it."""
    if not steps or steps[0].action is not Action.BOOK:
        return steps
    return [replace(steps[0], state=StepState.INTENT, attempt=1), *steps[1:]]


def _with_another_code(draft: SagaDraft) -> SagaDraft:
    return replace(draft, appointment=replace(draft.appointment, code=booking_code()))
