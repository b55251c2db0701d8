"""What a line delivers to its call, in order."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from booking_core.domain.appointment import Customer
    from voice_agent.dialogue.errands import Job
    from voice_agent.dialogue.transcript import Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduced:
    """The caller's number came after the greeting."""

    caller_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """Who is on file for the caller's number, found out after the greeting."""

    known: tuple[Customer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The agent's words are wanted, under this id."""

    response_id: int
    transcript: tuple[Utterance, ...]
    is_reminder: bool = False
    asked_at: float = field(default_factory=time.monotonic)
    """On the monotonic clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overheard:
    """What has been said so far; nobody asks for an answer yet."""

    transcript: tuple[Utterance, ...]


class Closing(StrEnum):
    """How a line comes to its end."""

    HUNG_UP = "hung_up"
    LOST = "lost"
    """Perhaps to come back: Retell reconnects a broken connection."""
    SHUTDOWN = "shutdown"
    """This process goes; the call goes on elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineClosed:
    """Nothing can be said any more."""

    how: Closing


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDone:
    """A search or booking is over."""

    job: Job


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitedEnough:
    """The caller has been waiting in silence for this."""

    job: Job
    rung: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyCameBack:
    """The time for a reconnect is over."""


Item = Introduced | Recognised | Request | LineClosed | JobDone | WaitedEnough | NobodyCameBack
"""What has to be dealt with, unlike what is overheard."""


class Inbox:
    """A queue that knows which request is the newest."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[Item | Overheard] = asyncio.Queue()
        self._newest = -1
        self._requests = 0

    @property
    def has_request(self) -> bool:
        """Whether the agent's words have been asked for."""
        return self._newest >= 0

    def put(self, item: Item | Overheard) -> None:
        """Deliver; never waits."""
        if isinstance(item, Request):
            self._newest = max(self._newest, item.response_id)
            self._requests += 1
        self._items.put_nowait(item)

    async def get(self) -> Item | Overheard:
        """The next item, without requests that a newer one has made void.

        Nor is told what was overheard before a request that waits: it says all of it.
        """
        while True:
            item = await self._items.get()
            if isinstance(item, Request):
                self._requests -= 1
                if item.response_id < self._newest:
                    continue
            elif isinstance(item, Overheard) and self._requests:
                continue
            return item
