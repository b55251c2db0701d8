"""Working hours as we last wrote them to Cal.com, in PostgreSQL."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from booking_core.adapters.calcom.tables import schedule
from booking_core.domain.timetable import Timetable
from booking_core.workflows.sync_timetables import Hours as Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from sqlalchemy.dialects.postgresql import Insert
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.rules import Hours
    from booking_core.workflows.sync_timetables import SyncedTimetable

KEY = ("branch_id", "calendar_user")
OURS = frozenset({Result.WRITTEN, Result.UNCHANGED})


class PostgresTimetableLog:
    """Implements `sync_timetables.TimetableLog`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def written(self, branch_id: UUID) -> Mapping[str, Timetable]:
        """As last written, by user."""
        query = select(schedule.c.calendar_user, schedule.c.written)
        query = query.where(schedule.c.branch_id == branch_id, schedule.c.written.is_not(None))
        async with self._engine.connect() as connection:
            rows = await connection.execute(query)
        return {row.calendar_user: load(row.written) for row in rows}

    async def record(self, branch_id: UUID, done: Sequence[SyncedTimetable]) -> None:
        """What became of these; rows of other users of the branch are dropped."""
        users = [one.user for one in done]
        ours = [one for one in done if one.result in OURS]
        theirs = [one for one in done if one.result not in OURS]
        others = schedule.c.branch_id == branch_id, schedule.c.calendar_user.not_in(users)
        async with self._engine.begin() as connection:
            await connection.execute(delete(schedule).where(*others))
            for statement, some in ((_as_wanted(), ours), (_otherwise(), theirs)):
                if some:
                    await connection.execute(statement, [_row(branch_id, one) for one in some])


def dump(timetable: Timetable) -> dict[str, Any]:
    """As JSON."""
    return {
        "timezone": timetable.timezone,
        "weekly": [_texts(hours) for hours in timetable.weekly],
        "days": {day.isoformat(): _texts(hours) for day, hours in timetable.days.items()},
    }


def load(found: Mapping[str, Any]) -> Timetable:
    """The same again."""
    return Timetable(
        timezone=found["timezone"],
        weekly=tuple(_hours(texts) for texts in found["weekly"]),
        days={date.fromisoformat(day): _hours(texts) for day, texts in found["days"].items()},
    )


def _texts(hours: Hours) -> list[list[str]]:
    return [[start.isoformat("minutes"), end.isoformat("minutes")] for start, end in hours]


def _hours(texts: Iterable[tuple[str, str]]) -> Hours:
    return tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in texts)


def _row(branch_id: UUID, one: SyncedTimetable) -> dict[str, Any]:
    key = {"branch_id": branch_id, "calendar_user": one.user}
    if one.result in OURS:
        return {**key, "written": dump(one.wanted.timetable)}
    return {**key, "sync_status": one.result.value, "last_error": one.error}


def _as_wanted() -> Insert:
    new = insert(schedule).values(sync_status="synced", synced_at=func.now())
    now = {"sync_status": "synced", "last_error": None, "synced_at": func.now()}
    changes = {**now, "written": new.excluded.written}
    return new.on_conflict_do_update(index_elements=KEY, set_=changes)


def _otherwise() -> Insert:
    """What was not written stays as it was when it was."""
    new = insert(schedule)
    changes = {name: new.excluded[name] for name in ("sync_status", "last_error")}
    return new.on_conflict_do_update(index_elements=KEY, set_=changes)
