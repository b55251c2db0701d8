"""The bookings of a company: filtered, in order of their starts, a page at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

from pydantic import Field
from sqlalchemy import exists, select, tuple_

from booking_core.adapters.postgres.appointments import appointment_of
from booking_core.adapters.postgres.booking_tables import appointment, appointment_segment
from booking_core.domain.appointment import AppointmentState
from voice_agent.api.booking_view import BookingView, booking_view
from voice_agent.api.cursors import (
    CURSOR_DOC,
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    next_of,
    read_cursor,
)
from voice_agent.api.endpoint import Answer, AnyEndpoint, Ask, Endpoint, Nothing
from voice_agent.api.problems import Code
from voice_agent.api.reading import invalid
from voice_agent.api.shapes import Asked, Id, Moment, Page, Phone
from voice_agent.api.tokens import Scope

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement


class BookingFilter(Asked):
    """Everything that is given must hold."""

    branch_id: Id | None = None
    state: list[AppointmentState] = Field(
        default=[AppointmentState.BOOKED],
        min_length=1,
        max_length=len(AppointmentState),
        description="May be repeated.",
    )
    starts_from: Moment | None = Field(default=None, description="Starts at this or later.")
    starts_before: Moment | None = None
    staff_id: Id | None = Field(default=None, description="Works on any of the segments.")
    phone: Phone | None = None
    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{6}$")] | None = Field(
        default=None, description="As the customer says it."
    )
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | None = None


async def list_bookings(ask: Ask[Nothing, BookingFilter, Nothing]) -> Answer:
    """A page of bookings."""
    own = await ask.counter.branches(ask.company_id)
    if ask.query.branch_id:
        own = [ask.counter.of(own, ask.query.branch_id)]
    salons = {salon.branch.id: salon for salon in own}
    limit = ask.query.limit
    query = (
        select(appointment)
        .where(*_fits(ask.query, salons.values()))
        .order_by(appointment.c.starts_at, appointment.c.id)
        .limit(limit + 1)
    )
    async with ask.counter.engine.connect() as connection:
        rows = (await connection.execute(query)).all()
    visits = [appointment_of(row) for row in rows[:limit]]
    views = [booking_view(visit, salons[visit.branch_id]) for visit in visits]
    cursor = next_of(rows[limit - 1].starts_at, str(visits[-1].id)) if len(rows) > limit else None
    return Answer(body=Page[BookingView](items=views, next_cursor=cursor))


def _fits(wanted: BookingFilter, salons: Any) -> list[ColumnElement[bool]]:  # noqa: ANN401 - a view of a dict
    columns = appointment.c
    where: list[ColumnElement[bool]] = [
        columns.branch_id.in_([salon.branch.id for salon in salons]),
        columns.state.in_(wanted.state),
    ]
    if wanted.starts_from:
        where.append(columns.starts_at >= wanted.starts_from)
    if wanted.starts_before:
        where.append(columns.starts_at < wanted.starts_before)
    if wanted.phone:
        where.append(columns.customer_phone == wanted.phone)
    if wanted.code:
        where.append(columns.code == wanted.code.upper())
    if wanted.staff_id:
        where.append(_works_on_it(wanted.staff_id))
    if wanted.cursor:
        where.append(_behind(wanted.cursor))
    return where


def _works_on_it(staff_id: UUID) -> ColumnElement[bool]:
    segment = appointment_segment.c
    return exists().where(segment.appointment_id == appointment.c.id, segment.staff_id == staff_id)


def _behind(cursor: str) -> ColumnElement[bool]:
    at, last_id = read_cursor(cursor)
    try:
        last = UUID(last_id)
    except ValueError:
        raise invalid("query.cursor", "ist kein Zeiger dieser Liste") from None
    return tuple_(appointment.c.starts_at, appointment.c.id) > (at, last)


ENDPOINTS: Final[tuple[AnyEndpoint, ...]] = (
    Endpoint(
        method="GET",
        path="/bookings",
        tag="Bookings",
        summary="List bookings",
        description=f"In order of their starts; without `state` those that stand. {CURSOR_DOC}",
        scope=Scope.READ,
        handle=list_bookings,
        query=BookingFilter,
        answers={200: Page[BookingView]},
        problems=(Code.NOT_FOUND,),
    ),
)
