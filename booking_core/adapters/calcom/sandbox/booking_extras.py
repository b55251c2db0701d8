"""What else can be done with a booking: confirm, decline, guests, place, absence, links."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from booking_core.adapters.calcom.sandbox import availability, hooks
from booking_core.adapters.calcom.sandbox.booking_draft import key_of
from booking_core.adapters.calcom.sandbox.booking_list import found
from booking_core.adapters.calcom.sandbox.booking_rules import EMAIL
from booking_core.adapters.calcom.sandbox.booking_views import attendee_shown, shown
from booking_core.adapters.calcom.sandbox.bookings import NEWER, VERSION
from booking_core.adapters.calcom.sandbox.errors import ApiError, ZodError
from booking_core.adapters.calcom.sandbox.http import Route, answer
from booking_core.adapters.calcom.sandbox.records import Attendee
from booking_core.adapters.calcom.sandbox.times import stamp
from booking_core.adapters.calcom.sandbox.validation import (
    IS_ARRAY,
    IS_BOOLEAN,
    IS_STRING,
    Rule,
    Wrong,
    check,
    refuse_flat,
    unknown,
)
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiohttp import web

    from booking_core.adapters.calcom.sandbox.http import Call
    from booking_core.adapters.calcom.sandbox.records import Booking, Json

PRESENT_ONLY = "Bookings can only be marked as absent after their scheduled start time."

IS_EMAIL = Rule(
    name="isEmail",
    text="$ must be an email",
    holds=lambda value: isinstance(value, str) and EMAIL.fullmatch(value) is not None,
)


def routes() -> list[Route]:
    """The endpoints."""
    return [
        Route(
            method=method,
            path=f"/bookings/{{uid}}/{what}",
            handler=handler,
            version=VERSION,
            newer={NEWER: handler},
        )
        for method, what, handler in (
            ("POST", "confirm", confirm),
            ("POST", "decline", decline),
            ("POST", "mark-absent", mark_absent),
            ("POST", "guests", add_guests),
            ("POST", "reassign", reassign),
            ("POST", "reassign/{user_id}", reassign),
            ("PATCH", "location", change_location),
            ("GET", "attendees", list_attendees),
            ("GET", "calendar-links", calendar_links),
            ("GET", "references", references),
        )
    ]


async def confirm(call: Call) -> web.Response:
    """Accept a request. Nobody looks whether the time is still free."""
    booking = _decidable(call)
    host = call.records.users[booking.host_id]
    booking.status, booking.updated_at = "accepted", call.now
    key = key_of(host, Span(booking.start, booking.end))
    taken = any(other.key == key for other in call.records.bookings.values())
    booking.key = None if taken else key
    await hooks.fire(call.state, booking, "BOOKING_CREATED", confirmed=True)
    return answer(shown(call.records, booking))


async def decline(call: Call) -> web.Response:
    """Refuse a request."""
    refuse_flat(
        [*unknown(call.body, {"reason"}), *check(call.body, "reason", IS_STRING, optional=True)]
    )
    booking = _decidable(call)
    booking.status, booking.updated_at = "rejected", call.now
    reason = str(call.body.get("reason") or "")
    await hooks.fire(call.state, booking, "BOOKING_REJECTED", reason=reason)
    return answer(shown(call.records, booking))


async def mark_absent(call: Call) -> web.Response:
    """Somebody did not come."""
    _check_absence(call.body)
    booking = found(call)
    if call.now < booking.start:
        text = (
            f"{PRESENT_ONLY} Current time in UTC+0: {stamp(call.now)}, "
            f"Booking start time in UTC+0: {stamp(booking.start)}"
        )
        raise ApiError(400, text)
    missing = {a["email"]: a["absent"] for a in call.body.get("attendees") or []}
    for attendee in booking.attendees:
        attendee.absent = missing.get(attendee.email, attendee.absent)
    booking.host_absent = call.body.get("host", booking.host_absent)
    booking.updated_at = call.now
    await hooks.fire(call.state, booking, "BOOKING_NO_SHOW_UPDATED")
    return answer(shown(call.records, booking))


async def add_guests(call: Call) -> web.Response:
    """More people."""
    _check_guests(call.body)
    booking = found(call)
    first = booking.attendees[0]
    for guest in call.body["guests"]:
        booking.attendees.append(
            Attendee(
                id=call.records.next_id("attendee"),
                name=str(guest.get("name", "")),
                email=guest["email"],
                time_zone=first.time_zone,
                language=first.language,
                guest=True,
            )
        )
    booking.updated_at = call.now
    return answer(shown(call.records, booking))


async def change_location(call: Call) -> web.Response:
    """Another place."""
    booking = found(call)
    location = call.body.get("location")
    if not isinstance(location, dict) or "type" not in location:
        raise ApiError(400, "location property is wrong,location must be an object ")
    booking.location = str(location.get(location["type"], booking.location))
    booking.responses["location"] = {"value": "inPerson", "optionValue": ""}
    booking.updated_at = call.now
    return answer(shown(call.records, booking))


async def list_attendees(call: Call) -> web.Response:
    """Who comes, with ids."""
    people = found(call).attendees
    return answer([{**attendee_shown(attendee), "id": attendee.id} for attendee in people])


async def reassign(call: Call) -> web.Response:
    """Recorded to do nothing: the old host is named as the new one."""
    booking = found(call)
    user_id = call.request.match_info.get("user_id")
    if user_id is not None and call.number("user_id") not in call.records.users:
        raise ApiError(404, f"User with id={user_id} was not found in the database")
    host = call.records.users[booking.host_id]
    names = {"name": host.name, "email": host.email, "displayEmail": host.email}
    return answer({"bookingUid": booking.uid, "reassignedTo": {"id": host.id, **names}})


async def references(call: Call) -> web.Response:
    """Traces in connected calendars; none are connected."""
    found(call)
    return answer([])


async def calendar_links(call: Call) -> web.Response:
    """Ways to put it into one's own calendar."""
    booking = found(call)
    first, last = (f"{moment:%Y%m%dT%H%M%SZ}" for moment in (booking.start, booking.end))
    text = quote(booking.title)
    google = f"https://calendar.google.com/calendar/r/eventedit?dates={first}/{last}&text={text}"
    outlook = f"?startdt={stamp(booking.start)}&enddt={stamp(booking.end)}&subject={text}"
    compose = "calendar/0/deeplink/compose"
    return answer(
        [
            _link("Google Calendar", "googleCalendar", google),
            _link(
                "Microsoft Office",
                "microsoftOffice",
                f"https://outlook.office.com/{compose}{outlook}",
            ),
            _link(
                "Microsoft Outlook",
                "microsoftOutlook",
                f"https://outlook.live.com/{compose}{outlook}",
            ),
            _link("ICS", "ics", f"data:text/calendar,{_event(booking, first, last)}"),
        ]
    )


