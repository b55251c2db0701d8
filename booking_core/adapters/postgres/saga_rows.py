"""Sagas as rows and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, RowMapping, func, select

from booking_core.adapters.postgres import booking_tables as tables
from booking_core.adapters.postgres.appointments import appointment_of
from booking_core.adapters.postgres.claims import in_seconds
from booking_core.domain.saga import Saga, SagaState, Setback, Step, StepState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from booking_core.ports import SagaDraft


async def read_saga(connection: AsyncConnection, *where: ColumnElement[bool]) -> Saga | None:
    """The one saga for which this holds, with its steps and its appointment."""
    query = select(
        tables.saga,
        func.extract("epoch", func.clock_timestamp() - tables.saga.c.started_at).label("age_s"),
        (tables.saga.c.lease_until <= func.clock_timestamp()).label("resting"),
    ).where(*where)
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    visit = await connection.execute(
        select(tables.appointment).where(tables.appointment.c.id == row.appointment_id)
    )
    steps = await connection.execute(
        select(tables.saga_step)
        .where(tables.saga_step.c.saga_id == row.id)
        .order_by(tables.saga_step.c.position)
    )
    return _saga_of(row, visit.one(), steps.mappings().all())


def keyed(branch_id: UUID, key: str) -> tuple[ColumnElement[bool], ...]:
    """Holds for what was begun under this key."""
    return tables.saga.c.branch_id == branch_id, tables.saga.c.key == key


def begun(draft: SagaDraft, saga_id: UUID) -> Saga:
    """The saga as it was just written."""
    return Saga(
        id=saga_id,
        key=draft.key,
        fingerprint=draft.fingerprint,
        appointment=draft.appointment,
        state=SagaState.RUNNING,
        steps=tuple(Step(index=index) for index in draft.sequence),
        fence=1,
        worker=draft.worker,
    )


def saga_columns(draft: SagaDraft, saga_id: UUID, lease_s: float) -> dict[str, Any]:
    """The row of a saga that begins."""
    return {
        "id": saga_id,
        "branch_id": draft.appointment.branch_id,
        "appointment_id": draft.appointment.id,
        "key": draft.key,
        "fingerprint": draft.fingerprint,
        "state": SagaState.RUNNING,
        "worker": draft.worker,
        "lease_until": in_seconds(lease_s),
    }


def step_columns(draft: SagaDraft, saga_id: UUID) -> list[dict[str, Any]]:
    """The rows of its steps, none of them begun."""
    return [
        {"saga_id": saga_id, "index": index, "position": position, "state": StepState.PENDING}
        for position, index in enumerate(draft.sequence)
    ]


def _saga_of(row: Row[Any], visit: Row[Any], steps: Sequence[RowMapping]) -> Saga:
    return Saga(
        id=row.id,
        key=row.key,
        fingerprint=row.fingerprint,
        appointment=appointment_of(visit),
        state=SagaState(row.state),
        steps=tuple(_step_of(step) for step in steps),
        fence=row.fence,
        worker=row.worker,
        setback=Setback(row.setback) if row.setback else None,
        tries=row.tries,
        age_s=float(row.age_s),
        resting=row.resting,
    )


def _step_of(row: RowMapping) -> Step:
    return Step(
        index=row["index"],
        state=StepState(row["state"]),
        attempt=row["attempt"],
        uid=row["uid"],
        uncertain=row["uncertain"],
    )
