"""Courtesy locks over the Redis protocol: all keys or none, one round trip each way."""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from redis.asyncio import Redis

log = structlog.get_logger()

PREFIX = "lock:"
PATIENCE_S = 2.0  # a caller waits behind this; the database decides anyway
POLL_S = 0.05
ANSWER_WITHIN_S = 0.5  # a lock server that is slower than this is as good as away
AWAY_FOR_S = 5.0  # one booking waits for a dead server, those after it do not

TAKE = """
for _, key in ipairs(KEYS) do
  if redis.call('exists', key) == 1 then return 0 end
end
for _, key in ipairs(KEYS) do redis.call('set', key, ARGV[1], 'px', ARGV[2]) end
return 1
"""

GIVE_BACK = """
for _, key in ipairs(KEYS) do
  if redis.call('get', key) == ARGV[1] then redis.call('del', key) end
end
return 1
"""


class RedisLocks:
    """Implements `ports.Locks`. Without Redis work goes on: more conflicts, never an overlap."""

    def __init__(self, redis: Redis, *, patience_s: float = PATIENCE_S) -> None:
        self._redis = redis
        self._patience_s = patience_s
        self._away_until = 0.0
        self._take = redis.register_script(TAKE)
        self._give_back = redis.register_script(GIVE_BACK)

    @asynccontextmanager
    async def hold(self, keys: Sequence[str], *, ttl_s: float) -> AsyncIterator[bool]:
        """Yields whether the keys are ours; False when the server is away or they stay taken."""
        names = [PREFIX + key for key in sorted(set(keys))]
        token = secrets.token_hex(16)
        away = time.monotonic() < self._away_until
        held = bool(names) and not away and await self._acquire(names, token, ttl_s)
        try:
            yield held
        finally:
            if held:
                await self._release(names, token)

    async def _acquire(self, names: list[str], token: str, ttl_s: float) -> bool:
        give_up = time.monotonic() + self._patience_s
        milliseconds = max(1, int(ttl_s * 1000))
        try:
            while True:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    taken = await self._take(keys=names, args=[token, milliseconds])
                if taken or time.monotonic() >= give_up:
                    return bool(taken)
                await asyncio.sleep(POLL_S)
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            self._away_until = time.monotonic() + AWAY_FOR_S
            log.warning("locks_away", error=type(error).__name__)
            return False

    async def _release(self, names: list[str], token: str) -> None:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._give_back(keys=names, args=[token])
        except (RedisError, OSError) as error:
            log.warning("locks_not_released", error=type(error).__name__)
