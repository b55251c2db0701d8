"""Processes of a run: heard, killed, stopped, and gone when the run is."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import psutil
import pytest

from voice_agent.bench.children import ChildBroke, Nursery, open_nursery

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

NOW = "2026-11-24T08:00:00+01:00"


@pytest.fixture
async def nursery() -> AsyncIterator[Nursery]:
    async with open_nursery() as nursery:
        yield nursery


async def test_a_process_tells_and_is_killed(nursery: Nursery) -> None:
    child = await nursery.begin("serve_calcom", now=NOW)
    address = await child.tells("address")

    killed = await child.kill()

    assert address.startswith("http://127.0.0.1:")
    assert killed
    assert not child.lived
    assert child.status == -signal.SIGKILL
    assert await child.kill(), "to be killed twice changes nothing"


async def test_a_process_that_breaks_is_told_with_its_reason(nursery: Nursery) -> None:
    child = await nursery.begin("serve_calcom", now="yesterday")

    with pytest.raises(ChildBroke, match="ValueError"):
        await child.tells("address")
    with pytest.raises(ChildBroke, match="yesterday"):
        await child.ends()
    assert not child.lived, "what it was doing is unknown, as when it is killed"


async def test_a_forgotten_process_says_where_it_is_stuck_and_ends(nursery: Nursery) -> None:
    child = await nursery.begin("serve_mail", drops=0, limit_s=1)
    await child.tells("address")

    with pytest.raises(ChildBroke, match=r"stuck: .*serve_mail:\d+ > Event\.wait:\d+"):
        await child.ends()
    assert child.status == 1


async def test_nobody_survives_the_end_of_a_run_not_even_who_is_stopped() -> None:
    async with open_nursery() as nursery:
        children = [await nursery.begin("serve_mail", drops=0) for _ in range(3)]
        for child in children:
            await child.tells("address")
        await children[0].send(signal.SIGSTOP)
        offspring = [one for one in psutil.Process().children(recursive=True) if one.is_running()]
        forks = [one for one in offspring if "voice_agent.bench.nursery" in one.cmdline()]

    await asyncio.sleep(0)
    assert len(forks) == 4
    assert not any(one.is_running() for one in forks)
