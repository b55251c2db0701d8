from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest
from redis.asyncio import Redis

from booking_core.adapters.redis_locks import RedisLocks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def locks(redis: Redis) -> RedisLocks:
    return RedisLocks(redis, patience_s=0.1)


@pytest.fixture
async def nowhere(unused_tcp_port: int) -> AsyncIterator[Redis]:
    """A server that does not answer."""
    client = Redis(port=unused_tcp_port)
    yield client
    await client.aclose()


async def test_all_keys_are_held_and_given_back(locks: RedisLocks, redis: Redis) -> None:
    async with locks.hold(["emma:monday", "dilara:monday"], ttl_s=5) as held:
        inside = sorted(await redis.keys("lock:*"))
    assert held
    assert inside == [b"lock:dilara:monday", b"lock:emma:monday"]
    assert await redis.keys("*") == []


async def test_one_key_in_other_hands_means_none_of_them(locks: RedisLocks, redis: Redis) -> None:
    async with locks.hold(["emma:monday"], ttl_s=5):
        async with locks.hold(["dilara:monday", "emma:monday"], ttl_s=5) as held:
            assert not held
            assert await redis.keys("lock:dilara*") == []
        assert await redis.exists("lock:emma:monday")


async def test_who_waits_gets_the_keys_when_they_are_given_back(redis: Redis) -> None:
    locks = RedisLocks(redis, patience_s=5)
    order: list[str] = []

    async def first() -> None:
        async with locks.hold(["emma:monday"], ttl_s=5):
            order.append("first")
            await asyncio.sleep(0.15)
            order.append("first is done")

    async def second() -> None:
        await asyncio.sleep(0.05)
        async with locks.hold(["emma:monday"], ttl_s=5) as held:
            order.append(f"second {held}")

    await asyncio.gather(first(), second())

    assert order == ["first", "first is done", "second True"]


async def test_keys_of_a_dead_process_expire(locks: RedisLocks, redis: Redis) -> None:
    async with locks.hold(["emma:monday"], ttl_s=0.05):
        await asyncio.sleep(0.1)
        async with RedisLocks(redis).hold(["emma:monday"], ttl_s=5) as held:
            assert held


async def test_a_lock_that_expired_is_not_taken_from_its_next_holder(
    locks: RedisLocks, redis: Redis
) -> None:
    async with locks.hold(["emma:monday"], ttl_s=0.05):
        await asyncio.sleep(0.1)
        await redis.set("lock:emma:monday", "somebody else")

    assert await redis.get("lock:emma:monday") == b"somebody else"


async def test_without_a_server_work_goes_on_and_only_the_first_waits(nowhere: Redis) -> None:
    locks = RedisLocks(nowhere)

    async with locks.hold(["emma:monday"], ttl_s=5) as first:
        pass
    began = time.monotonic()
    async with locks.hold(["emma:monday"], ttl_s=5) as second:
        pass

    assert (first, second) == (False, False)
    assert time.monotonic() - began < 0.1


async def test_a_server_that_forgets_everything_meanwhile_does_not_break_the_work(
    locks: RedisLocks, redis: Redis
) -> None:
    async with locks.hold(["emma:monday"], ttl_s=5) as held:
        await redis.flushall()
        async with locks.hold(["emma:monday"], ttl_s=5) as other:
            assert other  # the database decides between the two

    assert held


async def test_no_keys_are_no_lock(locks: RedisLocks, redis: Any) -> None:
    async with locks.hold([], ttl_s=5) as held:
        assert not held
    assert await redis.keys("*") == []
