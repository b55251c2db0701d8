"""The sandbox against the exchanges recorded with a real Cal.com server.

The scenario is played twice at the same time, as the README beside it describes: with the back
door, and without. Everything that was said is then held to Cal.com's OpenAPI document, too.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

REFERENCE = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "calcom"
WITH_BACK_DOOR = "442 equal, 0 different of 442; 0 skipped"
WITHOUT = "392 equal, 0 different of 392; 50 skipped"


async def run(*arguments: object) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


@asynccontextmanager
async def command(folder: Path) -> AsyncIterator[str]:
    """`voice-agent calcom sandbox --seed scenario` as a user starts it; its address."""
    address = folder / "address"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voice_agent", "calcom", "sandbox", "--seed", "scenario"),
        *("--mails", str(folder / "mails.jsonl"), "--address-file", str(address)),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(60):
            while not address.exists() or not address.read_text():
                await asyncio.sleep(0.05)
        yield address.read_text()
    finally:
        process.terminate()
        await process.wait()


async def play(folder: Path, *, back_door: bool) -> str:
    """Play the whole scenario against a fresh sandbox; the comparer's last line."""
    folder.mkdir()
    async with command(folder) as url:
        flags = ("--control", f"{url}/_control", "--mails", folder / "mails.jsonl")
        played, log = await run(
            *(REFERENCE / "scenario.py", "--base", url, "--out", folder / "out"),
            *(flags if back_door else ()),
        )
    assert played == 0, log
    _, report = await run(REFERENCE / "compare.py", REFERENCE / "recordings", folder / "out")
    return report


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the recordings are not part of the project")
@pytest.mark.waits
@pytest.mark.timeout(500)  # the scenario itself waits for caches, webhooks and mails
async def test_every_recorded_exchange_is_answered_alike(tmp_path: Path, said: Any) -> None:
    with_back_door, without = await asyncio.gather(
        play(tmp_path / "with", back_door=True), play(tmp_path / "without", back_door=False)
    )

    assert WITH_BACK_DOOR in with_back_door
    assert WITHOUT in without
    groups = sorted((tmp_path / "with" / "out").glob("*.json"))
    exchanges = [one for group in groups for one in json.loads(group.read_text())["exchanges"]]
    assert len(exchanges) == 480
    assert said.faults(exchanges) == []
