"""What the day of a salon consists of: visits, what is held, and what other calendars say."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Text, cast, func, select
from sqlalchemy.dialects.postgresql import JSONPATH

from booking_core.adapters.postgres.appointments import appointment_of
from booking_core.adapters.postgres.booking_tables import appointment, claim, rest_override, saga
from booking_core.adapters.postgres.claims import HELD, range_of
from booking_core.adapters.postgres.mirror_tables import calendar_day
from booking_core.domain.appointment import AppointmentState, Mark
from booking_core.domain.interval import Span, shift
from booking_core.domain.plan import ClaimKind
from booking_core.domain.snapshot import load_plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.plan import Plan

SHOWN = (AppointmentState.BOOKING, AppointmentState.BOOKED, AppointmentState.CANCELLING)
KNOWN_PLANS = 1000  # a few full days; some ten kilobytes each
LONGEST_STAY_MINUTES = 24 * 60  # lets the index on starts do the work


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit as the day shows it."""

    appointment: Appointment
    changing: bool
    """Whether something of it is under way: being booked, moved or cancelled."""
    on_purpose: bool
    """Whether the desk has put it into the rest of somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Time that somebody holds while they think."""

    holder: str
    moving: bool
    """Whether it is held to move a visit."""
    resource_id: UUID
    span: Span
    kind: ClaimKind
    left_s: float
    """Until it is free again, unless it is renewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diary:
    """Everything that is drawn."""

    visits: Sequence[Visit] = ()
    holds: Sequence[Hold] = ()
    elsewhere: Mapping[UUID, Sequence[Span]] | None = None
    """Per person: taken in the external calendar, and not by us."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A visit as the week shows it."""

    id: UUID
    start: datetime
    end: datetime
    customer: str
    services: tuple[str, ...]
    staff_ids: tuple[UUID, ...]
    state: AppointmentState
    late: bool
    mark: Mark | None


class DayQueries:
    """Reads the diary of one branch."""

    def __init__(self, engine: AsyncEngine, branch_id: UUID) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._branch_id = branch_id

    async def diary(self, window: Span, days: tuple[date, date]) -> Diary:
        """What touches the window; `days` are the same in dates, both included."""
        async with self._engine.connect() as connection:
            visits = [_visit(row) for row in await connection.execute(self._visits(window))]
            holds = [_hold(row) for row in await connection.execute(self._holds(window))]
            there = await connection.execute(self._elsewhere(days))
            elsewhere: dict[UUID, list[Span]] = {}
            for row in there:
                spans = [Span(part.lower, part.upper) for part in row.busy]
                elsewhere.setdefault(row.staff_id, []).extend(spans)
        return Diary(visits=visits, holds=holds, elsewhere=elsewhere)

    async def stays(self, window: Span) -> Sequence[Stay]:
        """Visits of a longer time, without their plans."""
        columns = appointment.c
        people = func.jsonb_path_query_array(columns.plan, cast("$.segments[*].staff", JSONPATH))
        query = (
            select(
                columns.id,
                columns.starts_at,
                columns.ends_at,
                columns.customer_name,
                columns.service_names,
                columns.state,
                columns.note,
                columns.mark,
                people.label("people"),
            )
            .where(*self._shown(window))
            .order_by(columns.starts_at, columns.id)
        )
        async with self._engine.connect() as connection:
            return [_stay(row) for row in await connection.execute(query)]

    def _visits(self, window: Span) -> Any:  # noqa: ANN401 - a SELECT of many columns
        changing = select(saga.c.id).where(
            saga.c.appointment_id == appointment.c.id, saga.c.ended_at.is_(None)
        )
        on_purpose = select(rest_override.c.saga_id).where(
            rest_override.c.appointment_id == appointment.c.id,
            rest_override.c.version == appointment.c.version,
        )
        return (
            select(
                *(column for column in appointment.c if column is not appointment.c.plan),
                cast(appointment.c.plan, Text).label("plan_text"),
                changing.exists().label("changing"),
                on_purpose.exists().label("on_purpose"),
            )
            .where(*self._shown(window))
            .order_by(appointment.c.starts_at, appointment.c.id)
        )

    def _shown(self, window: Span) -> list[ColumnElement[bool]]:
        columns = appointment.c
        return [
            columns.branch_id == self._branch_id,
            columns.state.in_(SHOWN),
            columns.starts_at >= shift(window.start, -LONGEST_STAY_MINUTES),
            columns.starts_at < window.end,
            columns.ends_at > window.start,
        ]

    def _holds(self, window: Span) -> Any:  # noqa: ANN401 - a SELECT of many columns
        left_s = func.extract("epoch", claim.c.expires_at - func.clock_timestamp())
        return (
            select(
                claim.c.holder,
                claim.c.owner,
                claim.c.resource_id,
                claim.c.during,
                claim.c.kind,
                left_s.label("left_s"),
            )
            .where(
                claim.c.branch_id == self._branch_id,
                claim.c.state == HELD,
                claim.c.during.op("&&")(range_of(window)),
                claim.c.expires_at > func.clock_timestamp(),
            )
            .order_by(claim.c.id)
        )

    def _elsewhere(self, days: tuple[date, date]) -> Any:  # noqa: ANN401 - a SELECT of two columns
        return select(calendar_day.c.staff_id, calendar_day.c.busy).where(
            calendar_day.c.branch_id == self._branch_id, calendar_day.c.day.between(*days)
        )


def _visit(row: Any) -> Visit:  # noqa: ANN401 - a row with all columns of the table
    about = appointment_of(row, plan=_plan(row.plan_text))
    return Visit(appointment=about, changing=row.changing, on_purpose=row.on_purpose)


@lru_cache(maxsize=KNOWN_PLANS)
def _plan(text: str) -> Plan:
    """Reading a plan takes longer than fetching it, and an open day is read again and again."""
    return load_plan(json.loads(text))


def _hold(row: Any) -> Hold:  # noqa: ANN401 - a row
    return Hold(
        holder=row.holder,
        moving=row.owner != row.holder,
        resource_id=row.resource_id,
        span=Span(row.during.lower, row.during.upper),
        kind=ClaimKind(row.kind),
        left_s=float(row.left_s),
    )


def _stay(row: Any) -> Stay:  # noqa: ANN401 - a row
    return Stay(
        id=row.id,
        start=row.starts_at,
        end=row.ends_at,
        customer=row.customer_name,
        services=tuple(row.service_names),
        staff_ids=tuple(dict.fromkeys(UUID(one) for one in row.people)),
        state=AppointmentState(row.state),
        late=is_late(row.note),
        mark=Mark(row.mark) if row.mark else None,
    )


def is_late(note: str) -> bool:
    """Whether the customer has said that they come later."""
    return any(line.startswith("+") and line.endswith(" min") for line in note.splitlines())
