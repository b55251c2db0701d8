"""The scenarios that a salon's phone has to master, one file each.

Every one is graded by the state of database, calendar and mails it leaves behind, and by what was
never said. `REPEAT_SCENARIOS=5` plays each so often; without it a sample is played three times.
"""

from __future__ import annotations

import os
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from voice_agent.simulator.brevity import too_much
from voice_agent.simulator.grading import Aftermath
from voice_agent.simulator.matching import contains
from voice_agent.simulator.replay_yaml import read_replay
from voice_agent.simulator.report import print_verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_agent.simulator.report import Verdict
    from voice_agent.simulator.stage import Stage

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("S*.yaml"))
EVERY = int(os.environ.get("REPEAT_SCENARIOS", "0"))
SAMPLE = SCENARIOS if EVERY else SCENARIOS[4::19]
NEVER_SAID = (
    *("System", "Segment", "Datenbank", "Kalenderabfrage", "Backend", "Slot", "technisch"),
    *("Fehlercode", "vier Termine", "drei Termine", "Uhr Uhr", "am morgen,", "in der Pause bed"),
    *("ich bin ein Mensch", "null Euro", "None", "Herr oder Frau"),
)
"""Never in any call, whatever it is about: technical words, and what nobody says."""


def played(paths: Sequence[Path]) -> list[object]:
    return [pytest.param(path, id=path.stem) for path in paths]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("path", played(SCENARIOS))
async def test_the_scenario_ends_as_it_is_written(path: Path, stage: Stage) -> None:
    verdict = await stage.replay(read_replay(path), name=path.name)

    assert verdict.passed, shown(verdict)
    assert unspeakable(verdict) == [], shown(verdict)
    assert wordy(verdict) == []


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("path", played(SAMPLE))
async def test_the_same_scenario_leaves_the_same_world_every_time(path: Path, stage: Stage) -> None:
    file = read_replay(path)
    runs = [await stage.replay(file, name=path.name) for _ in range(EVERY or 3)]

    assert [run.complaints for run in runs] == [[]] * len(runs)
    worlds = [whoever_won(run.aftermath) if file.at_once else run.aftermath for run in runs]
    assert worlds == [worlds[0]] * len(runs)
    assert isinstance(worlds[0], Aftermath)


def test_all_scenarios_are_there() -> None:
    numbers = {int(path.name[1:3]) for path in SCENARIOS}

    assert numbers == set(range(1, 97))


def whoever_won(world: Aftermath | None) -> Aftermath | None:
    """The world of a race, which is the same whoever of the callers was faster."""
    if world is None:
        return None
    left = [replace(one, customer="", phone=None, email=None) for one in world.appointments]
    return replace(world, appointments=tuple(left), outcome="", searches=0)


def unspeakable(verdict: Verdict) -> list[str]:
    said = [answer.text for caller in verdict.callers for answer in caller.call.answers]
    return [
        f"{words!r} was said: {text}"
        for words in NEVER_SAID
        for text in said
        if contains(text, words)
    ]


def wordy(verdict: Verdict) -> list[str]:
    """Every turn of the agent that says more than one can keep in mind."""
    said = [answer.text for caller in verdict.callers for answer in caller.call.answers]
    return [f"{', '.join(much)}: {text}" for text in said if (much := too_much(text))]


def shown(verdict: Verdict) -> str:
    page = StringIO()
    print_verdict(Console(file=page, width=120), verdict)
    return f"\n{page.getvalue()}"
