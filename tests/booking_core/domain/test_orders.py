from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment
from booking_core.domain.errors import InvalidRequest
from booking_core.domain.orders import CancelAppointment, OrderedBy, RescheduleAppointment


def to_cancel(**how: Any) -> CancelAppointment:
    return CancelAppointment(**{"key": "k", "branch_id": uuid4(), "appointment_id": uuid4(), **how})


def to_move(**how: Any) -> RescheduleAppointment:
    visit: Any = {"branch_id": uuid4(), "appointment_id": uuid4(), "plan": None}
    return RescheduleAppointment(**{"key": "k", "owner": "call:1", **visit, **how})


def to_book(**how: Any) -> BookAppointment:
    visit: Any = {"branch_id": uuid4(), "plan": None, "customer": None}
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
