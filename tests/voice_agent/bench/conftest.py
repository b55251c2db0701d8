"""Where the runs of the tests take place: on the servers of the test run, in a database each."""

from __future__ import annotations

import pytest

from voice_agent.config import Settings


@pytest.fixture
def settings(postgres_url: str, redis_url: str) -> Settings:
    return Settings(database_url=postgres_url, redis_url=redis_url)
