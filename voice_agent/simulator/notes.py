"""What the server noted about each turn: how it understood the caller, and what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from booking_core.adapters.postgres.call_tables import call_turn
from voice_agent.simulator.report import TurnNote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon
    from voice_agent.simulator.report import Notes


async def read_notes(engine: AsyncEngine, salon: Salon) -> Notes:
    """All turns in the journal; ids of services and people replaced by their names."""
    names = {str(service.id): service.spoken_name for service in salon.services}
    names |= {str(member.id): member.first_name for member in salon.staff}
    columns = call_turn.c
    query = select(
        columns.call_id, columns.response_id, columns.understanding, columns.actions
    ).order_by(columns.turn)
    async with engine.connect() as connection:
        rows = await connection.execute(query)
    return {
        (row.call_id, row.response_id): TurnNote(
            understood=_understood(row.understanding or {}, names),
            did=", ".join(row.actions or ()),
        )
        for row in rows
    }


def _understood(summary: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return ", ".join(f"{key}: {_shown(value, names)}" for key, value in summary.items())


def _shown(value: object, names: Mapping[str, str]) -> str:
    match value:
        case str():
            return names.get(value, value)
        case list():
            return " | ".join(_shown(item, names) for item in value)
        case dict():
            return str(value.get("start") or value)
        case _:
            return str(value)
