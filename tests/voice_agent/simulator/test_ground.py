"""A stage of its own leaves the configured servers as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from booking_core.adapters.postgres.engine import make_engine
from voice_agent.embedded import Endpoints
from voice_agent.simulator.ground import NoGround, forget, own_ground

if TYPE_CHECKING:
    from redis.asyncio import Redis as Client


@pytest.fixture
def endpoints(database_url: str, redis_url: str) -> Endpoints:
    return Endpoints(database_url=database_url, redis_url=redis_url)


async def databases(url: str) -> set[str]:
    engine = make_engine(url)
    async with engine.connect() as connection:
        names = await connection.scalars(text("SELECT datname FROM pg_database"))
        found = set(names)
    await engine.dispose()
    return found


async def test_the_database_is_new_and_goes_when_the_stage_goes(endpoints: Endpoints) -> None:
    before = await databases(endpoints.database_url)

    async with own_ground(endpoints) as ground:
        during = await databases(endpoints.database_url)
        tables = make_engine(ground.database_url)
        async with tables.connect() as connection:
            found = await connection.scalar(
                text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            )
        # left open on purpose: a stage that crashed must not keep its database

    assert found == 0
    assert len(during - before) == 1
    assert await databases(endpoints.database_url) == before
    await tables.dispose()


async def test_two_stages_have_different_key_spaces(endpoints: Endpoints, redis: Client) -> None:
    await redis.set("call", "of the real server")

    async with own_ground(endpoints) as one, own_ground(endpoints) as other:
        first, second = Redis.from_url(one.redis_url), Redis.from_url(other.redis_url)
        await first.set("call", "one")
        seen = [await second.get("call"), await redis.get("call")]
        await first.aclose()
        await second.aclose()

    assert one.redis_url != other.redis_url
    assert seen == [None, b"of the real server"]


async def test_a_key_space_is_empty_afterwards(endpoints: Endpoints) -> None:
    async with own_ground(endpoints) as ground:
        client = Redis.from_url(ground.redis_url)
        await client.set("call", "one")

    left = await client.dbsize()
    await client.aclose()
    assert left == 0


async def test_forgetting_keeps_the_key_space_taken(endpoints: Endpoints) -> None:
    async with own_ground(endpoints) as one:
        client = Redis.from_url(one.redis_url)
        await client.set("call", "one")
        await forget(client)
        left = await client.get("call")
        await client.aclose()
        async with own_ground(endpoints) as other:
            assert other.redis_url != one.redis_url

    assert left is None


async def test_a_sixteenth_stage_is_told_that_there_is_no_room(
    endpoints: Endpoints, redis: Client
) -> None:
    path = redis.connection_pool.connection_kwargs["path"]
    clients = [Redis(unix_socket_path=path, db=number) for number in range(1, 16)]
    for client in clients:
        await client.set("voice-agent:stage", "1")

    with pytest.raises(NoGround, match="in use by other stages"):
        async with own_ground(endpoints):
            pass

    for client in clients:
        await client.flushdb()
        await client.aclose()
