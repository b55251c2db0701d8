from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from voice_agent.dialogue.sessions import RETRY_AFTER_S, RedisSessions, Session, SessionTaken
from voice_agent.dialogue.transcript import Seen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
def sessions(redis: Redis) -> RedisSessions:
    return RedisSessions(redis)


@pytest.fixture
async def nowhere() -> AsyncIterator[Redis]:
    """A Redis that is away."""
    client = Redis(host="127.0.0.1", port=1)
    yield client
    await client.aclose()


async def test_an_unknown_call_has_a_new_session(sessions: RedisSessions) -> None:
    _, session = await sessions.take("c1")

    assert session == Session(call_id="c1")


async def test_servers_that_come_and_go_leave_their_connections_to_others(redis_url: str) -> None:
    client = Redis.from_url(redis_url, max_connections=2)
    for number in range(4):
        async with RedisSessions(client) as sessions:
            lease, session = await sessions.take(f"come-{number}")
            await sessions.save(lease, session)

    _, found = await RedisSessions(client).take("come-3")

    assert found.saved == 1
    await client.aclose()


async def test_another_process_finds_what_was_saved(sessions: RedisSessions, redis: Redis) -> None:
    lease, session = await sessions.take("c1")
    full = replace(
        session,
        branch_id=uuid4(),
        caller_number="+491713333333",
        state='{"heard": "über"}',
        before="{}",
        seen=Seen(exchanges=2, before=1, tail="ja"),
        turn=3,
        response_id=7,
        words=None,
        closed=False,
        said="Gern.",
        order="{}",
        owed="Der Termin steht.",
        outcome="booked",
    )
    saved = await sessions.save(lease, full)

    _, found = await RedisSessions(redis).take("c1")

    assert found == saved == replace(full, saved=1)


async def test_calls_do_not_see_each_other(sessions: RedisSessions) -> None:
    lease, session = await sessions.take("c1")
    await sessions.save(lease, replace(session, state="mine"))

    _, other = await sessions.take("c2")

    assert other.state is None


async def test_the_newest_connection_writes_and_the_older_one_learns_it(
    sessions: RedisSessions, redis: Redis
) -> None:
    old, session = await sessions.take("c1")
    elsewhere = RedisSessions(redis)
    new, _ = await elsewhere.take("c1")

    await elsewhere.save(new, replace(session, state="new"))
    with pytest.raises(SessionTaken):
        await sessions.save(old, replace(session, state="old"))

    _, kept = await elsewhere.take("c1")
    assert kept.state == "new"
    assert not await sessions.is_held(old)


