"""The slot benchmark measures two searches that find the same."""

from __future__ import annotations

import pytest

from voice_agent.bench import slot_diary
from voice_agent.bench.month import month
from voice_agent.bench.slots import growth, measure, run
from voice_agent.config import Settings


@pytest.fixture
def bench_settings(database_url: str, redis_url: str) -> Settings:
    """The servers of this test run; the benchmark makes a database of its own there."""
    return Settings().model_copy(update={"database_url": database_url, "redis_url": redis_url})


def test_bits_and_interval_lists_find_the_same_starts() -> None:
    fixed, elastic, *others = measure(rounds=1)

    assert fixed.slow is not None
    assert elastic.slow is not None
    assert elastic.starts > fixed.starts > 0
    assert all(other.slow is None for other in others)


def test_a_larger_salon_has_a_month_of_the_same_kind() -> None:
    small, large = month(2), month(20)

    assert len(large.salon.staff) == 10 * len(small.salon.staff)
    assert 8 < large.claims / small.claims < 14


def test_the_bench_prints_percentiles_and_the_ratio(
    capsys: pytest.CaptureFixture[str], bench_settings: Settings
) -> None:
    run(rounds=2, settings=bench_settings)

    printed = capsys.readouterr().out
    assert "p50" in printed
    assert "same person" in printed
    assert slot_diary.HOUR in printed


def test_the_growth_table_has_a_line_for_each_size(
    capsys: pytest.CaptureFixture[str], bench_settings: Settings
) -> None:
    growth(rounds=2, factors=(1, 2), settings=bench_settings)

    lines = capsys.readouterr().out.splitlines()
    sizes = [line.split("│")[1].strip() for line in lines if " x " in line]
    assert sizes == ["5", "10"]
