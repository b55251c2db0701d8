from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis, from_url
from structlog.testing import capture_logs

from booking_core.adapters.redis_allowance import Allowance, NotNow
from booking_core.adapters.urgency import CALLER, Urgency, in_background, urgency

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = "cal_live_0123456789abcdef"
NOBODY_WAITS = Urgency(background=False, patience_s=0)
JOB = Urgency(background=True, patience_s=0)


async def admitted(allowance: Allowance, times: int, who: Urgency = NOBODY_WAITS) -> int:
    """How many of so many requests pass."""
    passed = 0
    for _ in range(times):
        try:
            await allowance.admit(KEY, who)
        except NotNow:
            continue
        passed += 1
    return passed


@pytest.fixture
async def nowhere() -> AsyncIterator[Redis]:
    """A server that is away."""
    client = from_url("redis://127.0.0.1:9")
    yield client
    await client.aclose()


@pytest.mark.inc(91)
async def test_never_more_than_the_limit_whichever_process_asks(redis: Redis) -> None:
    processes = [Allowance(redis, per_minute=20) for _ in range(4)]

    passed = await asyncio.gather(*(admitted(one, 15) for one in processes))

    assert sum(passed) == 20


async def test_a_fourth_is_kept_for_callers(redis: Redis) -> None:
    allowance = Allowance(redis, per_minute=20)

    jobs, callers = await admitted(allowance, 30, JOB), await admitted(allowance, 30)

    assert (jobs, callers) == (15, 5)


async def test_what_callers_use_is_not_there_for_jobs(redis: Redis) -> None:
    allowance = Allowance(redis, per_minute=20)

    callers, jobs = await admitted(allowance, 15), await admitted(allowance, 10, JOB)

    assert (callers, jobs) == (15, 0)


async def test_keys_do_not_share(redis: Redis) -> None:
    allowance = Allowance(redis, per_minute=4)
    await admitted(allowance, 4)

    assert await admitted(allowance, 1) == 0
    await allowance.admit("cal_another", NOBODY_WAITS)


@pytest.mark.parametrize("shared", [True, False])
async def test_within_any_window_there_are_no_more_than_the_limit(
    redis: Redis, *, shared: bool
) -> None:
    allowance = Allowance(redis if shared else None, per_minute=5, window_s=0.3)
    asked: list[float] = []
    passed: list[float] = []

    async def work() -> None:
        while len(asked) < 18:
            now = time.monotonic()
            try:
                await allowance.admit(KEY, NOBODY_WAITS)
            except NotNow as later:
                await asyncio.sleep(later.wait_s)
                continue
            asked.append(now)
            passed.append(time.monotonic())

    await asyncio.gather(work(), work(), work())

    # Each was counted between the two, however long the machine stood still there.
    gaps = [later - earlier for earlier, later in zip(sorted(asked), passed[5:], strict=False)]
    assert len(gaps) >= 13
    assert min(gaps) >= 0.299  # they are counted in whole milliseconds


@pytest.mark.parametrize("shared", [True, False])
async def test_who_can_wait_passes_as_soon_as_there_is_room(redis: Redis, *, shared: bool) -> None:
    allowance = Allowance(redis if shared else None, per_minute=5, window_s=0.3)
    began = time.monotonic()
    await admitted(allowance, 5)

    await allowance.admit(KEY, Urgency(background=False, patience_s=60))

    assert time.monotonic() - began >= 0.299


@pytest.mark.parametrize("shared", [True, False])
async def test_who_waits_for_a_minute_goes_on_when_more_is_granted(
    redis: Redis, *, shared: bool
) -> None:
    allowance = Allowance(redis if shared else None)
    allowance.learn(KEY, per_minute=4)
    await admitted(allowance, 4)
    waiting = asyncio.create_task(allowance.admit(KEY, Urgency(background=False, patience_s=100)))
    await asyncio.sleep(0.1)

    allowance.learn(KEY, per_minute=1000)

    async with asyncio.timeout(30):  # the four are remembered for twice as long
        await waiting


@pytest.mark.parametrize("shared", [True, False])
async def test_who_cannot_wait_hears_how_long_it_would_take(redis: Redis, *, shared: bool) -> None:
    allowance = Allowance(redis if shared else None, per_minute=4)
    await admitted(allowance, 4)

    with pytest.raises(NotNow) as later:
        await allowance.admit(KEY, CALLER)

    assert 30 < later.value.wait_s <= 61


async def test_a_block_holds_for_every_process(redis: Redis) -> None:
    one, other = Allowance(redis), Allowance(redis)

    await one.block(KEY, for_s=60)
    blocked = await admitted(other, 1)
    await one.block(KEY, for_s=0.05)
    await asyncio.sleep(0.1)

    assert (blocked, await admitted(other, 1)) == (0, 1)


