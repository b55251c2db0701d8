from __future__ import annotations

from datetime import date, datetime
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from voice_agent.config import Settings
from voice_agent.embedded import Endpoints
from voice_agent.simulator.callers.crowd import DAYS, dawn
from voice_agent.simulator.callers.ears import Ears
from voice_agent.simulator.callers.rooms import open_rooms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from booking_core.domain.catalogue import Salon
    from voice_agent.simulator.callers.rooms import Room
    from voice_agent.simulator.stage import Stage


@pytest.fixture
def berlin() -> datetime:
    """Tuesday morning."""
    return datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture
def dice() -> Callable[[int], Random]:
    """The same throws for the same number."""
    return Random


@pytest.fixture
def ears(demo_salon: Salon) -> Ears:
    return Ears(
        today=date(2026, 11, 24),
        staff=[member.first_name for member in demo_salon.staff],
        services=[service.spoken_name for service in demo_salon.services],
    )


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def house(
    make_database: Callable[..., str], redis_url: str, worker: str
) -> AsyncIterator[tuple[Stage, list[Room]]]:
    """Two salons, in each of which one caller at a time is served."""
    ground = Endpoints(database_url=make_database(f"crowd_{worker}"), redis_url=redis_url)
    async with open_rooms(Settings(), ground, 2) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def open_house(house: tuple[Stage, list[Room]]) -> tuple[Stage, list[Room]]:
    """The salons on the first Tuesday morning, wherever an earlier test has left the clocks."""
    _, (room, *_) = house
    if room.now.date() != DAYS[0].date():
        await dawn(DAYS[0], *house, "a morning")
    return house
