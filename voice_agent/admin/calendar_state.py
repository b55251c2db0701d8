"""How a service stands at the external calendar: segment by segment, person by person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from booking_core.adapters.calcom.tables import event_map
from booking_core.domain.event_type import wanted_event_types
from booking_core.domain.preflight import Flaw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.bootstrap import BookingCore
    from booking_core.domain.catalogue import Salon, Service
    from booking_core.domain.drift import Deviation
    from booking_core.domain.event_type import Pair, WantedEventType
    from booking_core.domain.preflight import Unbookable


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One segment with one person."""

    staff: str
    status: str
    """`synced`, `pending`, `failed`, or why it cannot be booked: `no_key`."""
    detail: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One segment with everybody who can do it."""

    key: str
    name: str
    places: Sequence[Place]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarState:
    """A whole service."""

    parts: Sequence[Part]

    @property
    def total(self) -> int:
        """How many event types it wants."""
        return sum(len(part.places) for part in self.parts)

    @property
    def ready(self) -> int:
        """How many of them are as they should be."""
        return self._count("synced")

    @property
    def pending(self) -> int:
        """How many are still to be looked at."""
        return self._count("pending")

    @property
    def failed(self) -> int:
        """How many could not be made."""
        return self.total - self.ready - self.pending

    def _count(self, status: str) -> int:
        return sum(place.status == status for part in self.parts for place in part.places)


async def calendar_state(
    service: Service, salon: Salon, core: BookingCore, engine: AsyncEngine
) -> CalendarState:
    """As our own record has it, without asking the calendar."""
    rows = await _rows(engine, salon.branch.id, service.id)
    flaws = {one.pair: one for one in await core.unbookable(salon)}
    wanted = [one for one in wanted_event_types(salon) if one.service_id == service.id]
    return CalendarState(
        parts=[
            Part(
                key=part.key,
                name=part.name,
                places=[
                    _place(one, salon, rows.get(one.pair), flaws.get(one.pair))
                    for one in wanted
                    if one.segment_key == part.key
                ],
            )
            for part in service.segments
        ]
    )


def of_service(
    deviations: Sequence[Deviation], service: Service, salon: Salon
) -> Sequence[Deviation]:
    """Those deviations that are about this service, or about a calendar as a whole."""
    every = wanted_event_types(salon)
    own = {one.slug for one in every if one.service_id == service.id}
    others = {one.slug for one in every} - own
    users = {one.user for one in every if one.service_id == service.id}
    return [
        one
        for one in deviations
        if one.subject in own or (one.user in users and one.subject not in others)
    ]


def touched(before: Salon, after: Salon, service_id: UUID) -> tuple[int, int]:
    """How many event types of a service come into being, and how many go, by a change."""
    was = {one.place for one in wanted_event_types(before) if one.service_id == service_id}
    now = {one.place for one in wanted_event_types(after) if one.service_id == service_id}
    return len(now - was), len(was - now)


async def _rows(engine: AsyncEngine, branch_id: UUID, service_id: UUID) -> Mapping[Pair, Row[Any]]:
    query = select(event_map).where(
        event_map.c.branch_id == branch_id, event_map.c.service_id == service_id
    )
    async with engine.connect() as connection:
        rows = await connection.execute(query)
    return {(one.service_id, one.segment_key, one.staff_id): one for one in rows}


def _place(
    wanted: WantedEventType,
    salon: Salon,
    row: Row[Any] | None,
    flaw: Unbookable | None,
) -> Place:
    name = salon.member(wanted.staff_id).first_name
    if flaw and flaw.flaw is Flaw.NO_KEY:
        return Place(staff=name, status="no_key", detail=flaw.user, title=wanted.title)
    if row is None or _is_outdated(wanted, row):
        return Place(staff=name, status="pending", title=wanted.title)
    return Place(
        staff=name, status=row.sync_status, detail=row.last_error or "", title=wanted.title
    )


def _is_outdated(wanted: WantedEventType, row: Row[Any]) -> bool:
    """Saved a moment ago: the run that looks at it is still to come."""
    then = (row.slug, row.title, row.minutes, tuple(row.other_minutes))
    now = (wanted.slug, wanted.title, wanted.minutes, wanted.other_minutes)
    return row.sync_status == "synced" and then != now
