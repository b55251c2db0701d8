"""What the four pause policies mean for everybody else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from booking_core.domain.catalogue import Delegate, PausePolicy
from booking_core.domain.plan import ClaimKind

if TYPE_CHECKING:
    from booking_core.domain.plan import Plan
    from tests.booking_core.domain.conftest import Desk


@pytest.fixture
def alone(desk: Desk) -> Desk:
    """Nobody but Emma, so that everything depends on her; a visit with a pause 14:30-15:00."""
    desk.branch(delegate=Delegate.NEVER)
    colour = desk.salon.service_numbered(177)
    first, wash, cut, style = colour.segments
    pause = replace(first.pause_after, max_minutes=30) if first.pause_after else None
    desk.edit(177, segments=(replace(first, pause_after=pause), wash, cut, style))
    return desk


def with_policy(desk: Desk, policy: PausePolicy, *, bookable: bool | None = None) -> Plan:
    service = desk.salon.service_numbered(177)
    segments = tuple(
        replace(s, pause_after=replace(s.pause_after, bookable=bookable)) if s.pause_after else s
        for s in service.segments
    )
    desk.edit(177, pause_policy=policy, segments=segments)
    return desk.book(177, staff="emma", at="14:00")


def fits_into_the_pause(desk: Desk, minutes: int) -> bool:
    short = desk.salon.service_numbered(431)
    desk.edit(431, segments=(replace(short.segments[0], minutes=minutes),))
    return "14:30" in desk.starts(431, staff="emma")


@pytest.mark.parametrize(
    ("policy", "bookable", "fitting"),
    [
        (PausePolicy.FREE, None, {25, 30}),
        (PausePolicy.BLOCKED, None, set()),
        (PausePolicy.NEVER, None, set()),
        (PausePolicy.FLEXIBLE, None, {25}),
        (PausePolicy.FLEXIBLE, True, {25}),
        (PausePolicy.FLEXIBLE, False, set()),
    ],
)
def test_who_may_use_a_pause_of_half_an_hour(
    alone: Desk, policy: PausePolicy, *, bookable: bool | None, fitting: set[int]
) -> None:
    with_policy(alone, policy, bookable=bookable)

    assert {m for m in (25, 30, 35) if fits_into_the_pause(alone, m)} == fitting


def test_a_flexible_pause_without_a_setting_is_free_from_twenty_minutes_on(alone: Desk) -> None:
    plan = with_policy(alone, PausePolicy.FLEXIBLE)

    half_hour, quarter = (s.pause for s in plan.segments if s.pause)
    assert (half_hour.occupied, quarter.occupied) == (False, True)


def test_a_blocked_pause_is_claimed_as_a_pause_and_a_rest_as_a_rest(alone: Desk) -> None:
    blocked = with_policy(alone, PausePolicy.BLOCKED)
    alone.busy.clear()
    rest = with_policy(alone, PausePolicy.NEVER)

    assert {c.kind for c in blocked.claims} == {ClaimKind.WORK, ClaimKind.PAUSE, ClaimKind.SEAT}
    assert {c.kind for c in rest.claims} == {ClaimKind.WORK, ClaimKind.REST, ClaimKind.SEAT}


@pytest.mark.parametrize(
    ("policy", "possible"),
    [
        (PausePolicy.FREE, True),
        (PausePolicy.NEVER, True),
        (PausePolicy.FLEXIBLE, True),
        (PausePolicy.BLOCKED, False),
    ],
)
def test_a_break_may_lie_in_a_pause_unless_the_person_has_to_stay(
    alone: Desk, policy: PausePolicy, *, possible: bool
) -> None:
    alone.edit(177, pause_policy=policy)

    assert ("12:30" in alone.starts(177, staff="emma")) is possible


def test_the_person_of_a_blocked_pause_stays_although_others_may_wash(desk: Desk) -> None:
    desk.branch(delegate=Delegate.PREFER)
    desk.edit(177, pause_policy=PausePolicy.BLOCKED)

    plan = desk.book(177, staff="emma", at="14:00")

    assert {desk.salon.member(s.staff_id).key for s in plan.segments} == {"emma"}


def test_an_elastic_pause_is_as_short_as_it_can_be(desk: Desk) -> None:
    desk.branch(elastic_pauses=True, delegate=Delegate.NEVER)
    undisturbed = desk.book(177, staff="emma", at="14:00")
    desk.busy.clear()
    desk.take("emma", "15:00", "15:10")

    stretched = desk.book(177, staff="emma", at="14:00")

    assert undisturbed.total_minutes == 150
    assert [s.pause.span.minutes for s in stretched.segments if s.pause] == [40, 15]


def test_an_elastic_pause_never_exceeds_its_longest(desk: Desk) -> None:
    desk.branch(elastic_pauses=True, delegate=Delegate.NEVER)
    desk.take("emma", "14:30", "15:20")

    assert "14:00" not in desk.starts(177, staff="emma")
    assert "14:15" not in desk.starts(177, staff="emma")


def test_the_chair_is_kept_through_the_pause_and_the_washing(desk: Desk) -> None:
    for chair in ("chair 2", "chair 3", "chair 4"):
        desk.take(chair, "09:00", "18:00")
    desk.book(177, staff="emma", at="14:00")

    assert "14:30" not in desk.starts(431, staff="fabian")
    assert "16:30" in desk.starts(431, staff="fabian")


def test_a_pause_may_give_the_chair_back(desk: Desk) -> None:
    for chair in ("chair 2", "chair 3", "chair 4"):
        desk.take(chair, "09:00", "18:00")
    first, *others = desk.salon.service_numbered(177).segments
    pause = replace(first.pause_after, keeps_chair=False) if first.pause_after else None
    desk.edit(177, segments=(replace(first, pause_after=pause), *others))

    plan = desk.book(177, staff="emma", at="14:00")

    chair = next(r.id for r in desk.salon.resources if r.key == "chair1")
    assert [c.span for c in plan.claims if c.resource_id == chair] == [
        desk.span("14:00", "14:30"),
        desk.span("15:00", "16:30"),
    ]
    assert "14:30" in desk.starts(431, staff="oliver")
