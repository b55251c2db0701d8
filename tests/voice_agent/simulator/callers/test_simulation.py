"""A small crowd calls: everybody is served, and nobody hears anything untrue.

The large ones are run by hand: `voice-agent simulate --calls 2000 --seed 1`. Here one call of
fifty may fail, and two of twenty-five that are misheard: what is to be reached, and no more than
a machine that stands still for a while can spoil.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from voice_agent.simulator.callers.crowd import Lane, Terms, ring
from voice_agent.simulator.callers.report import Report
from voice_agent.simulator.replay_yaml import read_replay

if TYPE_CHECKING:
    from pathlib import Path

    from voice_agent.simulator.callers.rooms import Room
    from voice_agent.simulator.callers.verdict import Outcome
    from voice_agent.simulator.stage import Stage

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("simulation")]

NEVER = ("untrue", "orphans", "duplicates", "disorder", "protocol")


async def simulated(terms: Terms, open_house: tuple[Stage, list[Room]]) -> Report:
    return Report(terms=terms, outcomes=await ring(terms, *open_house), seconds=1.0)


async def test_callers_get_what_they_want(open_house: tuple[Stage, list[Room]]) -> None:
    report = await simulated(Terms(calls=50, seed=8, rooms=2, language="de"), open_house)

    facts = report.facts()
    assert facts["success"] >= 0.98, problems(report)
    assert [facts[kind] for kind in NEVER] == [0] * len(NEVER), problems(report)
    assert facts["asked_again"] == 0, problems(report)
    assert facts["booked"] >= 15
    assert facts["caller_turns_median"] <= 6


async def test_callers_who_are_misheard_are_served_nevertheless(
    open_house: tuple[Stage, list[Room]],
) -> None:
    terms = Terms(calls=25, seed=8, first=50, noise=0.1, rooms=2, language="de")
    report = await simulated(terms, open_house)

    facts = report.facts()
    assert facts["success"] >= 0.92, problems(report)
    assert [facts[kind] for kind in NEVER] == [0] * len(NEVER), problems(report)


async def test_whatever_goes_wrong_at_calcom_leaves_nothing_behind(
    open_house: tuple[Stage, list[Room]],
) -> None:
    terms = Terms(calls=20, seed=8, first=75, faults=1.0, rooms=2, language="de")
    report = await simulated(terms, open_house)

    facts = report.facts()
    assert facts["success"] >= 0.92, problems(report)
    assert [facts[kind] for kind in NEVER] == [0] * len(NEVER), problems(report)
    assert facts["booked"] >= 6


async def test_callers_who_speak_english_are_served_in_english(
    open_house: tuple[Stage, list[Room]],
) -> None:
    report = await simulated(Terms(calls=16, seed=8, rooms=2, language="en"), open_house)

    facts = report.facts()
    assert facts["success"] >= 0.92, problems(report)
    assert [facts[kind] for kind in NEVER] == [0] * len(NEVER), problems(report)
    assert facts["in_another_language"] == 0, problems(report)
    assert facts["booked"] >= 6


async def test_most_of_a_crowd_speak_german_and_some_english(
    open_house: tuple[Stage, list[Room]],
) -> None:
    _, (room, *_) = open_house

    lane = Lane(terms=Terms(seed=8), room=room, base_url="")
    spoken = Counter(lane.tongue(number).language for number in range(400))

    assert spoken["de"] > 300
    assert spoken["en"] > 30


async def test_the_same_number_is_the_same_caller(open_house: tuple[Stage, list[Room]]) -> None:
    first, again = [await simulated(Terms(calls=2, seed=3, rooms=2), open_house) for _ in range(2)]

    assert [spoken(one) for one in first.outcomes] == [spoken(one) for one in again.outcomes]


async def test_a_saved_call_is_the_same_call_when_it_is_replayed(
    open_house: tuple[Stage, list[Room]], tmp_path: Path
) -> None:
    terms = Terms(calls=1, seed=5, rooms=2, save=tmp_path, save_all=True)
    report = await simulated(terms, open_house)
    stage, _ = open_house

    for outcome in report.outcomes:
        file = read_replay(tmp_path / f"simulated_call_5_{outcome.number}.yaml")
        verdict = await stage.replay(file)

        (caller,) = verdict.callers
        assert verdict.passed, verdict.complaints
        assert [f"caller  {played.line}" for played in caller.played] == spoken(outcome)
        assert caller.call.answers[-1].text in outcome.lines[-1]


def spoken(outcome: Outcome) -> list[str]:
    """What the caller said; whether the agent needs a filler depends on the machine."""
    return [line for line in outcome.lines if line.startswith("caller")]


def problems(report: Report) -> str:
    """The conversations that went wrong."""
    bad = [outcome for outcome in report.outcomes if not outcome.passed]
    return "\n".join(line for o in bad for line in ("", *o.lines, *o.complaints))
