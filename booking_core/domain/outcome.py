"""What a saga lets us say: a result exists only when the log proves it."""

from __future__ import annotations

from booking_core.domain.booking import Booked, BookingResult, Failed, FailureCause, Taken
from booking_core.domain.orders import Cancelled, Cancelling, CancelResult, Moved, RescheduleResult
from booking_core.domain.saga import Saga, SagaState, Setback


def booking_result(saga: Saga) -> BookingResult | None:
    """What the caller may be told of a booking; None while it is undecided."""
    if saga.state is SagaState.DONE:
        return Booked(appointment=saga.appointment, mail_to=saga.appointment.customer.email)
    return _setback(saga)


def cancel_result(saga: Saga) -> CancelResult | None:
    """The same of a cancellation, which is decided when it begins."""
    if saga.state is SagaState.DONE:
        return Cancelled(appointment=saga.appointment, mail_to=_mail_to(saga))
    if saga.tries:
        return Cancelling(appointment=saga.appointment)
    return None


def reschedule_result(saga: Saga) -> RescheduleResult | None:
    """The same of a move: behind the pivot the new plan stands, whatever is left of the old one."""
    if saga.state in {SagaState.FINISHING, SagaState.DONE}:
        assert saga.before is not None, "a move begins somewhere"
        return Moved(appointment=saga.appointment, before=saga.before, mail_to=_mail_to(saga))
    return _setback(saga)


def _mail_to(saga: Saga) -> str | None:
    return None if saga.quiet else saga.appointment.customer.email


def _setback(saga: Saga) -> Taken | Failed | None:
    if saga.state not in {SagaState.COMPENSATING, SagaState.FAILED}:
        return None
    plan = saga.appointment.plan
    if saga.setback is Setback.TAKEN:
        return Taken(plan=plan)
    return Failed(
        cause=FailureCause(saga.setback or Setback.DEADLINE),
        plan=plan,
        undone=saga.state is SagaState.FAILED,
    )
