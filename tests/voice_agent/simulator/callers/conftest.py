from __future__ import annotations

from datetime import date, datetime
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from voice_agent.simulator.callers.ears import Ears

if TYPE_CHECKING:
    from collections.abc import Callable

    from booking_core.domain.catalogue import Salon


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
