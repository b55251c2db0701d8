"""A line to Redis that many write to at once, without waiting for each other's answers."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

from redis.exceptions import ConnectionError as ConnectionBroken
from redis.exceptions import NoScriptError, RedisError, ResponseError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from redis.asyncio import ConnectionPool
    from redis.asyncio.connection import AbstractConnection

END = b"\r\n"


class Wire(asyncio.Protocol):
    """A connection of the client, opened and closed by it, that is spoken to directly.

    The client makes four timers and a task for a question and its answer, which is more work than
    both of them. Here only what answers with a number may be asked: anything else breaks the line.
    """

    def __init__(self, pool: ConnectionPool, connection: AbstractConnection) -> None:
        writer = connection._writer  # noqa: SLF001 - the client shows its transport nowhere else
        assert writer is not None, "the pool hands out what is connected"
        self._pool = pool
        self._connection = connection
        self._transport = writer.transport
        self._former = self._transport.get_protocol()
        self._transport.set_protocol(self)
        self._loop = asyncio.get_running_loop()
        self._unanswered: deque[tuple[asyncio.Future[int], float]] = deque()
        self._unsent: list[bytes] = []
        self._has_sent = False
        self._rest = b""
        self.is_open = True
        self.trips = 0
        """How often something was sent, alone or together."""

    @classmethod
    async def open(cls, pool: ConnectionPool) -> Self:
        """A line that nobody else uses until it is closed."""
        return cls(pool, await pool.get_connection())  # type: ignore[no-untyped-call]  # untyped there

    async def close(self) -> None:
        """Give the connection back; whoever still waits is told that it is broken."""
        await self._connection.disconnect(nowait=True)
        await self._pool.release(self._connection)

    def abort(self) -> None:
        """Wait for nothing that is still under way."""
        self._transport.abort()
        self.connection_lost(None)

    def ask(self, command: bytes) -> asyncio.Future[int]:
        """Send at once, or together with what else is asked in this moment."""
        answer: asyncio.Future[int] = self._loop.create_future()
        self._unanswered.append((answer, time.monotonic()))
        self._unsent.append(command)
        if not self._has_sent:
            self._send()
            self._has_sent = True
            self._loop.call_soon(self._next_moment)
        return answer

    def waits_s(self) -> float:
        """How long the longest unanswered question has been out."""
        return time.monotonic() - self._unanswered[0][1] if self._unanswered else 0.0

    def _next_moment(self) -> None:
        self._has_sent = False
        if self._unsent and self.is_open:
            self._send()

    def _send(self) -> None:
        self.trips += 1
        self._transport.write(b"".join(self._unsent))
        self._unsent.clear()

    # What the transport calls.

    def data_received(self, data: bytes) -> None:
        """Hand the answers to those who asked, in order; one who has given up is passed over."""
        *lines, self._rest = (self._rest + data).split(END)
        try:
            for line in lines:
                answer = _answer(line)
                asked, _ = self._unanswered.popleft()
                _tell(asked, answer)
        except (ValueError, IndexError):
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits, and the client."""
        if not self.is_open:
            return
        self.is_open = False
        broken = ConnectionBroken("Redis has gone in the middle of a save")
        while self._unanswered:
            asked, _ = self._unanswered.popleft()
            _tell(asked, broken)
        self._former.connection_lost(exc)


def packed(parts: Sequence[bytes]) -> bytes:
    r"""The parts as a command of Redis's protocol.

    >>> packed([b"GET", b"name"])
    b'*2\r\n$3\r\nGET\r\n$4\r\nname\r\n'
    """
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(p), p) for p in parts)


def _answer(line: bytes) -> int | RedisError:
    if line.startswith(b"-NOSCRIPT"):
        return NoScriptError()
    if line.startswith(b"-"):
        return ResponseError(line[1:].decode(errors="replace"))
    if line.startswith(b":"):
        return int(line[1:])
    raise ValueError(f"a number was asked for, not {line!r}")


def _tell(asked: asyncio.Future[int], answer: int | RedisError) -> None:
    if asked.done():
        return
    if isinstance(answer, RedisError):
        asked.set_exception(answer)
    else:
        asked.set_result(answer)
