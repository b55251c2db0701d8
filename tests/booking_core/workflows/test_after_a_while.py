from __future__ import annotations

import asyncio

import pytest

from booking_core.workflows.after_a_while import beginning_after


async def test_what_ends_in_time_begins_nothing() -> None:
    began = asyncio.Event()

    async def work() -> None:
        began.set()

    with beginning_after(0.01, work) as tasks:
        pass
    await asyncio.sleep(0.05)

    assert not began.is_set()
    assert tasks == []


async def test_what_takes_longer_has_company_until_it_ends() -> None:
    began = asyncio.Event()

    async def work() -> None:
        began.set()
        await asyncio.Event().wait()

    with beginning_after(0.0, work) as tasks:
        await began.wait()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert [task.cancelled() for task in tasks] == [True]


async def test_an_error_takes_the_company_along() -> None:
    began, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async def broken() -> None:
        with beginning_after(0.0, work):
            await began.wait()
            raise ValueError("in here")

    with pytest.raises(ValueError, match="in here"):
        await broken()

    assert await ended.wait()
