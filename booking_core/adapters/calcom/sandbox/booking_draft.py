"""The row a booking becomes: who comes, where, under which title, and what makes it unique."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox.event_type_views import confirmation_policy
from booking_core.adapters.calcom.sandbox.records import Attendee, Booking
from booking_core.adapters.calcom.sandbox.times import stamp

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox.http import Call
    from booking_core.adapters.calcom.sandbox.records import EventType, Json, Records, User
    from booking_core.domain.interval import Span

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
UID_LENGTH = 22
VIDEO = "integrations:daily"


def draft(call: Call, event_type: EventType, host: User, span: Span) -> Booking:
    """What the request asks for, as it will be stored."""
    pending, uid, body = needs_confirmation(event_type), new_uid(), call.body
    team = call.records.teams.get(event_type.team_id or 0)
    whose = team.name if team and event_type.scheduling == "collective" else host.name
    return Booking(
        id=call.records.next_id("booking"),
        uid=uid,
        event_type_id=event_type.id,
        host_id=host.id,
        start=span.start,
        end=span.end,
        status="pending" if pending else "accepted",
        title=_title(event_type.title, whose, body["attendee"]["name"], host.locale),
        description=str((body.get("bookingFieldsResponses") or {}).get("notes", "")),
        location=place_of(event_type, body.get("location") or {}),
        attendees=_attendees(call, event_type, host),
        responses=_responses(body),
        metadata=dict(body.get("metadata") or {}),
        created_at=call.now,
        updated_at=call.now,
        ics_uid=f"{uid}@Cal.diy",
        key=None if pending else key_of(host, span),
    )


def email_of(booker: Json) -> str:
    """Who gives no address gets one that nobody reads."""
    return str(booker.get("email") or f"{booker['phoneNumber'].lstrip('+')}@sms.cal.com")


def needs_confirmation(event_type: EventType) -> bool:
    """Whether it is only asked for until the host agrees."""
    return "type" in confirmation_policy(event_type)


def new_uid() -> str:
    """22 characters that nobody mistakes for one another."""
    return "".join(secrets.choice(BASE58) for _ in range(UID_LENGTH))


def key_of(host: User, span: Span) -> str:
    """What is unique: this interval on this calendar."""
    return f"{stamp(span.start)}.{stamp(span.end)}.{host.id}"


def place_of(event_type: EventType, wanted: Json) -> str:
    """Where it happens; without a place it silently becomes a video meeting."""
    locations = event_type.fields.get("locations") or []
    chosen = [one for one in locations if one["type"] == wanted.get("type")] or locations
    if not chosen or chosen[0]["type"] == "integration":
        return VIDEO
    kind = chosen[0]["type"]
    own = {"attendeeAddress": "address", "attendeePhone": "phone", "attendeeDefined": "location"}
    return str(wanted.get(own[kind], "") if kind in own else chosen[0].get(kind, ""))


def _title(event: str, host: str, attendee: str, locale: str) -> str:
    between, and_ = ("zwischen", "und") if locale == "de" else ("between", "and")
    return f"{event} {between} {host} {and_} {attendee}"


def _attendees(call: Call, event_type: EventType, host: User) -> list[Attendee]:
    body, records = call.body, call.records
    booker = body["attendee"]
    zone = booker["timeZone"]
    people = [
        Attendee(
            id=records.next_id("attendee"),
            name=booker["name"],
            email=email_of(booker),
            time_zone=zone,
            language=booker.get("language") or "en",
            phone=booker.get("phoneNumber"),
        )
    ]
    for email in body.get("guests") or []:
        guest_id = records.next_id("attendee")
        people.append(Attendee(id=guest_id, name="", email=email, time_zone=zone, guest=True))
    if event_type.scheduling == "collective":
        others = [records.users[u] for u in event_type.host_ids if u != host.id]
        people += [_co_host(records, user) for user in others]
    return people


def _co_host(records: Records, user: User) -> Attendee:
    return Attendee(
        id=records.next_id("attendee"),
        name=user.name,
        email=user.email,
        time_zone=user.time_zone,
        language=user.locale,
        host=True,
    )


def _responses(body: Json) -> Json:
    booker = body["attendee"]
    phone = {"attendeePhoneNumber": booker["phoneNumber"]} if booker.get("phoneNumber") else {}
    place = {"location": {"value": "inPerson", "optionValue": ""}} if body.get("location") else {}
    given = body.get("bookingFieldsResponses") or {}
    return {"email": email_of(booker), **phone, "name": booker["name"], **given, **place}
