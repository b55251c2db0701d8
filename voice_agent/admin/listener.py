"""One connection that hears which salon's diary has changed, while somebody wants to know."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Final
from uuid import UUID

import psycopg
import structlog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.engine import URL

log = structlog.get_logger(__name__)

CHANNEL: Final = "diary"
NAME: Final = "voice-agent live"
"""What the connection is called in the database."""
WAITS_S: Final = (0.2, 1.0, 3.0)


class Listener:
    """Wakes whoever watches a branch; connects with the first of them and leaves with the last.

    A database that hangs up is called again; then everybody is woken, for what was said meanwhile
    nobody has heard.
    """

    def __init__(self, url: URL, *, name: str = NAME) -> None:
        """The name is what the database's own list of connections says."""
        self._name = name
        self._conninfo = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._watching: dict[UUID, set[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None
        self._hears = False
        self._closed = False

    @property
    def watchers(self) -> int:
        """How many there are."""
        return sum(map(len, self._watching.values()))

    @property
    def is_closed(self) -> bool:
        """Whether the server is going."""
        return self._closed

    @asynccontextmanager
    async def watching(self, branch_id: UUID) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever the branch's diary may have changed.

        So it is at the beginning: between reading the diary and watching it much can happen.
        """
        changed = asyncio.Event()
        if self._hears:
            changed.set()
        self._watching.setdefault(branch_id, set()).add(changed)
        if self._task is None and not self._closed:
            self._task = asyncio.create_task(self._listen(), name="diary-listener")
        try:
            yield changed
        finally:
            self._forget(branch_id, changed)

    async def close(self) -> None:
        """Wake everybody for the last time, and hang up."""
        self._closed = True
        self._wake_all()
        await self._hang_up()

    def _forget(self, branch_id: UUID, changed: asyncio.Event) -> None:
        events = self._watching.get(branch_id, set())
        events.discard(changed)
        if not events:
            self._watching.pop(branch_id, None)
        if not self._watching and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _hang_up(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _listen(self) -> None:
        failures = 0
        while True:
            try:
                async with await self._connected() as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    failures, self._hears = 0, True
                    self._wake_all()
                    async for notice in connection.notifies():
                        self._wake(notice.payload)
            except (psycopg.Error, OSError) as error:
                log.warning("diary_not_heard", error=type(error).__name__)
            finally:
                self._hears = False
            await asyncio.sleep(WAITS_S[min(failures, len(WAITS_S) - 1)])
            failures += 1

    async def _connected(self) -> psycopg.AsyncConnection[tuple[object, ...]]:
        return await psycopg.AsyncConnection.connect(
            self._conninfo,
            autocommit=True,
            application_name=self._name,
            connect_timeout=10,
            keepalives_idle=30,
        )

    def _wake(self, payload: str) -> None:
        with suppress(ValueError):
            for changed in self._watching.get(UUID(payload), ()):
                changed.set()

    def _wake_all(self) -> None:
        for events in self._watching.values():
            for changed in events:
                changed.set()
