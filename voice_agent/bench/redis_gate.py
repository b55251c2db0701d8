"""A door in front of Redis that can be shut: those behind it lose Redis, nobody else does."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from enum import Enum
from typing import TYPE_CHECKING

from redis.asyncio import Redis
from redis.asyncio.connection import parse_url

from voice_agent.simulator.ground import forget

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHUNK = 65536


class Door(Enum):
    """What who knocks meets."""

    OPEN = "open"
    SHUT = "shut"
    """Every connection is closed at once, as when the server is down."""
    SILENT = "silent"
    """Connections stand and nothing is answered, as when the server hangs."""


class RedisGate:
    """Passes bytes on between clients and a Redis, as long as it is open."""

    def __init__(self) -> None:
        self._door = Door.OPEN
        self._opened = asyncio.Event()
        self._connections: set[asyncio.StreamWriter] = set()
        self._upstream = ""

    @asynccontextmanager
    async def open(self, url: str) -> AsyncIterator[str]:
        """The URL that leads through the gate to this one."""
        self._upstream = url
        self._opened.set()
        server = await asyncio.start_server(self._pass, "127.0.0.1", 0)
        try:
            port = server.sockets[0].getsockname()[1]
            yield f"redis://127.0.0.1:{port}/{parse_url(url).get('db', 0)}"
        finally:
            server.close()
            self.turn(Door.SHUT)
            self._opened.set()

    def turn(self, door: Door) -> None:
        """Open or shut it; who is inside when it is shut is thrown out."""
        self._door = door
        if door is Door.SILENT:
            self._opened.clear()
        else:
            self._opened.set()
        if door is Door.SHUT:
            for writer in self._connections:
                writer.close()

    async def flush(self) -> None:
        """Let Redis forget everything of this key space."""
        redis = Redis.from_url(self._upstream)
        try:
            await forget(redis)
        finally:
            await redis.aclose()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._door is Door.SHUT:
            writer.close()
            return
        there, back = await self._connect()
        both = {writer, back}
        self._connections |= both
        try:
            await asyncio.gather(self._pump(reader, back), self._pump(there, writer))
        finally:
            self._connections -= both

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        place = parse_url(self._upstream)
        if "path" in place:
            return await asyncio.open_unix_connection(place["path"])
        return await asyncio.open_connection(
            place.get("host", "localhost"), place.get("port", 6379)
        )

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        """Until one side has gone."""
        with suppress(ConnectionError):
            while chunk := await source.read(CHUNK):
                await self._opened.wait()
                sink.write(chunk)
                await sink.drain()
        sink.close()
