"""A door in front of a server that counts how often somebody asks and waits for the answer."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from redis.asyncio.connection import parse_url
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from voice_agent.embedded import Endpoints

CHUNK = 65536
HERE = "127.0.0.1"
POSTGRES_PORT, REDIS_PORT = 5432, 6379


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a server listens."""

    path: str | None = None
    """Of its socket; None = host and port."""
    host: str = HERE
    port: int = 0


class Turnstile:
    """Passes bytes on between clients and a server.

    What is sent before anything has come back is one question, however many pieces it has.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._inside: set[asyncio.Task[None]] = set()
        self.trips = 0
        """Questions so far."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """The port that leads through it."""
        server = await asyncio.start_server(self._enter, HERE, 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for passing in self._inside:
                passing.cancel()
            await asyncio.gather(*self._inside, return_exceptions=True)

    async def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passing = asyncio.create_task(self._pass(reader, writer))
        self._inside.add(passing)
        with suppress(asyncio.CancelledError):
            await passing
        self._inside.discard(passing)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await self._connect()
        answered = asyncio.Event()
        answered.set()
        asking = self._pump(reader, back, answered, asks=True)
        try:
            await asyncio.gather(asking, self._pump(there, writer, answered, asks=False))
        finally:
            back.close()
            writer.close()
            await asyncio.gather(back.wait_closed(), writer.wait_closed(), return_exceptions=True)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._place.path is not None:
            return await asyncio.open_unix_connection(self._place.path)
        return await asyncio.open_connection(self._place.host, self._place.port)

    async def _pump(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        answered: asyncio.Event,
        *,
        asks: bool,
    ) -> None:
        with suppress(ConnectionError):
            while chunk := await source.read(CHUNK):
                if not asks:
                    answered.set()
                elif answered.is_set():
                    answered.clear()
                    self.trips += 1
                sink.write(chunk)
                await sink.drain()
        sink.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turnstiles:
    """One in front of everything that is asked over a network."""

    database: Turnstile
    redis: Turnstile
    calcom: Turnstile

    def trips(self) -> tuple[int, int, int]:
        """Questions to each so far: database, Redis, Cal.com."""
        return self.database.trips, self.redis.trips, self.calcom.trips


@asynccontextmanager
async def turnstiles(
    ground: Endpoints, calcom_url: str
) -> AsyncIterator[tuple[Turnstiles, Endpoints, str]]:
    """Doors in front of these, and the addresses that lead through them."""
    doors = Turnstiles(
        database=Turnstile(_place_of_database(ground.database_url)),
        redis=Turnstile(_place_of_redis(ground.redis_url)),
        calcom=Turnstile(_place_of_calcom(calcom_url)),
    )
    async with doors.database.open() as sql, doors.redis.open() as keys, doors.calcom.open() as web:
        database = make_url(ground.database_url).difference_update_query(["host"])
        number = parse_url(ground.redis_url).get("db", 0)
        through = replace(
            ground,
            database_url=database.set(host=HERE, port=sql).render_as_string(hide_password=False),
            redis_url=f"redis://{HERE}:{keys}/{number}",
        )
        yield doors, through, f"http://{HERE}:{web}"


def _place_of_database(url: str) -> Place:
    parsed = make_url(url)
    host = parsed.query.get("host") or parsed.host or HERE
    port = parsed.port or POSTGRES_PORT
    if isinstance(host, str) and host.startswith("/"):
        return Place(path=f"{host}/.s.PGSQL.{port}")
    return Place(host=str(host), port=port)


def _place_of_redis(url: str) -> Place:
    parsed = parse_url(url)
    if "path" in parsed:
        return Place(path=parsed["path"])
    return Place(host=parsed.get("host", HERE), port=parsed.get("port", REDIS_PORT))


def _place_of_calcom(url: str) -> Place:
    parsed = urlsplit(url)
    return Place(host=parsed.hostname or HERE, port=parsed.port or 80)
