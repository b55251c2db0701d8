"""The back door: everything a test or a person may do to the sandbox that no HTTP API offers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from booking_core.adapters.calcom.sandbox import seeds
from booking_core.adapters.calcom.sandbox.dump import dump
from booking_core.adapters.calcom.sandbox.event_type_views import metadata
from booking_core.adapters.calcom.sandbox.faults import parsed
from booking_core.adapters.calcom.sandbox.records import ApiKey, EventType, Json, Team

if TYPE_CHECKING:
    from collections.abc import Callable

    from booking_core.adapters.calcom.sandbox.state import State


class UnknownAction(Exception):
    """The sandbox has no such action."""


def perform(state: State, action: str, arguments: Json) -> Json:
    """Do it and keep the result."""
    if action not in ACTIONS:
        raise UnknownAction(action)
    result = ACTIONS[action](state, arguments)
    if action not in READ_ONLY:
        state.save()
    return result


async def describe(_: web.Request) -> web.Response:
    """`GET /_control`: what can be done."""
    return web.json_response({name: action.__doc__ for name, action in sorted(ACTIONS.items())})


async def handle(state: State, request: web.Request) -> web.Response:
    """`POST /_control` with {"action": ..., ...}."""
    try:
        body = await request.json()
        result = perform(state, body.pop("action"), body)
    except (UnknownAction, KeyError, ValueError, TypeError, AttributeError) as error:
        return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)
    return web.json_response(result)


def _ensure_user(state: State, given: Json) -> Json:
    """Make a user with a key, or find the one there is."""
    records, username = state.records, str(given["username"])
    user = records.user_named(username)
    if user is None:
        user = seeds.add_user(
            records,
            username=username,
            name=given.get("name") or username,
            email=given.get("email") or f"{username}@calcom.invalid",
        )
        user.time_zone = given.get("time_zone") or user.time_zone
        user.locale = given.get("locale") or user.locale
    keys = (key.token for key in records.keys.values() if key.user_id == user.id)
    token = next(keys, None) or f"cal_sandbox_{username}"
    records.keys.setdefault(token, ApiKey(token=token, user_id=user.id))
    return {"key": token, "id": user.id, "username": username}


def _set_clock(state: State, given: Json) -> Json:
    """Go on from `now` (ISO with zone; null = the real time)."""
    now = datetime.fromisoformat(given["now"]) if given.get("now") else None
    if now is not None and now.tzinfo is None:
        raise ValueError(f"a clock needs a time with a zone, not {now}")
    state.clock.set(now)
    return {"now": state.now.isoformat()}


def _fault(state: State, given: Json) -> Json:
    """Let something go wrong: on ("POST /v2/bookings"), nth, segment or chance, do, down, ..."""
    state.faults.add(parsed(given))
    return {"waiting": len(state.faults.waiting)}


def _latency(state: State, given: Json) -> Json:
    """Answer everything `ms` later."""
    state.faults.latency_s = float(given["ms"]) / 1000
    return {"ms": given["ms"]}


def _clear_faults(state: State, _: Json) -> Json:
    """No more bad luck, no latency."""
    state.faults.clear()
    return {}


def _reset(state: State, _: Json) -> Json:
    """Back to the seed."""
    state.reset()
    return {}


def _fault_database(state: State, given: Json) -> Json:
    """Take the database away (`on`), or bring it back."""
    state.faults.database_down = bool(given["on"])
    return {"on": state.faults.database_down}


def _expire_reservation(state: State, given: Json) -> Json:
    """Let the reservation `uid` have ended a minute ago."""
    reservation = state.records.reservations[given["uid"]]
    reservation.until = state.now - timedelta(minutes=1)
    return {"uid": reservation.uid}


def _set_event_type_metadata(state: State, given: Json) -> Json:
    """Write `metadata` of `eventTypeId`, which the API does not let anybody do."""
    event_type = state.records.event_types[int(given["eventTypeId"])]
    event_type.metadata = dict(given["metadata"])
    return {"eventTypeId": event_type.id}


def _get_event_type_metadata(state: State, given: Json) -> Json:
    """Read the metadata of `eventTypeId`."""
    return metadata(state.records.event_types[int(given["eventTypeId"])])


def _set_email_field(state: State, given: Json) -> Json:
    """Make the e-mail question of `eventTypeId` `required` and `hidden`, or not."""
    event_type = state.records.event_types[int(given["eventTypeId"])]
    event_type.email_field = {name: bool(given[name]) for name in ("required", "hidden")}
    return {"eventTypeId": event_type.id}


def _move_booking_to_past(state: State, given: Json) -> Json:
    """Let the booking `uid` have been from `startHoursAgo` to `endHoursAgo`."""
    booking = state.records.bookings[given["uid"]]
    booking.start = state.now - timedelta(hours=given["startHoursAgo"])
    booking.end = state.now - timedelta(hours=given["endHoursAgo"])
    booking.key = None
    return {"uid": booking.uid}


def _create_team_fixture(state: State, _: Json) -> Json:
    """Team `salon` of users 1 and 2, with three event types."""
    records, members = state.records, [1, 2]
    records.teams[1] = Team(id=1, name="Salon", slug="salon", member_ids=members)
    place = [{"type": "address", "address": "Salon", "public": True}]
    for event_type_id, title, scheduling, hosts, locations in (
        (100, "Egal wer", "roundRobin", members, place),
        (101, "Zu zweit", "collective", members, place),
        (102, "Ohne Hosts", "roundRobin", [], []),
    ):
        records.event_types[event_type_id] = EventType(
            id=event_type_id,
            owner_id=0,
            team_id=1,
            scheduling=scheduling,
            host_ids=list(hosts),
            fields={
                "title": title,
                "slug": title.lower().replace(" ", "-"),
                "lengthInMinutes": 30,
                "minimumBookingNotice": 0,
                "slotInterval": 15,
                "locations": locations,
            },
        )
    return {"team": 1}


def _dump(state: State, _: Json) -> Json:
    """All bookings and mails; how many requests came, how many at once, how long they took."""
    return dump(state)


def _mails(state: State, _: Json) -> Json:
    """When, to whom and about what mails were sent."""
    return {
        "mails": [
            {"at": datetime.fromtimestamp(m.at, UTC).isoformat(), "to": m.to, "subject": m.subject}
            for m in state.records.mails
        ]
    }


READ_ONLY = frozenset({"dump", "mails", "get_event_type_metadata", "latency", "fault"})
ACTIONS: dict[str, Callable[[State, Json], Json]] = {
    "ensure_user": _ensure_user,
    "set_clock": _set_clock,
    "fault": _fault,
    "latency": _latency,
    "clear_faults": _clear_faults,
    "reset": _reset,
    "dump": _dump,
    "mails": _mails,
    "fault_database": _fault_database,
    "expire_reservation": _expire_reservation,
    "set_event_type_metadata": _set_event_type_metadata,
    "get_event_type_metadata": _get_event_type_metadata,
    "set_email_field": _set_email_field,
    "move_booking_to_past": _move_booking_to_past,
    "create_team_fixture": _create_team_fixture,
}
