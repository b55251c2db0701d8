"""Requests that reach Cal.com after their sender has gone: waited for, and swept at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy import text

from booking_core.adapters.jobs import SWEEP

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncEngine

POLL_S, PATIENCE_S = 0.1, 15.0
_MINE = """
    FROM procrastinate_jobs WHERE task_name = :sweep AND status IN ('todo', 'doing')
    AND args ->> 'saga_id' IN (
      SELECT saga.id::text FROM saga WHERE saga.appointment_id = ANY (:visits)
    )
"""
_NOW = text(
    "UPDATE procrastinate_jobs SET scheduled_at = NULL "  # noqa: S608 - our own words
    f"WHERE status = 'todo' AND id IN (SELECT id {_MINE})"
)
_LEFT = text(f"SELECT count(*) {_MINE}")


async def sweep_up(engine: AsyncEngine, visits: Collection[UUID], *, after_s: float) -> int:
    """Let everything land, and let the sweeps do now what they would do in minutes.

    How many of them have not been done.
    """
    await asyncio.sleep(after_s)
    asked = {"sweep": SWEEP, "visits": list(visits)}
    async with engine.connect() as connection:
        await connection.execute(_NOW, asked)
    for _ in range(int(PATIENCE_S / POLL_S)):
        async with engine.connect() as connection:
            left = int(await connection.scalar(_LEFT, asked) or 0)
        if not left:
            return 0
        await asyncio.sleep(POLL_S)
    return left
