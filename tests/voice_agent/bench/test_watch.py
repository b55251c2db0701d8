"""A process that is stuck says where: in which task, or in which line that blocks all of them."""

from __future__ import annotations

import asyncio
import subprocess
import sys

from voice_agent.bench.watch import where

BLOCKED = """
import asyncio, time
from voice_agent.bench.watch import Watch

async def blocks_everybody():
    time.sleep(600)

asyncio.run(Watch(print, limit_s=1).over(blocks_everybody()))
"""
DEAF = """
import asyncio
from voice_agent.bench.watch import Watch

async def is_deaf():
    while True:
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            pass

async def leaves_somebody_behind():
    asyncio.create_task(is_deaf(), name="deaf")
    await asyncio.sleep(0)

asyncio.run(Watch(print, limit_s=1).over(leaves_somebody_behind()))
"""


async def test_every_task_is_told_with_its_way_to_where_it_waits() -> None:
    async def inner() -> None:
        await asyncio.Event().wait()

    async def outer() -> None:
        await inner()

    task = asyncio.create_task(outer(), name="lost")
    await asyncio.sleep(0)

    told = where(asyncio.get_running_loop())

    task.cancel()
    lost = next(part for part in told.split("; ") if part.startswith("lost at "))
    steps = [step.split(":")[0].split(".")[-1] for step in lost.split(" > ")]
    assert steps[-3:] == ["outer", "inner", "wait"]


def test_a_blocked_loop_is_told_by_the_line_that_blocks_it() -> None:
    assert "the thread in blocks_everybody:6" in _last_words(BLOCKED)


def test_a_task_that_does_not_hear_its_cancellation_keeps_no_process_alive() -> None:
    words = _last_words(DEAF)

    assert "deaf, cancelled 1 times at is_deaf:8 > sleep" in words


def _last_words(program: str) -> str:
    done = subprocess.run(  # noqa: S603 - a program of this test
        [sys.executable, "-u", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    return done.stdout
