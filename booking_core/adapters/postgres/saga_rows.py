"""Sagas as rows and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb
from sqlalchemy import ColumnElement, Row, RowMapping, func, select

from booking_core.adapters.postgres import booking_tables as tables
from booking_core.adapters.postgres.appointments import appointment_of, as_of, versions_of
from booking_core.adapters.postgres.pipeline import Statement
from booking_core.adapters.postgres.transactions import LOST, violated
from booking_core.domain.appointment import Appointment, AppointmentState
from booking_core.domain.saga import Action, Saga, SagaKind, SagaState, Setback, Step, StepState
from booking_core.domain.snapshot import dump_plan, load_plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy.exc import IntegrityError
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
        quiet=draft.quiet,
        state=_first_state(draft.kind),
        steps=tuple(steps),
        fence=1,
        worker=draft.worker,
    )


def is_under_way(error: IntegrityError) -> bool:
    """Whether another saga is changing the appointment."""
    return violated(error) == "uq_saga_under_way"


def adding_saga(draft: SagaDraft, saga_id: UUID, lease_s: float) -> Statement:
    """The row of a saga that begins."""
    new = draft.appointment
    values = {
        "id": saga_id,
        "branch": new.branch_id,
        "appointment": new.id,
        "kind": draft.kind.value,
        "version": new.version,
        "target": Jsonb(_dump_target(new)) if draft.kind is SagaKind.MOVE else None,
        "ordered_by": str(draft.ordered_by),
        "reason": draft.reason,
        "quiet": draft.quiet,
        "key": draft.key,
        "fingerprint": draft.fingerprint,
        "state": _first_state(draft.kind).value,
        "worker": draft.worker,
        "lease": lease_s,
    }
    return Statement(_ADD_SAGA, values)


def adding_steps(saga_id: UUID, about: Appointment, steps: Sequence[Step]) -> Statement:
    """The rows of its steps, with the uids of what they change; they are told by position."""
    values = {
        **_progress(steps),
        "id": saga_id,
        "appointment": about.id,
        "actions": [step.action.value for step in steps],
        "indexes": [step.index for step in steps],
        "formers": [step.former for step in steps],
        "after_pivots": [step.after_pivot for step in steps],
    }
    return Statement(_ADD_STEPS, values)


def writing_steps(saga: Saga, steps: Sequence[Step], lease_s: float) -> Statement:
    """How far these have got, and a longer lease; SagaLost when the saga is not ours any more."""
    values = {**_ours(saga, lease_s), **_progress(steps)}
    return Statement(_REFUSE_LOST, values, {"held": _HOLD, "written": _WRITE_STEPS})


def entering_state(saga: Saga, lease_s: float) -> Statement:
    """The saga is in this state, and over if that is an end; its steps are written as well."""
    state = {"state": saga.state.value, "ends": not saga.open}
    values = {**_ours(saga, lease_s), **_progress(saga.steps), **state}
    return Statement(_REFUSE_LOST, values, {"held": _ENTER, "written": _WRITE_STEPS})


def _ours(saga: Saga, lease_s: float) -> dict[str, Any]:
    return {"id": saga.id, "fence": saga.fence, "lease": lease_s, "code": LOST}


def _progress(steps: Sequence[Step]) -> dict[str, list[Any]]:
    return {
        "positions": [step.position for step in steps],
        "states": [step.state.value for step in steps],
        "attempts": [step.attempt for step in steps],
        "uids": [step.uid for step in steps],
        "uncertain": [step.uncertain for step in steps],
    }


_ADD_SAGA = """
    INSERT INTO saga (
      id, branch_id, appointment_id, kind, version, target, ordered_by, reason, quiet, key,
      fingerprint, state, worker, lease_until
    ) VALUES (
      %(id)s, %(branch)s, %(appointment)s, %(kind)s, %(version)s, %(target)s, %(ordered_by)s,
      %(reason)s, %(quiet)s, %(key)s, %(fingerprint)s, %(state)s, %(worker)s,
      clock_timestamp() + make_interval(secs => %(lease)s::double precision)
    )
"""
_ADD_STEPS = """
    INSERT INTO saga_step (
      saga_id, position, action, index, former, after_pivot, state, attempt, old_uid, uid, uncertain
    )
    SELECT %(id)s, step.position, action, step.index, former, after_pivot, state, attempt,
      segment.calendar_uid, uid, uncertain
    FROM unnest(
      %(positions)s::smallint[], %(actions)s::text[], %(indexes)s::smallint[],
      %(formers)s::smallint[], %(after_pivots)s::boolean[], %(states)s::text[],
      %(attempts)s::smallint[], %(uids)s::text[], %(uncertain)s::boolean[]
    ) AS step (
      position, action, index, former, after_pivot, state, attempt, uid, uncertain
    )
    LEFT JOIN appointment_segment AS segment
      ON segment.appointment_id = %(appointment)s AND segment.index = step.former
    RETURNING position, old_uid
"""
_LEASE = "lease_until = clock_timestamp() + make_interval(secs => %(lease)s::double precision)"
_IS_OURS = "id = %(id)s AND fence = %(fence)s AND ended_at IS NULL"
_HOLD = f"UPDATE saga SET {_LEASE} WHERE {_IS_OURS} RETURNING id"  # noqa: S608 - put together from constants
_ENTER = f"""
    UPDATE saga
    SET state = %(state)s, ended_at = CASE WHEN %(ends)s THEN clock_timestamp() END, {_LEASE}
    WHERE {_IS_OURS} RETURNING id
"""  # noqa: S608 - put together from constants
_WRITE_STEPS = """
    UPDATE saga_step AS step
    SET state = now.state, attempt = now.attempt, uid = now.uid, uncertain = now.uncertain,
        changed_at = clock_timestamp()
    FROM held, unnest(
      %(positions)s::smallint[], %(states)s::text[], %(attempts)s::smallint[],
      %(uids)s::text[], %(uncertain)s::boolean[]
    ) AS now (position, state, attempt, uid, uncertain)
    WHERE step.saga_id = held.id AND step.position = now.position
"""
_REFUSE_LOST = "SELECT refuse(%(code)s)::text WHERE NOT EXISTS (SELECT FROM held)"


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
        quiet=row.quiet,
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
