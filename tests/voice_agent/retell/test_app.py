from __future__ import annotations

import asyncio
import gc
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import select

from booking_core.adapters.postgres.call_tables import call, call_turn
from voice_agent.app import RARELY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from voice_agent.app import Services


@dataclass
class SlowSalons:
    """Salons that come only when they are let."""

    inner: Any
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def all(self) -> Any:
        await self.gate.wait()
        return await self.inner.all()


class BrokenSalons:
    """Salons whose database is away."""

    async def all(self) -> Any:
        raise OSError("away")

    async def by_number(self, dialled: str) -> Any:
        raise OSError(dialled)


async def _status(server: Any, path: str) -> int:
    async with (
        ClientSession() as session,
        session.get(f"http://127.0.0.1:{server.port}{path}") as answer,
    ):
        return answer.status


async def _ready(server: Any) -> None:
    async with asyncio.timeout(60):
        while await _status(server, "/readyz") != 200:
            await asyncio.sleep(0.01)


async def test_the_server_is_alive_at_once_and_ready_once_it_is_warm(
    start: Any, services: Services
) -> None:
    salons = SlowSalons(services.salons)
    server = await start(replace(services, salons=salons))

    assert await _status(server, "/healthz") == 200
    assert await _status(server, "/readyz") == 503
    salons.gate.set()
    await _ready(server)


@pytest.fixture
def _thawed() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


@pytest.mark.usefixtures("_thawed")
async def test_what_stays_for_ever_is_taken_out_of_garbage_collection(
    start: Any, services: Services
) -> None:
    before = gc.get_freeze_count()
    server = await start(replace(services, freeze_garbage=True))
    await _ready(server)

    assert gc.get_freeze_count() > before
    assert gc.get_threshold() == RARELY


async def test_without_its_salons_the_server_says_so_and_hangs_up(
    start: Any, services: Services
) -> None:
    server: Any = await start(replace(services, salons=BrokenSalons()))
    async with server.call() as phone:
        await phone.frame()
        await phone.introduce()
        refusal = await phone.answer(0)

    assert refusal.text == "Hinweis not_available."
    assert refusal.last["end_call"] is True
    await _ready(server)


async def test_a_call_is_noted_with_its_turns_and_their_times(
    server: Any, engine: AsyncEngine
) -> None:
    async with server.call("call_noted") as phone:
        await phone.greeted()
        await phone.exchange(1, "suche")
        await phone.exchange(2, "ja")
        await phone.exchange(3, "tschüss")
    await server.stop()

    async with engine.connect() as connection:
        row = (await connection.execute(select(call))).one()
        turns = list(await connection.execute(select(call_turn).order_by(call_turn.c.turn)))
    assert (row.id, row.outcome, row.caller_number) == ("call_noted", "booked", "+491713333333")
    assert row.ended_at is not None
    assert [(turn.caller_text, turn.kind) for turn in turns] == [
        ("", "greeting"),
        ("suche", "speech"),
        ("ja", "speech"),
        ("tschüss", "speech"),
    ]
    assert turns[2].agent_text == "Hinweis filler_booking. Der Termin steht."
    assert turns[2].actions == ["Book", "Say booked"]
    assert turns[2].understanding == {"intents": ["affirm"]}
    assert all(0 < turn.first_ms <= turn.total_ms for turn in turns)


async def test_an_answer_that_was_superseded_is_noted_as_such(
    server: Any, desk: Any, engine: AsyncEngine
) -> None:
    desk.searching.clear()
    async with server.call() as phone:
        await phone.greeted()
        phone.says("suche")
        await phone.ask(1)
        await desk.began.wait()
        phone.transcript[-1]["content"] = "ach nichts"
        await phone.ask(2)
        await phone.answer(2)
    await server.stop()

    async with engine.connect() as connection:
        turns = list(await connection.execute(select(call_turn).order_by(call_turn.c.turn)))
    assert [(turn.caller_text, turn.ended) for turn in turns[1:]] == [
        ("suche", "superseded"),
        ("ach nichts", "answered"),
    ]


async def test_a_booking_that_ends_after_the_caller_hung_up_counts_as_booked(
    server: Any, desk: Any, engine: AsyncEngine
) -> None:
    desk.booking.clear()
    async with server.call() as phone:
        await phone.greeted()
        await phone.exchange(1, "suche")
        phone.says("ja")
        await phone.ask(2)
        await phone.frame()
    await asyncio.sleep(0.1)
    desk.booking.set()
    await server.stop()

    async with engine.connect() as connection:
        row = (await connection.execute(select(call))).one()
        turn = (await connection.execute(select(call_turn).where(call_turn.c.turn == 3))).one()
    assert row.outcome == "booked"
    assert turn.ended == "lost"


async def test_callers_without_a_database_behind_them_are_served(
    start: Any, services: Services
) -> None:
    from booking_core.adapters.postgres.engine import make_engine

    nowhere = make_engine("postgresql://nobody@127.0.0.1:1/nothing")
    server: Any = await start(replace(services, engine=nowhere))
    async with server.call() as phone:
        await phone.greeted()
        answer = await phone.exchange(1, "eins")
    await server.stop()
    await nowhere.dispose()

    assert answer.text == "Gehört eins."


async def test_many_calls_at_once_do_not_mix(server: Any) -> None:
    async def talk(number: int) -> str:
        async with server.call(f"call_{number}") as phone:
            await phone.greeted()
            await phone.exchange(1, f"eins {number}")
            answer = await phone.exchange(2, f"zwei {number}")
            text: str = answer.text
            return text

    texts = await asyncio.gather(*(talk(number) for number in range(20)))

    assert texts == [f"Gehört eins {n} / zwei {n}." for n in range(20)]
