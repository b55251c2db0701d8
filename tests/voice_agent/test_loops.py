from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from voice_agent import loops

WHOSE = """
import asyncio
from voice_agent import loops

async def whose() -> str:
    return type(asyncio.get_running_loop()).__module__

print(loops.run(whose()))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not made for Windows")
def test_a_process_of_ours_runs_on_the_faster_loop() -> None:
    told = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", WHOSE], capture_output=True, text=True, check=True
    )

    assert told.stdout.strip() == "uvloop"


def test_where_there_is_no_faster_loop_pythons_own_does() -> None:
    async def running() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    loop = loops.run(running())

    assert isinstance(loop, asyncio.BaseEventLoop)


def test_an_error_of_the_work_is_an_error_of_the_run() -> None:
    async def broken() -> None:
        raise ValueError("of the work")

    with pytest.raises(ValueError, match="of the work"):
        loops.run(broken())
