"""Courtesy locks over the Redis protocol: all keys or none, one round trip each way.

Whoever gets keys gets a number with them, greater than any that was given out before: a fence. It
is the lock itself, so that only its holder can give it back, however late, and a loss is noticed.
Nothing is decided by it: claims are decided by the database, which knows no two owners of an
instant, and what is written of a booking by the fence in the row of its saga. A lock that expires,
is flushed or was never to be had therefore costs a refused request, never a wrong booking.
"""

from __future__ import annotations

import asyncio
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
FENCE = "lock-fence"
PATIENCE_S = 2.0  # a caller waits behind this; the database decides anyway
POLLS_S = 0.005, 0.05  # at first, for whoever goes just now; then as long as a request takes
ANSWER_WITHIN_S = 0.5  # a lock server that is slower than this is as good as away
AWAY_FOR_S = 5.0  # one booking waits for a dead server, those after it do not

# Microseconds of the server's clock: numbers go on growing after a flush, which forgets the last.
TAKE = """
for i = 2, #KEYS do
  if redis.call('exists', KEYS[i]) == 1 then return 0 end
end
local now = redis.call('time')
local fence = math.max(now[1] * 1000000 + now[2], (tonumber(redis.call('get', KEYS[1])) or 0) + 1)
local number = string.format('%.0f', fence)
redis.call('set', KEYS[1], number)
for i = 2, #KEYS do redis.call('set', KEYS[i], number, 'px', ARGV[1]) end
return fence
"""

GIVE_BACK = """
local kept = 0
for _, key in ipairs(KEYS) do
  if redis.call('get', key) == ARGV[1] then kept = kept + redis.call('del', key) end
end
return kept
"""


class RedisLocks:
    """Implements `ports.Locks`. Without Redis work goes on: more conflicts, never an overlap."""

    def __init__(self, redis: Redis, *, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._away_until = 0.0
        self._take = redis.register_script(TAKE)
        self._give_back = redis.register_script(GIVE_BACK)

    @asynccontextmanager
    async def hold(self, keys: Sequence[str], *, ttl_s: float) -> AsyncIterator[int | None]:
        """Yields the fence when the keys are ours; None when the server is away or they stay taken.

        The wait is bounded: by the patience for keys in other hands, by half a second for each
        answer of a server that is slow, and by nothing at all for a while after that.
        """
        names = [PREFIX + key for key in sorted(set(keys))]
        away = time.monotonic() < self._away_until
        fence = await self._acquire(names, ttl_s) if names and not away else None
        try:
            yield fence
        finally:
            if fence is not None:
                await self._release(names, fence)

    async def _acquire(self, names: list[str], ttl_s: float) -> int | None:
        give_up = time.monotonic() + self._patience_s
        poll_s, longest_s = POLLS_S
        milliseconds = max(1, int(ttl_s * 1000))
        try:
            while True:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    fence = int(await self._take(keys=[FENCE, *names], args=[milliseconds]))
                if fence or time.monotonic() >= give_up:
                    return fence or None
                await asyncio.sleep(poll_s)
                poll_s = min(2 * poll_s, longest_s)
        except (RedisError, OSError) as error:  # TimeoutError is an OSError
            self._is_away()
            log.warning("locks_away", error=type(error).__name__)
            return None

    async def _release(self, names: list[str], fence: int) -> None:
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                kept = int(await self._give_back(keys=names, args=[fence]))
        except (RedisError, OSError) as error:
            self._is_away()
            log.warning("locks_not_released", fence=fence, error=type(error).__name__)
            return
        if kept < len(names):
            log.warning("locks_lost", fence=fence, kept=kept, taken=len(names))

    def _is_away(self) -> None:
        self._away_until = time.monotonic() + AWAY_FOR_S
