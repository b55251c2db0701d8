"""People who take longer or shorter than usual, some of them only for longer pieces of work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from booking_core.domain.catalogue import Delegate
from booking_core.domain.event_type import wanted_event_types

if TYPE_CHECKING:
    from tests.booking_core.domain.conftest import Desk


@pytest.fixture
def deviations(desk: Desk) -> Desk:
    """Dilara takes longer to colour, Oliver is faster at longer cuts, Jule slower at washing."""
    desk.edit_staff("dilara", extra_minutes={"color": 10})
    desk.edit_staff(
        "oliver",
        extra_minutes={"cut_w": -5, "cut_m": -5},
        extra_from_minutes={"cut_w": 25, "cut_m": 25},
    )
    desk.edit_staff("jule", extra_minutes={"wash": 5}, extra_from_minutes={"wash": 10})
    return desk


@pytest.mark.parametrize(
    ("number", "staff", "minutes"), [(177, "dilara", 160), (42, "oliver", 50), (177, "emma", 150)]
)
def test_the_visit_takes_as_long_as_its_people(
    deviations: Desk, number: int, staff: str, minutes: int
) -> None:
    assert deviations.book(number, staff=staff, at="14:00").total_minutes == minutes


def test_a_slower_assistant_moves_what_follows(deviations: Desk) -> None:
    deviations.branch(delegate=Delegate.PREFER)

    plan = deviations.book(177, staff="emma", at="14:00")

    assert deviations.salon.member(plan.segments[1].staff_id).key == "jule"
    assert plan.total_minutes == 155
    assert plan.segments[2].span.start == deviations.at("15:20")


@pytest.mark.parametrize(("minutes", "taken"), [(20, 20), (25, 20), (30, 25)])
def test_a_deviation_counts_from_its_length_on(deviations: Desk, minutes: int, taken: int) -> None:
    segment = deviations.salon.service_numbered(435).segments[0]
    deviations.edit(435, segments=(replace(segment, minutes=minutes),))

    assert deviations.book(435, staff="oliver", at="14:00").total_minutes == taken


def test_the_calendar_is_asked_for_the_same_lengths(deviations: Desk) -> None:
    service = deviations.salon.service_numbered(42)
    oliver = next(m for m in deviations.salon.staff if m.key == "oliver")

    lengths = {
        wanted.segment_key: wanted.minutes
        for wanted in wanted_event_types(deviations.salon)
        if wanted.service_id == service.id and wanted.staff_id == oliver.id
    }

    # Washing and cutting are longer by the blocked pauses of five minutes.
    assert lengths == {"A": 15, "B": 25, "C": 10}
