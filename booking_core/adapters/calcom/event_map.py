"""The map from segments and people to event types, in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from booking_core.adapters.calcom.tables import event_map

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.dialects.postgresql import Insert
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.plan import PlannedSegment
    from booking_core.workflows.sync_event_types import Synced

KEY = ("branch_id", "service_id", "segment_key", "staff_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedEventType:
    """What to book a segment with."""

    event_type_id: int
    calendar_user: str
    minutes: int


class PostgresEventMap:
    """Implements `sync_event_types.EventTypeMap`, and looks rows up for the calendar."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def write(self, branch_id: UUID, synced: Sequence[Synced]) -> int:
        """Make these the branch's rows, in one transaction; how many others were dropped."""
        rows = [_row(one) for one in synced]
        kept = [tuple(row[name] for name in KEY) for row in rows]
        others = (event_map.c.branch_id == branch_id) & tuple_(
            *(event_map.c[name] for name in KEY)
        ).not_in(kept)
        async with self._engine.begin() as connection:
            dropped = await connection.execute(delete(event_map).where(others))
            if rows:
                await connection.execute(_upsert(), rows)
        return dropped.rowcount

    async def of(self, branch_id: UUID, segment: PlannedSegment) -> MappedEventType | None:
        """The event type of this segment with this person; None when there is none."""
        columns = (event_map.c.event_type_id, event_map.c.calendar_user, event_map.c.minutes)
        wanted = select(*columns).where(
            event_map.c.branch_id == branch_id,
            event_map.c.service_id == segment.service_id,
            event_map.c.segment_key == segment.key,
            event_map.c.staff_id == segment.staff_id,
            event_map.c.event_type_id.is_not(None),
        )
        async with self._engine.connect() as connection:
            row = (await connection.execute(wanted)).one_or_none()
        if row is None:
            return None
        return MappedEventType(
            event_type_id=row.event_type_id, calendar_user=row.calendar_user, minutes=row.minutes
        )


def _row(synced: Synced) -> dict[str, object]:
    wanted = synced.wanted
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
        "event_type_id": synced.event_type_id,
        "sync_status": "failed" if synced.error else "synced",
        "last_error": synced.error,
    }


def _upsert() -> Insert:
    """A failed one keeps the id it had."""
    new = insert(event_map)
    changed = {
        column.name: new.excluded[column.name]
        for column in event_map.columns
        if column.name not in {*KEY, "event_type_id", "synced_at"}
    }
    event_type_id = func.coalesce(new.excluded.event_type_id, event_map.c.event_type_id)
    return new.on_conflict_do_update(
        index_elements=KEY,
        set_={**changed, "event_type_id": event_type_id, "synced_at": func.now()},
    )
