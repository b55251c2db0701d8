"""A sandbox with the two users of the recordings, and the plainest client there is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from booking_core.adapters.calcom.sandbox import Options, Sandbox, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

ANNA, BEN = "cal_localtest_anna_0001", "cal_localtest_ben_0002"
VERSIONS = {"bookings": "2024-08-13", "slots": "2024-09-04", "event-types": "2024-06-14"}
NOW = "2026-11-24T10:00:00+01:00"
PLACE = [{"type": "address", "address": "Hauptstraße 1, Berlin", "public": True}]


@dataclass
class Answer:
    """Status and body."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Any:
        """What the envelope carries."""
        return self.body["data"]

    @property
    def message(self) -> str:
        """What an error in either shape says."""
        return str(self.body.get("message") or self.body["error"]["message"])


class Api:
    """Speaks the API by hand, header by header, so that nothing of our own client is trusted."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = ANNA,
        version: str | None = "",
    ) -> Answer:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        chosen = VERSIONS.get(path.partition("?")[0].split("/")[2]) if version == "" else version
        headers |= {"cal-api-version": chosen} if chosen else {}
        answer = await self.http.request(method, path, json=body, headers=headers)
        return Answer(answer.status_code, answer.json() if answer.content else None, answer.headers)

    async def event_type(self, slug: str, minutes: int = 30, **more: object) -> int:
        """Make one of Anna's (or of another key's user) and return its id."""
        key = str(more.pop("key", ANNA))
        wish = {"title": slug.title(), "slug": slug, "lengthInMinutes": minutes}
        usual = {"minimumBookingNotice": 0, "slotInterval": 15, "locations": PLACE}
        answer = await self("POST", "/v2/event-types", {**wish, **usual, **more}, key=key)
        assert answer.status == 201, answer.body
        return int(answer.data["id"])

    async def book(self, event_type: int, start: str, /, **more: Any) -> Answer:
        """Book for a customer of ours."""
        attendee = {
            "name": "Marlene Vogt",
            "email": "m.vogt@kunde.test",
            "timeZone": "Europe/Berlin",
        }
        key = more.pop("key", ANNA)
        body = {"start": start, "eventTypeId": event_type, "attendee": attendee, **more}
        return await self("POST", "/v2/bookings", body, key=key)

    async def cancel(self, uid: str, *, key: str | None = ANNA) -> Answer:
        """Cancel with a reason."""
        body = {"cancellationReason": "Kundin krank"}
        return await self("POST", f"/v2/bookings/{uid}/cancel", body, key=key)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    options = Options(seed="scenario", now=datetime.fromisoformat(NOW), race_window_s=0.05)
    async with running(options) as sandbox:
        yield sandbox


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[Api]:
    async with httpx.AsyncClient(base_url=sandbox.url) as http:
        yield Api(http)
