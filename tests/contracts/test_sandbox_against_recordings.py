"""The sandbox against the exchanges recorded with a real Cal.com server."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from booking_core.adapters.calcom.sandbox import Options, running

REFERENCE = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "calcom"


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


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the recordings are not part of the project")
@pytest.mark.timeout(400)  # the scenario itself waits for caches, webhooks and mails
async def test_every_recorded_exchange_is_answered_alike(tmp_path: Path) -> None:
    options = Options(seed="scenario", mail_file=tmp_path / "mails.jsonl")

    async with running(options) as sandbox:
        flags = ("--control", f"{sandbox.url}/_control", "--mails", tmp_path / "mails.jsonl")
        played, log = await run(
            REFERENCE / "scenario.py", "--base", sandbox.url, "--out", tmp_path / "out", *flags
        )
    alike, report = await run(REFERENCE / "compare.py", REFERENCE / "recordings", tmp_path / "out")

    assert played == 0, log
    assert alike == 0, report
    assert "442 equal, 0 different of 442; 0 skipped" in report
