"""The log of bookings under way, in PostgreSQL: every write fenced, every change one commit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from sqlalchemy import (
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from booking_core.adapters.postgres import booking_tables as tables
from booking_core.adapters.postgres.appointments import (
    insert_appointment,
    is_code_collision,
    mark_booked,
    mark_failed,
)
from booking_core.adapters.postgres.claims import (
    FINAL,
    QUARANTINE,
    Terms,
    in_seconds,
    owner_of,
    range_of,
    replace_holds,
)
from booking_core.adapters.postgres.mails import insert_mail
from booking_core.adapters.postgres.saga_rows import (
    begun,
    keyed,
    read_saga,
    saga_columns,
    step_columns,
)
from booking_core.adapters.postgres.transactions import lock_key, transact
from booking_core.domain.appointment import AppointmentState, booking_code
from booking_core.domain.errors import SagaLost
from booking_core.domain.mail import MailKind
from booking_core.domain.saga import Saga, SagaState, Setback, Step, StepState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from booking_core.ports import SagaDraft

LEASE_S = 12.0  # as long as a caller may wait for somebody to take over from a dead process
SWEEPS_S = (120.0, 900.0)  # a request can land this long after its sender gave up
GRACE_S = 0.5  # a job that comes before the end of the lease would find nothing to do
QUARANTINE_S = 150.0  # until the first sweep is over


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

    async def done(self, saga: Saga, step: Step, uid: str) -> Saga:
        """The step's booking stands."""
        return await self._step(saga, replace(step, state=StepState.DONE, uid=uid))

    async def undone(self, saga: Saga, step: Step) -> Saga:
        """Nothing of this step is left at the calendar."""
        return await self._step(saga, replace(step, state=StepState.UNDONE))

    async def finish(self, saga: Saga, *, at: datetime) -> Saga:
        """The pivot: saga and appointment booked, mail on its way."""
        booked = replace(saga.appointment, state=AppointmentState.BOOKED)

        async def work(connection: AsyncConnection) -> None:
            await self._fenced(
                connection, saga, state=SagaState.BOOKED, ended_at=func.clock_timestamp()
            )
            await mark_booked(connection, booked, at)
            await connection.execute(_KEEP_UIDS, {"id": saga.id, "appointment": booked.id})
            if booked.customer.email:
                await insert_mail(connection, booked, MailKind.CONFIRMATION, at)
                await self._queue.mail_later(
                    connection, booked.id, version=booked.version, kind=MailKind.CONFIRMATION
                )
            await self._sweep_later(connection, saga)

        await transact(self._engine, work)
        return replace(saga, state=SagaState.BOOKED, appointment=booked)

    async def turn_back(self, saga: Saga, setback: Setback) -> Saga:
        """From here on everything is undone."""

        async def work(connection: AsyncConnection) -> None:
            await self._fenced(connection, saga, state=SagaState.COMPENSATING, setback=setback)

        await transact(self._engine, work)
        return replace(saga, state=SagaState.COMPENSATING, setback=setback)

    async def fail(self, saga: Saga) -> Saga:
        """The end after undoing: appointment failed, claims given back."""
        failed = replace(saga.appointment, state=AppointmentState.FAILED)

        async def work(connection: AsyncConnection) -> None:
            await self._fenced(
                connection, saga, state=SagaState.FAILED, ended_at=func.clock_timestamp()
            )
            await mark_failed(connection, failed)
            await _free_claims(connection, saga)
            await self._sweep_later(connection, saga)

        await transact(self._engine, work)
        return replace(saga, state=SagaState.FAILED, appointment=failed)

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

    async def _begin(self, connection: AsyncConnection, draft: SagaDraft) -> Saga:
        new, saga_id = draft.appointment, uuid4()
        await insert_appointment(connection, new)
        terms = Terms(
            branch_id=new.branch_id,
            owner=owner_of(new.id),
            state=FINAL,
            appointment_id=new.id,
        )
        await replace_holds(connection, draft.owner, new.plan.claims, terms)
        columns = saga_columns(draft, saga_id, self._lease_s)
        await connection.execute(insert(tables.saga).values(columns))
        await connection.execute(insert(tables.saga_step), step_columns(draft, saga_id))
        await self._queue.recover_later(connection, saga_id, in_s=self._lease_s + GRACE_S)
        return begun(draft, saga_id)

    async def _step(self, saga: Saga, step: Step) -> Saga:
        """Write one step, if the saga is still ours, and renew the lease: one round trip."""

        async def work(connection: AsyncConnection) -> None:
            result = await connection.execute(
                _WRITE_STEP,
                {
                    "id": saga.id,
                    "fence": saga.fence,
                    "lease": self._lease_s,
                    "index": step.index,
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


_KEEP_UIDS = text("""
    UPDATE appointment_segment AS segment SET calendar_uid = step.uid
    FROM saga_step AS step
    WHERE segment.appointment_id = :appointment
      AND step.saga_id = :id AND step.index = segment.index
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
    WHERE step.saga_id = held.id AND step.index = :index
""")


def _with_another_code(draft: SagaDraft) -> SagaDraft:
    return replace(draft, appointment=replace(draft.appointment, code=booking_code()))


async def _free_claims(connection: AsyncConnection, saga: Saga) -> None:
    """Give the claims back; those that may still be booked late stay for a while."""
    for segment in [saga.segment(step) for step in saga.steps if step.uncertain]:
        await connection.execute(
            update(tables.claim)
            .where(
                tables.claim.c.appointment_id == saga.appointment.id,
                tables.claim.c.resource_id == segment.staff_id,
                tables.claim.c.during.op("&&")(range_of(segment.calendar_span)),
            )
            .values(state=QUARANTINE, expires_at=in_seconds(QUARANTINE_S))
        )
    await connection.execute(
        delete(tables.claim).where(
            tables.claim.c.appointment_id == saga.appointment.id, tables.claim.c.state == FINAL
        )
    )