async def test_without_redis_each_process_counts_its_own_and_nobody_waits_for_it(
    nowhere: Redis,
) -> None:
    one, other = Allowance(nowhere, per_minute=10), Allowance(nowhere, per_minute=10)

    with capture_logs() as logs:
        passed = await admitted(one, 30), await admitted(other, 30)

    assert passed == (10, 10)
    away = [entry["event"] for entry in logs]
    assert set(away) == {"allowance_not_shared"}
    assert len(away) < 10  # of 60 requests: not one after the other has waited


async def test_what_was_sent_before_redis_went_away_is_not_forgotten(redis_url: str) -> None:
    client = from_url(redis_url)
    await client.flushall()
    allowance = Allowance(client, per_minute=10)
    before = await admitted(allowance, 7)
    await client.connection_pool.disconnect()
    client.connection_pool.connection_kwargs["port"] = 9

    after = await admitted(allowance, 10)
    await client.aclose()

    assert (before, after) == (7, 3)


async def test_what_the_other_side_grants_is_the_limit_but_never_more_than_the_setting() -> None:
    free, bounded = Allowance(None), Allowance(None, per_minute=50)
    unknown = await admitted(Allowance(None), 200)
    for allowance in (free, bounded):
        allowance.learn(KEY, per_minute=150)

    assert unknown == 120
    assert await admitted(free, 200) == 150
    assert await admitted(bounded, 200) == 50


async def test_no_key_can_be_read_in_redis(redis: Redis) -> None:
    allowance = Allowance(redis)
    await allowance.admit(KEY, CALLER)
    await allowance.block(KEY, for_s=5)

    names = await redis.keys("*")

    assert len(names) == 2
    assert KEY.encode() not in b" ".join(names)


async def test_urgency_is_a_callers_unless_the_work_was_begun_in_the_background() -> None:
    async def asked() -> bool:
        return urgency().background

    with in_background(patience_s=3):
        task = asyncio.create_task(asked())
    before = urgency().background

    assert (await task, before) == (True, False)


@pytest.mark.parametrize("shared", [True, False])
async def test_turns_that_are_taken_ahead_count_at_once(redis: Redis, *, shared: bool) -> None:
    allowance = Allowance(redis if shared else None, per_minute=20)

    await allowance.reserve(KEY, 4, NOBODY_WAITS)

    assert await admitted(allowance, 30) == 20
    if shared:
        assert await admitted(Allowance(redis, per_minute=20), 1) == 0


async def test_turns_that_are_taken_ahead_are_for_this_key_alone(redis: Redis) -> None:
    allowance = Allowance(redis, per_minute=4)

    await allowance.reserve("cal_another", 4, NOBODY_WAITS)

    assert await admitted(allowance, 5) == 4
    with pytest.raises(NotNow):
        await Allowance(redis, per_minute=4).admit("cal_another", NOBODY_WAITS)


async def test_no_more_turns_can_be_taken_ahead_than_there_are(redis: Redis) -> None:
    allowance = Allowance(redis, per_minute=4)
    await admitted(allowance, 3)

    await allowance.reserve(KEY, 4, NOBODY_WAITS)
    await allowance.reserve(KEY, 4, NOBODY_WAITS)

    assert await admitted(allowance, 4) == 1


async def test_with_a_turn_taken_ahead_nobody_asks_the_server(redis: Redis) -> None:
    allowance = Allowance(redis, per_minute=20)
    await allowance.reserve(KEY, 2, NOBODY_WAITS)
    before = (await redis.info("stats"))["total_commands_processed"]

    passed = await admitted(allowance, 2)

    after = (await redis.info("stats"))["total_commands_processed"]
    assert passed == 2
    assert after - before <= 2  # the question itself


async def test_who_is_turned_away_loses_what_was_taken_ahead(redis: Redis) -> None:
    allowance = Allowance(redis, per_minute=20)
    await allowance.reserve(KEY, 4, NOBODY_WAITS)

    await allowance.block(KEY, for_s=30)

    assert await admitted(allowance, 1) == 0


@pytest.mark.parametrize("shared", [True, False])
async def test_what_is_used_up_is_told_and_costs_nothing(redis: Redis, *, shared: bool) -> None:
    allowance = Allowance(redis if shared else None, per_minute=20)
    await admitted(allowance, 3)

    first, again = await allowance.spent(KEY), await allowance.spent(KEY)
    await admitted(allowance, 12)
    tight = await allowance.spent(KEY)

    assert (first.used, first.limit, first.is_tight) == (3, 20, False)
    assert again == first
    assert (tight.used, tight.is_tight) == (15, True)
    assert (await allowance.spent("cal_another")).used == 0


@pytest.mark.parametrize("shared", [True, False])
async def test_a_key_that_is_blocked_says_how_long(redis: Redis, *, shared: bool) -> None:
    allowance = Allowance(redis if shared else None, per_minute=20)
    await allowance.block(KEY, for_s=300)

    blocked = await allowance.spent(KEY)

    assert blocked.is_tight
    assert 200 < blocked.blocked_s <= 300
