"""Move a booking or cancel it: the version that is meant is named, and nothing else is changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, assert_never

from pydantic import Field

from booking_core.domain.appointment import AppointmentState
from booking_core.domain.booking import AlreadyThere, Failed, Taken
from booking_core.domain.errors import AppointmentOutdated, IdempotencyConflict, InvalidRequest
from booking_core.domain.orders import (
    CancelAppointment,
    Cancelled,
    Cancelling,
    Moved,
    NotBooked,
    OrderedBy,
    Outdated,
    RescheduleAppointment,
    TooLate,
    Unchanged,
    UnderWay,
)
from booking_core.workflows.alter import too_late
from voice_agent.api.booking_view import (
    BookingPath,
    BookingView,
    booking_view,
    etag,
    outdated,
    refuse_other_version,
    version_of,
)
from voice_agent.api.bookings import (
    OFFER_PROBLEMS,
    TAG,
    ByHold,
    ByToken,
    DryRunView,
    check,
    chosen_of,
    key_of,
    refuse_overlap,
    refused,
    rehearsal,
)
from voice_agent.api.endpoint import Answer, AnyEndpoint, Ask, Endpoint, Nothing
from voice_agent.api.problems import Code, Problem
from voice_agent.api.shapes import Asked, Line, schema_examples
from voice_agent.api.tokens import Scope

if TYPE_CHECKING:
    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from voice_agent.api.bookings import Chosen


class RescheduleRequest(Asked):
    """Where the booking is to be moved: an offer that was asked for with `moving_booking_id`."""

    model_config = schema_examples({"offer": {"token": "eyJjb21wYW55Ijo.aSJ2ZQ.c2lnbmF0dXJl"}})

    offer: ByToken | ByHold
    on_purpose: bool = Field(
        default=False, description="The customer may have another visit at the new time."
    )
    dry_run: bool = Field(default=False, description="Check everything, move nothing.")


class CancelRequest(Asked):
    """Cancel the whole visit."""

    model_config = schema_examples({"reason": "Die Kundin ist krank."})

    reason: Line | None = Field(default=None, description="For the salon's calendar.")
    dry_run: bool = Field(default=False, description="Check everything, cancel nothing.")


async def reschedule(ask: Ask[BookingPath, Nothing, RescheduleRequest]) -> Answer:
    """The new time stands before the old one goes."""
    visit, salon = await ask.counter.booking(ask.company_id, ask.path.booking_id)
    if not ask.resumed:
        refuse_other_version(ask.if_match, visit, salon)
    chosen = await chosen_of(ask.body.offer, ask)
    if chosen.salon.branch.id != visit.branch_id or chosen.moving not in {None, visit.id}:
        raise Problem(Code.UNSUITABLE, "Dieses Angebot gehört nicht zu diesem Termin.")
    if ask.body.dry_run:
        return await _rehearsed_move(ask, visit, chosen)
    moved = await _moved(ask, visit, chosen)
    return _changed(moved, salon)


async def cancel(ask: Ask[BookingPath, Nothing, CancelRequest]) -> Answer:
    """Once accepted it is carried through: 202 while the calendar is slow."""
    visit, salon = await ask.counter.booking(ask.company_id, ask.path.booking_id)
    if not ask.resumed:
        refuse_other_version(ask.if_match, visit, salon)
    if ask.body.dry_run:
        _refuse_unchangeable(visit, salon, ask)
        return Answer(body=rehearsal(visit, salon))
    order = CancelAppointment(
        key=key_of(ask),
        branch_id=visit.branch_id,
        appointment_id=visit.id,
        version=version_of(ask.if_match),
        reason=ask.body.reason or "",
        by=OrderedBy.API,
    )
    try:
        result = await ask.counter.core.cancel(order)
    except IdempotencyConflict as error:
        raise Problem(Code.KEY_REUSED) from error
    except AppointmentOutdated:
        raise await _outdated_now(ask) from None
    match result:
        case Cancelled(appointment=gone):
            return _changed(gone, salon)
        case Cancelling(appointment=going):
            return _changed(going, salon, status=202)
        case TooLate() | NotBooked() | UnderWay():
            raise _unchanged(result)
        case _:
            assert_never(result)


async def _moved(
    ask: Ask[BookingPath, Nothing, RescheduleRequest], visit: Appointment, chosen: Chosen
) -> Appointment:
    order = RescheduleAppointment(
        key=key_of(ask),
        owner=chosen.owner,
        branch_id=visit.branch_id,
        appointment_id=visit.id,
        plan=chosen.plan,
        version=version_of(ask.if_match),
        by=OrderedBy.API,
        on_purpose=ask.body.on_purpose,
    )
    try:
        result = await ask.counter.core.reschedule(order)
    except IdempotencyConflict as error:
        raise Problem(Code.KEY_REUSED) from error
    except InvalidRequest as error:
        raise Problem(Code.UNSUITABLE, reason=str(error)) from error
    match result:
        case Moved(appointment=moved) | Unchanged(appointment=moved):
            return moved
        case Outdated():
            raise await _outdated_now(ask)
        case AlreadyThere(appointment=other):
            raise Problem(Code.ALREADY_THERE, booking_id=str(other.id))
        case Taken() | Failed():
            raise await refused(result, chosen, ask.counter)
        case TooLate() | NotBooked() | UnderWay():
            raise _unchanged(result)
        case _:
            assert_never(result)


async def _rehearsed_move(
    ask: Ask[BookingPath, Nothing, RescheduleRequest], visit: Appointment, chosen: Chosen
) -> Answer:
    _refuse_unchangeable(visit, chosen.salon, ask)
    moved = replace(visit, plan=chosen.plan)
    if not ask.body.on_purpose:
        await refuse_overlap(moved, ask.counter, before=visit)
    await check(replace(chosen, moving=visit.id), ask.counter)
    return Answer(body=rehearsal(moved, chosen.salon))


def _refuse_unchangeable(
    visit: Appointment, salon: Salon, ask: Ask[BookingPath, Nothing, object]
) -> None:
    if visit.state is not AppointmentState.BOOKED:
        raise _unchanged(NotBooked(state=visit.state))
    if late := too_late(visit, salon, ask.counter.clock.now(), waived=False):
        raise _unchanged(late)


def _unchanged(result: TooLate | NotBooked | UnderWay) -> Problem:
    match result:
        case TooLate(limit_hours=hours, until=until):
            return Problem(Code.TOO_LATE, limit_hours=hours, until=until.isoformat())
        case NotBooked(state=state):
            return Problem(Code.NOT_BOOKED, state=state.value)
        case UnderWay():
            return Problem(Code.UNDER_WAY, headers={"Retry-After": "2"})


async def _outdated_now(ask: Ask[BookingPath, Nothing, object]) -> Problem:
    return outdated(*await ask.counter.booking(ask.company_id, ask.path.booking_id))


def _changed(visit: Appointment, salon: Salon, *, status: int = 200) -> Answer:
    headers = {"ETag": etag(visit)}
    return Answer(status=status, body=booking_view(visit, salon), headers=headers)


CHANGE_PROBLEMS: Final = (Code.TOO_LATE, Code.NOT_BOOKED, Code.UNDER_WAY)
ENDPOINTS: Final[tuple[AnyEndpoint, ...]] = (
    Endpoint(
        method="POST",
        path="/bookings/{booking_id}/reschedule",
        tag=TAG,
        summary="Move a booking",
        description=(
            "To an offer that was found with `moving_booking_id`. The new time stands before the "
            "old one goes; what cannot be had leaves everything as it was."
        ),
        scope=Scope.BOOK,
        handle=reschedule,
        path_model=BookingPath,
        body=RescheduleRequest,
        answers={200: (BookingView, DryRunView)},
        problems=(*OFFER_PROBLEMS, *CHANGE_PROBLEMS, Code.ALREADY_THERE),
        keyed=True,
        versioned=True,
    ),
    Endpoint(
        method="POST",
        path="/bookings/{booking_id}/cancel",
        tag=TAG,
        summary="Cancel a booking",
        description="The whole visit. 202 = accepted and decided, the calendar is slow.",
        scope=Scope.BOOK,
        handle=cancel,
        path_model=BookingPath,
        body=CancelRequest,
        answers={200: (BookingView, DryRunView), 202: BookingView},
        problems=CHANGE_PROBLEMS,
        keyed=True,
        versioned=True,
    ),
)
