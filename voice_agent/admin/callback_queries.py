"""Whom the salon is to call: callbacks, and people who wait for a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, func, select, update

from booking_core.adapters.postgres.attention_tables import callback_request
from voice_agent.admin.audit import Change, write_down

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine

    from voice_agent.admin.office import Visitor

LIMIT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """Somebody whom the salon is to call back."""

    id: int
    name: str
    phone: str
    topic: str
    wish: Mapping[str, Any]
    reason: str
    state: str
    due_at: datetime
    created_at: datetime
    settled_at: datetime | None

    def is_overdue(self, now: datetime) -> bool:
        """Whether somebody has waited too long already."""
        return self.state == "open" and self.due_at < now


class CallbackQueries:
    """Callbacks of one branch."""

    def __init__(self, engine: AsyncEngine, branch_id: UUID) -> None:
        self._engine = engine
        self._ours = callback_request.c.branch_id == branch_id

    async def callbacks(self, state: str) -> list[Callback]:
        """Those in this state; open ones by how soon they are due, others the newest first."""
        columns = [callback_request.c[name] for name in Callback.__dataclass_fields__]
        order = case((callback_request.c.state == "open", callback_request.c.due_at))
        query = (
            select(*columns)
            .where(self._ours, callback_request.c.state == state)
            .order_by(order, callback_request.c.created_at.desc())
            .limit(LIMIT)
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings()
            return [Callback(**row) for row in rows]

    async def counts(self) -> dict[str, int]:
        """How many there are in each state."""
        query = (
            select(callback_request.c.state, func.count())
            .where(self._ours)
            .group_by(callback_request.c.state)
        )
        async with self._engine.connect() as connection:
            return {row[0]: row[1] for row in await connection.execute(query)}

    async def put(self, callback_id: int, state: str, visitor: Visitor) -> bool:
        """Mark as done, or as open again; False when there is none of this number here."""
        settled = None if state == "open" else func.now()
        change = (
            update(callback_request)
            .where(self._ours, callback_request.c.id == callback_id)
            .values(state=state, settled_at=settled)
        )
        async with self._engine.begin() as connection:
            found = (await connection.execute(change)).rowcount
            if found:
                done = Change(
                    action=f"callback.{state}", subject="callback", subject_id=str(callback_id)
                )
                await write_down(connection, visitor, done)
        return bool(found)
