"""Every call our client can make, held to Cal.com's document: what it sends and what it gets."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.calcom import CalcomClient
from booking_core.domain.errors import CalendarTaken
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from booking_core.adapters.calcom.sandbox import Sandbox

ANNA = "cal_localtest_anna_0001"
TEN = datetime.fromisoformat("2026-11-26T09:00:00+00:00")
DAY = Span(TEN - timedelta(hours=2), TEN + timedelta(hours=8))
PLACE = {"type": "address", "address": "Salon, Ring 4", "public": True}
KIND = {
    "title": "Ansatz auftragen",
    "slug": "ansatz-a",
    "lengthInMinutes": 30,
    "minimumBookingNotice": 0,
    "slotInterval": 5,
    "hidden": True,
    "disableGuests": True,
    "locations": [PLACE],
}
HOURS = {
    "name": "Dienst",
    "timeZone": "Europe/Berlin",
    "isDefault": True,
    "availability": [{"days": ["Thursday"], "startTime": "09:00", "endTime": "18:00"}],
    "overrides": [{"date": "2026-12-03", "startTime": "00:00", "endTime": "00:00"}],
}
HOOK = {"active": True, "triggers": ["BOOKING_CREATED"], "secret": "geheim"}


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[CalcomClient]:
    async with CalcomClient(sandbox.url) as client:
        yield client


def wish(event_type: int, start: datetime) -> dict[str, Any]:
    return {
        "start": f"{start:%Y-%m-%dT%H:%M:%SZ}",
        "eventTypeId": event_type,
        "attendee": {
            "name": "Marlene Vogt",
            "email": "booking+g1@salon.test",
            "phoneNumber": "+4917139200011",
            "timeZone": "Europe/Berlin",
            "language": "de",
        },
        "metadata": {"group": "g1", "segment": "A", "attempt": "1"},
    }


async def provision(client: CalcomClient) -> int:
    schedule = await client.create_schedule(ANNA, HOURS)
    await client.change_schedule(ANNA, schedule.id, {"overrides": []})
    await client.schedule(ANNA, schedule.id)
    await client.schedules(ANNA)
    await client.default_schedule(ANNA)
    kind = await client.create_event_type(ANNA, {**KIND, "scheduleId": schedule.id})
    await client.change_event_type(ANNA, kind.id, {"lengthInMinutes": 45, "title": "Ansatz"})
    await client.event_type(ANNA, kind.id)
    await client.event_types(ANNA)
    return int(kind.id)


async def book(client: CalcomClient, kind: int) -> None:
    await client.slots(kind, DAY, key=ANNA, minutes=60, ranges=True)
    first = await client.book(ANNA, wish(kind, TEN))
    with pytest.raises(CalendarTaken):
        await client.book(ANNA, wish(kind, TEN))
    await client.booking(ANNA, first.uid)
    await client.bookings(ANNA, attendeeEmail="booking+g1@salon.test", eventTypeIds=str(kind))
    new = {"start": "2026-11-26T11:00:00Z", "reschedulingReason": "später"}
    moved = await client.reschedule(ANNA, first.uid, new)
    await client.cancel(ANNA, moved.uid, reason="Kundin krank")


async def subscribe(client: CalcomClient, kind: int) -> None:
    for event_type in (None, kind):
        fields = {**HOOK, "subscriberUrl": f"http://127.0.0.1:9/{event_type}"}
        hook = await client.create_webhook(ANNA, fields, event_type_id=event_type)
        await client.change_webhook(ANNA, hook.id, {"active": False}, event_type_id=event_type)
        await client.webhook(ANNA, hook.id, event_type_id=event_type)
        await client.webhooks(ANNA, event_type_id=event_type)
        await client.delete_webhook(ANNA, hook.id, event_type_id=event_type)


async def test_everything_the_client_sends_is_something_the_document_knows(
    client: CalcomClient, witness: Any, document: Any
) -> None:
    await client.me(ANNA)
    kind = await provision(client)
    await book(client, kind)
    await subscribe(client, kind)
    await client.delete_event_type(ANNA, kind)
    await client.delete_schedule(ANNA, 1)

    spoken = {f"{one.method} {one.path.split('/')[2]}" for one in witness.exchanges}
    assert spoken == {
        *("GET me", "GET schedules", "POST schedules", "PATCH schedules", "DELETE schedules"),
        *("GET event-types", "POST event-types", "PATCH event-types", "DELETE event-types"),
        *("GET slots", "GET bookings", "POST bookings"),
        *("GET webhooks", "POST webhooks", "PATCH webhooks", "DELETE webhooks"),
    }
    assert [f for one in witness.exchanges for f in document.faults_of_request(one)] == []
