from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from booking_core.adapters.redis_locks import ANSWER_WITHIN_S, PATIENCE_S, RedisLocks
from voice_agent.bench.redis_gate import Door, RedisGate

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


@pytest.fixture
async def silent() -> AsyncIterator[Redis]:
    """A server that takes connections and never answers."""
    open_ones: list[asyncio.StreamWriter] = []

    async def listen(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.append(writer)

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    client = Redis(port=server.sockets[0].getsockname()[1])
    yield client
    await client.aclose()
    server.close()
    for writer in open_ones:
        writer.close()


async def test_all_keys_are_held_and_given_back(locks: RedisLocks, redis: Redis) -> None:
    async with locks.hold(["emma:monday", "dilara:monday"], ttl_s=60) as held:
        inside = sorted(await redis.keys("lock:*"))
    assert held
    assert inside == [b"lock:dilara:monday", b"lock:emma:monday"]
    assert await redis.keys("lock:*") == []


async def test_one_key_in_other_hands_means_none_of_them(locks: RedisLocks, redis: Redis) -> None:
    async with locks.hold(["emma:monday"], ttl_s=60):
        async with locks.hold(["dilara:monday", "emma:monday"], ttl_s=60) as held:
            assert not held
            assert await redis.keys("lock:dilara*") == []
        assert await redis.exists("lock:emma:monday")


async def test_who_waits_gets_the_keys_when_they_are_given_back(redis: Redis) -> None:
    locks = RedisLocks(redis, patience_s=60)
    order: list[str] = []

    async def first() -> None:
        async with locks.hold(["emma:monday"], ttl_s=60):
            order.append("first")
            await asyncio.sleep(0.15)
            order.append("first is done")

    async def second() -> None:
        await asyncio.sleep(0.05)
        async with locks.hold(["emma:monday"], ttl_s=60) as held:
            order.append(f"second {bool(held)}")

    await asyncio.gather(first(), second())

    assert order == ["first", "first is done", "second True"]


async def test_keys_of_a_dead_process_expire(locks: RedisLocks, redis: Redis) -> None:
    async with locks.hold(["emma:monday"], ttl_s=0.05):
        await asyncio.sleep(0.1)
        async with RedisLocks(redis).hold(["emma:monday"], ttl_s=60) as held:
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

    with capture_logs() as logs:
        async with locks.hold(["emma:monday"], ttl_s=60) as first:
            pass
        async with locks.hold(["emma:monday"], ttl_s=60) as second:
            pass

    assert (first, second) == (None, None)
    assert [entry["event"] for entry in logs] == ["locks_away"]  # the second did not ask


async def test_a_server_that_does_not_answer_is_waited_for_once_and_not_long(
    silent: Redis,
) -> None:
    locks, loop = RedisLocks(silent), asyncio.get_running_loop()

    began = loop.time()
    with capture_logs() as logs:
        async with locks.hold(["emma:monday"], ttl_s=60) as first:
            waited_s = loop.time() - began
        async with locks.hold(["emma:monday"], ttl_s=60) as second:
            pass

    assert (first, second) == (None, None)
    assert waited_s < PATIENCE_S + ANSWER_WITHIN_S
    assert [entry["event"] for entry in logs] == ["locks_away"]  # the second did not ask


async def test_a_server_that_falls_silent_while_keys_are_held_keeps_nobody(
    redis: Redis, redis_url: str
) -> None:
    gate, loop = RedisGate(), asyncio.get_running_loop()
    async with gate.open(redis_url) as url:
        client = Redis.from_url(url)
        locks = RedisLocks(client)
        with capture_logs() as logs:
            async with locks.hold(["emma:monday"], ttl_s=0.2) as fence:
                gate.turn(Door.SILENT)
                began = loop.time()
            given_up_s = loop.time() - began
            async with locks.hold(["emma:monday"], ttl_s=60) as meanwhile:
                pass
        gate.turn(Door.OPEN)
        await client.aclose()

    assert fence is not None
    assert meanwhile is None
    assert given_up_s < PATIENCE_S
    assert [entry["event"] for entry in logs] == ["locks_not_released"]  # nobody asked after that
    await asyncio.sleep(0.2)
    async with RedisLocks(redis).hold(["emma:monday"], ttl_s=60) as later:
        assert later is not None


async def test_a_server_that_forgets_everything_meanwhile_does_not_break_the_work(
    locks: RedisLocks, redis: Redis
) -> None:
    async with locks.hold(["emma:monday"], ttl_s=60) as held:
        await redis.flushall()
        async with locks.hold(["emma:monday"], ttl_s=60) as other:
            assert other  # the database decides between the two

    assert held


async def test_every_holder_gets_a_greater_number_than_all_before_even_after_a_flush(
    locks: RedisLocks, redis: Redis
) -> None:
    fences = []
    for keys in (["emma:monday"], ["dilara:monday"], ["emma:monday", "dilara:monday"]):
        async with locks.hold(keys, ttl_s=60) as fence:
            fences.append(fence)
    await redis.flushall()
    async with locks.hold(["emma:monday"], ttl_s=60) as fence:
        fences.append(fence)

    assert None not in fences
    assert fences == sorted(set(fences))


async def test_numbers_grow_although_the_clock_of_the_server_was_set_back(
    locks: RedisLocks, redis: Redis
) -> None:
    ahead = 4_000_000_000_000_000  # the year 2096, in microseconds
    await redis.set("lock-fence", ahead)

    async with locks.hold(["emma:monday"], ttl_s=60) as first:
        pass
    async with locks.hold(["emma:monday"], ttl_s=60) as second:
        pass

    assert (first, second) == (ahead + 1, ahead + 2)


async def test_a_holder_who_has_lost_the_lock_is_told_of_and_takes_nothing_from_the_next(
    locks: RedisLocks, redis: Redis
) -> None:
    outer = locks.hold(["emma:monday", "emma:tuesday"], ttl_s=0.05)
    late = await outer.__aenter__()
    await asyncio.sleep(0.1)
    with capture_logs() as logs:
        async with RedisLocks(redis).hold(["emma:monday"], ttl_s=60) as fence:
            await outer.__aexit__(None, None, None)
            still = await redis.get("lock:emma:monday")

    assert still == str(fence).encode()
    assert fence is not None
    assert late is not None
    assert fence > late
    lost = [entry for entry in logs if entry["event"] == "locks_lost"]
    assert [(entry["fence"], entry["kept"], entry["taken"]) for entry in lost] == [(late, 0, 2)]


async def test_no_keys_are_no_lock(locks: RedisLocks, redis: Any) -> None:
    async with locks.hold([], ttl_s=60) as held:
        assert not held
    assert await redis.keys("*") == []
