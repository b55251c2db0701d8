from __future__ import annotations

from datetime import time

import pytest

from nlu import PartOfDay
from nlu.parts_of_day import WINDOWS, hour_in, window


def test_every_part_of_day_has_its_window() -> None:
    assert set(WINDOWS) == set(PartOfDay)


@pytest.mark.parametrize("part", [part for part in PartOfDay if part is not PartOfDay.NIGHT])
def test_a_window_begins_before_it_ends(part: PartOfDay) -> None:
    assert window(part).start < window(part).end


def test_the_forenoon_is_over_at_noon() -> None:
    assert window(PartOfDay.FORENOON).end == time(12)


@pytest.mark.parametrize(
    ("part", "said", "meant"),
    [
        (PartOfDay.MORNING, 8, 8),
        (PartOfDay.AFTERNOON, 3, 15),
        (PartOfDay.AFTERNOON, 12, 12),
        (PartOfDay.EVENING, 8, 20),
        (PartOfDay.EVENING, 12, 0),
        (PartOfDay.EVENING, 19, 19),
        (PartOfDay.NOON, 12, 12),
        (PartOfDay.NOON, 1, 13),
        (PartOfDay.NOON, 11, 11),
        (PartOfDay.NIGHT, 12, 0),
        (PartOfDay.NIGHT, 3, 3),
        (PartOfDay.NIGHT, 10, 22),
    ],
)
def test_an_hour_is_read_in_its_part_of_day(part: PartOfDay, said: int, meant: int) -> None:
    assert hour_in(part, said) == meant
