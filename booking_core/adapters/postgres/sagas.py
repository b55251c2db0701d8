"""The log of changes under way, in PostgreSQL: every write fenced, every change one commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from sqlalchemy import func, insert, literal, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from booking_core.adapters.postgres import booking_tables as tables
from booking_core.adapters.postgres.appointments import is_code_collision
from booking_core.adapters.postgres.claims import in_seconds
from booking_core.adapters.postgres.mails import insert_mail
from booking_core.adapters.postgres.saga_effects import (
    begin,
    committed,
    finished,
    ready,
    taken_back,
)
from booking_core.adapters.postgres.saga_rows import (
    begun,
    keyed,
    read_saga,
    saga_columns,
    step_columns,
)
from booking_core.adapters.postgres.transactions import lock_key, transact
from booking_core.domain.appointment import AppointmentState, booking_code
from booking_core.domain.errors import SagaLost, UnknownAppointment
from booking_core.domain.mail import MailKind
from booking_core.domain.saga import (
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
GRACE_S = 0.5  # a job that comes before the end of the lease would find nothing to do


class Queue(Protocol):
    """Jobs that begin with the commit of the transaction in which they are deferred."""

    async def recover_later(
        self, connection: AsyncConnection, saga_id: UUID, *, in_s: float
    ) -> None:
        """Look after this saga then, if it is still open."""
        ...

    async def sweep_later(self, connection: AsyncConnection, saga_id: UUID, *, in_s: float) -> None:
        """Look then for bookings of this saga that landed late."""
        ...

    async def mail_later(
        self, connection: AsyncConnection, appointment_id: UUID, *, version: int, kind: str
    ) -> None:
        """Send this mail as soon as possible."""
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
        branch_id = draft.appointment.branch_id

        async def work(connection: AsyncConnection) -> Saga:
            await lock_key(connection, branch_id, draft.key)
            known = await read_saga(connection, *keyed(branch_id, draft.key))
            return known or await self._begin(connection, draft)

        try:
            return await transact(self._engine, work)
        except IntegrityError as error:
            if not is_code_collision(error):
                raise
        return await self.start(_with_another_code(draft))

    async def by_key(self, branch_id: UUID, key: str) -> Saga | None:
        """What was begun under this key, if anything."""
        async with self._single.connect() as connection:
            return await read_saga(connection, *keyed(branch_id, key))

    async def by_id(self, saga_id: UUID) -> Saga | None:
        """One saga."""
        async with self._single.connect() as connection:
            return await read_saga(connection, tables.saga.c.id == saga_id)

    async def intend(self, saga: Saga, step: Step) -> Saga:
        """A request for this step is about to be sent."""
        attempt = step.attempt + 1
        return await self._step(saga, replace(step, state=StepState.INTENT, attempt=attempt))

    async def doubt(self, saga: Saga, step: Step) -> Saga:
        """The outcome of a request is unknown."""
        return await self._step(saga, replace(step, uncertain=True))

    async def done(self, saga: Saga, step: Step, uid: str | None) -> Saga:
        """The step is done."""
        return await self._step(saga, replace(step, state=StepState.DONE, uid=uid))

    async def undone(self, saga: Saga, step: Step) -> Saga:
        """Nothing of this step is left at the calendar."""
        return await self._step(saga, replace(step, state=StepState.UNDONE))

    async def pivot(self, saga: Saga, *, at: datetime) -> Saga:
        """From here on only forward: what is new stands, its mail on its way."""
        booking = saga.kind is SagaKind.BOOK
        state = SagaState.DONE if booking else SagaState.FINISHING
        kind = MailKind.CONFIRMATION if booking else MailKind.CHANGE
        new = replace(saga.appointment, state=AppointmentState.BOOKED)

        async def work(connection: AsyncConnection) -> None:
            await self._fenced(connection, saga, **_enter(state))
            await committed(connection, saga, new, at)
            await self._mail(connection, new, kind, at)
            if booking:
                await self._sweep_later(connection, saga)

        await transact(self._engine, work)
        return replace(saga, state=state, appointment=new)

    async def finish(self, saga: Saga, *, at: datetime) -> Saga:
        """The end behind the pivot: nothing is left of the old plan, its claims are given back."""
        cancelled = saga.kind is SagaKind.CANCEL
        state = AppointmentState.CANCELLED if cancelled else AppointmentState.BOOKED
        new = replace(saga.appointment, state=state)

        async def work(connection: AsyncConnection) -> None:
            await self._fenced(connection, saga, **_enter(SagaState.DONE))
            await finished(connection, saga, new, at)
            if cancelled:
                await self._mail(connection, new, MailKind.CANCELLATION, at)
            await self._sweep_later(connection, saga)

        await transact(self._engine, work)
        return replace(saga, state=SagaState.DONE, appointment=new)

    async def turn_back(self, saga: Saga, setback: Setback) -> Saga:
        """From here on everything is undone."""

        async def work(connection: AsyncConnection) -> None:
            await self._fenced(connection, saga, state=SagaState.COMPENSATING, setback=setback)

        await transact(self._engine, work)
        return replace(saga, state=SagaState.COMPENSATING, setback=setback)

    async def fail(self, saga: Saga) -> Saga:
        """The end after undoing: everything is as it was before."""
        booking = saga.kind is SagaKind.BOOK
        state = AppointmentState.FAILED if booking else AppointmentState.BOOKED
        left = replace(saga.appointment, state=state)

        async def work(connection: AsyncConnection) -> None:
            await self._fenced(connection, saga, **_enter(SagaState.FAILED))
            await taken_back(connection, saga, left)
            await self._sweep_later(connection, saga)

        await transact(self._engine, work)
        return replace(saga, state=SagaState.FAILED, appointment=left)

    async def renew(self, saga: Saga) -> None:
        """Let the lease last longer, if the saga is still ours and does not rest."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                update(tables.saga)
                .where(
                    tables.saga.c.id == saga.id,
                    tables.saga.c.fence == saga.fence,
                    tables.saga.c.worker != "",
                    tables.saga.c.ended_at.is_(None),
                )
                .values(lease_until=in_seconds(self._lease_s))
            )

        await transact(self._single, work)

    async def rest(self, saga: Saga, *, wait_s: float) -> Saga:
        """Give the lease back; a job carries on after the wait."""

        async def work(connection: AsyncConnection) -> None:
            await self._fenced(
                connection, saga, lease_until=in_seconds(wait_s), tries=saga.tries + 1, worker=""
            )
            in_s = wait_s + GRACE_S if wait_s else 0.0
            await self._queue.recover_later(connection, saga.id, in_s=in_s)

        await transact(self._engine, work)
        return replace(saga, tries=saga.tries + 1, worker="")

    async def take_over(self, saga_id: UUID, *, worker: str, force: bool = False) -> Saga | None:
        """Become the worker of an open saga whose lease is over, or of any with `force`."""
        leased = tables.saga.c.lease_until <= func.clock_timestamp()

        async def work(connection: AsyncConnection) -> Saga | None:
            taken = await connection.execute(
                update(tables.saga)
                .where(
                    tables.saga.c.id == saga_id,
                    tables.saga.c.ended_at.is_(None),
                    or_(leased, literal(force)),
                )
                .values(
                    fence=tables.saga.c.fence + 1,
                    worker=worker,
                    lease_until=in_seconds(self._lease_s),
                )
            )
            if not taken.rowcount:
                await self._come_back(connection, saga_id)
                return None
            await connection.execute(
                update(tables.saga_step)
                .where(
                    tables.saga_step.c.saga_id == saga_id,
                    tables.saga_step.c.state == StepState.INTENT,
                )
                .values(uncertain=True)
            )
            return await read_saga(connection, tables.saga.c.id == saga_id)

        return await transact(self._engine, work)

    async def _come_back(self, connection: AsyncConnection, saga_id: UUID) -> None:
        """Look at it again when its lease is over: its worker may die in the meantime."""
        left = tables.saga.c.lease_until - func.clock_timestamp()
        query = select(func.extract("epoch", left)).where(
            tables.saga.c.id == saga_id, tables.saga.c.ended_at.is_(None)
        )
        left_s = await connection.scalar(query)
        if left_s is not None:
            in_s = max(0.0, float(left_s)) + GRACE_S
            await self._queue.recover_later(connection, saga_id, in_s=in_s)

    async def overdue(self) -> Sequence[UUID]:
        """Open sagas whose lease is over, the oldest first."""
        query = (
            select(tables.saga.c.id)
            .where(
                tables.saga.c.ended_at.is_(None),
                tables.saga.c.lease_until <= func.clock_timestamp(),
            )
            .order_by(tables.saga.c.started_at)
        )
        async with self._single.connect() as connection:
            return (await connection.scalars(query)).all()

    async def doubtful(self, *, within_s: float) -> Sequence[UUID]:
        """Sagas that ended within this time and had an uncertain step."""
        query = select(tables.saga.c.id).where(
            tables.saga.c.ended_at >= in_seconds(-within_s),
            select(literal(value=True))
            .where(tables.saga_step.c.saga_id == tables.saga.c.id, tables.saga_step.c.uncertain)
            .exists(),
        )
        async with self._single.connect() as connection:
            return (await connection.scalars(query)).all()

    async def standing(self, appointment_id: UUID) -> Standing:
        """What of an appointment is meant to stand at the calendar right now."""
        async with self._single.connect() as connection:
            row = (await connection.execute(_STANDING, {"id": appointment_id})).one_or_none()
        if row is None:
            raise UnknownAppointment(appointment_id=appointment_id)
        return Standing(
            state=AppointmentState(row.state),
            version=row.version,
            uids=frozenset(row.uids),
            under_way=row.under_way,
        )

    async def _begin(self, connection: AsyncConnection, draft: SagaDraft) -> Saga:
        saga_id = uuid4()
        steps = await ready(connection, draft)
        await begin(connection, draft)
        columns = saga_columns(draft, saga_id, self._lease_s)
        await connection.execute(insert(tables.saga).values(columns))
        await connection.execute(insert(tables.saga_step), step_columns(saga_id, steps))
        await self._queue.recover_later(connection, saga_id, in_s=self._lease_s + GRACE_S)
        return begun(draft, saga_id, steps)

    async def _mail(
        self, connection: AsyncConnection, about: Appointment, kind: MailKind, at: datetime
    ) -> None:
        if about.customer.email:
            await insert_mail(connection, about, kind, at)
            await self._queue.mail_later(connection, about.id, version=about.version, kind=kind)

    async def _step(self, saga: Saga, step: Step) -> Saga:
        """Write one step, if the saga is still ours, and renew the lease: one round trip."""

        async def work(connection: AsyncConnection) -> None:
            result = await connection.execute(
                _WRITE_STEP,
                {
                    "id": saga.id,
                    "fence": saga.fence,
                    "lease": self._lease_s,
                    "position": step.position,
                    "state": step.state,
                    "attempt": step.attempt,
                    "uid": step.uid,
                    "uncertain": step.uncertain,
                },
            )
            if not result.rowcount:
                raise SagaLost(saga=saga.id)

        await transact(self._single, work)
        return saga.with_step(step)

    async def _fenced(self, connection: AsyncConnection, saga: Saga, **values: Any) -> None:  # noqa: ANN401 - column values and SQL expressions
        result = await connection.execute(
            update(tables.saga)
            .where(
                tables.saga.c.id == saga.id,
                tables.saga.c.fence == saga.fence,
                tables.saga.c.ended_at.is_(None),
            )
            .values({"lease_until": in_seconds(self._lease_s)} | values)
        )
        if not result.rowcount:
            raise SagaLost(saga=saga.id)

    async def _sweep_later(self, connection: AsyncConnection, saga: Saga) -> None:
        if saga.uncertain:
            for wait_s in SWEEPS_S:
                await self._queue.sweep_later(connection, saga.id, in_s=wait_s)


