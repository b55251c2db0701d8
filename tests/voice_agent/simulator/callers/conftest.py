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
async def open_house(
    make_database: Callable[..., str], redis_url: str, worker: str
) -> AsyncIterator[tuple[Stage, list[Room]]]:
    """Two salons on a Tuesday morning, in each of which one caller at a time is served."""
    ground = Endpoints(database_url=make_database(f"crowd_{worker}"), redis_url=redis_url)
    async with open_rooms(Settings(), ground, 2) as opened:
        await dawn(DAYS[0], *opened, "a morning")
        yield opened
