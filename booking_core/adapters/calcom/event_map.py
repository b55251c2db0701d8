"""The map from segments and people to event types, in PostgreSQL."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from booking_core.adapters.calcom.tables import event_map, leftover
from booking_core.domain.event_type import Leftover
from booking_core.domain.preflight import Provided

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy import Row, TextClause, Update
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from booking_core.domain.event_type import Pair, WantedEventType
    from booking_core.domain.plan import PlannedSegment
    from booking_core.workflows.sync_event_types import Synced

    Rows = Sequence[Row[Any]]

KEY = ("branch_id", "service_id", "segment_key", "staff_id")
RIPE_AFTER = timedelta(minutes=30)  # a booking under way has landed by then, or never will
FRESH_S = 5.0  # what was set aside since then is still there, see above
TAKING_TURNS, CHANGING_ROWS = 3, 4  # advisory locks of their own; bookings use the first two


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedEventType:
    """What to book a segment with."""

    event_type_id: int
    calendar_user: str
    minutes: int


Bookable = dict[tuple[str, "UUID"], MappedEventType]
"""Of one service, by segment and person."""


class PostgresEventMap:
    """Implements `sync_event_types.EventTypeMap`, and looks rows up for calendar and preflight."""

    def __init__(self, engine: AsyncEngine, *, ripe_after: timedelta = RIPE_AFTER) -> None:
        self._engine = engine
        self._ripe_after = ripe_after
        self._known: dict[tuple[UUID, UUID], tuple[float, Bookable]] = {}

    @asynccontextmanager
    async def turn(self, branch_id: UUID) -> AsyncIterator[None]:
        """Wait until nobody else brings this branch up to date; the dead hold up nobody."""
        engine = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        whose = {"id": str(branch_id), "space": TAKING_TURNS}
        async with engine.connect() as connection:
            await connection.execute(_call("pg_advisory_lock"), whose)
            try:
                yield
            finally:
                await connection.execute(_call("pg_advisory_unlock"), whose)

    async def plan(self, branch_id: UUID, wanted: Sequence[WantedEventType]) -> Mapping[Pair, int]:
        """Make these the branch's rows, before Cal.com is asked for anything; ids known already.

        What is no longer wanted is set aside as left over, in the same transaction.
        """
        async with self._engine.begin() as connection:
            whose = {"id": str(branch_id), "space": CHANGING_ROWS}
            await connection.execute(_call("pg_advisory_xact_lock"), whose)
            await _set_aside(connection, branch_id, wanted)
            if wanted:
                new = insert(event_map).on_conflict_do_nothing(index_elements=KEY)
                await connection.execute(new, [_pending(one) for one in wanted])
            rows = await _rows(connection, branch_id)
        self._known.clear()
        return {_pair(row): row.event_type_id for row in rows if row.event_type_id is not None}

    async def record(self, synced: Sequence[Synced]) -> None:
        """What became of these; a failed one stays what it was, and bookable if it was that."""
        done = [_outcome(one) for one in synced if not one.error]
        failed = [_failure(one) for one in synced if one.error]
        async with self._engine.begin() as connection:
            if done:
                await connection.execute(_updating(*_OUTCOME, synced_at=func.now()), done)
            if failed:
                await connection.execute(_updating(*_FAILURE), failed)
        self._known.clear()

    async def leftovers(self, branch_id: UUID) -> Sequence[Leftover]:
        """What nobody wants any more but may still be at Cal.com, the oldest first."""
        ripe = (leftover.c.since <= func.now() - self._ripe_after).label("ripe")
        query = select(leftover, ripe).where(leftover.c.branch_id == branch_id)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(leftover.c.since, leftover.c.slug))
        return [
            Leftover(
                branch_id=row.branch_id,
                user=row.calendar_user,
                slug=row.slug,
                event_type_id=row.event_type_id,
                title=row.title,
                ripe=row.ripe,
            )
            for row in rows
        ]

    async def set_aside(self, leftovers: Sequence[Leftover]) -> None:
        """Write down what was found at Cal.com and nobody wants."""
        async with self._engine.begin() as connection:
            await _leave(connection, [_left(one) for one in leftovers])

    async def forget(self, gone: Leftover) -> None:
        """It is no longer at Cal.com."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(leftover).where(_same(gone)))

    async def keep(self, still: Leftover, *, error: str | None) -> None:
        """It cannot go yet, or could not be reached."""
        async with self._engine.begin() as connection:
            await connection.execute(update(leftover).where(_same(still)).values(last_error=error))

    async def of(self, branch_id: UUID, segment: PlannedSegment) -> MappedEventType | None:
        """The event type of this segment with this person; None when there is none.

        Those of a service are read together: its other segments are asked for next.
        """
        service, pair = (branch_id, segment.service_id), (segment.key, segment.staff_id)
        read_at, known = self._known.get(service, (0.0, {}))
        if pair not in known or time.monotonic() - read_at >= FRESH_S:
            known = await self._of_service(*service)
            self._known[service] = time.monotonic(), known
        return known.get(pair)

    def read_anew(self) -> None:
        """Remember nothing of what was read."""
        self._known.clear()

    async def _of_service(self, branch_id: UUID, service_id: UUID) -> Bookable:
        row = event_map.c
        wanted = select(
            row.segment_key, row.staff_id, row.event_type_id, row.calendar_user, row.minutes
        ).where(
            row.branch_id == branch_id,
            row.service_id == service_id,
            row.event_type_id.is_not(None),
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(wanted)
        return {
            (key, staff_id): MappedEventType(
                event_type_id=event_type_id, calendar_user=user, minutes=minutes
            )
            for key, staff_id, event_type_id, user, minutes in rows
        }

    async def provided(self, branch_id: UUID) -> Mapping[Pair, Provided]:
        """All event types of a branch as they are known to be."""
        async with self._engine.connect() as connection:
            rows = await _rows(connection, branch_id)
        return {
            _pair(row): Provided(
                event_type_id=row.event_type_id,
                user=row.calendar_user,
                lengths=frozenset({row.minutes, *row.other_minutes}),
                error=row.last_error,
            )
            for row in rows
        }


_FAILURE = ("sync_status", "last_error")
_OUTCOME = (*_FAILURE, "event_type_id", "title", "minutes", "other_minutes")


def _call(function: str) -> TextClause:
    return text(f"SELECT {function}(hashtextextended(:id, :space))")


def _updating(*columns: str, **more: Any) -> Update:  # noqa: ANN401 - whatever a column holds
    """For the rows that still are about the same user and slug."""
    same = (event_map.c[name] == bindparam(f"row_{name}") for name in (*KEY, *_PLACE))
    return (
        update(event_map)
        .where(*same)
        .values(**{name: bindparam(f"new_{name}") for name in columns}, **more)
    )


_PLACE = ("calendar_user", "slug")


async def _rows(connection: AsyncConnection, branch_id: UUID) -> Rows:
    query = select(event_map).where(event_map.c.branch_id == branch_id)
    return (await connection.execute(query)).all()


def _pair(row: Row[Any]) -> Pair:
    return row.service_id, row.segment_key, row.staff_id


async def _set_aside(
    connection: AsyncConnection, branch_id: UUID, wanted: Sequence[WantedEventType]
) -> None:
    """Rows about something else than what is wanted; the slug of one may be wanted for another."""
    places = {one.pair: one.place for one in wanted}
    still = set(places.values())
    stale = [
        row
        for row in await _rows(connection, branch_id)
        if places.get(_pair(row)) != (row.calendar_user, row.slug)
    ]
    key = tuple_(*(event_map.c[name] for name in KEY[1:]))
    if stale:
        gone = delete(event_map).where(event_map.c.branch_id == branch_id)
        await connection.execute(gone.where(key.in_([_pair(row) for row in stale])))
    unwanted = [row for row in stale if (row.calendar_user, row.slug) not in still]
    await _leave(connection, [_leaving(row) for row in unwanted])
    if still:
        place = tuple_(leftover.c.calendar_user, leftover.c.slug)
        back = delete(leftover).where(leftover.c.branch_id == branch_id, place.in_(still))
        await connection.execute(back)


async def _leave(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        new = insert(leftover)
        known = func.coalesce(new.excluded.event_type_id, leftover.c.event_type_id)
        await connection.execute(
            new.on_conflict_do_update(
                index_elements=("branch_id", *_PLACE), set_={"event_type_id": known}
            ),
            rows,
        )


def _leaving(row: Row[Any]) -> dict[str, Any]:
    return {
        "branch_id": row.branch_id,
        "calendar_user": row.calendar_user,
        "slug": row.slug,
        "event_type_id": row.event_type_id,
        "title": row.title,
    }


def _left(one: Leftover) -> dict[str, Any]:
    return {
        "branch_id": one.branch_id,
        "calendar_user": one.user,
        "slug": one.slug,
        "event_type_id": one.event_type_id,
        "title": one.title,
    }


def _same(one: Leftover) -> Any:  # noqa: ANN401 - a condition
    return (
        (leftover.c.branch_id == one.branch_id)
        & (leftover.c.calendar_user == one.user)
        & (leftover.c.slug == one.slug)
    )


def _pending(wanted: WantedEventType) -> dict[str, Any]:
    return {
        "branch_id": wanted.branch_id,
        "service_id": wanted.service_id,
        "segment_key": wanted.segment_key,
        "staff_id": wanted.staff_id,
        "calendar_user": wanted.user,
        "slug": wanted.slug,
        "title": wanted.title,
        "minutes": wanted.minutes,
        "other_minutes": list(wanted.other_minutes),
        "event_type_id": None,
        "sync_status": "pending",
    }


def _addressed(wanted: WantedEventType) -> dict[str, Any]:
    return {f"row_{name}": value for name, value in _pending(wanted).items() if name in _ADDRESS}


_ADDRESS = frozenset({*KEY, *_PLACE})


def _outcome(synced: Synced) -> dict[str, Any]:
    wanted = synced.wanted
    return {
        **_addressed(wanted),
        "new_sync_status": "synced",
        "new_last_error": None,
        "new_event_type_id": synced.event_type_id,
        "new_title": wanted.title,
        "new_minutes": wanted.minutes,
        "new_other_minutes": list(wanted.other_minutes),
    }


def _failure(synced: Synced) -> dict[str, Any]:
    failed = {"new_sync_status": "failed", "new_last_error": synced.error}
    return {**_addressed(synced.wanted), **failed}
