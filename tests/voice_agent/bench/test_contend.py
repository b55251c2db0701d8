"""A short `voice-agent bench contend`: nothing is sold twice while Redis comes and goes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from voice_agent.bench.contend import PHASES, Terms, contend

if TYPE_CHECKING:
    from voice_agent.config import Settings

SECONDS = float(os.environ.get("BENCH_CONTEND_S", "3"))
PROCESSES = int(os.environ.get("BENCH_CONTEND_PROCESSES", "3"))
FAULTS = 0.05
LONG_S = 20.0  # the machine of a test run may be busy with other things


@pytest.mark.inc(47)
@pytest.mark.timeout(600)
async def test_a_day_that_everybody_wants_is_sold_once(settings: Settings) -> None:
    terms = Terms(processes=PROCESSES, seconds=SECONDS, faults=FAULTS, longest_gap_s=LONG_S)

    report = await contend(settings, terms)

    assert report.complaints == []
    assert report.fine
    assert report.did["accepted"] > 0
    assert sum(report.accepted_by_phase.values()) == report.did["accepted"]
    assert not any("held" in did and "not held" not in did for did in report.did if "taken" in did)


def test_redis_troubles_fill_the_time_and_it_is_up_for_the_first_third() -> None:
    assert sum(share for _, share in PHASES) == pytest.approx(1)
    assert PHASES[0] == ("up", pytest.approx(1 / 3))
