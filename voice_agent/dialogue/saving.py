"""Saves of many calls in one trip to Redis, over a connection that is borrowed for it."""

from __future__ import annotations

import asyncio
from hashlib import sha1
from typing import TYPE_CHECKING, Any

from redis.exceptions import ConnectionError as ConnectionBroken
from redis.exceptions import NoScriptError, ResponseError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis
    from redis.asyncio.connection import AbstractConnection

PATIENCE_S = 1.0  # who waits gives up before; a hanging Redis must not hold up later saves
Arguments = tuple[str, int, str, bytes, int]
"""Key, epoch, token, session, time to live."""


class Batch:
    """Runs one script for many callers: what comes while Redis is busy goes out together.

    The client's own pipeline would do as well, at two and a half times the processor time; and a
    save of its own takes as much of it as everything else that a turn stores.
    """

    def __init__(self, redis: Redis, script: str) -> None:
        self._redis = redis
        self._script = script
        self._sha = sha1(script.encode(), usedforsecurity=False).hexdigest()
        self._waiting: list[tuple[Arguments, asyncio.Future[Any]]] = []
        self._task: asyncio.Task[None] | None = None
        self.trips = 0
        """How often Redis was asked."""

    async def run(self, args: Arguments) -> Any:  # noqa: ANN401 - what the script returns
        """What the script returns for this key and these arguments."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((args, answer))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send(), name="sessions")
        return await answer

    async def _send(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            batch = [(args, answer) for args, answer in batch if not answer.done()]
            try:
                async with asyncio.timeout(PATIENCE_S):
                    results = await self._sent([args for args, _ in batch])
            except Exception as error:  # noqa: BLE001 - everybody who waits is told
                results = [error] * len(batch)
            for (_, answer), result in zip(batch, results, strict=True):
                _tell(answer, result)

    async def _sent(self, batch: Sequence[Arguments]) -> list[Any]:
        """The answers in order, an error among them where there was one."""
        results = await self._asked(batch)
        if any(isinstance(result, NoScriptError) for result in results):
            await self._redis.script_load(self._script)
            results = await self._asked(batch)
        return results

    async def _asked(self, batch: Sequence[Arguments]) -> list[Any]:
        try:
            return await self._exchange(batch)
        except ConnectionBroken:
            # Perhaps Redis went and came while the connection was at rest; saving twice is no harm.
            return await self._exchange(batch)

    async def _exchange(self, batch: Sequence[Arguments]) -> list[Any]:
        self.trips += 1
        pool = self._redis.connection_pool
        connection = await pool.get_connection()  # type: ignore[no-untyped-call]  # untyped there
        commands = [("EVALSHA", self._sha, 1, *args) for args in batch]
        try:
            await connection.send_packed_command(connection.pack_commands(commands))
            return [await _answer(connection) for _ in batch]
        except BaseException:
            # Answers that nobody has read must not be taken for those to the next command.
            await connection.disconnect(nowait=True)
            raise
        finally:
            await pool.release(connection)


async def _answer(connection: AbstractConnection) -> Any:  # noqa: ANN401 - what Redis answers
    try:
        return await connection.read_response()
    except ResponseError as error:
        return error


def _tell(answer: asyncio.Future[Any], result: object) -> None:
    if answer.done():
        return
    if isinstance(result, Exception):
        answer.set_exception(result)
    else:
        answer.set_result(result)
