"""What a real Cal.com answered, read by our client."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from booking_core.adapters.calcom.client import CalcomClient
from booking_core.adapters.calcom.figures import kind_of
from booking_core.adapters.calcom.versions import Versions
from booking_core.domain.errors import CalendarError, CalendarSilent
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

RECORDINGS = (
    Path(__file__).resolve().parents[4].parent / "shared" / "reference" / "calcom" / "recordings"
)
pytestmark = pytest.mark.skipif(
    not RECORDINGS.exists(), reason="the recordings are not part of the project"
)
KEY, ANY, FIRST_REFUSAL = "cal_key", "any", 400
ALWAYS = Span(datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))
CALLS: dict[str, Callable[[CalcomClient], Awaitable[object]]] = {
    "GET /me": lambda client: client.me(KEY),
    "GET /event-types": lambda client: client.event_types(KEY),
    "GET /event-types/*": lambda client: client.event_type(KEY, 1),
    "POST /event-types": lambda client: client.create_event_type(KEY, {}),
    "PATCH /event-types/*": lambda client: client.change_event_type(KEY, 1, {}),
    "DELETE /event-types/*": lambda client: client.delete_event_type(KEY, 1),
    "GET /schedules": lambda client: client.schedules(KEY),
    "GET /schedules/*": lambda client: client.schedule(KEY, 1),
    "GET /schedules/default": lambda client: client.default_schedule(KEY),
    "POST /schedules": lambda client: client.create_schedule(KEY, {}),
    "PATCH /schedules/*": lambda client: client.change_schedule(KEY, 1, {}),
    "GET /slots": lambda client: client.slots(1, ALWAYS),
    "GET /bookings": lambda client: client.bookings(KEY),
    "GET /bookings/*": lambda client: client.booking(KEY, ANY),
    "POST /bookings": lambda client: client.book(KEY, {}),
    "POST /bookings/*/cancel": lambda client: client.cancel(KEY, ANY, reason="krank"),
    "POST /bookings/*/reschedule": lambda client: client.reschedule(KEY, ANY, {}),
    "GET /webhooks": lambda client: client.webhooks(KEY),
    "GET /webhooks/*": lambda client: client.webhook(KEY, ANY),
    "POST /webhooks": lambda client: client.create_webhook(KEY, {}),
    "PATCH /webhooks/*": lambda client: client.change_webhook(KEY, ANY, {}),
    "DELETE /webhooks/*": lambda client: client.delete_webhook(KEY, ANY),
    "POST /event-types/*/webhooks": lambda client: client.create_webhook(KEY, {}, event_type_id=1),
}


def kind(exchange: dict[str, Any]) -> str:
    """What kind of call it was."""
    path = urlsplit(exchange["request"]["path"]).path.removeprefix("/api").removeprefix("/v2")
    return kind_of(exchange["request"]["method"], path)


def recorded() -> list[dict[str, Any]]:
    """All exchanges that our client has a call for and that were spoken in our versions."""
    files = sorted(RECORDINGS.glob("*.json"))
    exchanges = [e for f in files for e in json.loads(f.read_text("utf-8"))["exchanges"]]
    return [e for e in exchanges if kind(e) in CALLS and _is_ours(e)]


def _is_ours(exchange: dict[str, Any]) -> bool:
    method, path = exchange["request"]["method"], urlsplit(exchange["request"]["path"]).path
    ours = Versions().headers(method, path.removeprefix("/api").removeprefix("/v2"))
    sent = exchange["request"]["headers"].get("cal-api-version")
    return not ours or bool(sent == ours["cal-api-version"])


def as_a_page(body: dict[str, Any]) -> dict[str, Any]:
    """The first page as if it were the last: the script has no second."""
    if "pagination" not in body:
        return body
    return {**body, "pagination": {**body["pagination"], "hasNextPage": False}}


async def test_every_recorded_success_is_understood(scripted: Any) -> None:
    read = Counter[str]()
    async with CalcomClient(scripted.url) as client:
        for exchange in recorded():
            status, body = exchange["response"]["status"], exchange["response"]["body"]
            if status >= FIRST_REFUSAL:
                continue
            scripted.answers = [(status, as_a_page(body))]
            answer = await CALLS[kind(exchange)](client)
            read[kind(exchange)] += 1
            items = body["data"] if isinstance(body.get("data"), list) else []
            assert not items or len(answer) == len(items)  # type: ignore[arg-type] - a list then

    assert set(read) == set(CALLS)
    assert read.total() > 250


async def test_every_recorded_refusal_is_an_error_of_ours(scripted: Any) -> None:
    seen = Counter[str]()
    async with CalcomClient(scripted.url) as client:
        for exchange in recorded():
            status, body = exchange["response"]["status"], exchange["response"]["body"]
            missing = kind(exchange) == "GET /bookings/*" and status == 404
            if status < FIRST_REFUSAL or missing:
                continue
            scripted.answers = [(status, body)]
            with pytest.raises(CalendarError) as error:
                await CALLS[kind(exchange)](client)
            seen[type(error.value).__name__] += 1

    assert set(seen) >= {"CalendarTaken", "CalendarRefused", "CalendarBusy", "CalendarSilent"}


async def test_an_answer_in_an_old_version_is_not_taken_for_a_success(scripted: Any) -> None:
    """Without the right header a cancellation is carried out and told in another shape."""
    old = {"status": "success", "data": {"bookingId": 1, "onlyRemovedAttendee": False}}
    scripted.answers = [(201, old)]
    async with CalcomClient(scripted.url) as client:
        with pytest.raises(CalendarSilent) as silent:
            await client.cancel(KEY, ANY, reason="krank")

    assert silent.value.facts["says"] == "an unexpected shape"
