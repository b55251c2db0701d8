"""Everything a salon's telephone rings for, once or twice; the large runs are made by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from voice_agent.simulator.callers.crowd import Terms, ring
from voice_agent.simulator.callers.goals import SHARES, Errand
from voice_agent.simulator.callers.wishing import a_goal

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from voice_agent.simulator.callers.rooms import Room
    from voice_agent.simulator.stage import Stage

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("simulation")]

TUESDAY = 8
"""A seed whose first day is one on which visits are about to begin."""


@pytest.mark.parametrize("goal", list(Errand))
async def test_whoever_wants_this_gets_it_and_hears_nothing_untrue(
    open_house: tuple[Stage, list[Room]], goal: Errand
) -> None:
    terms = Terms(calls=2, seed=TUESDAY, goal=goal, rooms=2, language="de")
    outcomes = await ring(terms, *open_house)

    wrong = [words for one in outcomes for words in one.complaints]
    assert [one.errand for one in outcomes] == [goal] * 2
    assert not wrong, "\n".join(line for one in outcomes for line in (*one.lines, *wrong))


@pytest.mark.parametrize("goal", list(Errand))
async def test_whoever_wants_this_in_english_gets_it_in_english(
    open_house: tuple[Stage, list[Room]], goal: Errand
) -> None:
    terms = Terms(calls=1, seed=TUESDAY, goal=goal, rooms=2, language="en")
    outcomes = await ring(terms, *open_house)

    (outcome,) = outcomes
    assert (outcome.errand, outcome.language) == (goal, "en")
    assert not outcome.complaints, "\n".join((*outcome.lines, *outcome.complaints))


async def test_a_telephone_rings_for_everything_in_its_share(
    open_house: tuple[Stage, list[Room]], dice: Callable[[int], Random]
) -> None:
    _, (room, *_) = open_house

    wanted = [
        a_goal(n, room.salon, room.now, dice(n), regulars=room.regulars).errand for n in range(300)
    ]

    assert sum(SHARES.values()) == 100
    assert {one for one in SHARES if SHARES[one] >= 4 and one is not Errand.TWO_REQUESTS} <= set(
        wanted
    )
    assert 90 < wanted.count(Errand.BOOK) < 190
