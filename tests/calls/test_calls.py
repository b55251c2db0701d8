"""Every file here, in `doors` and in `visits` is a phone call that must end as it is written.

To see one of them: `voice-agent replay --verbose tests/calls/one_breath.yaml`.
"""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from voice_agent.dialogue.patience import Patience
from voice_agent.simulator.brevity import too_much
from voice_agent.simulator.replay_yaml import read_replay
from voice_agent.simulator.report import print_verdict
from voice_agent.simulator.retell import Habits

if TYPE_CHECKING:
    from voice_agent.simulator.report import Verdict
    from voice_agent.simulator.stage import Stage

FOLDER = Path(__file__).parent
BESIDE = ("doors", "visits", "english")
CALLS = sorted([*FOLDER.glob("*.yaml"), *(f for b in BESIDE for f in FOLDER.glob(f"{b}/*.yaml"))])


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
async def test_the_call_ends_as_it_is_written(path: Path, stage: Stage) -> None:
    file = read_replay(path)

    verdict = await stage.replay(file, name=path.name)

    assert verdict.passed, shown(verdict)
    assert wordy(verdict) == []


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    "habits",
    [
        pytest.param(Habits(ids_continue=False), id="ids start again after a break"),
        pytest.param(Habits(truncates=False), id="interrupted answers are kept whole"),
        pytest.param(Habits(words=False, partials=False), id="no words, no partial sentences"),
    ],
)
@pytest.mark.parametrize(
    "name", ["reconnect_in_the_middle", "greeting_interrupted", "hesitating_caller"]
)
async def test_the_end_does_not_hang_on_what_retell_has_not_documented(
    name: str, habits: Habits, stage: Stage
) -> None:
    path = Path(__file__).parent / f"{name}.yaml"

    verdict = await stage.replay(read_replay(path), name=path.name, habits=habits)

    assert verdict.passed, shown(verdict)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("name", ["changed_day", "hesitating_caller", "reconnect_in_the_middle"])
async def test_a_pause_before_an_answer_is_asked_for_changes_nothing(
    name: str, stage: Stage
) -> None:
    path = Path(__file__).parent / f"{name}.yaml"
    paused = Habits(endpointing_s=Patience().quiet_s + 0.1)

    verdict = await stage.replay(read_replay(path), name=path.name, habits=paused)

    assert verdict.passed, shown(verdict)


def wordy(verdict: Verdict) -> list[str]:
    """Every turn of the agent that says more than one can keep in mind."""
    said = [answer.text for caller in verdict.callers for answer in caller.call.answers]
    return [f"{', '.join(much)}: {text}" for text in said if (much := too_much(text))]


def shown(verdict: Verdict) -> str:
    page = StringIO()
    print_verdict(Console(file=page, width=100), verdict)
    return f"\n{page.getvalue()}"
