"""`voice-agent calcom sync` and `drift`, as the processes that people and scripts run."""

from __future__ import annotations

import asyncio
import json
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

CUTTING = "friseur1-ber-435-a-emma"


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

    async def __call__(self, *arguments: str) -> Ended:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "voice_agent", *arguments),
            env={**os.environ, **self.env},
            stdout=pipe,
            stderr=pipe,
        )
        said, complained = await process.communicate()
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


@pytest.mark.timeout(240)
async def test_sync_and_drift_tell_by_words_and_by_status(shell: Shell) -> None:
    first = await shell("calcom", "sync")
    before = shell.written()
    second = await shell("calcom", "sync", "--salon", "friseur1")
    unchanged = shell.written() == before
    await shell.change(CUTTING, "emma", lengthInMinutes=55, hidden=False)

    told = await shell("calcom", "drift", "--json")
    repaired = await shell("calcom", "drift", "--fix")
    clean = await shell("calcom", "drift")

    assert [one.status for one in (first, second, told, repaired, clean)] == [0, 0, 1, 0, 0]
    assert "182 created" in first.said
    assert "182 unchanged" in second.said
    assert unchanged, "the second run only asks"
    (report,) = json.loads(told.said)["salons"]
    assert (report["salon"], report["clean"], report["unbookable"]) == ("friseur1", False, [])
    assert [(one["fault"], one["subject"], one["repaired"]) for one in report["deviations"]] == [
        ("length", CUTTING, None),
        ("visible", CUTTING, None),
    ]
    assert f"repaired: length: {CUTTING} (lengthInMinutes = 55 instead of" in repaired.said
    assert f"repaired: visible: {CUTTING}" in repaired.said
    assert clean.said == "friseur1: everything is as it should be\n"


@pytest.mark.timeout(120)
async def test_without_an_external_calendar_there_is_nothing_to_hold_to_the_salon(
    shell: Shell,
) -> None:
    shell.env["CALENDAR"] = "local"

    told = await shell("calcom", "drift")

    assert told.status == 1
    assert "CALENDAR=local" in told.complained
