from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as ConnectionBroken
from redis.exceptions import ResponseError

from voice_agent.dialogue.saving import Saves

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ADD = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
WORDS = "return 'no number'"


@asynccontextmanager
async def saving(redis: Redis, script: str) -> AsyncIterator[Saves]:
    saves = Saves(redis, script)
    try:
        yield saves
    finally:
        await saves.close()


@asynccontextmanager
async def through_a_straw(redis: Redis) -> AsyncIterator[Redis]:
    """The same Redis, whose answers come byte by byte."""
    known = redis.connection_pool.connection_kwargs
    passing: set[asyncio.Task[None]] = set()

    async def enter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await (
            asyncio.open_unix_connection(known["path"])
            if "path" in known
            else asyncio.open_connection(known["host"], known["port"])
        )
        both = (pass_on(reader, back, 65536), pass_on(there, writer, 1))
        passing.update(asyncio.create_task(one) for one in both)

    server = await asyncio.start_server(enter, "127.0.0.1", 0)
    client = Redis(port=server.sockets[0].getsockname()[1], db=known.get("db", 0))
    yield client
    await client.aclose()
    server.close()
    await asyncio.gather(*passing)


async def pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter, at_once: int) -> None:
    with suppress(ConnectionError):
        while chunk := await source.read(at_once):
            sink.write(chunk)
            await sink.drain()
    sink.close()
    with suppress(ConnectionError):
        await sink.wait_closed()


async def test_everybody_is_told_what_became_of_the_own_save(redis: Redis) -> None:
    async with saving(redis, ADD) as saves:
        answers = await asyncio.gather(*(saves.run(b"sum", b"%d" % n) for n in range(1, 51)))

    assert answers == [n * (n + 1) // 2 for n in range(1, 51)]


async def test_answers_that_come_in_pieces_are_put_together(redis: Redis) -> None:
    async with through_a_straw(redis) as slow, saving(slow, ADD) as saves:
        answers = await asyncio.gather(*(saves.run(b"sum", b"1000") for _ in range(20)))

    assert answers == [1000 * n for n in range(1, 21)]


async def test_who_gives_up_does_not_shift_the_answers_of_others(redis: Redis) -> None:
    async with saving(redis, ADD) as saves:
        await saves.run(b"sum", b"0")
        impatient = asyncio.create_task(saves.run(b"sum", b"1"))
        others = [asyncio.create_task(saves.run(b"sum", b"10")) for _ in range(3)]
        await asyncio.sleep(0)
        impatient.cancel()

        assert await asyncio.gather(*others) == [11, 21, 31]


async def test_what_redis_refuses_is_told_to_who_asked_and_to_nobody_else(redis: Redis) -> None:
    await redis.set("words", "seven")
    async with saving(redis, ADD) as saves:
        refused, added = await asyncio.gather(
            saves.run(b"words", b"1"), saves.run(b"sum", b"5"), return_exceptions=True
        )

    assert isinstance(refused, ResponseError)
    assert added == 5


async def test_an_answer_that_is_no_number_breaks_the_line_and_not_the_next_save(
    redis: Redis,
) -> None:
    async with saving(redis, WORDS) as saves:
        with pytest.raises(ConnectionBroken):
            await saves.run(b"sum")

    async with saving(redis, ADD) as saves:
        assert await saves.run(b"sum", b"2") == 2


async def test_a_line_that_was_closed_is_opened_by_the_next_save(redis: Redis) -> None:
    async with saving(redis, ADD) as saves:
        await saves.run(b"sum", b"1")
        await saves.close()

        assert await saves.run(b"sum", b"1") == 2
