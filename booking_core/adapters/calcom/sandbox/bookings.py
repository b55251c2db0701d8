"""Booking: check that the time is free, let everybody else have a turn, then write.

Exactly that order loses races as the recorded server loses them: parallel requests for the same
interval meet the unique key and get 409, overlapping ones all get 201. Who wants no double
booking needs a lock of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox import (
    availability,
    booking_limits,
    booking_rules,
    hooks,
    lookup,
    mails,
)
from booking_core.adapters.calcom.sandbox.booking_draft import (
    draft,
    email_of,
    needs_confirmation,
)
from booking_core.adapters.calcom.sandbox.booking_input import check_create
from booking_core.adapters.calcom.sandbox.booking_views import shown
from booking_core.adapters.calcom.sandbox.errors import TAKEN, TEAM_TAKEN, ApiError, BareError
from booking_core.adapters.calcom.sandbox.http import VERSION_HEADER, Route, answer
from booking_core.adapters.calcom.sandbox.times import instant
from booking_core.adapters.calcom.sandbox.validation import (
    IS_OBJECT,
    IS_STRING,
    IS_ZONE,
    check,
    refuse_tree,
)
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from aiohttp import web

    from booking_core.adapters.calcom.sandbox.http import Call
    from booking_core.adapters.calcom.sandbox.records import Booking, EventType, Records, User

VERSION, NEWER = "2024-08-13", "2026-02-25"


def routes() -> list[Route]:
    """The endpoint."""
    return [
        Route(
            method="POST",
            path="/bookings",
            handler=create,
            version=VERSION,
            old=create_old,
            newer={NEWER: create},
            key=False,
        )
    ]


async def create(call: Call) -> web.Response:
    """Book."""
    check_create(call.body, newer=call.request.headers.get(VERSION_HEADER) == NEWER)
    event_type = _event_type(call)
    span = _check_rules(call, event_type)
    if existing := _same_person_again(call, event_type, span):
        return _created(call, existing)
    host = _host(call, event_type, span)
    if not _may(call, event_type, "skipBookingLimits"):
        _check_limits(call, event_type, host, span)
    await call.state.turn(f"host {host.id}")
    booking = write(call.records, draft(call, event_type, host, span))
    await announce(call, booking)
    return _created(call, booking)


async def create_old(call: Call) -> web.Response:
    """What a request without the version header meets: the endpoint of 2024-04-15."""
    old = {"start", "eventTypeId", "timeZone", "language", "metadata"}
    body = {name: value for name, value in call.body.items() if name in old}
    refuse_tree(
        [
            *check(body, "timeZone", IS_ZONE),
            *check(body, "language", IS_STRING),
            *check(body, "metadata", IS_OBJECT),
        ]
    )
    raise ApiError(400, "The sandbox does not speak 2024-04-15.")


def choose_host(
    records: Records, event_type: EventType, span: Span, *, without: str | None = None
) -> User:
    """Whose calendar it goes into; refuses when the time is not free."""
    hosts = [records.users[host] for host in availability.hosts_of(event_type)]
    free = [h for h in hosts if availability.is_free(records, h, event_type, span, without=without)]
    if event_type.scheduling == "collective":
        free = free if len(free) == len(hosts) else []
        return hosts[0] if free else _refuse(event_type)
    if not free:
        return _refuse(event_type)
    return min(free, key=lambda host: _last_booked(records, event_type, host))


def write(records: Records, booking: Booking) -> Booking:
    """Insert the row; the key of an accepted one is unique."""
    if booking.key and any(o.key == booking.key for o in records.bookings.values()):
        raise BareError(409, "booking_conflict_error")
    records.bookings[booking.uid] = booking
    return booking


async def announce(call: Call, booking: Booking) -> None:
    """Mails and webhooks, before the answer; whoever hears of a booking finds it stored."""
    call.state.save()
    if booking.status == "pending":
        await hooks.fire(call.state, booking, "BOOKING_REQUESTED")
        return
    mails.deliver(call.state, booking, "created")
    await hooks.fire(call.state, booking, "BOOKING_CREATED")


def _created(call: Call, booking: Booking) -> web.Response:
    data = {**shown(call.records, booking), "isPlatformManagedUserBooking": False}
    return answer(data, 201)


def _event_type(call: Call) -> EventType:
    body = call.body
    if body.get("eventTypeId") is not None:
        event_type = lookup.by_id(call.records, body["eventTypeId"])
        missing = f"Event type with id {body['eventTypeId']} not found."
    else:
        event_type = lookup.by_slugs(call.records, body)
        whose = body.get("username") or body.get("teamSlug")
        kind = "user" if body.get("username") else "team"
        slug = body["eventTypeSlug"]
        within = (
            f" within organization {body['organizationSlug']}"
            if body.get("organizationSlug")
            else ""
        )
        missing = f"Event type with slug {slug} belonging to {kind} {whose}{within} not found."
    if event_type is None:
        raise ApiError(404, missing)
    return event_type


def _check_rules(call: Call, event_type: EventType) -> Span:
    booking_rules.check_right(event_type, call.user)
    booking_rules.check_hosts(event_type)
    booking_rules.check_single(event_type, call.body)
    minutes = booking_rules.length(event_type, call.body)
    booking_rules.check_answers(event_type, call.body)
    booking_rules.check_location(event_type, call.body)
    booking_rules.check_schema(event_type, call.body)
    start = instant(call.body["start"])
    assert start is not None, "checked by the pipe"
    if not _may(call, event_type, "allowBookingOutOfBounds"):
        booking_rules.check_time(event_type, start, call.now)
    return Span.of_minutes(start, minutes)


def _check_limits(call: Call, event_type: EventType, host: User, span: Span) -> None:
    email = email_of(call.body["attendee"])
    booking_limits.check_person(call.records, event_type, email, call.now)
    booking_limits.check_period(call.records, event_type, host, span)


def _host(call: Call, event_type: EventType, span: Span) -> User:
    if _may(call, event_type, "allowConflicts"):
        return call.records.users[availability.hosts_of(event_type)[0]]
    return choose_host(call.records, event_type, span)


def _may(call: Call, event_type: EventType, flag: str) -> bool:
    """Whoever hosts it may break rules; anybody else's wish is ignored without a word."""
    hosts = call.user is not None and call.user.id in availability.hosts_of(event_type)
    return hosts and bool(call.body.get(flag))


def _same_person_again(call: Call, event_type: EventType, span: Span) -> Booking | None:
    """Round-robin and unconfirmed types give the same person the same booking back."""
    if event_type.scheduling != "roundRobin" and not needs_confirmation(event_type):
        return None
    email = email_of(call.body["attendee"])
    return next(
        (
            booking
            for booking in call.records.bookings.values()
            if booking.event_type_id == event_type.id
            and booking.is_live
            and booking.start == span.start
            and booking.attendees[0].email == email
        ),
        None,
    )


def _last_booked(records: Records, event_type: EventType, host: User) -> int:
    """Round robin: whose turn is longest ago."""
    ids = (
        b.id
        for b in records.bookings.values()
        if b.event_type_id == event_type.id and b.host_id == host.id
    )
    return max(ids, default=0)


def _refuse(event_type: EventType) -> User:
    raise ApiError(400, TEAM_TAKEN if event_type.team_id else TAKEN)
