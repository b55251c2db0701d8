"""The whole server, the real desk and Cal.com's sandbox, met by a bare websocket client."""

from __future__ import annotations

import asyncio
import gc
import io
import logging
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import structlog
from sqlalchemy import select

from booking_core.adapters.calcom import sandbox as calcom_sandbox
from booking_core.adapters.postgres.booking_tables import appointment, appointment_segment
from booking_core.adapters.postgres.call_tables import call, call_turn
from voice_agent import telemetry
from voice_agent.config import Settings
from voice_agent.embedded import Endpoints
from voice_agent.runtime import open_runtime

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.domain.catalogue import Salon

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 4, 14, 9, tzinfo=BERLIN)
DIALLED = "+493023125000"
CALLER = "+491719990001"
LONGEST_STEP_S = 0.1
"""Of processor time, on whatever machine; nothing is excepted.

What is slow is slow every time; a machine that stands still does so once.
"""


@dataclass(frozen=True, kw_only=True)
class House:
    """A whole running system."""

    url: str
    sandbox: Sandbox

    def line(self, call_id: str) -> str:
        return f"{self.url}/{call_id}"

    def bookings(self) -> list[dict[str, Any]]:
        """What stands at Cal.com."""
        dumped: list[dict[str, Any]] = self.sandbox.control("dump")["bookings"]
        return [booking for booking in dumped if booking["status"] == "accepted"]


@pytest.fixture
async def house(
    saved_salon: Salon,
    redis: Any,
    database_url: str,
    redis_url: str,
    start: Any,
    tmp_path: Path,
) -> AsyncIterator[House]:
    """The demo salon on Tuesday morning, with Cal.com's sandbox."""
    del saved_salon, redis  # stored and emptied
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(calcom_sandbox.running())
        sandbox.control("set_clock", now=TUESDAY.isoformat())
        settings = Settings().model_copy(
            update={
                "database_url": database_url,
                "calcom_api_url": sandbox.url,
                "mail_dir": tmp_path,
                "now": TUESDAY,
            },
        )
        ground = Endpoints(database_url=database_url, redis_url=redis_url)
        runtime = await stack.enter_async_context(open_runtime(settings, ground))
        await stack.enter_async_context(runtime.working())
        server = await start(replace(runtime.services, freeze_garbage=False))
        yield House(url=f"ws://127.0.0.1:{server.port}/llm-websocket", sandbox=sandbox)
        await server.stop()


async def _greeted(phone: Any) -> str:
    await phone.frame()
    await phone.introduce(to_number=DIALLED, from_number=CALLER)
    greeting = await phone.answer(0)
    phone.hears(greeting.text)
    text: str = greeting.text
    return text


async def test_a_bare_client_books_a_composite_visit(
    house: House, dial: Any, engine: AsyncEngine
) -> None:
    async with dial(house.line("call_real")) as phone:
        greeting = await _greeted(phone)
        offer = await phone.exchange(
            1, "Tag, Hellwig hier. Ansatzfärbung morgen um 14 Uhr bei Emma"
        )
        booked = await phone.exchange(2, "Ja, bitte eintragen")
        farewell = await phone.exchange(3, "Nein danke, tschüss")

    assert "Salon Morgenrot" in greeting
    for part in ("Mittwoch", "15. April", "14 Uhr", "Emma", "Hellwig"):
        assert part in offer.text
    assert "gebucht" not in offer.text
    assert "gebucht" in booked.text
    assert farewell.last["end_call"] is True
    async with engine.connect() as connection:
        visit = (await connection.execute(select(appointment))).one()
        segments = (await connection.execute(select(appointment_segment.c.key))).all()
    assert (visit.state, visit.call_id, visit.customer_phone) == ("booked", "call_real", CALLER)
    assert visit.starts_at == datetime(2026, 4, 15, 14, tzinfo=BERLIN)
    assert len(segments) == 4
    assert len(house.bookings()) == 4