def _decidable(call: Call) -> Booking:
    """A request that the key's user may decide; it was never recorded what strangers hear."""
    booking = found(call)
    event_type = call.records.event_types.get(booking.event_type_id)
    hosts = availability.hosts_of(event_type) if event_type else []
    if call.me.id not in {booking.host_id, *hosts}:
        raise ZodError("User is not authorized to confirm this booking", "TRPCError", 401)
    if booking.status != "pending":
        raise ZodError("Booking already confirmed", "TRPCError")
    return booking


def _check_guests(body: Json) -> None:
    wrongs = [*unknown(body, {"guests"}), *check(body, "guests", IS_ARRAY)]
    refuse_flat([*wrongs, *_wrong_people(body, "guests", {"email": IS_EMAIL})])


def _check_absence(body: Json) -> None:
    wrongs = [
        *unknown(body, {"host", "attendees"}),
        *check(body, "host", IS_BOOLEAN, optional=True),
    ]
    wrongs += check(body, "attendees", IS_ARRAY, optional=True)
    demands = {"email": IS_STRING, "absent": IS_BOOLEAN}
    refuse_flat([*wrongs, *_wrong_people(body, "attendees", demands)])


def _wrong_people(body: Json, name: str, demands: Mapping[str, Rule]) -> Iterator[Wrong]:
    people = body.get(name)
    for place, one in enumerate(people if isinstance(people, list) else []):
        fields = one if isinstance(one, dict) else {}
        inner = [wrong for key, rule in demands.items() for wrong in check(fields, key, rule)]
        if inner:
            yield Wrong(property=name, children=[Wrong(property=str(place), children=inner)])


def _link(label: str, name: str, link: str) -> Json:
    return {"label": label, "id": name, "link": link}


def _event(booking: Booking, first: str, last: str) -> str:
    lines = (
        *("BEGIN:VCALENDAR", "VERSION:2.0", "METHOD:PUBLISH", "BEGIN:VEVENT"),
        *(f"UID:{booking.ics_uid}", f"SUMMARY:{booking.title}", f"DTSTART:{first}"),
        *(f"DTEND:{last}", "END:VEVENT", "END:VCALENDAR"),
    )
    return quote("\r\n".join(lines))
