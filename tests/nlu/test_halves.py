"""Sets in two halves: nobody chooses which, and the gap is told beside what chance makes."""

from __future__ import annotations

import pytest

from nlu.training.halves import Gap, half_of


def test_the_text_alone_decides_its_half_and_both_are_used() -> None:
    halves = [half_of(f"Satz {number}") for number in range(200)]

    assert halves == [half_of(f"Satz {number}") for number in range(200)]
    assert 70 < sum(halves) < 130


def test_a_gap_is_counted_in_points_whichever_half_is_better() -> None:
    worse_first = Gap("any", (100, 100), (90.0, 94.0))
    better_first = Gap("any", (100, 100), (94.0, 90.0))

    assert worse_first.points == better_first.points == pytest.approx(4.0)


def test_small_halves_lie_apart_by_chance() -> None:
    small = Gap("small", (25, 25), (80.0, 80.0))
    large = Gap("large", (2500, 2500), (80.0, 80.0))

    assert small.by_chance == pytest.approx(11.3, abs=0.1)
    assert large.by_chance == pytest.approx(1.13, abs=0.01)
