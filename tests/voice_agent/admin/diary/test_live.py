"""What changes in the diary is told to every open window, and to nobody else."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from sqlalchemy import make_url, text

from booking_core.adapters.postgres.engine import database_url as with_our_driver
from voice_agent.admin.listener import NAME, Listener

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

OPEN = """
    SELECT pid FROM pg_stat_activity
    WHERE application_name = :name AND datname = current_database()
"""
SOON_S = 30
OURS = f"{NAME}-of-a-test"


@pytest.fixture
async def listener(database_url: str) -> AsyncIterator[Listener]:
    made = Listener(with_our_driver(database_url), name=OURS)  # windows of other tests may linger
    yield made
    await made.close()


async def connections(engine: AsyncEngine, name: str = OURS) -> list[int]:
    async with engine.connect() as connection:
        return list(await connection.scalars(text(OPEN), {"name": name}))


async def eventually(engine: AsyncEngine, number: int) -> None:
    async with asyncio.timeout(SOON_S):
        while len(await connections(engine)) != number:
            await asyncio.sleep(0.05)


async def woken(changed: asyncio.Event) -> bool:
    """Whether it is within reason; then it can be again."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SOON_S):
            await changed.wait()
            changed.clear()
            return True
    return False


async def tell(engine: AsyncEngine, branch_id: object) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("SELECT pg_notify('diary', :id)"), {"id": str(branch_id)})


async def test_one_connection_listens_for_everybody_and_leaves_with_the_last(
    engine: AsyncEngine, listener: Listener
) -> None:
    branch = uuid4()
    await eventually(engine, 0)

    async with listener.watching(branch) as one, listener.watching(branch) as other:
        assert await woken(one)  # connected: whatever came before was not heard
        assert await woken(other)
        assert len(await connections(engine)) == 1
        await tell(engine, branch)
        assert await woken(one)
        assert await woken(other)

    assert listener.watchers == 0
    await eventually(engine, 0)


async def test_another_salon_hears_nothing(engine: AsyncEngine, listener: Listener) -> None:
    here, there = uuid4(), uuid4()

    async with listener.watching(here) as mine, listener.watching(there) as theirs:
        assert await woken(mine)
        assert await woken(theirs)
        await tell(engine, here)
        assert await woken(mine)

        assert not theirs.is_set()


async def test_a_database_that_hangs_up_is_called_again_and_everybody_looks(
    engine: AsyncEngine, listener: Listener
) -> None:
    branch = uuid4()

    async with listener.watching(branch) as changed:
        assert await woken(changed)
        [pid] = await connections(engine)
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        assert await woken(changed)
        await tell(engine, branch)
        assert await woken(changed)

    await eventually(engine, 0)


async def test_word_that_names_no_salon_wakes_nobody(
    engine: AsyncEngine, listener: Listener
) -> None:
    async with listener.watching(uuid4()) as changed:
        assert await woken(changed)
        await tell(engine, "nonsense")
        await tell(engine, uuid4())
        await asyncio.sleep(0.1)

        assert not changed.is_set()
        assert len(await connections(engine)) == 1


@asynccontextmanager
async def window(owner: Any) -> AsyncIterator[Any]:
    """An open stream, connected: its first line is about whatever it has missed."""
    async with owner.http.get(owner.url + "/admin/live") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/event-stream"
        assert await told(answer)
        yield answer


async def told(answer: Any) -> bool:
    """Whether the window hears of a change within reason."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SOON_S):
            async for line in answer.content:
                if line == b"event: diary\n":
                    return True
    return False


async def test_a_hold_a_booking_and_a_note_are_told_to_every_window(
    owner: Any,
    offer: Callable[..., Awaitable[Any]],
    book: Callable[..., Awaitable[Any]],
) -> None:
    async with window(owner) as one, window(owner) as other:
        await offer(42, "2026-11-25T10:00", staff="fabian")
        assert await told(one)
        assert await told(other)
        visit = await book(42, "2026-11-25T15:00", staff="oliver")
        assert await told(one)
        await asyncio.sleep(0.3)  # a booking is several changes
        await owner.send(f"/admin/visits/{visit.id}/note", {"text": "Bringt Hund mit"})
        assert await told(one)


async def test_what_is_rolled_back_or_only_renewed_is_no_news(
    database_url: str, house: Any, offer: Callable[..., Awaitable[Any]]
) -> None:
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    await offer(42, "2026-11-25T10:00", staff="fabian")

    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as hearing:
        await hearing.execute("LISTEN diary")
        await house.do(house.runtime.core.renew_holds("call:one"))
        heard = [one.payload async for one in hearing.notifies(timeout=0.5)]
        await house.do(house.runtime.core.release_holds("call:one"))
        later = [one.payload async for one in hearing.notifies(timeout=SOON_S, stop_after=1)]

    assert heard == []
    assert later == [str(house.salon.branch.id)]


async def test_whoever_is_not_signed_in_hears_nothing(stranger: Any) -> None:
    async with stranger.http.get(stranger.url + "/admin/live", allow_redirects=False) as answer:
        assert answer.status == 303
