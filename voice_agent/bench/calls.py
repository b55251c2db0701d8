"""How long a caller waits for the agent's first words."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

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
LINES = (
    "Guten Tag, Ansatzfärbung am Freitag um zehn Uhr bei Emma bitte",
    "Mein Name ist Brinkmann",
    "Was kostet das denn?",
    "Nein, doch lieber nächste Woche Donnerstag",
    "Danke, das war's, auf Wiederhören",
)


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
