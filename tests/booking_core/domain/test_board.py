"""A salon's day in cells, where hours do not stand on the raster or the clock changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import pytest

from booking_core.domain.board import build
from booking_core.domain.catalogue import WorkingHours

if TYPE_CHECKING:
    from tests.booking_core.domain.conftest import Desk

ORDINARY, MARCH, OCTOBER = date(2026, 11, 25), date(2027, 3, 28), date(2026, 10, 25)


def worked_cells(desk: Desk, day: date, *stretches: tuple[str, str]) -> int:
    """How many cells of the day somebody with these hours can be used."""
    hours = tuple(
        WorkingHours(
            weekday=day.weekday(), start=time.fromisoformat(start), end=time.fromisoformat(end)
        )
        for start, end in stretches
    )
    salon = replace(
        desk.salon,
        branch=replace(desk.salon.branch, opening_hours=hours),
        staff=(replace(desk.salon.staff[0], hours=hours),),
    )
    board = build(salon, {}, (day, day), lambda _: None)
    return board.people[salon.staff[0].id].at_work.bit_count()


def test_hours_that_begin_or_end_within_a_cell_do_not_count_it(desk: Desk) -> None:
    assert worked_cells(desk, ORDINARY, ("09:02", "10:03")) == 11


@pytest.mark.parametrize("day", [ORDINARY, MARCH, OCTOBER])
def test_hours_that_meet_within_a_cell_are_one_stretch(desk: Desk, day: date) -> None:
    assert worked_cells(desk, day, ("09:00", "09:33"), ("09:33", "10:00")) == 12


@pytest.mark.parametrize(("day", "hours"), [(ORDINARY, 24), (MARCH, 23), (OCTOBER, 25)])
def test_a_whole_day_has_as_many_hours_as_the_clock_leaves_it(
    desk: Desk, day: date, hours: int
) -> None:
    assert worked_cells(desk, day, ("00:00", "00:00")) == hours * 12


def test_the_hour_that_comes_twice_is_worked_twice(desk: Desk) -> None:
    assert worked_cells(desk, OCTOBER, ("01:00", "04:00")) == 4 * 12


def test_the_hour_that_is_missing_is_not_worked(desk: Desk) -> None:
    assert worked_cells(desk, MARCH, ("01:00", "04:00")) == 2 * 12


def test_offers_stand_on_the_wall_clock_on_both_sides_of_the_change(desk: Desk) -> None:
    salon = replace(desk.salon, branch=replace(desk.salon.branch, step_minutes=60))
    board = build(salon, {}, (MARCH, MARCH), lambda _: None)

    stood = [board.local(cell) for cell in range(board.grid.cells) if board.steps >> cell & 1]

    assert [moment.hour for moment in stood] == [0, 1, *range(3, 24)]
    assert {moment.minute for moment in stood} == {0}
    assert stood[0] == datetime.combine(MARCH, time(), board.zone)
    assert stood[-1] - stood[0] == timedelta(hours=23)  # by the clock on the wall


def test_whoever_is_looked_at_alone_stands_as_beside_everybody_else(desk: Desk) -> None:
    everybody = build(desk.salon, {}, (ORDINARY, ORDINARY), lambda _: None)
    someone = desk.salon.staff[0].id

    alone = build(desk.salon, {}, (ORDINARY, ORDINARY), lambda _: None, only={someone})

    assert len(everybody.people) > 1
    assert alone.people == {someone: everybody.people[someone]}
    assert alone.open == everybody.open
