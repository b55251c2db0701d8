"""A mail server that keeps a list of what it accepted, and sometimes hangs up in the middle."""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import asynccontextmanager, suppress
from email import message_from_bytes, policy
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import AsyncIterator, Callable

GREETING = b"220 postamt.example ESMTP\r\n"
EXTENSIONS = b"250-postamt.example\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
GO_ON = b"354 go on\r\n"
YES = b"250 fine\r\n"
BYE = b"221 bye\r\n"
UNKNOWN = b"502 no such command\r\n"
END = b"\r\n.\r\n"
LARGEST = 16 * 1024 * 1024


class Drop(Enum):
    """When the connection breaks."""

    BEFORE = "before"
    """The message is lost with it."""
    AFTER = "after"
    """The message is accepted, but its sender never hears so."""


class PostOffice:
    """Speaks SMTP with as many clients as come.

    Every accepted message is told with its Message-ID, a digest of its bytes, and whether the
    sender was to hear the yes.
    """

    def __init__(
        self, *, told: Callable[[dict[str, Any]], None], drops: float, chance: random.Random
    ) -> None:
        self._told = told
        self._drops = drops
        self._chance = chance

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """On a free port of this machine; the address as in the setting."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LARGEST)
        async with server:
            port = server.sockets[0].getsockname()[1]
            yield f"smtp://127.0.0.1:{port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            writer.write(GREETING)
            async for line in reader:
                word = line.split()[0].upper() if line.strip() else b""
                if word == b"DATA":
                    if not await self._take(reader, writer):
                        break
                elif word == b"QUIT":
                    writer.write(BYE)
                    break
                else:
                    writer.write(_answer(word))
                await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One message; False when the connection breaks over it."""
        writer.write(GO_ON)
        data = await reader.readuntil(END)
        drop = self._bad_luck()
        if drop is Drop.BEFORE:
            return False
        message = message_from_bytes(data, policy=policy.SMTP)
        digest = hashlib.sha256(data).hexdigest()
        self._told({"accepted": message["Message-ID"], "digest": digest, "heard": drop is None})
        if drop is Drop.AFTER:
            return False
        writer.write(YES)
        return True

    def _bad_luck(self) -> Drop | None:
        if self._chance.random() >= self._drops:
            return None
        return self._chance.choice(list(Drop))


def _answer(word: bytes) -> bytes:
    match word:
        case b"EHLO":
            return EXTENSIONS
        case b"HELO" | b"MAIL" | b"RCPT" | b"RSET" | b"NOOP":
            return YES
        case _:
            return UNKNOWN
