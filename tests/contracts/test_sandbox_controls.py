"""The sandbox's own powers: bad luck on demand, a clock, a memory, a page."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from aiohttp import web

from booking_core.adapters.calcom.sandbox import Options, running

if TYPE_CHECKING:
    from pathlib import Path

    from booking_core.adapters.calcom.sandbox import Sandbox

DAY = "2026-11-26"
TEN, ELEVEN = f"{DAY}T09:00:00Z", f"{DAY}T10:00:00Z"
POST = "POST /v2/bookings"


async def test_a_user_is_made_once_and_gets_a_key_that_works(api: Any, door: Any) -> None:
    wish = {"username": "nina", "name": "Nina Rau", "email": "nina@salon.test", "locale": "en"}

    first, second = await door("ensure_user", **wish), await door("ensure_user", **wish)

    assert first == second
    me = await api("GET", "/v2/me", key=first["key"])
    assert (me.data["username"], me.data["name"]) == ("nina", "Nina Rau")


async def test_the_clock_can_be_set_and_runs_on(api: Any, door: Any) -> None:
    cut = await api.event_type("schnitt")
    await door("set_clock", now="2026-12-24T12:00:00+01:00")

    refused = await api.book(cut, TEN)

    assert refused.message == "Attempting to book a meeting in the past."
    assert (await door("dump"))["now"] > "2026-12-24T11:00:00.000Z"


@pytest.mark.parametrize("now", ["2026-12-24T12:00:00", "gestern"])
async def test_a_clock_without_a_zone_or_sense_is_refused(sandbox: Sandbox, now: str) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(
            f"{sandbox.url}/_control", json={"action": "set_clock", "now": now}
        )

    assert answer.status_code == 400


async def test_an_action_nobody_knows_is_refused(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient() as http:
        answer = await http.post(f"{sandbox.url}/_control", json={"action": "dance"})

    assert answer.status_code == 400


async def test_the_back_door_says_what_it_can_do(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient() as http:
        actions = (await http.get(f"{sandbox.url}/_control")).json()

    assert {"ensure_user", "set_clock", "fault", "latency", "reset", "dump"} <= set(actions)
    assert all(actions.values())


async def test_a_fault_nobody_understands_is_refused(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient() as http:
        answers = [
            await http.post(f"{sandbox.url}/_control", json={"action": "fault", **fault})
            for fault in ({"on": POST, "do": "explode"}, {"do": "error"}, {"on": POST, "n": 1})
        ]

    assert [answer.status_code for answer in answers] == [400, 400, 400]


async def test_a_fault_strikes_the_nth_request_and_no_other(api: Any, door: Any) -> None:
    cut = await api.event_type("schnitt")
    await door("fault", on=POST, nth=2, do="conflict")

    statuses = [(await api.book(cut, f"{DAY}T{hour}:00:00Z")).status for hour in ("09", "10", "11")]

    assert statuses == [201, 400, 201]


async def test_a_fault_may_wait_for_a_segment(api: Any, door: Any) -> None:
    cut = await api.event_type("schnitt")
    await door("fault", on=POST, segment="C", do="conflict")

    first = await api.book(cut, TEN, metadata={"segment": "D"})
    second = await api.book(cut, ELEVEN, metadata={"segment": "C"})

    assert (first.status, second.status) == (201, 400)


async def test_two_faults_on_one_route_count_the_same_requests(api: Any, door: Any) -> None:
    cut = await api.event_type("schnitt")
    await door("fault", on=POST, nth=1, do="error")
    await door("fault", on=POST, nth=3, do="rate_limit")

    statuses = [(await api.book(cut, f"{DAY}T{hour}:00:00Z")).status for hour in ("09", "10", "11")]

    assert statuses == [500, 201, 429]


async def test_a_server_that_goes_down_stays_down_for_every_request(api: Any, door: Any) -> None:
    cut = await api.event_type("schnitt")
    await door("fault", on=POST, do="error", down=True)

    await api.book(cut, TEN)
    me = await api("GET", "/v2/me")
    await door("clear_faults")

    assert me.status == 500
    assert (await api("GET", "/v2/me")).status == 200


@pytest.mark.parametrize(
    ("do", "stands"),
    [("timeout_before", 0), ("timeout_after", 1), ("error_after", 1), ("error", 0)],
)
async def test_what_is_lost_before_or_after_the_deed(
    api: Any, door: Any, do: str, stands: int
) -> None:
    cut = await api.event_type("schnitt")
    await door("fault", on=POST, do=do)
    api.http.timeout = httpx.Timeout(1.0)

    try:
        status = (await api.book(cut, TEN)).status
    except httpx.ReadTimeout:
        status = 0

    assert status == (500 if "error" in do else 0)
    assert len((await door("dump"))["bookings"]) == stands


async def test_a_request_may_land_after_its_sender_has_gone(api: Any, door: Any) -> None:
    cut = await api.event_type("schnitt")
    await door("fault", on=POST, do="timeout_before", land_after_s=1.0)
    api.http.timeout = httpx.Timeout(0.3)

    with pytest.raises(httpx.ReadTimeout):
        await api.book(cut, TEN)
    before = len((await door("dump"))["bookings"])
    async with asyncio.timeout(60):
        while not (await door("dump"))["bookings"]:
            await asyncio.sleep(0.05)

    assert before == 0


async def test_latency_and_load_are_measured_without_the_back_door(api: Any, door: Any) -> None:
    await door("reset")
    await door("latency", ms=80)

    await asyncio.gather(*(api("GET", "/v2/me") for _ in range(4)))

    report = await door("dump")
    assert report["requests"] == {"GET /v2/me": 4}
    assert report["peak_concurrency"] == 4
    assert report["answering_ms"] >= 4 * 80


async def test_what_happened_survives_a_new_process_on_the_same_file(tmp_path: Path) -> None:
    options = Options(state_file=tmp_path / "kept" / "calcom.json")
    async with running(options) as first:
        key = first.control("ensure_user", username="nina")["key"]
        async with httpx.AsyncClient(base_url=first.url) as http:
            made = await http.post(
                "/v2/event-types",
                json={"title": "T", "slug": "t", "lengthInMinutes": 30},
                headers={"Authorization": f"Bearer {key}", "cal-api-version": "2024-06-14"},
            )
            assert made.status_code == 201

    async with running(options) as second:
        assert second.control("dump")["event_types"] == 1
        assert second.control("ensure_user", username="nina")["key"] == key


async def test_a_file_that_is_no_state_is_refused_and_left_alone(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Liebe Nina, " * 20)

    with pytest.raises(ValueError, match=r"letter\.txt is not the state of a sandbox"):
        async with running(Options(state_file=letter)):
            pass

    assert letter.read_text().startswith("Liebe Nina")


async def test_reset_returns_to_the_seed(api: Any, door: Any) -> None:
    await api.event_type("schnitt")
    await door("fault", on=POST, do="error", down=True)

    await door("reset")

    report = await door("dump")
    assert (report["event_types"], report["users"]) == (0, ["anna", "ben"])
    assert (await api("GET", "/v2/me")).status == 200


async def test_a_webhook_is_signed_and_arrives_before_the_answer(api: Any) -> None:
    heard: list[tuple[bytes, str]] = []

    async def listen(request: web.Request) -> web.Response:
        heard.append((await request.read(), request.headers["X-Cal-Signature-256"]))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", listen)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    cut = await api.event_type("schnitt")
    triggers = ["BOOKING_CREATED", "BOOKING_CANCELLED"]
    hook = {"active": True, "subscriberUrl": url, "triggers": triggers, "secret": "geheim"}
    await api("POST", "/v2/webhooks", hook)

    booked = await api.book(cut, TEN, metadata={"group": "g-1"})
    told_at_booking = len(heard)
    await api.cancel(booked.data["uid"])
    await runner.cleanup()

    created, cancelled = (json.loads(raw) for raw, _ in heard)
    assert told_at_booking == 1
    assert all(
        signature == hmac.new(b"geheim", raw, hashlib.sha256).hexdigest()
        for raw, signature in heard
    )
    assert created["triggerEvent"] == "BOOKING_CREATED"
    assert created["payload"]["metadata"] == {"group": "g-1"}
    assert cancelled["payload"]["uid"] == booked.data["uid"]
    assert "metadata" not in cancelled["payload"]


async def test_the_page_shows_who_has_what_and_nothing_secret(api: Any, sandbox: Sandbox) -> None:
    cut = await api.event_type("schnitt", title="<Schnitt>")
    uid = (await api.book(cut, TEN)).data["uid"]

    async with httpx.AsyncClient() as http:
        page = (await http.get(sandbox.url)).text

    assert "Thursday, 26 November 2026" in page
    assert "10:00–10:30" in page
    assert "Anna Becker" in page
    assert "&lt;Schnitt&gt;" in page
    assert uid not in page
    assert "http" not in page.replace("http-equiv", "")


async def test_two_bookings_at_once_are_framed_on_the_page(api: Any, sandbox: Sandbox) -> None:
    cut = await api.event_type("schnitt")
    await asyncio.gather(api.book(cut, TEN), api.book(cut, f"{DAY}T09:15:00Z"))

    async with httpx.AsyncClient() as http:
        page = (await http.get(sandbox.url)).text

    assert page.count('class="block collides"') == 2


async def test_the_page_says_what_is_wrong_on_purpose_until_it_is_spent(
    api: Any, door: Any, sandbox: Sandbox
) -> None:
    await door("fault", on="GET /v2/me", do="wrong_key")
    async with httpx.AsyncClient() as http:
        before = (await http.get(sandbox.url)).text
        await api("GET", "/v2/me")
        after = (await http.get(sandbox.url)).text

    assert "wrong_key on GET /v2/me" in before
    assert "on purpose" not in after


async def test_an_empty_sandbox_has_an_empty_page() -> None:
    options = Options(now=datetime.fromisoformat("2026-11-24T10:00:00+01:00"))
    async with running(options) as sandbox, httpx.AsyncClient() as http:
        page = await http.get(sandbox.url)

    assert "Nothing is booked" in page.text
