"""What makes no sense is refused where it comes in, with the facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from booking_core.domain.catalogue import (
    Pause,
    Resource,
    Segment,
    Service,
    WorkingHours,
)
from booking_core.domain.errors import (
    InvalidCatalogue,
    InvalidRequest,
    InvalidTime,
    InvalidVisit,
    UnknownService,
    UnknownStaff,
)
from booking_core.domain.layout import MOST_SEGMENTS
from booking_core.domain.plan import VisitRequest
from booking_core.domain.search import answer
from booking_core.domain.slots import NoSlots, Reason, SlotQuery, SlotsFound, TimeWish

if TYPE_CHECKING:
    from collections.abc import Callable

    from booking_core.domain.slots import Obstacle
    from tests.booking_core.domain.conftest import Desk

NAIVE = datetime(2026, 11, 25, 14)  # noqa: DTZ001 - what is refused


def segment(**changes: Any) -> Segment:
    return Segment(**{"key": "A", "name": "Schnitt", "minutes": 30, "skill": "cut_w", **changes})


def chain(count: int, pause: Pause | None = None) -> tuple[Segment, ...]:
    """So many short cuts, one after the other."""
    keys = [chr(ord("A") + number) for number in range(count)]
    made = [segment(key=key, minutes=5, pause_after=pause) for key in keys]
    return (*made[:-1], replace(made[-1], pause_after=None))


def numbered(service: Service, count: int) -> tuple[Service, ...]:
    """As many services like this one, each of its own."""
    return tuple(
        replace(service, id=uuid4(), number=9000 + number, name=f"Leistung {number}")
        for number in range(count)
    )


def visit_of(desk: Desk, services: tuple[Service, ...]) -> SlotQuery:
    visit = VisitRequest(services=tuple(service.id for service in services))
    return SlotQuery(branch_id=desk.salon.branch.id, visit=visit, owner="call:1")


def no_holidays(_: date) -> None:
    return None


# --- the catalogue ------------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [0, -5, 7, 485])
def test_a_segment_has_a_length_a_day_can_hold(minutes: int) -> None:
    with pytest.raises(InvalidCatalogue) as refused:
        segment(minutes=minutes)

    assert refused.value.facts == {"minutes": minutes}


@pytest.mark.parametrize(("shortest", "longest"), [(30, 15), (0, 0), (-5, 10), (5, 245)])
def test_a_pause_has_a_length_and_its_most_is_not_less(shortest: int, longest: int) -> None:
    with pytest.raises(InvalidCatalogue) as refused:
        Pause(min_minutes=shortest, max_minutes=longest)

    assert refused.value.facts == {"min_minutes": shortest, "max_minutes": longest}


def test_a_pause_off_the_five_minutes_is_refused() -> None:
    with pytest.raises(InvalidCatalogue, match="multiple of 5"):
        Pause(min_minutes=12, max_minutes=15)


@pytest.mark.parametrize(
    ("segments", "what"),
    [
        ((), "needs 1 to 10 segments, not 0"),
        (chain(11), "needs 1 to 10 segments, not 11"),
        ((segment(), segment(name="Föhnen")), "is there twice: A"),
        (
            (segment(pause_after=Pause(min_minutes=10, max_minutes=10)),),
            "nothing follows the last pause",
        ),
    ],
)
def test_a_service_is_an_ordered_list_of_segments(
    desk: Desk, segments: tuple[Segment, ...], what: str
) -> None:
    with pytest.raises(InvalidCatalogue, match=what):
        replace(desk.salon.services[0], segments=segments)


def test_a_service_has_no_negative_price(desk: Desk) -> None:
    with pytest.raises(InvalidCatalogue) as refused:
        replace(desk.salon.services[0], price_cents=-1)

    assert refused.value.facts == {"price_cents": -1}


def test_hours_are_of_a_day_of_the_week_and_end_after_they_start() -> None:
    with pytest.raises(InvalidCatalogue, match="no weekday: 7"):
        WorkingHours(weekday=7, start=time(9), end=time(17))
    with pytest.raises(InvalidCatalogue, match="end after they start"):
        WorkingHours(weekday=0, start=time(17), end=time(9))


def test_hours_may_last_until_midnight() -> None:
    assert WorkingHours(weekday=0, start=time(17), end=time(0)).end == time(0)


@pytest.mark.parametrize(
    "changes",
    [
        {"step_minutes": 0},
        {"step_minutes": -15},
        {"step_minutes": 12},
        {"lead_minutes": -1},
        {"horizon_days": -1},
        {"timezone": "Europe/Morgenrot"},
        {"timezone": ""},
    ],
)
def test_a_branch_has_a_zone_and_sells_time_that_is_to_come(
    desk: Desk, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidCatalogue) as refused:
        replace(desk.salon.branch, **changes)

    assert set(changes.items()) <= set(refused.value.facts.items()) or refused.value.facts == {
        "minutes": 12
    }


def same_key(salon: Any) -> dict[str, Any]:
    return {"staff": (*salon.staff, replace(salon.staff[0], id=uuid4()))}


def same_unit(salon: Any) -> dict[str, Any]:
    return {"resources": (*salon.resources, salon.resources[0])}


def unit_that_is_a_person(salon: Any) -> dict[str, Any]:
    chair = Resource(id=salon.staff[0].id, key="x", kind="chair", name="Platz")
    return {"resources": (*salon.resources, chair)}


def same_number(salon: Any) -> dict[str, Any]:
    return {"services": (*salon.services, replace(salon.services[0], id=uuid4()))}


@pytest.mark.parametrize("doubled", [same_key, same_unit, unit_that_is_a_person, same_number])
def test_keys_and_ids_are_unique_in_a_salon(
    desk: Desk, doubled: Callable[[Any], dict[str, Any]]
) -> None:
    with pytest.raises(InvalidCatalogue, match="is there twice"):
        replace(desk.salon, **doubled(desk.salon))


# --- the question -------------------------------------------------------------------------------


def test_a_visit_has_a_service() -> None:
    with pytest.raises(InvalidVisit):
        VisitRequest(services=())


def test_an_unknown_service_is_named(desk: Desk) -> None:
    with pytest.raises(UnknownService) as refused:
        desk.ask(7)

    assert refused.value.facts == {"service_id": desk.visit(7).services[0]}


def test_an_unknown_person_is_named(desk: Desk) -> None:
    with pytest.raises(UnknownStaff) as refused:
        desk.ask(435, staff="nobody")

    assert refused.value.facts == {"staff_id": desk.visit(435, staff="nobody").staff}


@pytest.mark.parametrize("field", ["at", "ends_by"])
def test_a_wished_time_has_a_zone(desk: Desk, field: str) -> None:
    window = desk.span("09:00", "18:00")

    with pytest.raises(InvalidTime) as refused:
        TimeWish(window=window, **{field: NAIVE})  # type: ignore[arg-type]  # one of the two

    assert refused.value.facts == {"time": NAIVE}


@pytest.mark.parametrize("limit", [0, -1])
def test_at_least_one_start_is_asked_for(desk: Desk, limit: int) -> None:
    with pytest.raises(InvalidRequest) as refused:
        desk.ask(435, limit=limit)

    assert refused.value.facts == {"limit": limit}


def obstacle(desk: Desk, *numbers: int, **asked: Any) -> Obstacle | None:
    return desk.ask(*numbers, **asked).obstacle


def test_a_start_in_the_past_is_answered_with_the_reason(desk: Desk) -> None:
    yesterday = desk.now.date() - timedelta(days=1)
    found = obstacle(desk, 435, wishes=(desk.wish("14:00", yesterday),))

    assert found is not None
    assert found.reason is Reason.PAST


def test_a_start_beyond_the_horizon_is_answered_with_the_last_day(desk: Desk) -> None:
    far = desk.now.date() + timedelta(days=desk.salon.branch.horizon_days + 1)
    found = obstacle(desk, 435, wishes=(desk.wish("14:00", far),))

    assert found is not None
    assert (found.reason, found.latest) == (Reason.HORIZON, far - timedelta(days=1))


def test_a_service_nobody_can_do_is_answered_with_the_reason(desk: Desk) -> None:
    desk.edit(435, segments=(segment(skill="extensions"),))

    found = desk.ask(435)

    assert isinstance(found, NoSlots)
    assert found.obstacle.reason is Reason.STAFF_UNQUALIFIED
    assert found.obstacle.qualified == ()


def test_a_visit_longer_than_any_day_is_answered_with_the_reason(desk: Desk) -> None:
    desk.edit(435, segments=(segment(minutes=480), segment(key="B", minutes=480)))

    found = desk.ask(435)

    assert isinstance(found, NoSlots)
    assert found.obstacle.reason is Reason.TOO_LONG_FOR_DAY


def test_a_visit_of_fifty_segments_is_searched(desk: Desk) -> None:
    elastic = Pause(min_minutes=5, max_minutes=10)
    long_one = replace(desk.salon.services[0], pause_policy=None, segments=chain(10, elastic))
    services = numbered(long_one, 5)
    opening = tuple(WorkingHours(weekday=day, start=time(), end=time()) for day in range(7))
    desk.salon = replace(desk.salon, services=services)
    desk.branch(opening_hours=opening, elastic_pauses=True)
    desk.edit_staff("oliver", hours=opening)

    found = answer(visit_of(desk, services), desk.salon, {}, desk.now, no_holidays)

    assert isinstance(found, SlotsFound)
    # Neighbours with the same skill are merged where one service ends and the next begins.
    assert len(found.offers[0].plan.segments) == 46


def test_a_visit_of_more_segments_is_refused_with_their_number(desk: Desk) -> None:
    services = numbered(replace(desk.salon.services[0], segments=chain(10), pause_policy=None), 6)
    desk.salon = replace(desk.salon, services=services)

    with pytest.raises(InvalidVisit) as refused:
        answer(visit_of(desk, services), desk.salon, {}, desk.now, no_holidays)

    assert refused.value.facts == {"segments": 55, "most": MOST_SEGMENTS}
