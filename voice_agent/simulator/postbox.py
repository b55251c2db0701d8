"""A mail server that puts every mail it takes into a folder, and can be down for a while."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from booking_core.adapters.mail.folder import FolderMailer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

LARGEST = 16 * 1024 * 1024
END = b"\r\n.\r\n"
READY = b"220 postkasten.example ESMTP\r\n"
CLOSED = b"421 come back later\r\n"
SAID = {
    b"EHLO": b"250-postkasten.example\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}
FINE = b"250 fine\r\n"


class Postbox:
    """Speaks as much SMTP as a mailer needs; while it is `down` it sends everybody away."""

    def __init__(self, folder: Path) -> None:
        self._folder = FolderMailer(folder)
        self.down = False
        self.sent_away = 0
        """How many connections found it down."""

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """On a free port of this machine; the address as in the setting."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LARGEST)
        async with server:
            yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            if self.down:
                self.sent_away += 1
                writer.write(CLOSED)
            else:
                await self._converse(reader, writer)
            await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(READY)
        async for line in reader:
            word = line.split()[0].upper() if line.strip() else b""
            writer.write(SAID.get(word, FINE))
            if word == b"QUIT":
                return
            if word == b"DATA":
                await self._take(await reader.readuntil(END))
                writer.write(FINE)
            await writer.drain()

    async def _take(self, data: bytes) -> None:
        content = data.removesuffix(END).replace(b"\r\n..", b"\r\n.")
        await self._folder.send(message_from_bytes(content, policy=policy.SMTP))
