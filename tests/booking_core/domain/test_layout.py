"""Several services become one visit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from booking_core.domain.catalogue import Delegate, Role
from booking_core.domain.layout import lay_out
from booking_core.domain.plan import ClaimKind, VisitRequest
from booking_core.domain.slots import SlotsFound

if TYPE_CHECKING:
    from booking_core.domain.layout import Layout
    from booking_core.domain.plan import Plan
    from tests.booking_core.domain.conftest import Desk


def laid_out(desk: Desk, *numbers: int) -> Layout:
    services = [desk.salon.service_numbered(number) for number in numbers]
    return lay_out(services, elastic=False)


def skills(layout: Layout) -> list[str]:
    return [f"{step.segment.minutes} {step.segment.skill}" for step in layout.steps]


def planned(desk: Desk, *numbers: int, staff: str | None, at: str) -> Plan:
    found = desk.ask(*numbers, staff=staff, wishes=(desk.wish(at),))
    assert isinstance(found, SlotsFound)
    return found.offers[0].plan


def test_one_service_stays_as_it_is(desk: Desk) -> None:
    assert skills(laid_out(desk, 177)) == ["30 color", "15 wash", "30 cut_w", "30 style"]


@pytest.mark.parametrize("order", [(177, 43), (43, 177)])
def test_treatment_comes_before_colour_whatever_was_said_first(
    desk: Desk, order: tuple[int, int]
) -> None:
    expected = ["10 treat", "15 wash", "30 color", "15 wash", "30 cut_w", "30 style"]

    assert skills(laid_out(desk, *order)) == expected


def test_equal_neighbours_become_one_and_the_longer_stays(desk: Desk) -> None:
    assert skills(laid_out(desk, 431, 439)) == ["10 wash", "30 cut_w", "30 style"]
    assert skills(laid_out(desk, 177, 431))[-2:] == ["30 cut_w", "30 style"]


def test_what_is_equal_but_not_neighbouring_stays(desk: Desk) -> None:
    assert skills(laid_out(desk, 436, 437)) == ["10 wash", "35 cut_w", "10 wash", "30 style"]


def test_a_merged_segment_belongs_to_the_service_whose_segment_stayed(desk: Desk) -> None:
    steps = laid_out(desk, 42, 431).steps

    assert skills(laid_out(desk, 42, 431))[-1] == "30 style"
    assert steps[-1].service_id == desk.salon.service_numbered(431).id
    assert steps[-1].segment.role is Role.LEAD


def test_every_pause_keeps_its_own_services_policy(desk: Desk) -> None:
    plan = planned(desk, 177, 43, staff="emma", at="13:30")

    pauses = [segment.pause for segment in plan.segments if segment.pause]
    assert [(p.span.minutes, p.occupied, p.rest) for p in pauses] == [
        (20, True, True),
        (30, False, False),
        (15, False, False),
    ]


def test_titles_count_through(desk: Desk) -> None:
    plan = planned(desk, 177, 43, staff="emma", at="13:30")

    assert [(s.index, s.of) for s in plan.segments] == [(n, 6) for n in range(1, 7)]
    assert plan.services == desk.visit(177, 43).services


def test_the_plan_of_the_colour_visit_has_every_claim(desk: Desk) -> None:
    desk.branch(delegate=Delegate.NEVER)
    plan = planned(desk, 177, staff="emma", at="14:00")
    emma = next(member for member in desk.salon.staff if member.key == "emma")

    work = [c.span for c in plan.claims if c.resource_id == emma.id]
    seats = {
        next(r.key for r in desk.salon.resources if r.id == c.resource_id): c.span
        for c in plan.claims
        if c.kind is ClaimKind.SEAT
    }
    assert work == [
        desk.span("14:00", "14:30"),
        desk.span("15:00", "15:45"),
        desk.span("16:00", "16:30"),
    ]
    assert seats == {
        "chair1": desk.span("14:00", "16:30"),
        "basin1": desk.span("15:00", "15:15"),
    }
    assert plan.total_minutes == 150


def test_a_visit_of_washing_alone_has_one_person(desk: Desk) -> None:
    washing = desk.salon.service_numbered(437)
    desk.edit(437, segments=(washing.segments[0],))

    plan = planned(desk, 437, staff="jule", at="14:00")

    assert [desk.salon.member(s.staff_id).key for s in plan.segments] == ["jule"]


def test_a_visit_needs_a_service() -> None:
    with pytest.raises(ValueError, match="at least one service"):
        VisitRequest(services=())
