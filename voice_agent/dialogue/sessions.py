"""What a call must remember beyond its connection and its process, kept in Redis by call id."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID  # noqa: TC003 - read by pydantic at run time

import structlog
from pydantic import TypeAdapter
from redis.exceptions import RedisError

from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.saving import Saves
from voice_agent.dialogue.transcript import Seen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType
    from typing import Self

    from redis.asyncio import Redis

log = structlog.get_logger(__name__)

TTL_S = 4 * 3600  # a call lasts two hours at most; the rest is for whoever looks into it afterwards
PATIENCE_S = 0.25  # Redis answers in less than a millisecond: beyond this it is away
RETRY_AFTER_S = 2.0  # an absent Redis is not asked at every step of every call
LANES = 16  # connections in use at once: enough for any number of calls that begin, opened once
_TTL = b"%d" % TTL_S
REMEMBERED = 2000  # calls this process remembers by itself, in case Redis goes away


@dataclass(frozen=True, kw_only=True)  # no slots: copied many times a turn, see `replacing`
class Session:
    """Where a call stands."""

    call_id: str
    branch_id: UUID | None = None
    caller_number: str | None = None
    state: str | None = None
    """The policy's state, as it writes it down; None before the greeting."""
    before: str | None = None
    """The policy's state before the newest turn: a superseded turn starts from here again."""
    seen: Seen = field(default_factory=Seen)
    turn: int = 0
    response_id: int = 0
    words: str | None = None
    """What the newest turn had to understand; None = the caller was silent."""
    closed: bool = True
    """Whether the newest response was closed."""
    said: str = ""
    """The agent's words in the newest turn: a cut-off answer is noticed and repeated."""
    order: str | None = None
    """The booking under way; the next process asks for its result by the same key."""
    owed: str = ""
    """The result of a booking, until it is known that the caller heard it."""
    ending: bool = False
    """Whether the newest answer ends the call; said again, it still does."""
    transfer: str | None = None
    """The number that the newest answer puts the caller through to."""
    retold: int = 0
    """How often that result has been told again."""
    outcome: str | None = None
    """How the call would be counted if it ended now."""
    saved: int = 0
    """Counts saves: of two copies the one with more is newer."""


_CODEC = TypeAdapter(Session)


@dataclass(slots=True)
class Lease:
    """The right of one connection to write a call's session; the newest connection has it."""

    call_id: str
    epoch: int
    token: str


class SessionTaken(Exception):
    """Another connection has taken this call over."""


class Sessions(Protocol):
    """Where sessions are kept."""

    async def take(self, call_id: str) -> tuple[Lease, Session]:
        """Become the one who writes this session; a new one when the call is unknown."""
        ...

    async def save(self, lease: Lease, session: Session) -> Session:
        """Keep the session, as it was counted; SessionTaken when a newer connection has it."""
        ...

    async def is_held(self, lease: Lease) -> bool:
        """Whether no newer connection has taken the call."""
        ...


# A hash per call: `epoch` counts connections and, with `token`, fences off all but the newest.
_TAKE = """
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
if epoch <= tonumber(ARGV[3]) then
  epoch = tonumber(ARGV[3]) + 1
  redis.call('HSET', KEYS[1], 'epoch', epoch)
end
redis.call('HSET', KEYS[1], 'token', ARGV[1])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return {epoch, redis.call('HGET', KEYS[1], 'session')}
"""
_SAVE = """
local epoch = tonumber(redis.call('HGET', KEYS[1], 'epoch') or '0')
local mine = tonumber(ARGV[1])
if epoch > mine then return 0 end
if epoch == mine and redis.call('HGET', KEYS[1], 'token') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'epoch', mine, 'token', ARGV[2], 'session', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
"""


class RedisSessions:
    """Sessions in Redis, with this process's own memory for the time that Redis is away."""

    def __init__(self, redis: Redis, *, patience_s: float = PATIENCE_S) -> None:
        self._redis = redis
        self._patience_s = patience_s
        self._take = redis.register_script(_TAKE)
        self._saves = Saves(redis, _SAVE)
        self._memory: OrderedDict[str, tuple[Lease, Session]] = OrderedDict()
        self._away_until = 0.0
        self._lanes = asyncio.Semaphore(LANES)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._saves.close()

    @property
    def trips(self) -> int:
        """How often saves went to Redis, alone or together."""
        return self._saves.trips

    async def take(self, call_id: str) -> tuple[Lease, Session]:
        """Become the one who writes this session; a new one when the call is unknown."""
        known, _ = self._memory.get(call_id, (None, None))
        lease = Lease(call_id, (known.epoch if known else 0) + 1, secrets.token_hex(8))
        answer = await self._ask(
            lambda: self._take([_key(call_id)], [lease.token, TTL_S, lease.epoch - 1]),
        )
        # Only now: the connection that had the call may have gone on until Redis was asked.
        _, remembered = self._memory.get(call_id, (None, Session(call_id=call_id)))
        session = remembered
        if answer is not None:
            lease.epoch = int(answer[0])
            session = max(_read(answer[1], remembered), remembered, key=lambda s: s.saved)
        self._remember(lease, session)
        return lease, session

    async def save(self, lease: Lease, session: Session) -> Session:
        """Keep the session, as it was counted; SessionTaken when a newer connection has it."""
        if not self._is_newest_here(lease):
            raise SessionTaken
        session = replace(session, saved=session.saved + 1)
        written = _CODEC.dump_json(session)
        key, epoch = _key(lease.call_id).encode(), b"%d" % lease.epoch
        saving = partial(self._saves.run, key, epoch, lease.token.encode(), written, _TTL)
        answer = await self._ask_unless_away(saving)
        if answer == 0:
            raise SessionTaken
        self._remember(lease, session)
        return session

    async def is_held(self, lease: Lease) -> bool:
        """Whether no newer connection has taken the call."""
        if not self._is_newest_here(lease):
            return False
        token = await self._ask(lambda: self._redis.hget(_key(lease.call_id), "token"))
        return token is None or _text(token) == lease.token

    def _is_newest_here(self, lease: Lease) -> bool:
        held, _ = self._memory.get(lease.call_id, (lease, None))
        return held.token == lease.token or held.epoch < lease.epoch

    def _remember(self, lease: Lease, session: Session) -> None:
        self._memory[lease.call_id] = (lease, session)
        self._memory.move_to_end(lease.call_id)
        if len(self._memory) > REMEMBERED:
            self._memory.popitem(last=False)

    async def _ask(self, question: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - what Redis answers
        """What Redis answers, or None while it is away: the call goes on from memory."""
        async with self._lanes:
            return await self._ask_unless_away(question)

    async def _ask_unless_away(self, question: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 - what Redis answers
        if time.monotonic() < self._away_until:
            return None
        try:
            async with asyncio.timeout(self._patience_s):
                return await question()
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = time.monotonic() + RETRY_AFTER_S
            log.warning("sessions_away", error=type(error).__name__)
            return None


def _key(call_id: str) -> str:
    return f"voice-agent:call:{call_id}"


def _read(written: bytes | str | None, otherwise: Session) -> Session:
    if written is None:
        return otherwise
    try:
        return _CODEC.validate_json(written)
    except ValueError:
        log.warning("session_unreadable")
        return otherwise


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