async def test_of_many_connections_at_once_exactly_one_may_write(redis: Redis) -> None:
    stores = [RedisSessions(redis) for _ in range(8)]
    taken = await asyncio.gather(*(store.take("c1") for store in stores))

    written = await asyncio.gather(
        *(
            store.save(lease, replace(session, state=lease.token))
            for store, (lease, session) in zip(stores, taken, strict=True)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(result, Session) for result in written) == 1
    assert sum(isinstance(result, SessionTaken) for result in written) == 7


async def test_a_lease_is_held_until_somebody_else_takes_the_call(
    sessions: RedisSessions, redis: Redis
) -> None:
    lease, _ = await sessions.take("c1")
    assert await sessions.is_held(lease)

    await RedisSessions(redis).take("c1")

    assert not await sessions.is_held(lease)


async def test_a_redis_that_was_emptied_is_filled_again(
    sessions: RedisSessions, redis: Redis
) -> None:
    lease, session = await sessions.take("c1")
    session = await sessions.save(lease, replace(session, state="one"))
    await redis.flushall()

    await sessions.save(lease, replace(session, state="two"))

    _, found = await RedisSessions(redis).take("c1")
    assert found.state == "two"


async def test_without_redis_this_process_remembers(nowhere: Redis) -> None:
    sessions = RedisSessions(nowhere)
    old, session = await sessions.take("c1")
    await sessions.save(old, replace(session, state="one"))

    new, found = await sessions.take("c1")

    assert found.state == "one"
    assert await sessions.is_held(new)
    with pytest.raises(SessionTaken):
        await sessions.save(old, session)


async def test_without_redis_nobody_waits_for_it_at_every_step(nowhere: Redis) -> None:
    sessions = RedisSessions(nowhere)

    with capture_logs() as logs:
        lease, session = await sessions.take("c1")
        for _ in range(50):
            await sessions.save(lease, session)

    assert {entry["event"] for entry in logs} == {"sessions_away"}
    assert len(logs) < 5  # Redis was asked once, and again only where all this took seconds


async def test_a_full_house_saves_at_once_and_opens_few_connections(
    redis: Redis,
) -> None:
    sessions = RedisSessions(redis, patience_s=30)
    of_others = (await redis.info("clients"))["connected_clients"]

    taken = await asyncio.gather(*(sessions.take(f"c{number}") for number in range(300)))
    with capture_logs() as logs:
        await asyncio.gather(
            *(sessions.save(lease, replace(session, state="kept")) for lease, session in taken)
        )

    assert logs == []
    assert len(await redis.keys("voice-agent:call:*")) == 300
    assert (await redis.info("clients"))["connected_clients"] - of_others <= 20


async def test_of_two_memories_the_newer_one_counts(sessions: RedisSessions, redis: Redis) -> None:
    lease, session = await sessions.take("c1")
    await sessions.save(lease, replace(session, state="old"))
    stale = await redis.hget("voice-agent:call:c1", "session")
    await sessions.save(lease, replace(session, state="new", saved=5))
    await redis.hset("voice-agent:call:c1", "session", stale)

    _, found = await sessions.take("c1")

    assert found.state == "new"


async def test_what_cannot_be_read_is_a_new_session(sessions: RedisSessions, redis: Redis) -> None:
    await redis.hset("voice-agent:call:c1", "session", "{")

    _, session = await sessions.take("c1")

    assert session == Session(call_id="c1")


async def test_saves_of_many_calls_at_once_travel_together(
    sessions: RedisSessions, redis: Redis
) -> None:
    taken = [await sessions.take(f"c{number}") for number in range(40)]
    await sessions.save(*await sessions.take("c40"))  # now Redis knows the script
    before = sessions.trips

    saved = await asyncio.gather(
        *(sessions.save(lease, replace(session, turn=1)) for lease, session in taken)
    )

    assert [session.saved for session in saved] == [1] * 40
    assert sessions.trips - before < 5
    for number in range(40):
        _, found = await RedisSessions(redis).take(f"c{number}")
        assert found.turn == 1


async def test_of_saves_that_travel_together_only_the_one_that_was_taken_fails(
    sessions: RedisSessions, redis: Redis
) -> None:
    mine, session = await sessions.take("c1")
    lost, other = await sessions.take("c2")
    await RedisSessions(redis).take("c2")

    first, second = await asyncio.gather(
        sessions.save(mine, session), sessions.save(lost, other), return_exceptions=True
    )

    assert isinstance(first, Session)
    assert isinstance(second, SessionTaken)


async def test_a_redis_that_has_forgotten_its_scripts_is_told_them_again(
    sessions: RedisSessions, redis: Redis
) -> None:
    lease, session = await sessions.take("c1")
    await sessions.save(lease, session)
    await redis.script_flush()

    await sessions.save(lease, replace(session, turn=2))

    _, found = await RedisSessions(redis).take("c1")
    assert found.turn == 2


async def test_a_connection_that_redis_has_closed_meanwhile_is_opened_again(
    sessions: RedisSessions, redis: Redis
) -> None:
    lease, session = await sessions.take("c1")
    session = await sessions.save(lease, session)
    await redis.client_kill_filter(_type="normal", skipme=True)

    await sessions.save(lease, replace(session, turn=2))

    _, found = await RedisSessions(redis).take("c1")
    assert found.turn == 2


async def test_who_gives_up_on_a_save_leaves_its_answer_to_nobody_else(
    sessions: RedisSessions, redis: Redis
) -> None:
    lease, session = await sessions.take("c1")
    impatient = asyncio.create_task(sessions.save(lease, session))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)

    lost, other = await sessions.take("c2")
    await RedisSessions(redis).take("c2")
    with pytest.raises(SessionTaken):
        await sessions.save(lost, other)
    assert (await sessions.save(lease, session)).saved == 1


async def test_a_save_that_hangs_holds_up_no_later_one(redis: Redis) -> None:
    sessions = RedisSessions(redis, patience_s=0.05)
    lease, session = await sessions.take("c1")
    session = await sessions.save(lease, session)
    await redis.client_pause(60_000, all=False)

    with capture_logs() as logs:
        session = await sessions.save(lease, replace(session, turn=2))
    await redis.client_unpause()
    await asyncio.sleep(RETRY_AFTER_S)
    await sessions.save(lease, replace(session, turn=3))

    assert [log["event"] for log in logs] == ["sessions_away"]
    _, found = await RedisSessions(redis).take("c1")
    assert found.turn == 3


async def test_a_redis_that_refuses_a_save_is_away_for_this_one(
    sessions: RedisSessions, redis: Redis
) -> None:
    lease, session = await sessions.take("c1")
    await redis.delete("voice-agent:call:c1")
    await redis.set("voice-agent:call:c1", "no hash")

    with capture_logs() as logs:
        kept = await sessions.save(lease, replace(session, turn=2))

    assert logs == [{"event": "sessions_away", "error": "ResponseError", "log_level": "warning"}]
    assert kept.turn == 2
