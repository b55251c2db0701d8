"""The address Cal.com writes to: answers at once, and leaves the looking to a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from uuid import UUID

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
    from collections.abc import Sequence

    from redis.asyncio import Redis

    from booking_core.adapters.calcom.webhooks import Hint

log = structlog.get_logger(__name__)

PATH = "/calcom/webhook"
COMPANY_PATH = f"{PATH}/{{company}}"
NOBODYS = "a secret that nobody has been told"
NOBODY = UUID(int=0)
KNOWN_FOR_S = 24 * 3600
SEEN = "calcom-webhook:"


class HintTaker(Protocol):
    """Whoever looks when there is reason to."""

    async def take(self, hint: Hint, company_id: UUID | None = None) -> int:
        """How many branches are looked at; None = of companies without a Cal.com of their own."""
        ...


class SecretKeeper(Protocol):
    """Whoever knows what letters are signed with."""

    async def secrets_of(self, company_id: UUID | None) -> Sequence[str]:
        """All that are right; none = every letter is refused."""
        ...


class Mailbox:
    """Takes signed letters, each once.

    The company is named by the address, and only its own secret opens that: a letter tells nothing
    of who may send it, and nobody finds out by the time it takes whether there is such a company.
    """

    def __init__(self, hints: HintTaker, redis: Redis, secrets: SecretKeeper) -> None:
        self._hints = hints
        self._redis = redis
        self._secrets = secrets

    async def receive(self, request: web.Request) -> web.Response:
        """401 when it is not signed by Cal.com; 200 for everything that needs no second attempt."""
        raw = await request.read()
        company_id = _company(request)
        if not await self._is_signed(raw, request.headers.get(SIGNATURE), company_id):
            log.warning("webhook_not_signed", bytes=len(raw))
            return _answer("not signed", status=401)
        try:
            hint = hint_of(raw)
        except UnreadableLetter as error:
            log.warning("webhook_not_understood", faults=str(error))
            return _answer("not understood", status=400)
        if hint is None:
            return _answer("nothing to look at")
        name = f"{SEEN}{company_id or ''}:{fingerprint(raw)}"
        if await self._is_known(name):
            return _answer("known")
        try:
            branches = await self._hints.take(hint, company_id)
        except BaseException:
            await self._forget(name)
            raise
        log.info("webhook_taken", trigger=hint.trigger, branches=branches)
        return _answer("looking" if branches else "nothing to look at")

    async def _is_signed(self, raw: bytes, signature: str | None, company_id: UUID | None) -> bool:
        secrets = [] if company_id == NOBODY else await self._secrets.secrets_of(company_id)
        right = [is_signed(raw, signature, secret) for secret in secrets or [NOBODYS]]
        return bool(secrets) and any(right)

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


def _company(request: web.Request) -> UUID | None:
    """None = the common address."""
    named = request.match_info.get("company")
    if named is None:
        return None
    try:
        return UUID(named)
    except ValueError:
        return NOBODY


def _answer(status_text: str, *, status: int = 200) -> web.Response:
    return web.json_response({"status": status_text}, status=status)
