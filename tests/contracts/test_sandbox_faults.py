"""Bad luck on the wire: what a client of a real server meets sooner or later."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from booking_core.adapters.calcom.sandbox import Sandbox

DAY = "2026-11-26"
TEN, ELEVEN, TWELVE = (f"{DAY}T{hour}:00:00Z" for hour in ("09", "10", "11"))
POST = "POST /v2/bookings"


def stored(sandbox: Sandbox) -> int:
    return len(sandbox.control("dump")["bookings"])


@pytest.mark.parametrize(("do", "stands"), [("reset_before", 0), ("reset_after", 1)])
async def test_a_connection_breaks_before_or_after_the_deed(
    api: Any, sandbox: Sandbox, do: str, stands: int
) -> None:
    cut = await api.event_type("schnitt")
    sandbox.control("fault", on=POST, do=do)

    with pytest.raises(httpx.NetworkError):
        await api.book(cut, TEN)

    assert stored(sandbox) == stands
    assert (await api("GET", "/v2/me")).status == 200


async def test_half_a_body_is_sent_of_what_was_done(api: Any, sandbox: Sandbox) -> None:
    cut = await api.event_type("schnitt")
    sandbox.control("fault", on=POST, do="half")

    with pytest.raises(httpx.RemoteProtocolError):
        await api.book(cut, TEN)

    assert stored(sandbox) == 1


async def test_a_body_may_be_no_json_although_the_status_is_fine(
    api: Any, sandbox: Sandbox
) -> None:
    cut = await api.event_type("schnitt")
    sandbox.control("fault", on="GET /v2/event-types/{id}", do="malformed")

    answer = await api.http.get(
        f"/v2/event-types/{cut}",
        headers={
            "Authorization": "Bearer cal_localtest_anna_0001",
            "cal-api-version": "2024-06-14",
        },
    )

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    with pytest.raises(json.JSONDecodeError):
        answer.json()


async def test_one_answer_may_be_slow_and_the_next_is_not(api: Any, sandbox: Sandbox) -> None:
    cut = await api.event_type("schnitt")
    sandbox.control("fault", on=POST, do="slow", ms=1500)

    slow, quick = await api.book(cut, TEN), await api.book(cut, ELEVEN)

    took = [one["ms"] for one in sandbox.control("requests")["requests"] if one["request"] == POST]
    assert (slow.status, quick.status) == (201, 201)
    assert took[0] >= 1500 > took[1]


async def test_one_route_may_be_slower_than_the_others(api: Any, sandbox: Sandbox) -> None:
    sandbox.control("latency", on="GET /v2/schedules/*", ms=1500)

    await api("GET", "/v2/schedules/1")
    await api("GET", "/v2/schedules")

    one, all_ = (heard["ms"] for heard in sandbox.control("requests")["requests"])
    assert one >= 1500 > all_


async def test_a_version_that_nobody_speaks_any_more_is_answered_in_the_oldest_words(
    api: Any, sandbox: Sandbox
) -> None:
    cut = await api.event_type("schnitt")
    uid = (await api.book(cut, TEN)).data["uid"]
    sandbox.control("fault", on="POST /v2/bookings/{uid}/cancel", do="old_version")

    cancelled = await api.cancel(uid)

    assert cancelled.status == 201
    assert cancelled.data == {"bookingId": 1, "bookingUid": uid, "onlyRemovedAttendee": False}


async def test_a_key_may_stop_working_and_work_again(api: Any, sandbox: Sandbox) -> None:
    sandbox.control("fault", on="GET /v2/me", do="wrong_key")

    refused, admitted = await api("GET", "/v2/me"), await api("GET", "/v2/me")

    assert refused.said == (401, "CustomThrottlerGuard - Invalid API Key")
    assert admitted.status == 200


async def test_a_share_of_all_requests_fails_and_the_same_seed_fails_the_same_ones(
    api: Any, sandbox: Sandbox
) -> None:
    async def statuses(seed: int) -> list[int]:
        sandbox.control("clear_faults")
        sandbox.control("fault", on="GET /v2/me", do="error", share=0.3, seed=seed)
        return [(await api("GET", "/v2/me")).status for _ in range(40)]

    first, again, other = await statuses(1), await statuses(1), await statuses(2)

    assert first == again != other
    assert 4 <= first.count(500) <= 20


@pytest.mark.parametrize("share", [0, -1, 1.5])
async def test_a_share_of_nothing_or_more_than_all_is_refused(
    sandbox: Sandbox, share: float
) -> None:
    with pytest.raises(ValueError, match="share"):
        sandbox.control("fault", on=POST, do="error", share=share)


async def test_slot_lists_may_be_as_old_as_a_test_wants(api: Any, sandbox: Sandbox) -> None:
    cut = await api.event_type("schnitt", slotInterval=30)
    sandbox.control("slots_cache", seconds=0)
    before = await api.slots(cut, TEN, ELEVEN)
    await api.book(cut, TEN)

    assert before == ["10:00", "10:30"]
    assert await api.slots(cut, TEN, ELEVEN) == ["10:30"]


async def test_everything_is_well_again_after_the_faults_are_cleared(
    api: Any, sandbox: Sandbox
) -> None:
    cut = await api.event_type("schnitt")
    sandbox.control("fault", on=POST, do="reset_before", down=True)
    sandbox.control("latency", ms=5000)
    sandbox.control("fault_database", on=True)

    sandbox.control("clear_faults")

    assert (await api.book(cut, TEN)).status == 201


async def test_a_rate_limit_can_be_set_for_everybody_and_lifted(api: Any, sandbox: Sandbox) -> None:
    sandbox.control("rate_limit", requests=2, window_s=60)

    limited = [(await api("GET", "/v2/me")).status for _ in range(3)]
    sandbox.control("rate_limit", requests=None)

    assert limited == [200, 200, 429]
    assert (await api("GET", "/v2/me")).status == 200


async def test_one_key_can_be_limited_or_expire(api: Any, sandbox: Sandbox) -> None:
    key = sandbox.control("ensure_user", username="nina")["key"]
    sandbox.control("set_key", key=key, requests=1)

    first, second = [await api("GET", "/v2/me", key=key) for _ in range(2)]
    sandbox.control("set_key", key=key, requests=None, expired=True)

    assert (first.status, second.status) == (200, 429)
    assert (await api("GET", "/v2/me", key=key)).status == 401
    assert (await api("GET", "/v2/me")).status == 200


async def test_a_block_ends_after_its_time(api: Any, sandbox: Sandbox) -> None:
    sandbox.control("rate_limit", requests=1, window_s=1, block_s=1)

    statuses = [(await api("GET", "/v2/me")).status for _ in range(2)]
    async with asyncio.timeout(60):
        while (await api("GET", "/v2/me")).status != 200:
            await asyncio.sleep(0.05)

    assert statuses == [200, 429]
