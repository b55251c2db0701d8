"""Cancelling and moving a booking."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox import (
    booking_limits,
    booking_rules,
    hooks,
    lookup,
    mails,
)
from booking_core.adapters.calcom.sandbox.booking_draft import key_of, new_uid
from booking_core.adapters.calcom.sandbox.booking_input import check_cancel, check_reschedule
from booking_core.adapters.calcom.sandbox.booking_views import shown
from booking_core.adapters.calcom.sandbox.bookings import NEWER, VERSION, choose_host, write
from booking_core.adapters.calcom.sandbox.errors import ApiError, BareError
from booking_core.adapters.calcom.sandbox.http import Route, answer
from booking_core.adapters.calcom.sandbox.times import instant
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from aiohttp import web

    from booking_core.adapters.calcom.sandbox.http import Call
    from booking_core.adapters.calcom.sandbox.records import Booking, EventType, Json, User


def routes() -> list[Route]:
    """The endpoints."""
    cancel_path, move_path = "/bookings/{uid}/cancel", "/bookings/{uid}/reschedule"
    return [
        Route(
            method="POST",
            path=cancel_path,
            handler=cancel,
            version=VERSION,
            old=cancel_old,
            newer={NEWER: cancel},
            key=False,
        ),
        Route(
            method="POST",
            path=move_path,
            handler=reschedule,
            version=VERSION,
            newer={NEWER: reschedule},
            key=False,
        ),
    ]


async def cancel(call: Call) -> web.Response:
    """Cancel; whoever hosts it must say why. Parallel ones all succeed."""
    check_cancel(call.body)
    booking = await _cancelled(call)
    return answer(shown(call.records, booking))


async def cancel_old(call: Call) -> web.Response:
    """The endpoint of 2024-04-15: really cancels, and answers in another shape."""
    booking = await _cancelled(call)
    data = {"bookingId": booking.id, "bookingUid": booking.uid, "onlyRemovedAttendee": False}
    return answer(data, 201)


async def reschedule(call: Call) -> web.Response:
    """Move: a new booking with a new uid; the old one is cancelled."""
    check_reschedule(call.body)
    old = _movable(call)
    start = instant(call.body["start"])
    assert start is not None, "checked by the pipe"
    event_type = lookup.by_id(call.records, old.event_type_id)
    if event_type is None:
        raise ApiError(404, f"Event type with id {old.event_type_id} not found.")
    booking_rules.check_movable(event_type, old, call.now)
    booking_rules.check_time(event_type, start, call.now)
    span = Span.of_minutes(start, old.minutes)
    host = choose_host(call.records, event_type, span, without=old.uid)
    booking_limits.check_period(call.records, event_type, host, span, without=old.uid)
    await call.state.turn(f"host {host.id}")
    new = _replaced(call, old, _moved(call, old, host, span))
    call.state.save()
    mails.deliver(call.state, new, "rescheduled")
    await hooks.fire(call.state, new, "BOOKING_RESCHEDULED", old=old)
    data: Json = {**shown(call.records, new), "isPlatformManagedUserBooking": False}
    return answer(data, 201)


async def _cancelled(call: Call) -> Booking:
    booking = _cancellable(call)
    await call.state.turn(f"booking {booking.uid}")
    again = booking.status == "cancelled"
    booking.status, booking.key = "cancelled", None
    booking.cancellation_reason = str(call.body.get("cancellationReason") or "")
    booking.updated_at = call.now
    booking.sequence += 1
    if not again:
        call.state.save()
        mails.deliver(call.state, booking, "cancelled")
        await hooks.fire(call.state, booking, "BOOKING_CANCELLED")
    return booking


def _cancellable(call: Call) -> Booking:
    uid = call.part("uid")
    booking = call.records.bookings.get(uid)
    if booking is None:
        raise ApiError(404, f"Booking with uid={uid} not found")
    if not booking.is_live:
        text = (
            f"Can't cancel booking with uid={uid} because it has been cancelled already. "
            "Please provide uid of a booking that is not cancelled."
        )
        raise ApiError(400, text)
    event_type = call.records.event_types.get(booking.event_type_id)
    if event_type and event_type.flag("disableCancelling", "disabled"):
        raise BareError(400, "This event type does not allow cancellations")
    reason = str(call.body.get("cancellationReason") or "").strip()
    if call.user and call.user.id == booking.host_id and not reason:
        raise BareError(400, "Cancellation reason is required")
    if booking.end <= call.now:
        raise BareError(400, "Cannot cancel a booking that has already ended")
    return booking


def _movable(call: Call) -> Booking:
    uid = call.part("uid")
    booking = call.records.bookings.get(uid)
    if booking is None:
        raise ApiError(404, f"Booking with uid={uid} was not found in the database")
    if booking.to_uid:
        text = (
            f"Can't reschedule booking with uid={uid} because it has been cancelled and "
            f"rescheduled already to booking with uid={booking.to_uid}. You probably want to "
            f"reschedule {booking.to_uid} instead by passing it within the request URL."
        )
        raise ApiError(400, text)
    event_type = call.records.event_types.get(booking.event_type_id)
    if not booking.is_live and not _may(event_type, "allowReschedulingCancelledBookings"):
        text = (
            f"Can't reschedule booking with uid={uid} because it has been cancelled. "
            "Please provide uid of a booking that is not cancelled."
        )
        raise ApiError(400, text)
    if booking.end <= call.now and not _may(event_type, "allowReschedulingPastBookings"):
        raise BareError(400, "Invalid event length")
    return booking


def _may(event_type: EventType | None, flag: str) -> bool:
    return event_type is not None and event_type.flag(flag)


def _moved(call: Call, old: Booking, host: User, span: Span) -> Booking:
    reason, by = call.body.get("reschedulingReason"), call.body.get("rescheduledBy")
    responses = {k: v for k, v in old.responses.items() if k != "rescheduledReason"}
    return replace(
        old,
        id=call.records.next_id("booking"),
        uid=new_uid(),
        host_id=host.id,
        start=span.start,
        end=span.end,
        responses={**responses, "rescheduledReason": reason} if reason else responses,
        attendees=[
            replace(one, id=call.records.next_id("attendee"), absent=False) for one in old.attendees
        ],
        host_absent=False,
        created_at=call.now,
        updated_at=call.now,
        status="pending" if old.status == "pending" else "accepted",
        cancellation_reason="",
        key=None if old.status == "pending" else key_of(host, span),
        rescheduled_by=by,
        rescheduling_reason=reason,
        from_uid=old.uid,
        sequence=old.sequence + 1,
    )


def _replaced(call: Call, old: Booking, new: Booking) -> Booking:
    """Both in one step: the old one's own key is not in the way of the new one."""
    key, old.key = old.key, None
    try:
        write(call.records, new)
    except BareError:
        old.key = key
        raise
    old.status, old.to_uid = "cancelled", new.uid
    old.rescheduled_by = call.body.get("rescheduledBy")
    old.updated_at = call.now
    return new
