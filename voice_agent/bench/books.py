"""Reads what a run has left behind: in our database, and at the Cal.com of the run."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, Request, build_opener

from sqlalchemy import select, text

from booking_core.adapters.postgres.appointments import appointment_of
from booking_core.adapters.postgres.booking_tables import (
    appointment,
    appointment_segment,
    claim,
    email_log,
    saga,
    saga_step,
)
from booking_core.domain.appointment import AppointmentState
from booking_core.domain.interval import Span
from voice_agent.bench.oracle import CalcomBooking, StoredMail, StoredSaga, Visit, bookings_of

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

FOR_GOOD = ("final", "leaving")
OVERLAPS = text("""
    SELECT count(*) FROM claim a JOIN claim b ON a.id < b.id AND a.resource_id = b.resource_id
    WHERE a.during && b.during AND (a.owner <> b.owner OR 'final' = ALL (ARRAY[a.state, b.state]))
""")
OPEN_SAGAS = text("SELECT count(*) FROM saga WHERE ended_at IS NULL")
EXPIRED = text("SELECT count(*) FROM claim WHERE expires_at <= clock_timestamp()")
CUT_RESTS = text("""
    UPDATE saga SET lease_until = clock_timestamp() WHERE ended_at IS NULL AND worker = ''
""")
CUT_WAITS = text("UPDATE email_log SET lease_until = NULL WHERE state = 'due'")
SWEEPS = text("""
    SELECT count(*) FROM procrastinate_jobs
    WHERE task_name = 'booking.sweep' AND status = 'todo' AND args ->> 'saga_id' = :id
""")


class Books:
    """The database of a run."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def visit_of(self, key: str) -> Visit | None:
        """The visit that was booked or changed under this key, if it got that far."""
        async with self._engine.connect() as connection:
            query = select(saga.c.appointment_id).where(saga.c.key == key)
            found = await connection.scalar(query)
            return await _visit(connection, found) if found else None

    async def visit(self, appointment_id: UUID) -> Visit:
        """This one."""
        async with self._engine.connect() as connection:
            return await _visit(connection, appointment_id)

    async def states(self) -> dict[str, AppointmentState]:
        """Every appointment by id."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(select(appointment.c.id, appointment.c.state))
            return {str(found): AppointmentState(state) for found, state in rows}

    async def visits(self) -> list[Visit]:
        """All there are."""
        async with self._engine.connect() as connection:
            ids = (await connection.scalars(select(appointment.c.id))).all()
            return [await _visit(connection, found) for found in ids]

    async def sent(self) -> dict[str, str]:
        """Message-ID and visit of every mail that the log calls sent."""
        query = select(email_log.c.message_id, email_log.c.appointment_id).where(
            email_log.c.state == "sent"
        )
        async with self._engine.connect() as connection:
            return {found: str(visit) for found, visit in await connection.execute(query)}

    async def sweeps_to_come(self, saga_id: UUID) -> int:
        """How many sweeps of this saga are on their way."""
        return await self._number(SWEEPS, id=str(saga_id))

    async def overlaps(self) -> int:
        """Pairs of claims that take the same person or thing at the same instant."""
        return await self._number(OVERLAPS)

    async def open_sagas(self) -> int:
        """How many bookings are undecided."""
        return await self._number(OPEN_SAGAS)

    async def expired(self) -> int:
        """Claims whose time is over."""
        return await self._number(EXPIRED)

    async def let_time_pass(self) -> None:
        """Waits between two attempts are over: nobody has to sit them out."""
        async with self._engine.begin() as connection:
            await connection.execute(CUT_RESTS)
            await connection.execute(CUT_WAITS)

    async def _number(self, query: Any, **values: str) -> int:  # noqa: ANN401 - a text clause
        async with self._engine.connect() as connection:
            return int(await connection.scalar(query, values) or 0)


class Calcom:
    """The back door of the sandbox, which is a process of its own."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/_control"
        self._http = build_opener(ProxyHandler({}))

    async def control(self, action: str, **arguments: object) -> Any:  # noqa: ANN401 - JSON
        """Do something to it, or ask it."""
        return await asyncio.to_thread(self._post, {"action": action} | arguments)

    async def live(self) -> list[CalcomBooking]:
        """Every live booking of ours."""
        return bookings_of(await self.control("dump"), _instant)

    def _post(self, body: dict[str, object]) -> Any:  # noqa: ANN401 - JSON
        headers = {"Content-Type": "application/json"}
        request = Request(self._url, json.dumps(body).encode(), headers)  # noqa: S310 - loopback
        with self._http.open(request, timeout=60) as response:
            return json.load(response)


def _instant(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)


async def _visit(connection: AsyncConnection, found: UUID) -> Visit:
    row = (await connection.execute(select(appointment).where(appointment.c.id == found))).one()
    uids = await connection.scalars(
        select(appointment_segment.c.calendar_uid).where(
            appointment_segment.c.appointment_id == found,
            appointment_segment.c.calendar_uid.is_not(None),
        )
    )
    claims = await connection.execute(
        select(claim.c.resource_id, claim.c.during, claim.c.kind).where(
            claim.c.appointment_id == found, claim.c.state.in_(FOR_GOOD)
        )
    )
    mails = await connection.execute(
        select(email_log.c.version, email_log.c.kind, email_log.c.state, email_log.c.message_id)
        .where(email_log.c.appointment_id == found)
        .order_by(email_log.c.version)
    )
    return Visit(
        appointment=appointment_of(row),
        uids=frozenset(uid for uid in uids if uid),
        claims=Counter(
            (resource, Span(during.lower, during.upper), kind) for resource, during, kind in claims
        ),
        sagas=await _sagas(connection, found),
        mails=tuple(
            StoredMail(version=version, kind=kind, state=state, message_id=message_id)
            for version, kind, state, message_id in mails
        ),
    )


async def _sagas(connection: AsyncConnection, found: UUID) -> tuple[StoredSaga, ...]:
    rows = await connection.execute(
        select(saga).where(saga.c.appointment_id == found).order_by(saga.c.started_at)
    )
    return tuple([await _saga(connection, row) for row in rows.all()])


async def _saga(connection: AsyncConnection, row: Any) -> StoredSaga:  # noqa: ANN401 - a row
    query = select(saga_step).where(saga_step.c.saga_id == row.id).order_by(saga_step.c.position)
    steps = (await connection.execute(query)).all()
    return StoredSaga(
        id=row.id,
        key=row.key,
        kind=row.kind,
        state=row.state,
        over=row.ended_at is not None,
        steps=tuple(step.state for step in steps),
        uncertain=any(step.uncertain for step in steps),
    )
