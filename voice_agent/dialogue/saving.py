"""Saves of many calls over one line to Redis: each goes out at once, and waits for no other."""

from __future__ import annotations

import asyncio
from hashlib import sha1
from typing import TYPE_CHECKING

from redis.exceptions import ConnectionError as ConnectionBroken
from redis.exceptions import NoScriptError

from voice_agent.dialogue.wire import Wire, packed

if TYPE_CHECKING:
    from redis.asyncio import Redis

PATIENCE_S = 1.0  # who waits gives up before; a hanging Redis must not hold up later saves
Arguments = tuple[bytes, ...]
"""The key, and what the script is told beside it."""


class Saves:
    """Runs one script for many callers; it answers with a number.

    The client's own pipeline would do as well, at ten times the processor time: a save of its own
    takes as much of it as everything else that a turn stores.
    """

    def __init__(self, redis: Redis, script: str) -> None:
        self._pool = redis.connection_pool
        self._in_full = script.encode()
        self._sha = sha1(self._in_full, usedforsecurity=False).hexdigest().encode()
        self._wire: Wire | None = None
        self._opening: asyncio.Task[Wire] | None = None

    @property
    def trips(self) -> int:
        """How often something was sent since the line was opened, alone or together."""
        return self._wire.trips if self._wire else 0

    async def run(self, *args: bytes) -> int:
        """What the script returns for this key and these arguments."""
        try:
            return await self._asked(packed((b"EVALSHA", self._sha, b"1", *args)))
        except NoScriptError:
            return await self._asked(packed((b"EVAL", self._in_full, b"1", *args)))

    async def close(self) -> None:
        """Give the line back; the next save would open another."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait({self._opening})
        await self._hang_up()

    async def _asked(self, command: bytes) -> int:
        try:
            return await (self._open_wire() or await self._opened()).ask(command)
        except ConnectionBroken:
            # Perhaps Redis went and came while the line was at rest; saving twice is no harm.
            return await (self._open_wire() or await self._opened()).ask(command)

    def _open_wire(self) -> Wire | None:
        wire = self._wire
        if wire is None or not wire.is_open:
            return None
        if wire.waits_s() > PATIENCE_S:
            wire.abort()
            return None
        return wire

    async def _opened(self) -> Wire:
        """A new line, opened once for all who want it, and whoever of them gives up."""
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open(), name="sessions")
        return await asyncio.shield(self._opening)

    async def _open(self) -> Wire:
        await self._hang_up()
        async with asyncio.timeout(PATIENCE_S):
            self._wire = await Wire.open(self._pool)
        return self._wire

    async def _hang_up(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()
