from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from booking_core.domain.errors import InvalidRequest
from booking_core.domain.orders import CancelAppointment, OrderedBy, RescheduleAppointment


def to_cancel(**how: Any) -> CancelAppointment:
    return CancelAppointment(key="k", branch_id=uuid4(), appointment_id=uuid4(), **how)


def to_move(**how: Any) -> RescheduleAppointment:
    visit: Any = {"branch_id": uuid4(), "appointment_id": uuid4(), "plan": None}
    return RescheduleAppointment(key="k", owner="call:1", **visit, **how)


@pytest.mark.parametrize("order", [to_cancel, to_move])
@pytest.mark.parametrize("by", [OrderedBy.PHONE, OrderedBy.API])
def test_only_a_person_at_the_desk_may_waive_the_limit(order: Any, by: OrderedBy) -> None:
    with pytest.raises(InvalidRequest, match=f"not {by}") as refused:
        order(by=by, waive_limit=True)

    assert refused.value.facts == {"by": by.value}
    assert order(by=OrderedBy.DESK, waive_limit=True).waive_limit
