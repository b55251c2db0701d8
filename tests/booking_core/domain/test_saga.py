from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from booking_core.domain.appointment import (
    CODE_LETTERS,
    Appointment,
    AppointmentState,
    booking_code,
)
from booking_core.domain.booking import Booked, Failed, FailureCause, Taken
from booking_core.domain.change import BookingOrder, steps_to_book
from booking_core.domain.labels import segment_label, undone_reason
from booking_core.domain.outcome import booking_result
from booking_core.domain.saga import (
    Action,
    Saga,
    SagaState,
    Setback,
    Step,
    StepState,
)


@pytest.fixture
def saga(visits: Any) -> Saga:
    order = visits.order()
    return Saga(
        id=UUID(int=1),
        key=order.key,
        fingerprint="",
        appointment=Appointment(
            id=UUID(int=2), branch_id=order.branch_id, code="ACDEFH",
            state=AppointmentState.BOOKING, version=1, plan=order.plan,
            service_names=("Farbe und Schnitt",), price_cents=9800, customer=order.customer,
        ),
        state=SagaState.RUNNING,
        steps=steps_to_book(order.plan),
        fence=1,
        worker="w",
    )  # fmt: skip


def test_a_running_saga_tells_the_caller_nothing(saga: Saga) -> None:
    assert booking_result(saga) is None


@pytest.mark.inc(64)
@pytest.mark.parametrize("state", [SagaState.COMPENSATING, SagaState.FAILED])
@pytest.mark.parametrize("setback", [*Setback, None])
def test_what_is_undone_or_being_undone_is_never_called_booked(
    saga: Saga, state: SagaState, setback: Setback | None
) -> None:
    result = booking_result(replace(saga, state=state, setback=setback))

    if setback is Setback.TAKEN:
        assert result == Taken(plan=saga.appointment.plan)
    else:
        cause = FailureCause(setback or "deadline")
        undone = state is SagaState.FAILED
        assert result == Failed(cause=cause, plan=saga.appointment.plan, undone=undone)


def test_a_booked_saga_tells_where_the_confirmation_goes(saga: Saga) -> None:
    result = booking_result(replace(saga, state=SagaState.DONE))

    assert result == Booked(appointment=saga.appointment, mail_to="wilma@example.com")


def test_a_step_takes_the_place_of_the_one_at_its_position(saga: Saga) -> None:
    changed = saga.with_steps(
        Step(position=1, index=3, state=StepState.INTENT, attempt=1, uncertain=True)
    )

    assert [step.state for step in changed.steps] == ["pending", "intent", "pending", "pending"]
    assert changed.uncertain
    assert changed.segment(changed.steps[1]).key == "C"


@pytest.mark.parametrize("order", list(BookingOrder))
def test_every_order_books_every_segment_once(saga: Saga, order: BookingOrder) -> None:
    steps = steps_to_book(saga.appointment.plan, order)

    assert sorted(step.index for step in steps) == [1, 2, 3, 4]
    assert [step.position for step in steps] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("action", "index", "former"),
    [
        (Action.BOOK, 1, 1),
        (Action.CANCEL, 1, None),
        (Action.SHIFT, 1, None),
        (Action.KEEP, None, 1),
    ],
)
def test_a_step_that_makes_or_replaces_something_it_cannot_is_none(
    action: Action, index: int | None, former: int | None
) -> None:
    with pytest.raises(ValueError, match="no step"):
        Step(position=0, action=action, index=index, former=former)


def test_a_label_names_service_work_and_part(small_salon: Any, visits: Any) -> None:
    plan = visits.plan()

    assert segment_label(small_salon, plan.segments[1]) == "Farbe und Schnitt: Waschen (2 von 4)"


def test_a_label_of_a_single_piece_of_work_has_no_count(small_salon: Any, visits: Any) -> None:
    plan = visits.plan(service=12)

    assert segment_label(small_salon, plan.segments[0]) == "Spitzen schneiden"


def test_labels_and_reasons_are_in_the_language_of_the_branch(
    small_salon: Any, visits: Any
) -> None:
    english = replace(small_salon, branch=replace(small_salon.branch, language="en"))

    label = segment_label(english, visits.plan().segments[1])

    assert label == "Farbe und Schnitt: Waschen (2 of 4)"
    assert undone_reason(english) == "The appointment could not be booked completely."
    assert undone_reason(small_salon) == "Der Termin kam nicht vollständig zustande."


def test_codes_are_six_characters_nobody_mixes_up() -> None:
    codes = {booking_code() for _ in range(200)}

    assert len(codes) == 200
    assert {len(code) for code in codes} == {6}
    assert set("".join(codes)) <= set(CODE_LETTERS)
    assert not set("01258OILSZBGUVQ") & set(CODE_LETTERS)