_STANDING = text("""
    SELECT state, version,
      ARRAY(
        SELECT calendar_uid FROM appointment_segment
        WHERE appointment_id = appointment.id AND calendar_uid IS NOT NULL
      ) AS uids,
      EXISTS (
        SELECT FROM saga WHERE appointment_id = appointment.id AND ended_at IS NULL
      ) AS under_way
    FROM appointment WHERE id = :id
""")

_WRITE_STEP = text("""
    WITH held AS (
      UPDATE saga SET lease_until = clock_timestamp() + make_interval(secs => :lease)
      WHERE id = :id AND fence = :fence AND ended_at IS NULL
      RETURNING id
    )
    UPDATE saga_step AS step
    SET state = :state, attempt = :attempt, uid = :uid, uncertain = :uncertain,
        changed_at = clock_timestamp()
    FROM held
    WHERE step.saga_id = held.id AND step.position = :position
""")


def _with_another_code(draft: SagaDraft) -> SagaDraft:
    return replace(draft, appointment=replace(draft.appointment, code=booking_code()))


def _enter(state: SagaState) -> dict[str, Any]:
    """What a saga's row says from now on."""
    ends = state in {SagaState.DONE, SagaState.FAILED}
    return {"state": state} | ({"ended_at": func.clock_timestamp()} if ends else {})