async def test_the_journal_tells_the_call_in_order(
    house: House, dial: Any, engine: AsyncEngine
) -> None:
    async with dial(house.line("call_told")) as phone:
        await _greeted(phone)
        await phone.exchange(1, "Was kostet denn ein Herrenschnitt?")
        await phone.exchange(2, "Auf Wiederhören")
    await _closed(engine, "call_told")

    async with engine.connect() as connection:
        row = (await connection.execute(select(call))).one()
        turns = (await connection.execute(select(call_turn).order_by(call_turn.c.turn))).all()
    assert (row.outcome, row.caller_number) == ("not_booked", CALLER)
    assert [turn.caller_text for turn in turns] == [
        "",
        "Was kostet denn ein Herrenschnitt?",
        "Auf Wiederhören",
    ]
    assert "ask_price" in turns[1].understanding["intents"]
    assert all(turn.agent_text and turn.ended == "answered" for turn in turns)


async def _closed(engine: AsyncEngine, call_id: str) -> None:
    done = select(call.c.ended_at).where(call.c.id == call_id, call.c.ended_at.is_not(None))
    async with asyncio.timeout(60):
        while True:
            async with engine.connect() as connection:
                if (await connection.execute(done)).first():
                    return
            await asyncio.sleep(0.02)


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """The log as it is written in production."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    telemetry.set_up(as_json=True, to=stream)
    yield stream
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


async def test_nothing_of_a_caller_is_in_the_log(
    logged: io.StringIO, house: House, dial: Any
) -> None:
    async with dial(house.line("call_quiet")) as phone:
        await _greeted(phone)
        await phone.exchange(1, "Tag, Hellwig hier. Ansatzfärbung morgen um 14 Uhr bei Emma")
        await phone.exchange(2, "Ja, bitte eintragen")
        await phone.socket.send('{"interaction_type": "response_required", "name": "Hellwig"}')
        await phone.exchange(3, "Nein danke, tschüss")
    uids = [booking["uid"] for booking in house.bookings()]

    log = logged.getvalue()
    assert "turn_taken" in log
    assert len(uids) == 4
    for secret in ("Hellwig", CALLER, CALLER[3:], "eintragen", "14 Uhr", *uids):
        assert secret not in log


@pytest.fixture
def lazy_collector() -> Iterator[None]:
    """What is there already stays out of garbage collection, as in a server that is warm."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """The longest step of each task on the loop so far, in seconds of this thread's processor.

    Not in seconds of the clock, as the loop's own debug mode counts them: a neighbour on the
    machine may take the processor away in the middle of any step.
    """
    longest: dict[str, float] = {}
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        name, began = _who(handle), time.thread_time()
        run(handle)
        longest[name] = max(longest.get(name, 0.0), time.thread_time() - began)

    monkeypatch.setattr(asyncio.Handle, "_run", timed)
    return longest


def _who(handle: asyncio.Handle) -> str:
    callback = getattr(handle, "_callback", None)
    task = getattr(callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return getattr(callback, "__qualname__", repr(callback))
    if not task.get_name().startswith("Task-"):
        return task.get_name()
    return getattr(task.get_coro(), "__qualname__", "")


@pytest.mark.usefixtures("lazy_collector")
async def test_no_step_of_a_call_keeps_the_loop_from_others(
    house: House, dial: Any, steps: dict[str, float]
) -> None:
    async with dial(house.line("call_warm")) as phone:
        await _greeted(phone)
        await phone.exchange(1, "Einen Herrenschnitt am Freitag um zehn, auf den Namen Hellwig")
    taken: dict[str, list[float]] = {}
    for day in ("morgen", "am Donnerstag", "am Freitag"):
        steps.clear()
        await _book(dial(house.line(f"call_{day.split()[-1]}")), day)
        for name, took in steps.items():
            taken.setdefault(name, []).append(took)

    assert {"call", "search", "booking"} <= steps.keys()
    assert {name: took for name, took in taken.items() if min(took) > LONGEST_STEP_S} == {}


async def _book(line: Any, day: str) -> None:
    async with line as phone:
        await _greeted(phone)
        await phone.exchange(1, f"Tag, Hellwig hier. Ansatzfärbung {day} um 14 Uhr bei Emma")
        await phone.exchange(2, "Was kostet das denn, und wo sind Sie?")
        await phone.exchange(3, "Ja, bitte eintragen")
        await phone.exchange(4, "Nein danke, tschüss")
