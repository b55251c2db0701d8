from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from voice_agent.background import Background


async def test_a_shutdown_waits_for_work_that_begins_while_it_waits() -> None:
    background, done = Background(), []

    async def work(left: int) -> None:
        await asyncio.sleep(0.01)
        if left:
            background.start(work(left - 1), name="more")
        done.append(left)

    background.start(work(3), name="first")
    with capture_logs() as logs:
        await background.drain(timeout_s=5)

    assert done == [3, 2, 1, 0]
    assert logs == []


async def test_a_shutdown_waits_no_longer_than_it_was_told_however_much_begins() -> None:
    background = Background()

    async def work() -> None:
        await asyncio.sleep(0.01)
        background.start(work(), name="endless")

    background.start(work(), name="endless")
    with capture_logs() as logs:
        async with asyncio.timeout(5):
            await background.drain(timeout_s=0.1)

    assert [(entry["event"], entry["work"]) for entry in logs] == [("work_abandoned", "endless")]
