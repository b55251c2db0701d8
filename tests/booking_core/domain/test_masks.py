"""The bit primitives against the sentence that defines each of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.interval import Span
from booking_core.domain.masks import Grid, cells, covers, erode, first, run, smear

SIZE = 70
ORIGIN = datetime(2026, 11, 25, tzinfo=UTC)
GRID = Grid(ORIGIN, SIZE)

masks = st.integers(0, run(SIZE))
lengths = st.integers(1, 20)


def bit(mask: int, cell: int) -> bool:
    return bool(mask >> cell & 1)


@given(masks, lengths)
def test_a_piece_can_start_where_all_its_cells_are_free(mask: int, length: int) -> None:
    starts = {c for c in range(SIZE) if all(bit(mask, c + i) for i in range(length))}

    assert set(cells(erode(mask, length))) == starts


@given(masks, masks | st.just(-1), st.integers(0, 20))
def test_smearing_reaches_back_through_the_corridor_only(
    mask: int, within: int, reach: int
) -> None:
    def reaches(cell: int) -> bool:
        return any(
            bit(mask, cell + ahead) and all(bit(within, cell + i) for i in range(ahead))
            for ahead in range(reach + 1)
        )

    assert set(cells(smear(mask, reach, within))) == {c for c in range(SIZE) if reaches(c)}


@given(masks, st.integers(0, SIZE), lengths)
def test_covers_agrees_with_erode(mask: int, cell: int, length: int) -> None:
    assert covers(mask, cell, length) == bit(erode(mask, length), cell)


@given(masks)
def test_the_first_cell_is_the_smallest(mask: int) -> None:
    assert first(mask) == min(cells(mask), default=None)


@given(st.integers(-60, 400), st.integers(1, 120))
def test_taken_time_is_rounded_outwards(start: int, minutes: int) -> None:
    span = Span.of_minutes(ORIGIN + timedelta(minutes=start), minutes)

    for cell in range(SIZE):
        whole = Span.of_minutes(GRID.moment(cell), 5)
        assert bit(GRID.touched([span]), cell) == span.overlaps(whole)
        assert bit(GRID.starting_in(span), cell) == span.contains(GRID.moment(cell))
