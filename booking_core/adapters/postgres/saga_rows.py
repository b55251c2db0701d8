"""Sagas as rows and back."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Row, RowMapping, func, select

from booking_core.adapters.postgres import booking_tables as tables
from booking_core.adapters.postgres.appointments import appointment_of, as_of, versions_of
from booking_core.adapters.postgres.claims import in_seconds
from booking_core.domain.appointment import Appointment, AppointmentState
from booking_core.domain.saga import Action, Saga, SagaKind, SagaState, Setback, Step, StepState
from booking_core.domain.snapshot import dump_plan, load_plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from booking_core.ports import SagaDraft

COMMITTED = {
    SagaKind.BOOK: {SagaState.DONE},
    SagaKind.MOVE: {SagaState.FINISHING, SagaState.DONE},
    SagaKind.CANCEL: {SagaState.DONE},
}
"""From which state on the version of a saga is a fact."""


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
    versions = await versions_of(connection, row.appointment_id, row.version - 1, row.version)
    steps = await connection.execute(
        select(tables.saga_step)
        .where(tables.saga_step.c.saga_id == row.id)
        .order_by(tables.saga_step.c.position)
    )
    before, after = _appointments(row, appointment_of(visit.one()), versions)
    return _saga_of(row, before, after, steps.mappings().all())


def keyed(branch_id: UUID, key: str) -> tuple[ColumnElement[bool], ...]:
    """Holds for what was begun under this key."""
    return tables.saga.c.branch_id == branch_id, tables.saga.c.key == key


def begun(draft: SagaDraft, saga_id: UUID, steps: Sequence[Step]) -> Saga:
    """The saga as it was just written."""
    return Saga(
        id=saga_id,
        kind=draft.kind,
        key=draft.key,
        fingerprint=draft.fingerprint,
        appointment=draft.appointment,
        before=draft.before,
        reason=draft.reason,
        state=_first_state(draft.kind),
        steps=tuple(steps),
        fence=1,
        worker=draft.worker,
    )


def saga_columns(draft: SagaDraft, saga_id: UUID, lease_s: float) -> dict[str, Any]:
    """The row of a saga that begins."""
    new = draft.appointment
    # Without one the column is left out: None would be stored as JSON's null.
    target = {"target": _dump_target(new)} if draft.kind is SagaKind.MOVE else {}
    return {
        **target,
        "id": saga_id,
        "branch_id": new.branch_id,
        "appointment_id": new.id,
        "kind": draft.kind,
        "version": new.version,
        "ordered_by": draft.ordered_by,
        "reason": draft.reason,
        "key": draft.key,
        "fingerprint": draft.fingerprint,
        "state": _first_state(draft.kind),
        "worker": draft.worker,
        "lease_until": in_seconds(lease_s),
    }


def step_columns(saga_id: UUID, steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The rows of its steps."""
    return [{"saga_id": saga_id, **asdict(step)} for step in steps]


def _first_state(kind: SagaKind) -> SagaState:
    return SagaState.FINISHING if kind is SagaKind.CANCEL else SagaState.RUNNING


def _appointments(
    row: Row[Any], today: Appointment, versions: Mapping[int, Row[Any]]
) -> tuple[Appointment | None, Appointment]:
    """The appointment before the saga, and as the saga leaves it: whatever it became since."""
    kind = SagaKind(row.kind)
    before = None if kind is SagaKind.BOOK else as_of(today, versions[row.version - 1])
    if SagaState(row.state) in COMMITTED[kind]:
        return before, as_of(today, versions[row.version])
    if before is None:
        return None, today
    if kind is SagaKind.MOVE:
        return before, _load_target(before, row)
    going = replace(before, version=row.version, state=AppointmentState.CANCELLING)
    return before, going


def _dump_target(new: Appointment) -> dict[str, Any]:
    return {
        "plan": dump_plan(new.plan),
        "service_names": list(new.service_names),
        "price_cents": new.price_cents,
    }


def _load_target(before: Appointment, row: Row[Any]) -> Appointment:
    return replace(
        before,
        version=row.version,
        plan=load_plan(row.target["plan"]),
        service_names=tuple(row.target["service_names"]),
        price_cents=row.target["price_cents"],
    )


def _saga_of(
    row: Row[Any], before: Appointment | None, after: Appointment, steps: Sequence[RowMapping]
) -> Saga:
    return Saga(
        id=row.id,
        kind=SagaKind(row.kind),
        key=row.key,
        fingerprint=row.fingerprint,
        appointment=after,
        before=before,
        reason=row.reason,
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
        position=row["position"],
        action=Action(row["action"]),
        index=row["index"],
        former=row["former"],
        after_pivot=row["after_pivot"],
        state=StepState(row["state"]),
        attempt=row["attempt"],
        old_uid=row["old_uid"],
        uid=row["uid"],
        uncertain=row["uncertain"],
    )
