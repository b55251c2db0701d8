from __future__ import annotations

import asyncio
import time

import pytest

from voice_agent.retell.events import is_agents_turn
from voice_agent.retell.overhearing import Overhearing


def _overhearing(quiet: asyncio.Queue[str], quiet_s: float, late_s: float = 60.0) -> Overhearing:
    return Overhearing(quiet.put_nowait, quiet_s=quiet_s, late_s=late_s)


async def test_only_the_last_of_what_comes_quickly_is_passed_on_and_once() -> None:
    quiet: asyncio.Queue[str] = asyncio.Queue()
    overhearing = _overhearing(quiet, 0.05)

    overhearing.heard("eins")
    overhearing.heard("eins zwei")
    passed_on = await quiet.get()
    await asyncio.sleep(0.1)

    assert passed_on == "eins zwei"
    assert quiet.empty()


async def test_what_comes_after_a_pause_is_passed_on_as_well() -> None:
    quiet: asyncio.Queue[str] = asyncio.Queue()
    overhearing = _overhearing(quiet, 0.01)

    overhearing.heard("eins")
    first = await quiet.get()
    overhearing.heard("zwei")
    second = await quiet.get()

    assert (first, second) == ("eins", "zwei")


async def test_what_is_forgotten_or_comes_to_an_end_is_not_passed_on() -> None:
    quiet: asyncio.Queue[str] = asyncio.Queue()
    forgotten, ended = (_overhearing(quiet, 0.01) for _ in range(2))

    forgotten.heard("eins")
    forgotten.forget()
    ended.heard("zwei")
    ended.end()
    await asyncio.sleep(0.05)

    assert quiet.empty()


async def test_a_process_that_is_late_has_no_time_to_overhear() -> None:
    quiet: asyncio.Queue[str] = asyncio.Queue()
    overhearing = _overhearing(quiet, 0.01, late_s=0.02)

    overhearing.heard("eins")
    time.sleep(0.1)  # noqa: ASYNC251 - nothing else runs meanwhile
    await asyncio.sleep(0.05)

    assert quiet.empty()


@pytest.mark.parametrize(
    ("update", "is_so"),
    [
        ('{"interaction_type": "update_only", "transcript": [], "turntaking": "agent_turn"}', True),
        ('{"interaction_type": "update_only", "turntaking":"agent_turn", "transcript": []}', True),
        ('{"interaction_type": "update_only", "transcript": [], "turntaking": "user_turn"}', False),
        (r'{"transcript": [{"content": "er sagte \"turntaking\": \"agent_turn\""}]}', False),
    ],
)
def test_the_agents_turn_is_told_by_the_update_and_not_by_what_is_said(
    update: str, *, is_so: bool
) -> None:
    assert is_agents_turn(update) is is_so
