"""So many requests a minute and no more, whichever process sends them.

The last minute's requests are remembered one by one. A bucket that refills steadily would let
nearly twice its size through within one of the other side's fixed windows, and being over the limit
there costs a minute of silence, in the end the account.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from booking_core.adapters.urgency import Urgency

log = structlog.get_logger()

PREFIX = "allowance:"
PER_MINUTE = 120  # what Cal.com grants a key, unless it says otherwise
WINDOW_S = 61.0  # theirs is 60 s; requests may bunch up on their way
RESERVED_SHARE = 4  # one part in four is for callers only
ANSWER_WITHIN_S = 0.5
AT_ONCE = 8  # a crowd must not look like a server that is away
AWAY_FOR_S = 5.0  # one request waits for a dead server, those after it do not
LOOK_AGAIN_S = 2.0  # whoever waits long hears of it when more is granted after all
RESERVED_FOR_S = 5.0  # a booking of four segments takes 1.5 s at Cal.com

ADMIT = """
local blocked = redis.call('pttl', KEYS[2])
if blocked > 0 then return {0, blocked} end
local t = redis.call('time')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local wanted, ahead = tonumber(ARGV[4]), tonumber(ARGV[5])
redis.call('zremrangebyscore', KEYS[1], '-inf', now - window)
local used = redis.call('zcard', KEYS[1])
local admitted = math.min(limit - used, wanted)
if admitted > 0 then
  for turn = 1, admitted do redis.call('zadd', KEYS[1], now + ahead, ARGV[3] .. ':' .. turn) end
  redis.call('pexpire', KEYS[1], window + ahead)
  return {admitted, 0}
end
local leaving = redis.call('zrange', KEYS[1], used - limit, used - limit, 'withscores')
return {0, math.max(1, leaving[2] + window - now)}
"""


class NotNow(Exception):
    """The allowance is used up for longer than the work can wait."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(self.__doc__)
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What became of one key's allowance in the last minute."""

    used: int
    limit: int
    blocked_s: float = 0.0
    """So long nothing is sent: the other side has had enough."""

    @property
    def is_tight(self) -> bool:
        """Whether only callers are still let through, or nobody."""
        return self.blocked_s > 0 or self.used >= self.limit - self.limit // RESERVED_SHARE


@dataclass(slots=True)
class _Own:
    """What this process alone has sent with one key."""

    sent: deque[float] = field(default_factory=deque)
    blocked_until: float = 0.0
    granted: int | None = None
    """What the other side says that it allows."""
    reserved: deque[float] = field(default_factory=deque)
    """When turns were taken ahead that nobody has used so far."""


