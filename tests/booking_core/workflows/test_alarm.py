"""Undoing that fails for ten minutes raises an alarm, is on a list, and is tried on for ever."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from booking_core.adapters.postgres.trouble import sagas_in_trouble
from booking_core.domain.booking import Taken
from booking_core.domain.saga import SagaKind, SagaState, Setback
from booking_core.workflows.book import book
from booking_core.workflows.cancel import cancel
from booking_core.workflows.recover import recover_all

FOR_EVER = 10**6
UNDOING, FINISHING = "undoing_put_off", "finishing_put_off"
# Nobody waits in tests: leases and rests are over, and ten minutes have passed, when SQL says so.
THE_REST_IS_OVER = "UPDATE saga SET lease_until = clock_timestamp() WHERE ended_at IS NULL"
ELEVEN_MINUTES_PASS = "UPDATE saga SET started_at = started_at - interval '11 minutes'"


@pytest.fixture
async def stuck(world: Any, visits: Any) -> Any:
    """A booking whose second request was refused, and whose first cannot be taken back."""
    world.calendar.script.extend(["fine", "taken"])
    world.calendar.silent_cancels = FOR_EVER
    order = visits.order()
    assert isinstance(await book(order, world.parts()), Taken)
    return await world.stores.sagas.by_key(order.branch_id, order.key)


async def carried_on(world: Any, event: str = UNDOING) -> dict[str, Any]:
    """What is logged when a process carries on as soon as the rest is over."""
    await world.write(THE_REST_IS_OVER)
    with capture_logs() as logs:
        await recover_all(world.parts())
    (entry,) = [entry for entry in logs if entry["event"] == event]
    return dict(entry)


async def test_undoing_that_fails_is_a_warning_first_and_an_alarm_after_ten_minutes(
    world: Any, stuck: Any
) -> None:
    before = await carried_on(world)
    await world.write(ELEVEN_MINUTES_PASS)
    after = await carried_on(world)

    assert before["log_level"] == "warning"
    assert after["log_level"] == "error"
    assert after["visit"] == str(stuck.appointment.id)
    assert after["segment"] == 4
    assert after["answer"] == "CalendarSilent"


async def test_it_is_tried_again_for_ever_with_growing_waits(world: Any, stuck: Any) -> None:
    await world.write(ELEVEN_MINUTES_PASS)

    waits = [(await carried_on(world))["wait_s"] for _ in range(7)]

    assert waits == sorted(waits)
    assert waits[-1] == waits[-2] == 600
    saga = await world.stores.sagas.by_id(stuck.id)
    assert saga.state is SagaState.COMPENSATING
    assert await world.value("SELECT count(*) FROM claim WHERE state = 'final'") == 5


async def test_what_is_stuck_is_on_the_list_until_it_is_settled(world: Any, stuck: Any) -> None:
    engine = world.stores.engine
    at_once = await sagas_in_trouble(engine)
    await world.write(ELEVEN_MINUTES_PASS)
    await carried_on(world)
    (listed,) = await sagas_in_trouble(engine)
    world.calendar.silent_cancels = 0
    await world.write(THE_REST_IS_OVER)
    await recover_all(world.parts())

    assert at_once == []
    assert (listed.id, listed.appointment_id) == (stuck.id, stuck.appointment.id)
    assert (listed.kind, listed.state) == (SagaKind.BOOK, SagaState.COMPENSATING)
    assert listed.setback is Setback.TAKEN
    assert listed.segments == (4,)
    assert listed.tries == 2
    assert listed.age_s > 600
    assert 0 < listed.next_try_in_s <= 30
    assert await sagas_in_trouble(engine) == []
    assert not world.calendar.live


async def test_a_cancellation_that_cannot_be_carried_through_is_an_alarm_too(
    world: Any, booked: Any, cancel_order: Any
) -> None:
    visit = await booked()
    world.calendar.silent_cancels = FOR_EVER
    await cancel(cancel_order(visit), world.parts(), appointments=world.stores.appointments)
    await world.write(ELEVEN_MINUTES_PASS)

    entry = await carried_on(world, FINISHING)
    (listed,) = await sagas_in_trouble(world.stores.engine)

    assert (entry["log_level"], entry["visit"]) == ("error", str(visit.id))
    assert (listed.kind, listed.state) == (SagaKind.CANCEL, SagaState.FINISHING)
    assert listed.appointment_id == visit.id
    assert set(listed.segments) == {1, 2, 3, 4}
