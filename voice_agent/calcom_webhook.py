"""The address Cal.com writes to: answers at once, and leaves the looking to a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import structlog
from aiohttp import web
from redis.exceptions import RedisError

from booking_core.adapters.calcom.webhooks import (
    SIGNATURE,
    UnreadableLetter,
    fingerprint,
    hint_of,
    is_signed,
)

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from booking_core.adapters.calcom.webhooks import Hint

log = structlog.get_logger(__name__)

PATH = "/calcom/webhook"
KNOWN_FOR_S = 24 * 3600
SEEN = "calcom-webhook:"


class HintTaker(Protocol):
    """Whoever looks when there is reason to."""

    async def take(self, hint: Hint) -> int:
        """How many branches are looked at."""
        ...


class Mailbox:
    """Takes signed letters, each once."""

    def __init__(self, hints: HintTaker, redis: Redis, *, secret: str | None) -> None:
        """Without a secret nobody can sign: every letter is refused."""
        self._hints = hints
        self._redis = redis
        self._secret = secret

    async def receive(self, request: web.Request) -> web.Response:
        """401 when it is not signed by Cal.com; 200 for everything that needs no second attempt."""
        raw = await request.read()
        if not self._secret or not is_signed(raw, request.headers.get(SIGNATURE), self._secret):
            log.warning("webhook_not_signed", bytes=len(raw))
            return _answer("not signed", status=401)
        try:
            hint = hint_of(raw)
        except UnreadableLetter as error:
            log.warning("webhook_not_understood", faults=str(error))
            return _answer("not understood", status=400)
        if hint is None:
            return _answer("nothing to look at")
        name = f"{SEEN}{fingerprint(raw)}"
        if await self._is_known(name):
            return _answer("known")
        try:
            branches = await self._hints.take(hint)
        except BaseException:
            await self._forget(name)
            raise
        log.info("webhook_taken", trigger=hint.trigger, branches=branches)
        return _answer("looking" if branches else "nothing to look at")

    async def _is_known(self, name: str) -> bool:
        """Without Redis nothing is: looking twice does no harm."""
        try:
            return not await self._redis.set(name, b"1", nx=True, ex=KNOWN_FOR_S)
        except RedisError:
            return False

    async def _forget(self, name: str) -> None:
        try:
            await self._redis.delete(name)
        except RedisError:
            log.warning("webhook_remembered_in_vain")


def _answer(status_text: str, *, status: int = 200) -> web.Response:
    return web.json_response({"status": status_text}, status=status)
