"""How long a caller waits for the first words, and how long a booking takes beyond Cal.com's."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from time import perf_counter
from typing import TYPE_CHECKING
from uuid import uuid4

from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Booked
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery, SlotsFound
from voice_agent.bench.figures import print_percentiles
from voice_agent.config import Settings
from voice_agent.embedded import servers
from voice_agent.simulator.ground import own_ground
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.retell import Habits, RetellCall
from voice_agent.simulator.stage import DEMO, open_stage
from voice_agent.telemetry import set_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from voice_agent.simulator.stage import Stage

MORNING = datetime.fromisoformat("2026-11-24T08:00:00+01:00")
COLOUR = 177
LINES = (
    "Guten Tag, Ansatzfärbung am Freitag um zehn Uhr bei Emma bitte",
    "Mein Name ist Brinkmann",
    "Was kostet das denn?",
    "Nein, doch lieber nächste Woche Donnerstag",
    "Danke, das war's, auf Wiederhören",
)
CALCOM_MS = 50


def bookings(rounds: int = 60) -> None:
    """Book composite visits, and print what our part of the time is."""
    asyncio.run(_bookings(rounds))


def turns(callers: int = 50) -> None:
    """Let one caller and then many talk without booking, and print how long they wait."""
    asyncio.run(_turns(callers))


@asynccontextmanager
async def _stage() -> AsyncIterator[Stage]:
    set_up(level="critical")
    settings = Settings()
    async with (
        servers(settings) as endpoints,
        own_ground(endpoints) as ground,
        open_stage(settings, ground) as stage,
    ):
        await stage.rewind(MORNING)
        yield stage


async def _bookings(rounds: int) -> None:
    rows: dict[str, list[float]] = {"search and hold": [], "book": [], "beyond Cal.com": []}
    async with _stage() as stage:
        stage.sandbox.control("latency", ms=CALCOM_MS)
        for _ in range(rounds):
            began = perf_counter()
            order = await _offered(stage)
            found = perf_counter()
            calcom_ms = _answering_ms(stage)
            result = await stage.runtime.core.book(order)
            done = perf_counter()
            if not isinstance(result, Booked):
                raise TypeError(f"a booking of the benchmark failed: {result}")
            book_ms = (done - found) * 1000
            rows["search and hold"].append((found - began) * 1000)
            rows["book"].append(book_ms)
            rows["beyond Cal.com"].append(book_ms - (_answering_ms(stage) - calcom_ms))
    title = f"visits of four segments; Cal.com answers after {CALCOM_MS} ms each"
    print_percentiles(title, rows)


async def _offered(stage: Stage) -> BookAppointment:
    """The next free colouring, held."""
    salon = await stage.runtime.salons.by_key(DEMO)
    owner = f"call:bench-{uuid4()}"
    visit = VisitRequest(services=(salon.service_numbered(COLOUR).id,))
    found = await stage.runtime.core.offer_slots(
        SlotQuery(branch_id=salon.branch.id, visit=visit, owner=owner)
    )
    if not isinstance(found, SlotsFound):
        raise TypeError(f"the benchmark has filled the salon: {found}")
    return BookAppointment(
        key=f"{owner}:1",
        owner=owner,
        branch_id=salon.branch.id,
        plan=found.offers[0].plan,
        customer=Customer(name="Brinkmann"),
        source="bench",
    )


def _answering_ms(stage: Stage) -> float:
    return stage.sandbox.state.meter.answering_s * 1000


async def _turns(callers: int) -> None:
    async with _stage() as stage, stage.listening() as base_url:
        await _talk(stage, base_url, 0)
        rows = {
            "one caller": [ms for i in range(5) for ms in await _talk(stage, base_url, i)],
            f"{callers} callers at once": [
                ms
                for waits in await asyncio.gather(
                    *(_talk(stage, base_url, i) for i in range(callers))
                )
                for ms in waits
            ],
        }
    print_percentiles("wait for the first words; callers and server share this process", rows)


async def _talk(stage: Stage, base_url: str, seat: int) -> list[float]:
    await asyncio.sleep(timedelta(milliseconds=7 * seat).total_seconds())
    salon = await stage.runtime.salons.by_key(DEMO)
    phone = PhoneCall(base_url=base_url, to_number=salon.branch.phone_numbers[0])
    waits = []
    async with RetellCall(phone, Habits(partials=False)) as call:
        for line in LINES:
            if call.ending is not None:
                break
            await call.say(line)
            answer = await call.listen()
            waits.append(answer.first_words_ms or 0.0)
    return waits
