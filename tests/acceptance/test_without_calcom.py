"""`CALENDAR=local`: everything works where there is no Cal.com at all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

WISH = "Guten Tag, hier ist {name}, ich hätte gern eine Ansatzfärbung morgen um 14 Uhr bei Emma"
OTHER = "+493023125098"


@pytest.fixture
async def server(world: Any) -> Any:
    """One that knows of no Cal.com, and could reach none."""
    del world.env["CALCOM_API_URL"]
    world.env["CALENDAR"] = "local"
    await world.sandbox.stop()
    return await world.serve()


async def visits(engine: AsyncEngine) -> list[tuple[str, str, int]]:
    """Name, state and number of segments of all visits, in the order they were made."""
    query = (
        "SELECT a.customer_name, a.state, jsonb_array_length(a.plan->'segments')"
        " FROM appointment a ORDER BY a.created_at"
    )
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


async def test_a_visit_is_booked_keeps_its_time_and_is_called_off(
    server: Any, phone: Callable[..., Any], engine: AsyncEngine
) -> None:
    async with phone(server, "call_local_1") as line:
        await line.hear()
        await line.say(WISH.format(name="Vogt"))
        booked = await line.say("Ja, bitte")
    async with phone(server, "call_local_2", caller=OTHER) as line:
        await line.hear()
        taken = await line.say(WISH.format(name="Brandt"))
    between = await visits(engine)
    async with phone(server, "call_local_3") as line:
        await line.hear()
        await line.say("Vogt hier, ich möchte meinen Termin morgen absagen")
        called_off = await line.say("Ja")

    assert "gebucht" in booked
    assert "gebucht" not in taken
    assert between == [("Vogt", "booked", 4)]
    assert "abgesagt" in called_off or "storniert" in called_off
    assert [state for _, state, _ in await visits(engine)] == ["cancelled"]


async def test_it_is_ready_without_a_calendar_to_be_looked_at(server: Any) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{server.address}/readyz")

    assert answer.status_code == 200
    assert "calendar" not in answer.text


async def test_with_cal_com_it_tells_how_old_the_view_of_it_is(world: Any) -> None:
    server = await world.serve()

    async with httpx.AsyncClient() as client, asyncio.timeout(60):
        seen: Any = None
        while seen is None:  # the first look goes on beside the first calls
            answer = await client.get(f"{server.address}/readyz")
            seen = answer.json()["calendar_seen_s_ago"]
            await asyncio.sleep(0.1)

    assert 0 <= seen < 60
