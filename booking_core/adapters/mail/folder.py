"""Mails as files, for machines without a mail server."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import EmailMessage


class FolderMailer:
    """Implements `ports.Mailer`: one `.eml` a message; sending it again replaces the file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, message: EmailMessage) -> None:
        """Write the file, whole or not at all; OSError when the folder cannot be written."""
        await asyncio.to_thread(self._write, self.path_of(message), message.as_bytes())

    def path_of(self, message: EmailMessage) -> Path:
        """Where this message lies, named by its Message-ID."""
        identifier = str(message["Message-ID"]).strip("<>")
        return self._folder / f"{re.sub(r'[^A-Za-z0-9._@-]', '_', identifier)}.eml"

    def _write(self, path: Path, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self._folder, suffix=".part", delete=False) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(path)
