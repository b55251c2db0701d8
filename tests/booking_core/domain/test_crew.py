"""Who does what in a visit, and how long it takes them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from booking_core.domain.catalogue import Delegate, LeadChange
from booking_core.domain.slots import NoSlots, Reason, SlotsFound

if TYPE_CHECKING:
    from booking_core.domain.plan import Plan
    from tests.booking_core.domain.conftest import Desk


def crew(desk: Desk, plan: Plan) -> str:
    return " ".join(desk.salon.member(segment.staff_id).key for segment in plan.segments)


def test_the_lead_washes_if_free(desk: Desk) -> None:
    assert crew(desk, desk.book(177, staff="emma", at="14:00")) == "emma emma emma emma"


def test_the_lowest_level_washes_if_the_lead_is_busy(desk: Desk) -> None:
    desk.take("emma", "15:00", "15:15")

    assert crew(desk, desk.book(177, staff="emma", at="14:00")) == "emma jule emma emma"


def test_the_next_level_washes_if_the_apprentice_is_busy_too(desk: Desk) -> None:
    desk.take("emma", "15:00", "15:15")
    desk.take("jule", "15:00", "15:15")

    assert crew(desk, desk.book(177, staff="emma", at="14:00")) == "emma fabian emma emma"


def test_a_salon_may_prefer_that_the_apprentice_washes(desk: Desk) -> None:
    desk.branch(delegate=Delegate.PREFER)

    assert crew(desk, desk.book(177, staff="emma", at="14:00")) == "emma jule emma emma"


def test_a_salon_may_want_one_person_for_everything(desk: Desk) -> None:
    desk.branch(delegate=Delegate.NEVER)
    desk.take("emma", "15:00", "15:15")

    assert "14:00" not in desk.starts(177, staff="emma")


def test_lead_segments_never_change_hands(desk: Desk) -> None:
    desk.take("emma", "16:00", "16:30")
    for name in ("oliver", "dilara"):
        desk.take(name, "14:00", "14:30")

    assert "14:00" not in desk.starts(177)


@pytest.mark.parametrize(("at", "minutes"), [("14:00", 160), ("12:30", 160)])
def test_someone_who_takes_longer_makes_the_visit_longer(desk: Desk, at: str, minutes: int) -> None:
    desk.edit_staff("dilara", extra_minutes={"color": 10})

    assert desk.book(177, staff="dilara", at=at).total_minutes == minutes


def test_someone_who_is_faster_makes_it_shorter(desk: Desk) -> None:
    desk.edit_staff("oliver", extra_minutes={"cut_m": -5})

    assert desk.book(42, staff="oliver", at="14:00").total_minutes == 50


def test_an_assistant_who_takes_longer_moves_what_follows(desk: Desk) -> None:
    desk.branch(delegate=Delegate.PREFER)
    desk.edit_staff("jule", extra_minutes={"wash": 5})

    plan = desk.book(177, staff="emma", at="14:00")

    assert crew(desk, plan) == "emma jule emma emma"
    assert plan.total_minutes == 155
    assert plan.segments[2].span.start == desk.at("15:20")


def test_a_third_customer_cannot_be_washed_at_two_basins(desk: Desk) -> None:
    desk.book(177, staff="emma", at="14:00")
    desk.book(177, staff="oliver", at="14:00")

    assert "14:00" not in desk.starts(177, staff="dilara")
    assert "13:45" in desk.starts(177, staff="dilara")


def test_free_hands_without_a_free_chair_are_no_start(desk: Desk) -> None:
    desk.take("chair 1", "09:00", "18:00")
    for name, at in (("emma", "14:00"), ("oliver", "14:00"), ("dilara", "13:45")):
        desk.book(177, staff=name, at=at)

    assert "14:30" not in desk.starts(430)
    assert "16:30" in desk.starts(430)


@pytest.fixture
def sharing(desk: Desk) -> Desk:
    """The salon allows a change of the lead where nobody can do all of a visit."""
    desk.branch(lead_change=LeadChange.IF_NO_OTHER)
    return desk


def test_a_visit_nobody_can_do_alone_is_handed_over_once(sharing: Desk) -> None:
    # Only Oliver winds, and only Emma and Dilara paint free-hand.
    found = sharing.ask(443, 441)

    assert isinstance(found, SlotsFound)
    plan = found.offers[0].plan
    leads = [s.staff_id for s in plan.segments if s.name.split()[0] != "wash"]
    assert len(set(leads)) == 2
    assert sum(one != other for one, other in pairwise(leads)) == 1


def test_without_that_setting_it_is_not_offered(desk: Desk) -> None:
    found = desk.ask(443, 441)

    assert isinstance(found, NoSlots)
    assert found.obstacle.reason is Reason.STAFF_UNQUALIFIED


def test_whoever_can_do_all_of_it_is_not_relieved(sharing: Desk) -> None:
    sharing.take("emma", "16:00", "16:30")

    plan = sharing.book(177, staff=None, at="13:30")

    assert len({s.staff_id for s in plan.segments if s.name.split()[0] != "wash"}) == 1


def test_a_start_nobody_could_take_alone_is_open_to_several(sharing: Desk) -> None:
    sharing.take("emma", "15:45", "16:30")
    for name in ("oliver", "dilara"):
        sharing.take(name, "14:00", "14:30")
        sharing.take(name, "15:15", "15:45")

    plan = sharing.book(177, staff=None, at="14:00")

    assert crew(sharing, plan).split()[0] == "emma"
    assert crew(sharing, plan).split()[-1] != "emma"
    assert "14:00" not in sharing.starts(177, staff="emma")


def test_a_wished_person_is_not_relieved(sharing: Desk) -> None:
    sharing.take("emma", "15:45", "16:30")

    found = sharing.ask(177, staff="emma", wishes=(sharing.wish("14:00"),))

    assert isinstance(found, SlotsFound)
    assert found.obstacle is not None
    assert found.obstacle.reason is Reason.TAKEN
