"""The commands as processes, with one database and one sandbox."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.calcom.accounts import Accounts, sandbox_accounts
from booking_core.adapters.calcom.client import CalcomClient
from booking_core.adapters.calcom.sandbox import Options, Sandbox, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from booking_core.domain.catalogue import Salon


@dataclass
class Ended:
    """What a process said, and its exit status."""

    status: int
    said: str
    complained: str


@dataclass
class Shell:
    """Runs commands against one database and one sandbox."""

    env: dict[str, str]
    sandbox: Sandbox
    accounts: Accounts

    async def __call__(self, *arguments: str, stdin: str = "") -> Ended:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "voice_agent", *arguments),
            env={**os.environ, **self.env},
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
        )
        said, complained = await process.communicate(stdin.encode())
        assert process.returncode is not None
        return Ended(process.returncode, said.decode(), complained.decode())

    async def change(self, slug: str, user: str, **fields: Any) -> None:
        """Somebody changes an event type at Cal.com."""
        key = self.accounts.key(user)
        async with CalcomClient(self.sandbox.url) as client:
            found = next(one for one in await client.event_types(key) if one.slug == slug)
            await client.change_event_type(key, found.id, fields)

    def written(self) -> dict[str, int]:
        """How many requests of each kind have changed something."""
        asked = self.sandbox.control("dump")["requests"]
        return {name: count for name, count in asked.items() if not name.startswith("GET")}


@pytest.fixture
async def shell(
    database_url: str, redis_url: str, tmp_path: Path, saved_salon: Salon
) -> AsyncIterator[Shell]:
    async with running(Options()) as sandbox:
        env = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "CALCOM_API_URL": sandbox.url,
            "VOICE_AGENT_HOME": str(tmp_path / "home"),
        }
        yield Shell(env, sandbox, await sandbox_accounts(saved_salon, sandbox.url))
