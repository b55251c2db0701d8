"""The machine may stand still while tests run: their time-outs do not run out meanwhile."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

CHILD = """
import asyncio, sys
from importlib.util import module_from_spec, spec_from_file_location

spec = spec_from_file_location("conftest", sys.argv[1])
conftest = module_from_spec(spec)
spec.loader.exec_module(conftest)
conftest.count_the_time_lived()

async def main():
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    print("waits", flush=True)
    async with asyncio.timeout(2):
        print("heard", (await reader.readline()).decode(), flush=True)

asyncio.run(main())
"""


async def test_who_is_stopped_for_longer_than_a_time_out_is_still_waited_for() -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CHILD, str(Path(__file__).with_name("conftest.py"))),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdin
    assert child.stdout
    assert await child.stdout.readline() == b"waits\n"

    child.send_signal(signal.SIGSTOP)
    await asyncio.sleep(2.5)
    child.send_signal(signal.SIGCONT)
    await asyncio.sleep(0.3)  # time to run out, for a time-out that would
    child.stdin.write(b"you\n")
    heard = await child.stdout.readline()
    child.stdin.close()

    assert heard == b"heard you\n"
    assert await child.wait() == 0
