"""What a call remembers between two functions: where it stands, what was offered and answered."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from voice_agent.dialogue.state import dump, load

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from uuid import UUID
    from weakref import WeakValueDictionary

    from redis.asyncio import Redis

    from voice_agent.dialogue.state import CallState

log = structlog.get_logger(__name__)

CALL_S = 2 * 3600
FINAL_S = CALL_S
"""A booking is answered the same way as long as the call may last."""
MOMENT_S = 30
"""The same question a little later is a new one."""
TURN_S = 30.0
"""Longer than the desk takes for anything; a process that died holds up nobody for longer."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Of one call at one salon."""

    redis: Redis
    key: str
    turns: WeakValueDictionary[str, asyncio.Lock]
    """Of this process: who waits here asks Redis only when it is their turn."""

    @classmethod
    def of(
        cls,
        redis: Redis,
        branch_id: UUID,
        call_id: str,
        turns: WeakValueDictionary[str, asyncio.Lock],
    ) -> Memory:
        """The memory of this call."""
        return cls(redis, f"retell:{branch_id.hex}:{call_id}", turns)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One function of a call at a time, in all processes."""
        here = self.turns.setdefault(self.key, asyncio.Lock())
        lock = self.redis.lock(
            f"{self.key}:turn", timeout=TURN_S, blocking_timeout=TURN_S, sleep=0.02
        )
        async with here, lock:
            yield

    async def state(self) -> CallState | None:
        """Where the call stands; None = nothing was asked yet."""
        return _loaded(await self._field("state"))

    async def offered(self, offer_id: str) -> CallState | None:
        """How the call stood when this was offered; None = it was not."""
        return _loaded(await self._field(f"offer:{offer_id}"))

    async def attempt(self, offer_id: str) -> str:
        """Tells orders for the same offer apart: each is carried out once.

        One that came to nothing may be given again, and so may one whose visit was moved or called
        off since.
        """
        failed, changed = await self._field(f"failed:{offer_id}"), await self._field("changes")
        return f"{int(failed or 0)}.{int(changed or 0)}"

    async def failed(self, offer_id: str) -> None:
        """An order for this offer was tried in vain, and all of it taken back."""
        await self.redis.hincrby(self.key, f"failed:{offer_id}", 1)

    async def changed(self) -> None:
        """A visit was moved or called off: what was answered about visits before is not so now."""
        lasting = await self.redis.smembers(f"{self.key}:lasting")
        async with self.redis.pipeline() as pipe:
            pipe.hincrby(self.key, "changes", 1)
            pipe.delete(f"{self.key}:lasting", *(_answer(self.key, one) for one in lasting))
            await pipe.execute()

    async def keep(self, state: CallState) -> None:
        """Remember where the call stands, and what is on the table."""
        text = dump(state)
        fields: dict[Any, Any] = {f"offer:{offer.id}": text for offer in state.offers}
        fields["state"] = text
        async with self.redis.pipeline() as pipe:
            pipe.hset(self.key, mapping=fields)
            pipe.expire(self.key, CALL_S)
            await pipe.execute()

    async def answered(self, fingerprint: str) -> dict[str, Any] | None:
        """What was answered to the same."""
        text = await self.redis.get(_answer(self.key, fingerprint))
        return json.loads(text) if text else None

    async def keep_answer(self, fingerprint: str, answer: dict[str, Any], *, final: bool) -> None:
        """Answer the same to the same."""
        life_s = FINAL_S if final else MOMENT_S
        async with self.redis.pipeline() as pipe:
            pipe.set(_answer(self.key, fingerprint), json.dumps(answer), ex=life_s)
            if final:
                pipe.sadd(f"{self.key}:lasting", fingerprint)
                pipe.expire(f"{self.key}:lasting", FINAL_S)
            await pipe.execute()

    async def _field(self, name: str) -> bytes | str | None:
        return await self.redis.hget(self.key, name)


def _answer(key: str, fingerprint: bytes | str) -> str:
    name = fingerprint if isinstance(fingerprint, str) else fingerprint.decode()
    return f"{key}:answer:{name}"


def _loaded(text: bytes | str | None) -> CallState | None:
    if text is None:
        return None
    try:
        return load(text if isinstance(text, str) else text.decode())
    except ValueError:  # written by another version of the program
        log.exception("function_state_unreadable")
        return None
