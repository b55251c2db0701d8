"""The slot benchmark measures two searches that find the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.bench.slots import measure, run

if TYPE_CHECKING:
    import pytest


def test_bits_and_interval_lists_find_the_same_starts() -> None:
    first, *_, slow = measure(rounds=1)

    assert first.starts == slow.starts > 0


def test_the_bench_prints_percentiles_and_the_ratio(capsys: pytest.CaptureFixture[str]) -> None:
    run(rounds=2)

    printed = capsys.readouterr().out
    assert "p50" in printed
    assert "same person" in printed
