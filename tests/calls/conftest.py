"""One running system for all replay files of this folder; each worker has its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest_asyncio

from voice_agent.config import Settings
from voice_agent.embedded import Endpoints
from voice_agent.simulator.stage import open_stage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from voice_agent.simulator.stage import Stage


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stage(
    make_database: Callable[..., str], redis_url: str, worker: str
) -> AsyncIterator[Stage]:
    """A database, Cal.com, the server and its worker, reset before every call."""
    ground = Endpoints(database_url=make_database(f"calls_{worker}"), redis_url=redis_url)
    async with open_stage(Settings(), ground) as stage:
        services = stage.runtime.services
        # Who calls is looked up within milliseconds, but not by a machine that is busy elsewhere.
        unhurried = replace(services, patience=replace(services.patience, known_callers_s=30))
        stage.runtime = replace(stage.runtime, services=unhurried)
        yield stage
