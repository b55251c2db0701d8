"""Work that goes on when whoever asked for it is gone, and that a farewell waits for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

if TYPE_CHECKING:
    from collections.abc import Awaitable

log = structlog.get_logger()
R = TypeVar("R")


class UnderWay:
    """What has been begun and has not ended; the event loop alone would let it be collected."""

    def __init__(self, *, broken: str) -> None:
        """`broken`: the event that is logged when something ends with an error."""
        self._broken = broken
        self._tasks: set[asyncio.Future[Any]] = set()

    async def carried_out(self, work: Awaitable[R]) -> R:
        """Its result; it goes on when whoever waits for it is gone."""
        return await asyncio.shield(self.begin(work))

    def begin(self, work: Awaitable[R]) -> asyncio.Future[R]:
        """Let it run; nobody has to wait for it."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def cancel(self) -> None:
        """Stop all of it."""
        for task in self._tasks:
            task.cancel()

    async def ended(self) -> None:
        """Wait until nothing that is under way now is any more, however it ends."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Future[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error(self._broken, error=type(error).__name__)
