"""Event types: what can be booked with whom, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox.errors import ApiError
from booking_core.adapters.calcom.sandbox.event_type_input import check_nested
from booking_core.adapters.calcom.sandbox.event_type_views import INPUTS, listed, shown
from booking_core.adapters.calcom.sandbox.http import Route, answer
from booking_core.adapters.calcom.sandbox.records import EventType
from booking_core.adapters.calcom.sandbox.validation import (
    IS_ARRAY,
    IS_BOOLEAN,
    IS_INT,
    IS_NUMBER,
    IS_ORDER,
    IS_STRING,
    Wrong,
    at_least,
    check,
    refuse_tree,
)

if TYPE_CHECKING:
    from aiohttp import web

    from booking_core.adapters.calcom.sandbox.http import Call
    from booking_core.adapters.calcom.sandbox.records import Json, User

VERSION = "2024-06-14"
MINUTES = ("slotInterval", "minimumBookingNotice", "beforeEventBuffer", "afterEventBuffer")
SWITCHES = ("hidden", "disableGuests", "bookingRequiresAuthentication", "hideCalendarNotes")
NOT_HERE, OFF = ("seats", "recurrence"), {"disabled": True}
"""Never recorded; what is there over there is not dropped here without a word."""
LOCATIONS = frozenset(
    {"address", "link", "integration", "phone", "attendeeAddress", "attendeePhone"}
    | {"attendeeDefined", "organizersDefaultApp"}
)


def routes() -> list[Route]:
    """The endpoints."""
    path, one = "/event-types", "/event-types/{id}"
    return [
        Route(method="POST", path=path, handler=create, version=VERSION, old=create_old),
        Route(method="GET", path=path, handler=list_some, version=VERSION, key=False),
        Route(method="GET", path=one, handler=get, version=VERSION),
        Route(method="PATCH", path=one, handler=patch, version=VERSION),
        Route(method="DELETE", path=one, handler=delete, version=VERSION),
    ]


async def create(call: Call) -> web.Response:
    """Make one of the key's user."""
    body = _known(call.body)
    refuse_tree(_wrong(body, everything=True))
    _check_meaning(call, body)
    _check_slug(call, body, own=None)
    event_type = EventType(
        id=call.records.next_id("event_type"), owner_id=call.me.id, fields=_cleaned(body)
    )
    call.records.event_types[event_type.id] = event_type
    return answer(_shown(call, event_type, call.me), 201)


async def create_old(call: Call) -> web.Response:
    """What a request without the version header meets: the endpoint of 2024-04-15."""
    old = {"title", "slug", "length"}
    body = {name: value for name, value in call.body.items() if name in old}
    refuse_tree(check(body, "length", at_least(1), IS_NUMBER))
    raise ApiError(400, "The sandbox does not speak 2024-04-15.")


async def list_some(call: Call) -> web.Response:
    """Own ones, or somebody's by user name; hidden ones only for their owner."""
    username, slug = call.query.get("username"), call.query.get("eventSlug")
    refuse_tree(check(dict(call.query), "sortCreatedAt", IS_ORDER, optional=True))
    owner = call.records.user_named(username) if username else call.user
    if owner is None:
        return answer([])
    mine = call.user is not None and call.user.id == owner.id
    found = [
        event_type
        for event_type in call.records.event_types.values()
        if event_type.owner_id == owner.id
        and slug in {None, event_type.slug}
        and (mine or not event_type.flag("hidden"))
    ]
    web_url = call.state.options.web_url
    return answer([listed(event_type, owner, web_url) for event_type in _sorted(call, found)])


async def get(call: Call) -> web.Response:
    """One of one's own."""
    return answer(_shown(call, _own(call), call.me))


