"""A salon's own repository keeps its calls as tests, with nothing but this package installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from voice_agent.simulator.pytest_plugin import SUFFIX

if TYPE_CHECKING:
    from collections.abc import Callable

pytest_plugins = ["pytester"]

CALL = """
call: {title}
salon: friseur1
at: 2026-04-14T09:00:00+02:00
from: "+493023125071"
turns:
  - caller: "Thiessen, bitte einen Trockenschnitt am Freitag um elf bei Emma."
    agent: {{says: [{word}]}}
expect: {{appointments: []}}
"""


@pytest.fixture
def repository(
    pytester: pytest.Pytester,
    make_database: Callable[..., str],
    redis_url: str,
    worker: str,
    monkeypatch: pytest.MonkeyPatch,
) -> pytest.Pytester:
    """A folder of somebody else's, whose environment names our servers."""
    monkeypatch.setenv("DATABASE_URL", make_database(f"plugin_{worker}"))
    monkeypatch.setenv("REDIS_URL", redis_url)
    pytester.makeini(
        "[pytest]\nvoice_agent_calls = calls\nasyncio_mode = auto\n"
        "asyncio_default_fixture_loop_scope = function\n"
    )
    pytester.mkdir("calls")
    return pytester


def keep(repository: pytest.Pytester, name: str, text: str) -> None:
    (repository.path / name).write_text(text, encoding="utf-8")


def test_calls_are_collected_by_their_name_and_by_their_folder(repository: pytest.Pytester) -> None:
    keep(repository, f"friday{SUFFIX}", CALL.format(title="By its name", word="Freitag"))
    keep(repository, "calls/monday.yaml", CALL.format(title="By its folder", word="Freitag"))
    keep(repository, "compose.yaml", "services: {}")

    result = repository.runpytest_inprocess(
        "-p", "voice_agent.simulator.pytest_plugin", "--collect-only", "-q"
    )

    result.stdout.fnmatch_lines_random(["*friday*", "*monday*", "*2 tests collected*"])
    result.stdout.no_fnmatch_line("*compose*")


def test_a_failing_call_is_shown_turn_by_turn_and_a_pending_one_is_expected_to_fail(
    repository: pytest.Pytester,
) -> None:
    passes = CALL.format(title="As written", word="Freitag")
    fails = CALL.format(title="Not as written", word="Sonntag")
    keep(repository, "calls/1_passes.yaml", passes)
    keep(repository, "calls/2_fails.yaml", fails)
    keep(repository, "calls/3_pending.yaml", f'{fails}pending: "Sundays are still to come"\n')
    keep(repository, "calls/4_over.yaml", f'{passes}pending: "long done"\n')
    keep(repository, "calls/5_broken.yaml", passes.replace("caller:", "calller:"))
    keep(repository, "calls/6_nowhere.yaml", passes.replace("friseur1", "friseur9"))

    result = repository.runpytest_subprocess(
        "-p", "voice_agent.simulator.pytest_plugin", "-p", "no:randomly", "-rx", timeout=300
    )

    result.assert_outcomes(passed=1, failed=4, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            "*call: 2_fails*",
            "*Thiessen, bitte einen Trockenschnitt*",
            "*heard as*name: Thiessen, staff: Emma*",
            "*did*FindSlots*",
            '*"Sonntag" was not said*',
            "*call: 4_over*",
            "*the call ends as written: take `pending` away*",
            "*call: 5_broken*",
            "*calls/5_broken.yaml:*calller*",
            "*call: 6_nowhere*",
            "*there is no salon file friseur9*",
            "XFAIL*3_pending*Sundays are still to come*",
        ]
    )
