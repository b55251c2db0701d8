"""The whole server, the real desk and Cal.com's sandbox, met by a bare websocket client."""

from __future__ import annotations

import asyncio
import io
import logging
from collections import Counter
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
    async with asyncio.timeout(5):
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


async def test_a_turn_leaves_the_loop_to_others(
    house: House, dial: Any, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.get_running_loop()
    slow: Counter[int] = Counter()
    caplog.set_level(logging.WARNING, logger="asyncio")
    loop.slow_callback_duration = 0.02
    for attempt in range(5):  # a neighbour on the machine may take the processor away for a while
        caplog.clear()
        async with dial(house.line(f"call_{attempt}")) as phone:
            await _greeted(phone)
            loop.set_debug(True)
            await phone.exchange(1, "Guten Tag, ich möchte am Freitag um zehn zum Herrenschnitt")
            await phone.exchange(2, "Auf den Namen Hellwig")
            loop.set_debug(False)
        slow[attempt] = sum("took" in record.message for record in caplog.records)

    assert min(slow.values()) == 0
