from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from booking_core.domain.appointment import Appointment, AppointmentState
from booking_core.domain.change import steps_to_book
from booking_core.domain.errors import SagaLost, SlotTaken, UnknownAppointment
from booking_core.domain.saga import SagaKind, SagaState, Setback, StepState
from booking_core.ports import SagaDraft

NOW = datetime(2031, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def make_draft(visits: Any, salons: Any, new_id: Any) -> Any:  # noqa: ARG001 - its rows must exist
    """Drafts of bookings, each with a key of its own."""

    def make(start: int = 0, *, key: str | None = None, code: str = "ACDEFH") -> SagaDraft:
        order = visits.order(visits.plan(start))
        appointment = Appointment(
            id=new_id(),
            branch_id=order.branch_id,
            code=code,
            state=AppointmentState.BOOKING,
            version=1,
            plan=order.plan,
            service_names=("Farbe und Schnitt",),
            price_cents=9800,
            customer=order.customer,
        )
        return SagaDraft(
            kind=SagaKind.BOOK,
            ordered_by="phone",
            key=key or order.key,
            fingerprint="same",
            owner=order.owner,
            appointment=appointment,
            steps=steps_to_book(order.plan),
            worker=str(appointment.id),
        )

    return make


async def rows(stores: Any, sql: str) -> list[Any]:
    async with stores.engine.connect() as connection:
        return list((await connection.execute(text(sql))).all())


async def test_what_is_begun_can_be_read_back(stores: Any, make_draft: Any) -> None:
    begun = await stores.sagas.start(make_draft())

    stored = await stores.sagas.by_id(begun.id)

    assert stored is not None
    assert replace(stored, age_s=0.0) == begun
    assert stored.age_s >= 0


async def test_a_key_that_is_known_gives_what_was_begun_first(stores: Any, make_draft: Any) -> None:
    drafts = [make_draft(0, key="k"), make_draft(300, key="k")]

    sagas = await asyncio.gather(*(stores.sagas.start(draft) for draft in drafts))

    assert sagas[0].id == sagas[1].id
    assert await rows(stores, "SELECT count(*) FROM appointment") == [(1,)]


async def test_a_code_that_is_in_use_is_drawn_again(stores: Any, make_draft: Any) -> None:
    await stores.sagas.start(make_draft(0))

    second = await stores.sagas.start(make_draft(300))

    assert second.appointment.code != "ACDEFH"
    assert len(second.appointment.code) == 6


async def test_a_taken_time_leaves_no_trace_of_the_attempt(stores: Any, make_draft: Any) -> None:
    await stores.sagas.start(make_draft(0))

    with pytest.raises(SlotTaken):
        await stores.sagas.start(make_draft(15))

    counted = await rows(
        stores,
        "SELECT (SELECT count(*) FROM appointment), (SELECT count(*) FROM saga),"
        " (SELECT count(*) FROM claim), (SELECT count(*) FROM procrastinate_jobs)",
    )
    assert counted == [(1, 1, 5, 1)]


async def test_a_step_goes_from_intent_to_done_and_counts_requests(
    stores: Any, make_draft: Any
) -> None:
    saga = await stores.sagas.start(make_draft())

    saga = await stores.sagas.doubt(saga, saga.steps[0])
    saga = await stores.sagas.intend(saga, saga.steps[0])
    saga = await stores.sagas.done(saga, saga.steps[0], "uid-1")

    stored = await stores.sagas.by_id(saga.id)
    assert stored.steps == saga.steps
    step = stored.steps[0]
    assert (step.index, step.state, step.attempt, step.uid, step.uncertain) == (
        4, StepState.DONE, 2, "uid-1", True,
    )  # fmt: skip


async def test_a_booking_begins_with_the_intent_of_its_first_request(
    stores: Any, make_draft: Any
) -> None:
    saga = await stores.sagas.start(make_draft())

    stored = await stores.sagas.by_id(saga.id)
    assert stored.steps == saga.steps
    states = [(step.state, step.attempt) for step in stored.steps]
    assert states[0] == (StepState.INTENT, 1)
    assert set(states[1:]) == {(StepState.PENDING, 0)}


async def test_that_a_step_is_done_is_written_with_the_next_intent(
    stores: Any, make_draft: Any
) -> None:
    saga = await stores.sagas.start(make_draft())
    saga = await stores.sagas.intend(saga, saga.steps[0])
    done = replace(saga.steps[0], state=StepState.DONE, uid="uid-1")

    saga = await stores.sagas.intend(saga, saga.steps[1], done)

    stored = await stores.sagas.by_id(saga.id)
    assert stored.steps == saga.steps
    assert [step.state for step in stored.steps[:2]] == [StepState.DONE, StepState.INTENT]
    assert stored.steps[0].uid == "uid-1"


async def test_the_pivot_writes_what_the_last_step_has_made(stores: Any, make_draft: Any) -> None:
    saga = await stores.sagas.start(make_draft())
    for step in saga.steps:
        saga = saga.with_steps(replace(step, state=StepState.DONE, uid=f"uid-{step.index}"))

    await stores.sagas.pivot(saga, at=NOW)

    kept = await rows(stores, "SELECT calendar_uid FROM appointment_segment ORDER BY index")
    assert kept == [("uid-1",), ("uid-2",), ("uid-3",), ("uid-4",)]


async def test_a_pivot_after_somebody_elses_is_lost_and_changes_nothing(
    stores: Any, make_draft: Any
) -> None:
    old = await stores.sagas.start(make_draft())
    new = await stores.sagas.take_over(old.id, worker="new", force=True)
    await stores.sagas.pivot(new, at=NOW)

    with pytest.raises(SagaLost):
        await stores.sagas.pivot(old, at=NOW + timedelta(hours=1))

    assert await rows(stores, "SELECT booked_at FROM appointment") == [(NOW,)]
    assert await rows(stores, "SELECT count(*) FROM email_log") == [(1,)]


@pytest.mark.inc(72)
async def test_every_write_of_a_replaced_worker_is_refused(stores: Any, make_draft: Any) -> None:
    old = await stores.sagas.start(make_draft())
    new = await stores.sagas.take_over(old.id, worker="new", force=True)
    before = await stores.sagas.by_id(old.id)

    step = old.steps[0]
    writes = [
        stores.sagas.intend(old, step),
        stores.sagas.doubt(old, step),
        stores.sagas.done(old, step, "uid"),
        stores.sagas.undone(old, step),
        stores.sagas.turn_back(old, Setback.TAKEN),
        stores.sagas.pivot(old, at=NOW),
        stores.sagas.fail(old),
        stores.sagas.rest(old, wait_s=0),
    ]
    for write in writes:
        with pytest.raises(SagaLost):
            await write

    after = await stores.sagas.by_id(old.id)
    assert replace(after, age_s=0) == replace(before, age_s=0)
    assert new.fence == old.fence + 1
    assert await rows(stores, "SELECT state FROM appointment") == [("booking",)]


async def test_one_of_many_takes_a_saga_over_and_only_after_its_lease(
    make_stores: Any, make_draft: Any
) -> None:
    living, dead = make_stores(), make_stores(lease_s=0.0)
    alive = await living.sagas.start(make_draft(0))
    lost = await dead.sagas.start(make_draft(300))

    assert await living.sagas.overdue() == [lost.id]
    assert await living.sagas.take_over(alive.id, worker="w") is None
    taken = await asyncio.gather(
        *(living.sagas.take_over(lost.id, worker=str(number)) for number in range(5))
    )
    assert sum(saga is not None for saga in taken) == 1


async def test_a_saga_whose_lease_still_lasts_is_looked_at_again_when_it_is_over(
    make_stores: Any, make_draft: Any
) -> None:
    stores = make_stores(lease_s=20)
    saga = await stores.sagas.start(make_draft())

    assert await stores.sagas.take_over(saga.id, worker="w") is None

    jobs = (
        "SELECT scheduled_at BETWEEN now() + interval '10 s' AND now() + interval '21 s'"
        " FROM procrastinate_jobs"
    )
    assert await rows(stores, jobs) == [(True,), (True,)]


async def test_nobody_comes_back_to_a_saga_that_has_ended(stores: Any, make_draft: Any) -> None:
    saga = await stores.sagas.start(make_draft())
    await stores.sagas.pivot(saga, at=NOW)
    before = await rows(stores, "SELECT count(*) FROM procrastinate_jobs")

    assert await stores.sagas.take_over(saga.id, worker="w") is None

    assert await rows(stores, "SELECT count(*) FROM procrastinate_jobs") == before


async def test_taking_over_makes_a_step_under_way_uncertain(stores: Any, make_draft: Any) -> None:
    saga = await stores.sagas.start(make_draft())
    await stores.sagas.intend(saga, saga.steps[0])

    taken = await stores.sagas.take_over(saga.id, worker="w", force=True)

    assert [step.uncertain for step in taken.steps] == [True, False, False, False]


async def test_an_ended_saga_cannot_be_taken_over_or_written(stores: Any, make_draft: Any) -> None:
    saga = await stores.sagas.start(make_draft())
    ended = await stores.sagas.pivot(saga, at=NOW)

    assert ended.state is SagaState.DONE
    assert await stores.sagas.take_over(saga.id, worker="w", force=True) is None
    with pytest.raises(SagaLost):
        await stores.sagas.turn_back(saga, Setback.DEADLINE)
    assert await rows(stores, "SELECT state, booked_at FROM appointment") == [("booked", NOW)]


async def test_the_pivot_and_its_mail_are_one_commit(stores: Any, make_draft: Any) -> None:
    saga = await stores.sagas.start(make_draft())
    async with stores.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE procrastinate_jobs RENAME TO elsewhere"))
    try:
        with pytest.raises(ProgrammingError):
            await stores.sagas.pivot(saga, at=NOW)
    finally:
        async with stores.engine.begin() as connection:
            await connection.execute(text("ALTER TABLE elsewhere RENAME TO procrastinate_jobs"))

    states = "SELECT appointment.state, saga.state FROM appointment, saga"
    assert await rows(stores, states) == [("booking", "running")]
    assert await rows(stores, "SELECT count(*) FROM email_log") == [(0,)]


async def test_a_resting_saga_is_overdue_after_its_wait(stores: Any, make_draft: Any) -> None:
    saga = await stores.sagas.start(make_draft())
    saga = await stores.sagas.turn_back(saga, Setback.TAKEN)

    rested = await stores.sagas.rest(saga, wait_s=60)

    assert rested.tries == 1
    assert await stores.sagas.overdue() == []
    async with stores.engine.begin() as connection:
        await connection.execute(text("UPDATE saga SET lease_until = lease_until - interval '61s'"))
    assert await stores.sagas.overdue() == [saga.id]


async def test_an_unknown_appointment_is_an_error_with_its_id(stores: Any, new_id: Any) -> None:
    wanted = new_id()

    with pytest.raises(UnknownAppointment) as caught:
        await stores.appointments.by_id(wanted)

    assert caught.value.facts == {"appointment_id": wanted}
