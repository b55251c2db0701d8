"""Reservations: a slot hidden from the slot list for a while. They lock nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from aiohttp import web

from booking_core.adapters.calcom.sandbox import lookup
from booking_core.adapters.calcom.sandbox.errors import ApiError
from booking_core.adapters.calcom.sandbox.http import Route, answer
from booking_core.adapters.calcom.sandbox.records import Reservation
from booking_core.adapters.calcom.sandbox.slots import VERSION
from booking_core.adapters.calcom.sandbox.times import instant, stamp
from booking_core.adapters.calcom.sandbox.validation import (
    IS_INSTANT,
    IS_INT,
    at_least,
    check,
    refuse_tree,
)
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox.http import Call
    from booking_core.adapters.calcom.sandbox.records import EventType, Json

USUAL_MINUTES = 5


def routes() -> list[Route]:
    """The endpoints."""
    path, one = "/slots/reservations", "/slots/reservations/{uid}"
    return [
        Route(method=method, path=where, handler=handler, version=VERSION, key=False)
        for method, where, handler in (
            ("POST", path, create),
            ("GET", one, get),
            ("PATCH", one, patch),
            ("DELETE", one, delete),
        )
    ]


async def create(call: Call) -> web.Response:
    """Hide a slot."""
    _check_body(call)
    reservation = _wanted(call, uid=str(uuid4()))
    call.records.reservations[reservation.uid] = reservation
    return answer(_shown(reservation, full=True), 201)


async def get(call: Call) -> web.Response:
    """One of them, also an expired one; null when there is none."""
    reservation = call.records.reservations.get(call.part("uid"))
    return answer(_shown(reservation, full=False) if reservation else None)


async def patch(call: Call) -> web.Response:
    """Another slot under the same uid. The old one is in the way of the new one."""
    _check_body(call)
    uid = call.part("uid")
    if uid not in call.records.reservations:
        raise ApiError(404, f"Slot with uid={uid} not found")
    call.records.reservations[uid] = reservation = _wanted(call, uid=uid)
    return answer(_shown(reservation, full=True))


async def delete(call: Call) -> web.Response:
    """Show the slot again; always fine."""
    call.records.reservations.pop(call.part("uid"), None)
    return web.json_response({"status": "success"})


def _check_body(call: Call) -> None:
    body = call.body
    refuse_tree(
        [
            *check(body, "eventTypeId", IS_INT),
            *check(body, "slotStart", IS_INSTANT),
            *check(body, "slotDuration", at_least(1), IS_INT, optional=True),
            *check(body, "reservationDuration", at_least(0), IS_INT, optional=True),
        ]
    )


def _wanted(call: Call, *, uid: str) -> Reservation:
    body = call.body
    event_type = lookup.by_id(call.records, body["eventTypeId"])
    if event_type is None:
        raise ApiError(404, f"Event Type with ID={body['eventTypeId']} not found")
    _check_right(call, event_type)
    start = instant(body["slotStart"])
    assert start is not None, "checked before"
    span = Span.of_minutes(start, _length(event_type, body))
    _check_conflicts(call, event_type, span)
    minutes = (
        USUAL_MINUTES if body.get("reservationDuration") is None else body["reservationDuration"]
    )
    return Reservation(
        uid=uid,
        event_type_id=event_type.id,
        start=span.start,
        end=span.end,
        until=call.now + timedelta(minutes=minutes),
        minutes=minutes,
    )


def _check_right(call: Call, event_type: EventType) -> None:
    """Only somebody known may say how long."""
    if call.body.get("reservationDuration") is None:
        return
    if call.user is None:
        text = (
            "reservationDuration can only be used for authenticated requests - "
            "use access token, api key or OAuth credentials"
        )
        raise ApiError(401, text)
    if call.user.id not in {event_type.owner_id, *event_type.host_ids}:
        text = (
            "authenticated user is not owner of event type, does not have memberships in common "
            "with owner of the event type, nor does belong to event type's team or org."
        )
        raise ApiError(403, text)


def _length(event_type: EventType, body: Json) -> int:
    wanted = body.get("slotDuration")
    if wanted is None:
        return event_type.minutes
    if not event_type.length_options:
        text = "You passed 'slotDuration' but this event type is not a variable length event type."
        raise ApiError(400, text)
    return int(wanted)


def _check_conflicts(call: Call, event_type: EventType, span: Span) -> None:
    """Only the same event type is looked at; a team's is recorded not to be looked at at all."""
    if event_type.team_id:
        return
    if any(
        booking.status == "accepted" and Span(booking.start, booking.end).overlaps(span)
        for booking in call.records.bookings.values()
        if booking.event_type_id == event_type.id
    ):
        raise ApiError(422, "Can't reserve a slot if the event is already booked.")
    if any(
        other.until > call.now and Span(other.start, other.end).overlaps(span)
        for other in call.records.reservations.values()
        if other.event_type_id == event_type.id
    ):
        text = "This time slot is already reserved by another user. Please choose a different time."
        raise ApiError(422, text)


def _shown(reservation: Reservation, *, full: bool) -> Json:
    shown = {
        "eventTypeId": reservation.event_type_id,
        "slotStart": stamp(reservation.start),
        "slotEnd": stamp(reservation.end),
        "slotDuration": round((reservation.end - reservation.start).total_seconds() / 60),
        "reservationUid": reservation.uid,
        "reservationUntil": stamp(reservation.until),
    }
    return {**shown, "reservationDuration": reservation.minutes} if full else shown
