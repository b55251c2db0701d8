"""How often a token may ask: so many requests in each minute, all processes together."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog
from redis.exceptions import RedisError

from voice_agent.api.problems import Code, Problem

if TYPE_CHECKING:
    from uuid import UUID

    from redis.asyncio import Redis

log = structlog.get_logger(__name__)

WINDOW_S: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What is left in this minute."""

    limit: int
    left: int
    reset_s: int

    @property
    def headers(self) -> dict[str, str]:
        """For whoever wants to slow down in time."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.left),
            "RateLimit-Reset": str(self.reset_s),
        }


async def count(redis: Redis, token_id: UUID, limit: int) -> Allowance:
    """Count a request; Problem when it is one too many. Without Redis nobody is refused."""
    now = time.time()
    window, reset_s = int(now // WINDOW_S), WINDOW_S - int(now % WINDOW_S)
    name = f"api-rate:{token_id}:{window}"
    try:
        async with redis.pipeline(transaction=True) as pipeline:
            pipeline.incr(name)
            pipeline.expire(name, 2 * WINDOW_S)
            used = int((await pipeline.execute())[0])
    except (RedisError, OSError):
        log.warning("api_requests_not_counted")
        return Allowance(limit=limit, left=limit, reset_s=reset_s)
    allowance = Allowance(limit=limit, left=max(0, limit - used), reset_s=reset_s)
    if used > limit:
        retry = {"Retry-After": str(reset_s)}
        raise Problem(Code.RATE_LIMITED, headers={**allowance.headers, **retry})
    return allowance
