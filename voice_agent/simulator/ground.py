"""A database and a Redis of a stage's own: made next to the configured ones, gone afterwards."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.engine import make_url

from booking_core.adapters.postgres.engine import make_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from voice_agent.embedded import Endpoints

REDIS_DATABASES = range(15, 0, -1)  # 0 belongs to the server that answers real calls
OCCUPIED = "voice-agent:stage"
OCCUPIED_FOR_S = 3600


class NoGround(Exception):
    """There is no room for a stage of its own."""


@asynccontextmanager
async def own_ground(endpoints: Endpoints) -> AsyncIterator[Endpoints]:
    """The same servers, but an empty database and Redis key space for this stage alone."""
    async with (
        _own_database(endpoints.database_url) as database_url,
        _own_keys(endpoints.redis_url) as redis_url,
    ):
        yield replace(endpoints, database_url=database_url, redis_url=redis_url)


async def forget(redis: Redis) -> None:
    """Drop everything but the sign that this key space is taken."""
    async for key in redis.scan_iter(count=1000):
        if key != OCCUPIED.encode():
            await redis.delete(key)


@asynccontextmanager
async def _own_database(url: str) -> AsyncIterator[str]:
    name = f"stage_{uuid4().hex[:12]}"
    engine = make_engine(url, pool_size=1).execution_options(isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            await connection.execute(text(f"CREATE DATABASE {name}"))
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        async with engine.connect() as connection:
            await connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        await engine.dispose()


@asynccontextmanager
async def _own_keys(url: str) -> AsyncIterator[str]:
    for number in REDIS_DATABASES:
        own = _redis_url(url, number)
        redis = Redis.from_url(own)
        try:
            if not await redis.set(OCCUPIED, "1", nx=True, ex=OCCUPIED_FOR_S):
                continue
            try:
                yield own
            finally:
                await redis.flushdb()
            return
        finally:
            await redis.aclose()
    raise NoGround("all Redis databases from 1 to 15 are in use by other stages")


def _redis_url(url: str, number: int) -> str:
    """The URL with this database number.

    >>> _redis_url("redis://localhost:6379/0?protocol=3", 7)
    'redis://localhost:6379/7?protocol=3'
    >>> _redis_url("unix:///run/valkey.sock?db=0", 7)
    'unix:///run/valkey.sock?db=7'
    """
    if url.startswith("unix:"):
        place, _, query = url.partition("?")
        others = [item for item in query.split("&") if item and not item.startswith("db=")]
        return f"{place}?{'&'.join([*others, f'db={number}'])}"
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))