async def patch(call: Call) -> web.Response:
    """Change one of one's own; resets whatever was set about mails behind the API."""
    body = _known(call.body)
    refuse_tree(_wrong(body, everything=False))
    event_type = _own(call)
    _check_meaning(call, body)
    _check_slug(call, body, own=event_type)
    event_type.fields |= _cleaned(body)
    if "disableStandardEmails" in event_type.metadata:
        event_type.metadata["disableStandardEmails"] = {"all": {"host": False, "attendee": False}}
    return answer(_shown(call, event_type, call.me))


async def delete(call: Call) -> web.Response:
    """Remove one of one's own."""
    event_type_id = call.part("id")
    event_type = call.records.event_types.get(call.number("id"))
    if event_type is None:
        raise ApiError(404, f"Event type with ID={event_type_id} does not exist.")
    if event_type.owner_id != call.me.id:
        text = f"User with ID={call.me.id} does not own event type with ID={event_type_id}"
        raise ApiError(403, text)
    del call.records.event_types[event_type.id]
    names = ("lengthInMinutes", "slug", "title")
    return answer({"id": event_type.id, **{name: event_type.fields[name] for name in names}})


def _sorted(call: Call, found: list[EventType]) -> list[EventType]:
    """Ids grow with time: they tell the order of creation."""
    backwards = call.query.get("sortCreatedAt") == "desc"
    return sorted(found, key=lambda event_type: event_type.id, reverse=backwards)


def _own(call: Call) -> EventType:
    event_type = call.records.event_types.get(call.number("id"))
    if event_type is None or event_type.owner_id != call.me.id:
        raise ApiError(404, f"Event type with id {call.part('id')} not found")
    return event_type


def _shown(call: Call, event_type: EventType, owner: User) -> Json:
    return shown(event_type, owner, call.state.options.web_url)


def _known(body: Json) -> Json:
    return {name: value for name, value in body.items() if name in INPUTS}


def _cleaned(body: Json) -> Json:
    if "slug" not in body:
        return body
    return {**body, "slug": body["slug"].strip().lstrip("-._")}


def _wrong(body: Json, *, everything: bool) -> list[Wrong]:
    optional = not everything
    return [
        *check(body, "lengthInMinutes", at_least(1), IS_INT, optional=optional),
        *check(body, "title", IS_STRING, optional=optional),
        *check(body, "slug", IS_STRING, optional=optional),
        *(w for name in MINUTES for w in check(body, name, at_least(0), IS_INT, optional=True)),
        *(w for name in SWITCHES for w in check(body, name, IS_BOOLEAN, optional=True)),
        *check(body, "locations", IS_ARRAY, optional=True),
        *check(body, "bookingFields", IS_ARRAY, optional=True),
    ]


def _check_meaning(call: Call, body: Json) -> None:
    check_nested(body)
    for name in NOT_HERE:
        if not (body.get(name) or OFF).get("disabled"):
            raise ApiError(400, f"The sandbox does not know '{name}' of event types.")
    for location in body.get("locations") or []:
        if location["type"] not in LOCATIONS:
            valid = "Valid types are address, link, integration, and phone."
            raise ApiError(400, f"Unsupported location type '{location['type']}'. {valid}")
    for field in body.get("bookingFields") or []:
        if field.get("type") == "email" and (field.get("hidden") or not field.get("required")):
            text = "checkIsEmailUserAccessible - Email booking field must be required and visible"
            raise ApiError(400, text)
    schedule_id = body.get("scheduleId")
    schedule = call.records.schedules.get(schedule_id or 0)
    if schedule_id and (schedule is None or schedule.owner_id != call.me.id):
        text = f"User with ID={call.me.id} does not own schedule with ID={schedule_id}"
        raise ApiError(404, text)


def _check_slug(call: Call, body: Json, own: EventType | None) -> None:
    slug = _cleaned(body).get("slug")
    if any(
        other.slug == slug and other.owner_id == call.me.id and other is not own
        for other in call.records.event_types.values()
    ):
        raise ApiError(400, "User already has an event type with this slug.")
