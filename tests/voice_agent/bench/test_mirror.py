"""The benchmark of the mirror asks the copy and the database the same questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.bench.mirror import mirror

if TYPE_CHECKING:
    import pytest

    from voice_agent.config import Settings


def test_the_copy_is_many_times_faster_than_the_database(
    capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    mirror(3, settings)

    lines = [line.split("│") for line in capsys.readouterr().out.splitlines() if "│" in line]
    questions = [line[1].strip() for line in lines]
    ratios = [float(line[4].replace(",", "")) for line in lines]
    assert questions == [
        "an hour of one person", "a day of everybody", "the month of everybody",
    ]  # fmt: skip
    assert min(ratios) > 5
