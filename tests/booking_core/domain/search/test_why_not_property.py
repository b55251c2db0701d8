"""What the search says about an impossible start is true, in random salons, minute by minute."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking_core.domain.case import open_case
from booking_core.domain.catalogue import LeadChange
from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import Cause, Reason, SlotQuery, TimeWish
from booking_core.domain.why_not import why_not

if TYPE_CHECKING:
    from uuid import UUID

    from booking_core.domain.slots import Obstacle

    World = Any

ZONE = ZoneInfo("Europe/Berlin")
LONG_AGO = datetime(2027, 1, 1, tzinfo=UTC)
MakeWorld = Callable[[bytes], Any]

pytestmark = pytest.mark.timeout(3600)  # a long run takes minutes

some_bytes = st.binary(min_size=100, max_size=200)
cells = st.integers(0, 65)
SALONS = int(os.environ.get("SLOT_SEARCH_SALONS", "120"))


def salons(count: int) -> settings:
    return settings(
        max_examples=count,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


def no_holidays(_: date) -> None:
    return None


def start_in(world: World, cell: int) -> datetime:
    midnight = datetime.combine(world.day, time(), ZONE).astimezone(UTC)
    return midnight + timedelta(minutes=5 * cell)


def judge(world: World, start: datetime, *, now: datetime = LONG_AGO) -> Obstacle | None:
    midnight = datetime.combine(world.day, time(), ZONE)
    day = Span(midnight, midnight + timedelta(days=1))
    wish = TimeWish(window=Span.of_minutes(start, 5), at=start)
    query = SlotQuery(
        branch_id=world.salon.branch.id,
        visit=VisitRequest(services=world.services, staff=world.staff),
        owner="call:property",
        wishes=(wish,),
    )
    case = open_case(query, world.salon, world.busy, now, no_holidays, day)
    return why_not(case, wish)


def can_start(world: World, slow: Any, start: datetime) -> bool:
    leads = [lead for lead in slow.leads if world.staff in {None, lead.id}]
    if world.staff is None and world.salon.branch.lead_change is LeadChange.IF_NO_OTHER:
        leads.append(None)
    return any(slow.fits(int(start.timestamp()) // 60, lead) for lead in leads)


def pieces(since: datetime, until: datetime) -> list[range]:
    """The minutes of each five that lie in between."""
    first, stop = (int(moment.timestamp()) // 60 for moment in (since, until))
    return [range(minute, minute + 5) for minute in range(first, stop, 5)]


def is_taken(slow: Any, owner: UUID, five: range) -> bool:
    return any(minute in slow.taken.get(owner, ()) for minute in five)


@salons(SALONS)
@given(some_bytes, cells)
def test_there_is_no_obstacle_exactly_where_the_visit_can_start(
    random_world: MakeWorld, brute_force: Any, data: bytes, cell: int
) -> None:
    world = random_world(data)
    start = start_in(world, cell)

    assert (judge(world, start) is None) is can_start(world, brute_force(world), start)


@salons(SALONS // 4)  # every start of a day is tried for each of them
@given(some_bytes, cells)
def test_the_nearest_starts_can_be_had_and_nothing_lies_nearer(
    random_world: MakeWorld, brute_force: Any, data: bytes, cell: int
) -> None:
    world = random_world(data)
    start, slow = start_in(world, cell), brute_force(world)
    obstacle = judge(world, start)
    if obstacle is None or obstacle.start is None:
        return
    step = world.salon.branch.step_minutes

    offered = [
        moment
        for moment in (start_in(world, number) for number in range(-36, 300))
        if moment.astimezone(ZONE).date() == world.day
        and (moment.astimezone(ZONE).hour * 60 + moment.astimezone(ZONE).minute) % step == 0
        and can_start(world, slow, moment)
    ]

    assert obstacle.nearest_before == max((m for m in offered if m < start), default=None)
    assert obstacle.nearest_after == min((m for m in offered if m > start), default=None)


@salons(SALONS)
@given(some_bytes, cells)
def test_what_is_said_to_be_in_the_way_is_there_from_then_until_then(
    random_world: MakeWorld, brute_force: Any, data: bytes, cell: int
) -> None:
    world = random_world(data)
    start, slow = start_in(world, cell), brute_force(world)
    obstacle = judge(world, start)
    if obstacle is None or obstacle.until is None:
        return
    since, until = obstacle.since or start, obstacle.until
    blocks = blocker(world, slow, obstacle)

    assert start <= since < until
    assert all(blocks(five) for five in pieces(since, until))
    assert not blocks(pieces(until, until + timedelta(minutes=5))[0])
    if obstacle.reason is Reason.STAFF_OFF:
        away = any(a.span.contains(since) for a in world.salon.member(world.staff).absences)
        assert (obstacle.cause is Cause.ABSENCE) is away


def blocker(world: World, slow: Any, obstacle: Obstacle) -> Callable[[range], bool]:
    """Whether what the obstacle names is in the way in these five minutes."""

    def is_off(staff_id: UUID, five: range) -> bool:
        return not slow.at_work[staff_id].issuperset(five)

    def is_full(five: range) -> bool:
        units = world.salon.units(obstacle.resource_kind or "")
        taken = all(is_taken(slow, unit.id, five) for unit in units)
        return taken or not slow.open.issuperset(five)

    def is_nobody_free(five: range) -> bool:
        return all(is_off(m.id, five) or is_taken(slow, m.id, five) for m in slow.leads)

    match obstacle.reason:
        case Reason.STAFF_OFF:
            return partial(is_off, world.staff)
        case Reason.RESOURCE_FULL:
            return is_full
        case Reason.TAKEN if obstacle.staff_id:
            return partial(is_taken, slow, obstacle.staff_id)
        case _:
            return is_nobody_free


@salons(SALONS)
@given(some_bytes, cells)
def test_the_notice_names_the_first_start_that_can_be_had(
    random_world: MakeWorld, brute_force: Any, data: bytes, cell: int
) -> None:
    world = random_world(data)
    start = start_in(world, cell)
    now = start - timedelta(minutes=20)  # an hour's notice

    obstacle = judge(world, start, now=now)

    assert obstacle
    assert obstacle.reason in {Reason.LEAD_TIME, Reason.STAFF_UNQUALIFIED, Reason.STAFF_OFF}
    if obstacle.earliest:
        assert obstacle.earliest >= now + timedelta(minutes=60)
        assert can_start(world, brute_force(world), obstacle.earliest)
