"""Whoever is told at the desk gets no mail: it is on record that there is none, and stays so."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from booking_core.domain.errors import InvalidRequest
from booking_core.domain.orders import CancelAppointment, Cancelled, Moved, OrderedBy
from booking_core.workflows.cancel import cancel
from booking_core.workflows.recover import recover

MAILS = "SELECT kind, version, state, reason FROM email_log ORDER BY version"
LATE = "UPDATE saga SET lease_until = clock_timestamp()"
IN_PERSON: Any = {"by": OrderedBy.DESK, "quiet": True}


async def test_a_visit_is_cancelled_without_a_mail_and_that_is_on_record(
    world: Any, booked: Any, cancel_it: Any
) -> None:
    visit = await booked()

    result = await cancel_it(visit, **IN_PERSON)

    assert isinstance(result, Cancelled)
    assert result.mail_to is None
    assert await world.rows(MAILS) == [
        ("confirmation", 1, "due", None),
        ("cancellation", 2, "dropped", "told_in_person"),
    ]


async def test_a_visit_is_moved_without_a_mail_and_later_ones_are_sent(
    world: Any, booked: Any, move_it: Any, cancel_it: Any, visits: Any
) -> None:
    visit = await booked()

    moved = await move_it(visit, visits.plan(600), **IN_PERSON)
    await cancel_it(moved.appointment)
    sent = await world.notify().all_due()

    assert isinstance(moved, Moved)
    assert moved.mail_to is None
    assert sent == 2
    assert [row[:3] for row in await world.rows(MAILS)] == [
        ("confirmation", 1, "sent"),
        ("change", 2, "dropped"),
        ("cancellation", 3, "sent"),
    ]


async def test_whoever_carries_on_for_a_dead_process_sends_no_mail_either(
    world: Any, booked: Any, cancel_order: Any, make_fuse: Any, crash: Any
) -> None:
    visit = await booked()
    order = cancel_order(visit, **IN_PERSON)

    with pytest.raises(crash):
        await cancel(
            order,
            world.parts(make_fuse(at="before finish")),
            appointments=world.stores.appointments,
        )
    await world.write(LATE)
    saga = await world.stores.sagas.by_key(order.branch_id, order.key)
    await recover(saga.id, world.parts())

    kinds = [row[:3] for row in await world.rows(MAILS)]
    assert kinds[1:] == [("cancellation", 2, "dropped")]


def test_only_the_desk_tells_customers_itself() -> None:
    with pytest.raises(InvalidRequest):
        CancelAppointment(key="call", branch_id=uuid4(), appointment_id=uuid4(), quiet=True)
