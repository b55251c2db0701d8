"""What the stages of a saga do to its appointment and its claims, inside their transactions."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from sqlalchemy import text

from booking_core.adapters.postgres.appointments import (
    booking,
    entering,
    keeping_uids,
    keeping_version,
    keeping_version_as_stored,
    mark_failed,
    moving,
)
from booking_core.adapters.postgres.claims import (
    FINAL,
    LEAVING,
    Taking,
    claiming,
    doubting,
    giving_up,
    giving_up_new,
    letting_leave,
)
from booking_core.adapters.postgres.pipeline import Statement, write
from booking_core.adapters.postgres.transactions import OUTDATED
from booking_core.domain.appointment import AppointmentState
from booking_core.domain.saga import Action, Saga, SagaKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from booking_core.domain.appointment import Appointment
    from booking_core.ports import SagaDraft


def alone_with(before: Appointment) -> Statement:
    """Nobody else changes the appointment from here on."""
    return Statement(_LOCK_VISIT, {"id": before.id})


def unchanged(before: Appointment) -> Statement:
    """Nobody has changed it since it was read."""
    stands = {"id": before.id, "version": before.version, "code": OUTDATED}
    return Statement(_REFUSE_OUTDATED, stands)


def beginning(draft: SagaDraft) -> list[Statement]:
    """The appointment and its claims while the saga is under way."""
    new = draft.appointment
    match draft.kind:
        case SagaKind.BOOK:
            return [*taking(draft).statements]
        case SagaKind.MOVE:
            assert draft.before is not None, "a move begins somewhere"
            return [*letting_leave(draft.before, new), *taking(draft).statements]
        case SagaKind.CANCEL:
            assert draft.before is not None, "a cancellation begins somewhere"
            return [entering(new, AppointmentState.CANCELLING, draft.before.version)]
        case _:
            assert_never(draft.kind)


def taking(draft: SagaDraft) -> Taking:
    """The claims of the new plan."""
    overrides = draft.override is not None
    return claiming(draft.owner, draft.appointment, overrides=overrides)


def committing(
    saga: Saga, new: Appointment, at: datetime
) -> tuple[list[Statement], list[Statement]]:
    """The new plan stands, with its bookings; the second have to see what the first did."""
    doubts = doubting(saga, FINAL, saga.arrivals_in_doubt)
    uids = {
        step.index: step.old_uid if step.action is Action.KEEP else step.uid
        for step in saga.steps
        if step.index is not None
    }
    if saga.kind is SagaKind.BOOK:
        kept = [keeping_uids(new, uids), keeping_version_as_stored(new, at)]
        return [*kept, booking(new, at), *doubts], []
    *moved, arriving = moving(new, uids)
    return [*moved, keeping_version(new, at), *doubts], [arriving]


def finishing(saga: Saga, new: Appointment, at: datetime) -> list[Statement]:
    """Nothing is left of the old plan."""
    if saga.kind is SagaKind.CANCEL:
        return [
            entering(new, AppointmentState.CANCELLED, new.version),
            keeping_version_as_stored(new, at),
            *giving_up(new.id, FINAL),
        ]
    return giving_up(new.id, LEAVING)


async def taken_back(connection: AsyncConnection, saga: Saga, left: Appointment) -> None:
    """Everything is as it was before; what was put back at the calendar has new uids."""
    if saga.kind is SagaKind.BOOK:
        await mark_failed(connection, left)
    else:
        await connection.execute(_KEEP_OLD_UIDS, {"id": saga.id, "appointment": left.id})
    await write(connection, giving_up_new(saga))


_LOCK_VISIT = """
    SELECT id::text FROM (SELECT id FROM appointment WHERE id = %(id)s FOR UPDATE) AS visit
"""
_REFUSE_OUTDATED = """
    SELECT refuse(%(code)s) FROM appointment
    WHERE id = %(id)s AND (state <> 'booked' OR version <> %(version)s)
"""
_KEEP_OLD_UIDS = text("""
    UPDATE appointment_segment AS segment SET calendar_uid = step.uid
    FROM saga_step AS step
    WHERE segment.appointment_id = :appointment
      AND step.saga_id = :id AND step.former = segment.index
      AND step.state = 'undone' AND step.uid IS NOT NULL
""")
