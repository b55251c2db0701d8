"""Whom the salon is to call back, in PostgreSQL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from booking_core.adapters.postgres.pipeline import Statement

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from booking_core.domain.appointment import Customer
    from booking_core.domain.booking import BookAppointment
    from booking_core.domain.plan import Plan
    from booking_core.domain.requests import RequestCallback
    from booking_core.domain.saga import Saga

log = structlog.get_logger()

# Who tries again in the same call does not ask for two calls; one that was made stays made.
_RECORD = text("""
    INSERT INTO callback_request AS known (branch_id, key, name, phone, wish, reason, due_at)
    VALUES (:branch_id, :key, :name, :phone, CAST(:wish AS jsonb), :reason, :due_at)
    ON CONFLICT (branch_id, key) DO UPDATE
      SET wish = excluded.wish, name = excluded.name, phone = excluded.phone,
          state = 'open', settled_at = NULL
      WHERE known.state <> 'done'
""")
# Whoever asks after a failed booking of the same call has one request, and keeps it.
_NOTE = text("""
    INSERT INTO callback_request AS known
      (branch_id, key, name, phone, topic, wish, reason, due_at, asked_for)
    VALUES
      (:branch_id, :key, :name, :phone, :topic, CAST(:wish AS jsonb), :reason, :due_at, true)
    ON CONFLICT (branch_id, key) DO UPDATE
      SET wish = known.wish || excluded.wish, phone = excluded.phone, topic = excluded.topic,
          name = coalesce(nullif(excluded.name, ''), known.name), reason = excluded.reason,
          asked_for = true, state = 'open', settled_at = NULL
      WHERE known.state <> 'done'
""")
_SETTLE = """
    UPDATE callback_request SET state = 'obsolete', settled_at = now()
    WHERE branch_id = %(branch_id)s AND key = %(key)s AND state = 'open' AND NOT asked_for
"""


class PostgresCallbacks:
    """Implements `call_back.Callbacks` over the table `callback_request`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def record(self, order: BookAppointment, *, reason: str, due_at: datetime) -> None:
        """Note that this person waits for a call; once a call."""
        about = (order.branch_id, _key(order), order.plan, order.customer)
        row = _row(*about, reason=reason, due_at=due_at)
        async with self._engine.begin() as connection:
            await connection.execute(_RECORD, row)

    async def note(self, request: RequestCallback, *, due_at: datetime) -> None:
        """Note what was asked for; asked again by the same key, the newest facts count."""
        row = {
            "branch_id": request.branch_id,
            "key": request.key,
            "name": request.name,
            "phone": request.phone,
            "topic": request.topic,
            "wish": json.dumps(dict(request.wish)),
            "reason": request.reason,
            "due_at": due_at,
        }
        async with self._engine.begin() as connection:
            await connection.execute(_NOTE, row)


def settling(booked: Saga) -> Statement:
    """The person got what the call would have been about, unless they had asked for one."""
    visit = booked.appointment
    key = visit.call_id or booked.key
    return Statement(_SETTLE, {"branch_id": visit.branch_id, "key": key})


async def record_failed(
    connection: AsyncConnection, saga: Saga, *, reason: str, due_at: datetime
) -> None:
    """Note it with the transaction in which a booking fails; that goes on if it cannot be noted."""
    visit = saga.appointment
    about = (visit.branch_id, visit.call_id or saga.key, visit.plan, visit.customer)
    try:
        async with connection.begin_nested():
            await connection.execute(_RECORD, _row(*about, reason=reason, due_at=due_at))
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        log.error("callback_not_recorded", error=type(error.orig).__name__)  # noqa: TRY400 - a traceback would quote the customer


def _row(
    branch_id: UUID, key: str, plan: Plan, customer: Customer, *, reason: str, due_at: datetime
) -> dict[str, object]:
    wish = {
        "services": [str(service) for service in plan.services],
        "staff": str(plan.segments[0].staff_id),
        "start": plan.start.isoformat(),
    }
    return {
        "branch_id": branch_id,
        "key": key,
        "name": customer.name,
        "phone": customer.phone,
        "wish": json.dumps(wish),
        "reason": reason,
        "due_at": due_at,
    }


def _key(order: BookAppointment) -> str:
    return order.call_id or order.key