class Allowance:
    """Counts requests by key; without Redis every process counts its own.

    `per_minute` = never more; None = as many as the other side says that it allows.
    """

    def __init__(
        self,
        redis: Redis | None,
        *,
        per_minute: int | None = None,
        window_s: float = WINDOW_S,
    ) -> None:
        if per_minute is not None and per_minute < RESERVED_SHARE:
            raise ValueError(f"at least {RESERVED_SHARE} requests a minute, not {per_minute}")
        self._redis = redis
        self._per_minute = per_minute
        self._window_s = window_s
        self._admit = redis.register_script(ADMIT) if redis else None
        self._own: defaultdict[str, _Own] = defaultdict(_Own)
        self._away_until = 0.0
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def admit(self, key: str, urgency: Urgency) -> None:
        """Wait for a turn, as long as the work can wait; NotNow when that is not long enough."""
        name, give_up = _name(key), time.monotonic() + urgency.patience_s
        if self._is_reserved(name):
            return
        while (wait_s := await self._wait_s(name, self._limit(name, urgency))) > 0:
            if time.monotonic() + wait_s > give_up:
                raise NotNow(wait_s)
            await asyncio.sleep(min(wait_s, LOOK_AGAIN_S))

    async def reserve(self, key: str, turns: int, urgency: Urgency) -> None:
        """Take turns for requests that are about to follow, as far as there are any right now.

        They count at once, and whoever asks next with this key has them, for a while. So long they
        count longer: nobody knows when they will be used.
        """
        name = _name(key)
        limit = self._limit(name, urgency)
        admitted, _ = await self._asked(name, limit, turns, ahead_s=RESERVED_FOR_S)
        self._own[name].reserved.extend([time.monotonic()] * admitted)

    def _is_reserved(self, name: str) -> bool:
        """Whether a turn was taken ahead; then it is used now."""
        reserved, old = self._own[name].reserved, time.monotonic() - RESERVED_FOR_S
        while reserved and reserved[0] <= old:
            reserved.popleft()
        return bool(reserved and reserved.popleft())

    async def block(self, key: str, *, for_s: float) -> None:
        """The other side has had enough of this key: nobody sends anything for so long."""
        name, milliseconds = _name(key), max(1, int(for_s * 1000))
        self._own[name].blocked_until = time.monotonic() + for_s
        self._own[name].reserved.clear()
        if self._redis is None or self._is_away:
            return
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._redis.set(f"{name}:blocked", 1, px=milliseconds)
        except (RedisError, OSError) as error:
            self._lost(error)

    def learn(self, key: str, *, per_minute: int) -> None:
        """The other side has told how much it allows."""
        self._own[_name(key)].granted = max(1, per_minute)

    async def spent(self, key: str) -> Spent:
        """How much is used up, for people who look after it; that costs no turn."""
        name = _name(key)
        used, blocked_s = await self._seen(name) or self._own_seen(name)
        return Spent(used=used, limit=self._most(name), blocked_s=blocked_s)

    async def _seen(self, name: str) -> tuple[int, float] | None:
        """What all processes have sent; None = there is nobody who counts for all."""
        if self._redis is None or self._is_away:
            return None
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                seconds, _ = await self._redis.time()
                since = (seconds - self._window_s) * 1000
                used = await self._redis.zcount(f"{name}:sent", since, "+inf")
                blocked_ms = await self._redis.pttl(f"{name}:blocked")
        except (RedisError, OSError) as error:
            self._lost(error)
            return None
        return int(used), max(0.0, blocked_ms / 1000)

    def _own_seen(self, name: str) -> tuple[int, float]:
        own = self._own[name]
        self._forget(own)
        return len(own.sent), max(0.0, own.blocked_until - time.monotonic())

    def _most(self, name: str) -> int:
        granted = self._own[name].granted
        return min(
            self._per_minute or granted or PER_MINUTE, granted or self._per_minute or PER_MINUTE
        )

    def _limit(self, name: str, urgency: Urgency) -> int:
        limit = self._most(name)
        reserve = limit // RESERVED_SHARE if urgency.background else 0
        return limit - reserve

    async def _wait_s(self, name: str, limit: int) -> float:
        """0 = go ahead, and that is counted."""
        _, wait_s = await self._asked(name, limit, 1)
        return wait_s

    async def _asked(
        self, name: str, limit: int, wanted: int, *, ahead_s: float = 0.0
    ) -> tuple[int, float]:
        """How many turns there are, counted already; when there are none, for how long."""
        shared = await self._shared(name, limit, wanted, ahead_s)
        if shared is None:
            waits = [self._own_wait_s(name, limit) for _ in range(wanted)]
            return waits.count(0.0), waits[0]
        admitted, wait_s = shared
        if admitted:  # known, should Redis go away
            self._own[name].sent.extend([time.monotonic()] * admitted)
            self._forget(self._own[name])
        return admitted, wait_s

    async def _shared(
        self, name: str, limit: int, wanted: int, ahead_s: float
    ) -> tuple[int, float] | None:
        """None = there is nobody who counts for all."""
        keys = [f"{name}:sent", f"{name}:blocked"]
        window_ms, ahead_ms = int(self._window_s * 1000), int(ahead_s * 1000)
        args: list[str | int] = [limit, window_ms, uuid4().hex, wanted, ahead_ms]
        async with self._gate:
            if self._admit is None or self._is_away:
                return None
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    admitted, wait_ms = await self._admit(keys=keys, args=args)
            except (RedisError, OSError) as error:  # TimeoutError is an OSError
                self._lost(error)
                return None
        return int(admitted), float(wait_ms) / 1000

    def _own_wait_s(self, name: str, limit: int) -> float:
        own, now = self._own[name], time.monotonic()
        self._forget(own)
        if own.blocked_until > now:
            return own.blocked_until - now
        if len(own.sent) < limit:
            own.sent.append(now)
            return 0.0
        return max(0.001, own.sent[len(own.sent) - limit] + self._window_s - now)

    def _forget(self, own: _Own) -> None:
        old = time.monotonic() - self._window_s
        while own.sent and own.sent[0] <= old:
            own.sent.popleft()

    @property
    def _is_away(self) -> bool:
        return time.monotonic() < self._away_until

    def _lost(self, error: Exception) -> None:
        self._away_until = time.monotonic() + AWAY_FOR_S
        log.warning("allowance_not_shared", error=type(error).__name__)


def _name(key: str) -> str:
    """Names a key without telling it; the braces keep both entries on one node of a cluster."""
    return f"{PREFIX}{{{hashlib.sha256(key.encode()).hexdigest()[:24]}}}"
