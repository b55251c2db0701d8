from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment
from booking_core.domain.errors import InvalidRequest, OverrideUnexplained
from booking_core.domain.interval import Span
from booking_core.domain.orders import CancelAppointment, OrderedBy, RescheduleAppointment
from booking_core.domain.override import Override
from booking_core.domain.plan import Plan, PlannedSegment

NINE = datetime(2031, 3, 3, 9, tzinfo=UTC)
PLAN = Plan(
    services=(uuid4(),),
    segments=(
        PlannedSegment(
            index=1, of=1, key="A", name="Spitzen", service_id=uuid4(), staff_id=uuid4(),
            span=Span.of_minutes(NINE, 30),
        ),
    ),
    claims=(),
)  # fmt: skip
IN_A_REST = replace(PLAN, segments=(replace(PLAN.segments[0], local=True),))
ON_PURPOSE = Override(author="Rezeption", reason="Stammkundin, mit beiden abgesprochen")


def to_cancel(**how: Any) -> CancelAppointment:
    return CancelAppointment(**{"key": "k", "branch_id": uuid4(), "appointment_id": uuid4(), **how})


def to_move(**how: Any) -> RescheduleAppointment:
    visit: Any = {"branch_id": uuid4(), "appointment_id": uuid4(), "plan": PLAN}
    return RescheduleAppointment(**{"key": "k", "owner": "call:1", **visit, **how})


def to_book(**how: Any) -> BookAppointment:
    visit: Any = {"branch_id": uuid4(), "plan": PLAN, "customer": None}
    return BookAppointment(**{"key": "k", "owner": "call:1", **visit, **how})


@pytest.mark.parametrize("character", ["\x00", "\ud83d"], ids=["NUL", "half an emoji"])
@pytest.mark.parametrize(
    ("made", "field"),
    [
        (Customer, "name"), (Customer, "phone"), (Customer, "email"),
        (to_book, "key"), (to_book, "owner"), (to_book, "call_id"),
        (to_cancel, "key"), (to_cancel, "reason"), (to_move, "key"), (to_move, "owner"),
    ],
)  # fmt: skip
def test_what_cannot_be_written_is_refused_without_being_repeated(
    made: Any, field: str, character: str
) -> None:
    given = {"name": "Marlies"} if made is Customer else {}

    with pytest.raises(InvalidRequest) as refused:
        made(**{**given, field: f"Marlies{character}"})

    assert refused.value.facts == {"field": field}
    assert "Marlies" not in str(refused.value)


def test_every_letter_there_is_can_be_written() -> None:
    assert Customer(name="Ünsal Yıldız 👩‍🦰 Ольга\n").name


@pytest.mark.parametrize("order", [to_cancel, to_move])
@pytest.mark.parametrize("by", [OrderedBy.PHONE, OrderedBy.API])
def test_only_a_person_at_the_desk_may_waive_the_limit(order: Any, by: OrderedBy) -> None:
    with pytest.raises(InvalidRequest, match=f"not {by}") as refused:
        order(by=by, waive_limit=True)

    assert refused.value.facts == {"by": by.value}
    assert order(by=OrderedBy.DESK, waive_limit=True).waive_limit


@pytest.mark.parametrize("missing", ["author", "reason"])
@pytest.mark.parametrize("said", ["", "  \t"])
def test_whoever_overrides_says_who_they_are_and_why(missing: str, said: str) -> None:
    with pytest.raises(OverrideUnexplained) as refused:
        replace(ON_PURPOSE, **{missing: said})

    assert refused.value.facts == {"missing": (missing,)}


@pytest.mark.parametrize(
    ("order", "channel"),
    [(to_book, "phone"), (to_book, "api"), (to_move, OrderedBy.PHONE), (to_move, OrderedBy.API)],
)
def test_only_a_person_at_the_desk_may_use_the_rest_of_others(order: Any, channel: str) -> None:
    said_by = "source" if order is to_book else "by"

    with pytest.raises(InvalidRequest, match=f"not {channel}"):
        order(plan=IN_A_REST, override=ON_PURPOSE, **{said_by: channel})

    own = order(plan=IN_A_REST, override=ON_PURPOSE, **{said_by: OrderedBy.DESK})
    assert own.override == ON_PURPOSE


@pytest.mark.parametrize("order", [to_book, to_move])
def test_a_plan_in_the_rest_of_others_is_refused_where_nobody_takes_it_on_themselves(
    order: Any,
) -> None:
    with pytest.raises(InvalidRequest) as refused:
        order(plan=IN_A_REST)

    assert refused.value.facts == {"segments": (1,)}
