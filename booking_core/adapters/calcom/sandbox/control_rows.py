"""Back door: rows that the API does not let anybody write."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from booking_core.adapters.calcom.sandbox.event_type_views import metadata
from booking_core.adapters.calcom.sandbox.records import EventType, Json, Team

if TYPE_CHECKING:
    from collections.abc import Callable

    from booking_core.adapters.calcom.sandbox.state import State


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


ACTIONS: dict[str, Callable[[State, Json], Json]] = {
    "expire_reservation": _expire_reservation,
    "set_event_type_metadata": _set_event_type_metadata,
    "get_event_type_metadata": _get_event_type_metadata,
    "set_email_field": _set_email_field,
    "move_booking_to_past": _move_booking_to_past,
    "create_team_fixture": _create_team_fixture,
}
