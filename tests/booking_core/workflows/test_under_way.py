from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from booking_core.workflows.under_way import UnderWay


async def test_work_goes_on_when_whoever_asked_for_it_is_gone() -> None:
    changes, go, done = UnderWay(broken="not_ended"), asyncio.Event(), list[str]()

    async def change() -> str:
        await go.wait()
        done.append("booked")
        return "booked"

    caller = asyncio.create_task(changes.carried_out(change()))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go.set()
    await changes.ended()

    assert done == ["booked"]


async def test_who_waits_has_the_result_and_what_went_wrong() -> None:
    changes = UnderWay(broken="not_ended")

    async def result() -> int:
        return 7

    async def breaks() -> int:
        raise ValueError

    assert await changes.carried_out(result()) == 7
    with pytest.raises(ValueError):  # noqa: PT011 - ours has no message
        await changes.carried_out(breaks())


async def test_what_breaks_while_nobody_waits_is_logged_by_its_kind_alone() -> None:
    looks = UnderWay(broken="not_verified")

    async def breaks() -> None:
        raise ValueError("somebody's name")

    with capture_logs() as logs:
        looks.begin(breaks())
        await looks.ended()

    assert logs == [{"event": "not_verified", "log_level": "error", "error": "ValueError"}]


async def test_what_is_cancelled_has_ended_and_is_no_error() -> None:
    looks = UnderWay(broken="not_verified")
    looks.begin(asyncio.Event().wait())

    with capture_logs() as logs:
        looks.cancel()
        await looks.ended()

    assert logs == []
