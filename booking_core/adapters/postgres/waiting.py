"""The waiting list in PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from booking_core.domain.interval import Span
from booking_core.domain.requests import JoinWaitingList, WaitingEntry, WaitingState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import TextClause
    from sqlalchemy.ext.asyncio import AsyncEngine

_COLUMNS = "id, branch_id, key, services, staff_id, windows, name, phone, state, found"
# Who changes the wish waits anew: what was found for the old one need not fit.
_JOIN = text(f"""
    INSERT INTO waiting_list_entry AS known
      (branch_id, key, services, staff_id, windows, name, phone)
    VALUES (:branch_id, :key, :services, :staff_id, CAST(:windows AS tstzmultirange), :name, :phone)
    ON CONFLICT (branch_id, key) DO UPDATE
      SET services = excluded.services, staff_id = excluded.staff_id, windows = excluded.windows,
          name = coalesce(nullif(excluded.name, ''), known.name), phone = excluded.phone,
          state = 'open', found = NULL, looked_at = clock_timestamp(), settled_at = NULL
    RETURNING {_COLUMNS}
""")  # noqa: S608 - our own column names
_ENTRIES = text(f"""
    SELECT {_COLUMNS} FROM waiting_list_entry
    WHERE branch_id = :branch_id AND state IN ('open', 'found')
    ORDER BY state = 'open', created_at
""")  # noqa: S608 - our own column names
# A move and a cancellation give time back; so does a booking that failed, but only its own.
_TO_LOOK_FOR = text(f"""
    SELECT {_COLUMNS} FROM waiting_list_entry AS entry
    WHERE state = 'open' AND EXISTS (
      SELECT FROM saga WHERE saga.branch_id = entry.branch_id AND saga.kind <> 'book'
        AND saga.ended_at > entry.looked_at
    )
    ORDER BY created_at LIMIT 200
""")  # noqa: S608 - our own column names
_FOUND = text("""
    UPDATE waiting_list_entry SET state = 'found', found = :start, looked_at = clock_timestamp()
    WHERE id = :id AND state = 'open'
""")
_LOOKED = text("UPDATE waiting_list_entry SET looked_at = clock_timestamp() WHERE id = :id")
_EXPIRE = text("""
    UPDATE waiting_list_entry SET state = 'expired', settled_at = clock_timestamp()
    WHERE id = :id AND state = 'open'
""")
_SETTLE = text("""
    UPDATE waiting_list_entry SET state = 'done', settled_at = clock_timestamp()
    WHERE id = :id AND branch_id = :branch_id AND state IN ('open', 'found')
""")


class PostgresWaitingList:
    """Implements `wait_for_place.WaitingList` over the table `waiting_list_entry`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def join(self, wish: JoinWaitingList) -> WaitingEntry:
        """Note the wish; noted again by the same key, the newest one counts."""
        row = {
            "branch_id": wish.branch_id,
            "key": wish.key,
            "services": list(wish.services),
            "staff_id": wish.staff,
            "windows": _multirange(wish.windows),
            "name": wish.name,
            "phone": wish.phone,
        }
        async with self._engine.begin() as connection:
            return _entry((await connection.execute(_JOIN, row)).one())

    async def entries(self, branch_id: UUID) -> Sequence[WaitingEntry]:
        """Who waits still, those with a place that became free first."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(_ENTRIES, {"branch_id": branch_id})
            return [_entry(row) for row in rows]

    async def to_look_for(self) -> Sequence[WaitingEntry]:
        """Who waits at branches where a place was given back since it was looked for last."""
        async with self._engine.connect() as connection:
            return [_entry(row) for row in await connection.execute(_TO_LOOK_FOR)]

    async def found(self, entry: WaitingEntry, start: datetime) -> None:
        """This start became free; the salon is to call."""
        await self._write(_FOUND, id=entry.id, start=start)

    async def looked(self, entry: WaitingEntry) -> None:
        """Nothing fits yet."""
        await self._write(_LOOKED, id=entry.id)

    async def expire(self, entry: WaitingEntry) -> None:
        """The last day that was wished is over."""
        await self._write(_EXPIRE, id=entry.id)

    async def settle(self, branch_id: UUID, entry_id: int) -> bool:
        """The salon has seen to it; False when there is no such entry of this branch."""
        return await self._write(_SETTLE, id=entry_id, branch_id=branch_id) > 0

    async def _write(self, statement: TextClause, **values: object) -> int:
        async with self._engine.begin() as connection:
            return (await connection.execute(statement, values)).rowcount


def _multirange(windows: Sequence[Span]) -> str | None:
    if not windows:
        return None
    ranges = (f"[{span.start.isoformat()},{span.end.isoformat()})" for span in windows)
    return f"{{{','.join(ranges)}}}"


def _entry(row: Any) -> WaitingEntry:  # noqa: ANN401 - a row of any of the queries above
    wish = JoinWaitingList(
        key=row.key,
        branch_id=row.branch_id,
        services=tuple(row.services),
        staff=row.staff_id,
        windows=tuple(Span(span.lower, span.upper) for span in row.windows or ()),
        name=row.name,
        phone=row.phone,
    )
    return WaitingEntry(id=row.id, wish=wish, state=WaitingState(row.state), found=row.found)
