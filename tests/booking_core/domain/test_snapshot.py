from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_core.domain.appointment import Customer
from booking_core.domain.interval import Span
from booking_core.domain.plan import ClaimKind, PlannedPause
from booking_core.domain.snapshot import dump_plan, fingerprint, load_plan

BERLIN = ZoneInfo("Europe/Berlin")
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2032, 1, 1))  # noqa: DTZ001 - made aware below


def kept(plan: Any) -> Any:
    """Through JSON and back, as a database does it."""
    return load_plan(json.loads(json.dumps(dump_plan(plan))))


@given(INSTANTS)
def test_a_plan_survives_as_it_was(visits: Any, instant: datetime) -> None:
    plan = visits.plan(instant.replace(tzinfo=UTC))

    assert kept(plan) == plan


@given(INSTANTS.filter(lambda instant: instant.hour >= 6))  # salons are closed at night
def test_times_come_back_as_the_clock_on_the_wall_showed_them(
    visits: Any, instant: datetime
) -> None:
    plan = visits.plan(instant.replace(tzinfo=UTC).astimezone(BERLIN))

    again = kept(plan)

    assert [part.span.start.isoformat() for part in again.segments] == [
        part.span.start.isoformat() for part in plan.segments
    ]
    assert again.start.tzinfo is BERLIN


@pytest.mark.inc(38)
@pytest.mark.parametrize("utc_hour", [0, 1])
def test_the_hour_that_comes_twice_is_not_confused(visits: Any, utc_hour: int) -> None:
    twice = datetime(2026, 10, 25, utc_hour, 0, tzinfo=UTC).astimezone(BERLIN)

    again = kept(visits.plan(twice, service=12))

    assert twice.hour == 2
    assert again.start.astimezone(UTC).hour == utc_hour


def test_pauses_and_kinds_survive(visits: Any) -> None:
    plan = visits.plan()
    first = plan.segments[0]
    blocked = PlannedPause(span=first.pause.span, occupied=True, rest=True)
    rest = replace(plan.claims[0], kind=ClaimKind.REST)
    special = replace(
        plan,
        segments=(replace(first, pause=blocked), *plan.segments[1:]),
        claims=(rest, *plan.claims[1:]),
    )

    assert kept(special) == special


def test_a_plan_without_a_named_zone_comes_back_in_utc(visits: Any) -> None:
    plan = visits.plan(datetime.fromisoformat("2031-03-03T09:00:00+01:00"))

    assert kept(plan).start == plan.start
    assert kept(plan).start.utcoffset() == timedelta(0)


def test_a_fingerprint_is_that_of_the_wish_not_of_its_holder_or_zone(visits: Any) -> None:
    plan = visits.plan(datetime(2031, 3, 3, 9, 0, tzinfo=BERLIN))
    order = visits.order(plan)
    same = [
        replace(order, owner="call:after-reconnecting"),
        replace(order, plan=visits.plan(datetime(2031, 3, 3, 8, 0, tzinfo=UTC))),
    ]
    other = [
        replace(order, plan=visits.plan(datetime(2031, 3, 3, 8, 5, tzinfo=UTC))),
        replace(order, customer=Customer(name="Wilma Tönnies")),
    ]

    assert {fingerprint(one) for one in same} == {fingerprint(order)}
    assert fingerprint(order) not in {fingerprint(one) for one in other}


def test_a_plan_of_naive_times_cannot_exist(visits: Any) -> None:
    start = datetime(2031, 3, 3, 9, 0)  # noqa: DTZ001 - what is refused

    with pytest.raises(ValueError, match="zone"):
        Span(start, start + timedelta(minutes=5))
    assert visits.plan().start.tzinfo is not None
