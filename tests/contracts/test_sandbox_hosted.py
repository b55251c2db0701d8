"""Versions that only the hosted service speaks: off unless asked for, and then as documented."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from booking_core.adapters.calcom import CalcomClient, Versions
from booking_core.adapters.calcom.sandbox import Options, Sandbox, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

DAY = "2026-11-26"
TEN = f"{DAY}T09:00:00Z"
NEWER, CURSORS = "2026-02-25", "2026-05-01"
ANNA = "cal_localtest_anna_0001"
PERSON = {"name": "Ida", "email": "ida@kunde.test", "timeZone": "Europe/Berlin"}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    now = datetime.fromisoformat("2026-11-24T10:00:00+01:00")
    async with running(Options(seed="scenario", now=now, race_window_s=0.0, hosted=True)) as one:
        yield one


@pytest.fixture
async def cut(api: Any) -> int:
    return int(await api.event_type("schnitt"))


async def book(api: Any, event_type: int, **more: Any) -> Any:
    body = {"start": TEN, "eventTypeId": event_type, "attendee": PERSON, **more}
    key = body.pop("key", ANNA)
    return await api("POST", "/v2/bookings", body, version=NEWER, key=key)


async def test_a_host_may_book_over_conflicts_and_anybody_elses_wish_is_ignored(
    api: Any, cut: int
) -> None:
    first = await book(api, cut)

    refused = await book(api, cut)
    stranger = await book(api, cut, allowConflicts=True, key=None)
    off_hours = await book(api, cut, allowConflicts=True, start=f"{DAY}T03:00:00Z")

    assert (first.status, refused.status, stranger.status) == (201, 400, 400)
    assert off_hours.status == 201


async def test_the_older_version_does_not_know_these_wishes(api: Any, cut: int) -> None:
    refused = await api.book(cut, TEN, allowConflicts=True)

    assert refused.message.startswith("allowConflicts property is wrong")


async def test_limits_and_notice_can_be_passed_by_the_host(api: Any) -> None:
    rare = await api.event_type(
        "selten", bookingLimitsCount={"day": 1}, minimumBookingNotice=60 * 24 * 7
    )

    wish = {"allowBookingOutOfBounds": True}
    first = await book(api, rare, **wish)
    second = await book(api, rare, **wish, start=f"{DAY}T12:00:00Z")
    third = await book(api, rare, **wish, start=f"{DAY}T12:00:00Z", skipBookingLimits=True)

    assert (await book(api, rare)).status == 400
    assert (first.status, second.status, third.status) == (201, 401, 201)


async def test_the_newer_list_is_read_on_by_a_cursor(api: Any, cut: int) -> None:
    uids = [
        (await api.book(cut, f"{DAY}T{hour}:00:00Z")).data["uid"] for hour in ("09", "10", "11")
    ]

    first = await api("GET", "/v2/bookings?limit=2", version=CURSORS)
    cursor = first.body["pagination"]["nextCursor"]
    second = await api("GET", f"/v2/bookings?limit=2&cursor={cursor}", version=CURSORS)

    assert first.body["pagination"]["hasMore"] is True
    assert second.body["pagination"] == {"hasMore": False, "nextCursor": None}
    assert [one["uid"] for one in (*first.data, *second.data)] == uids


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=x"])
async def test_a_page_of_the_newer_list_has_its_own_bounds(api: Any, query: str) -> None:
    assert (await api("GET", f"/v2/bookings?{query}", version=CURSORS)).status == 400


async def test_our_client_reads_all_pages_of_the_newer_list(
    api: Any, cut: int, sandbox: Sandbox
) -> None:
    for minutes in range(0, 7 * 60, 3):
        start = f"{DAY}T{8 + minutes // 60:02}:{minutes % 60:02}:00Z"
        assert (await book(api, cut, start=start, allowConflicts=True)).status == 201

    versions = Versions(bookings=NEWER, booking_list=CURSORS)
    async with CalcomClient(sandbox.url, versions=versions) as client:
        found = await client.bookings(ANNA)

    assert len({booking.uid for booking in found}) == 140


async def test_everywhere_else_newer_versions_mean_the_oldest_api(api: Any, cut: int) -> None:
    headers = {"Authorization": f"Bearer {ANNA}", "cal-api-version": CURSORS}
    async with running(Options(seed="scenario")) as plain, httpx.AsyncClient() as http:
        listed = await http.get(f"{plain.url}/v2/bookings", headers=headers)

    uid = (await book(api, cut)).data["uid"]
    moved = await api(
        "POST", f"/v2/bookings/{uid}/reschedule", {"start": f"{DAY}T12:00:00Z"}, version=NEWER
    )
    assert "bookings" in listed.json()["data"]
    assert moved.status == 201
