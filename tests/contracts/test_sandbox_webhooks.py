"""Webhooks: what is told to whom and when, and deliveries that go wrong."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from booking_core.adapters.calcom.sandbox import Sandbox

DAY = "2026-11-26"
TEN, ELEVEN, TWELVE = (f"{DAY}T{hour}:00:00Z" for hour in ("09", "10", "11"))
EVENTS = [
    *("BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED", "BOOKING_REQUESTED"),
    *("BOOKING_REJECTED", "BOOKING_NO_SHOW_UPDATED"),
]
BEN = "cal_localtest_ben_0002"


@dataclass
class Listener:
    """Somebody who subscribes."""

    url: str
    raw: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    status: int = 200
    delay_s: float = 0.0
    asking: int = 0
    most_at_once: int = 0
    """How many have ever waited for its answer at the same time."""

    @property
    def events(self) -> list[str]:
        return [json.loads(one)["triggerEvent"] for one in self.raw]

    def payload(self, place: int = -1) -> dict[str, Any]:
        return dict(json.loads(self.raw[place])["payload"])

    async def hears(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self.raw) < count:
                await asyncio.sleep(0.02)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async def listen(request: web.Request) -> web.Response:
        raw = await request.read()
        heard.asking += 1
        heard.most_at_once = max(heard.most_at_once, heard.asking)
        await asyncio.sleep(heard.delay_s)
        heard.asking -= 1
        heard.raw.append(raw)
        heard.headers.append(dict(request.headers))
        return web.Response(status=heard.status, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_post("/{tail:.*}", listen)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    heard = Listener(f"http://127.0.0.1:{runner.addresses[0][1]}/hook")
    yield heard
    await runner.cleanup()


async def subscribe(
    api: Any, listener: Listener, path: str = "/v2/webhooks", **more: object
) -> str:
    wish = {"active": True, "subscriberUrl": listener.url, "triggers": EVENTS, "secret": "geheim"}
    made = await api("POST", path, {**wish, **more})
    assert made.status == 201, made.body
    return str(made.data["id"])


async def test_a_signature_is_over_exactly_the_bytes_that_are_sent(
    api: Any, listener: Listener
) -> None:
    await subscribe(api, listener)

    await api.book(await api.event_type("schnitt", title="Färben & Föhnen"), TEN)

    (raw,), (headers,) = listener.raw, listener.headers
    assert headers["X-Cal-Signature-256"] == hmac.new(b"geheim", raw, hashlib.sha256).hexdigest()
    assert headers["X-Cal-Webhook-Version"] == "2021-10-20"
    assert headers["Content-Type"] == "application/json"


async def test_without_a_secret_the_signature_says_so(api: Any, listener: Listener) -> None:
    await api(
        "POST",
        "/v2/webhooks",
        {"active": True, "subscriberUrl": listener.url, "triggers": ["BOOKING_CREATED"]},
    )

    await api.book(await api.event_type("schnitt"), TEN)

    assert listener.headers[0]["X-Cal-Signature-256"] == "no-secret-provided"


async def test_a_move_tells_of_the_new_booking_and_of_the_old_one_and_nothing_else(
    api: Any, listener: Listener
) -> None:
    cut = await api.event_type("schnitt")
    old = (await api.book(cut, TEN, metadata={"group": "g-1"})).data
    await subscribe(api, listener)

    new = (await api.move(old["uid"], TWELVE)).data

    assert listener.events == ["BOOKING_RESCHEDULED"]
    payload = listener.payload()
    assert (payload["uid"], payload["rescheduleUid"]) == (new["uid"], old["uid"])
    assert (payload["rescheduleId"], payload["rescheduleStartTime"]) == (old["id"], TEN)
    assert payload["startTime"] == TWELVE
    assert payload["metadata"] == {"group": "g-1"}
    assert payload["iCalSequence"] == 1
    assert "iCalUID" not in payload


async def test_a_cancellation_is_told_without_metadata_and_with_an_offset_for_the_zone(
    api: Any, listener: Listener
) -> None:
    cut = await api.event_type("schnitt")
    uid = (await api.book(cut, TEN, metadata={"group": "g-1"})).data["uid"]
    await subscribe(api, listener)

    await api.cancel(uid)
    await api.cancel(uid)

    assert listener.events == ["BOOKING_CANCELLED"]
    payload = listener.payload()
    assert payload["startTime"] == f"{DAY}T09:00:00+00:00"
    assert payload["cancellationReason"] == "Kundin krank"
    assert (payload["uid"], payload["status"]) == (uid, "CANCELLED")
    assert "metadata" not in payload


async def test_a_request_its_refusal_and_its_confirmation_are_told(
    api: Any, listener: Listener
) -> None:
    asked = await api.event_type("anfrage", confirmationPolicy={"type": "always"})
    await subscribe(api, listener)
    first = (await api.book(asked, TEN, metadata={"group": "g-1"})).data["uid"]
    second = (await api.book(asked, ELEVEN)).data["uid"]

    await api("POST", f"/v2/bookings/{first}/confirm")
    await api("POST", f"/v2/bookings/{second}/decline", {"reason": "voll"})

    assert listener.events == [
        *("BOOKING_REQUESTED", "BOOKING_REQUESTED"),
        *("BOOKING_CREATED", "BOOKING_REJECTED"),
    ]
    requested, confirmed, rejected = (listener.payload(place) for place in (0, 2, 3))
    assert requested["startTime"] == f"{DAY}T09:00:00.000Z"
    assert (requested["status"], requested["requiresConfirmation"]) == ("PENDING", True)
    assert (confirmed["status"], confirmed["uid"]) == ("ACCEPTED", first)
    assert (rejected["status"], rejected["rejectionReason"]) == ("REJECTED", "voll")
    assert "metadata" not in rejected


async def test_an_absence_is_told_by_address(
    api: Any, listener: Listener, sandbox: Sandbox
) -> None:
    cut = await api.event_type("schnitt")
    uid = (await api.book(cut, TEN)).data["uid"]
    await subscribe(api, listener)
    sandbox.control("set_clock", now=ELEVEN)

    body = {"attendees": [{"email": "m.vogt@kunde.test", "absent": True}], "host": True}
    marked = await api("POST", f"/v2/bookings/{uid}/mark-absent", body)

    assert marked.data["absentHost"] is True
    assert marked.data["attendees"][0]["absent"] is True
    assert listener.payload()["attendees"] == [{"email": "m.vogt@kunde.test", "noShow": True}]


async def test_nothing_is_told_of_what_was_refused(api: Any, listener: Listener) -> None:
    cut = await api.event_type("schnitt")
    await subscribe(api, listener)
    await api.book(cut, TEN)

    await api.book(cut, TEN)
    await api.book(cut, f"{DAY}T03:00:00Z")

    assert listener.events == ["BOOKING_CREATED"]


async def test_a_user_and_an_event_type_both_listen_and_others_hear_nothing(
    api: Any, listener: Listener
) -> None:
    cut, colour = await api.event_type("schnitt"), await api.event_type("farbe")
    bens = await api.event_type("bens", key=BEN)
    await subscribe(api, listener)
    await subscribe(api, listener, f"/v2/event-types/{cut}/webhooks")

    for event_type, start, heard in ((cut, TEN, 2), (colour, ELEVEN, 3), (bens, TEN, 3)):
        await api.book(event_type, start)

        assert len(listener.raw) == heard


async def test_only_the_triggers_that_were_asked_for_are_told_and_only_while_it_is_active(
    api: Any, listener: Listener
) -> None:
    cut = await api.event_type("schnitt")
    hook = await subscribe(api, listener, triggers=["BOOKING_CANCELLED"])
    first = (await api.book(cut, TEN)).data["uid"]
    second = (await api.book(cut, ELEVEN)).data["uid"]

    await api.cancel(first)
    await api("PATCH", f"/v2/webhooks/{hook}", {"active": False})
    await api.cancel(second)

    assert listener.events == ["BOOKING_CANCELLED"]


async def test_a_template_replaces_the_body_and_is_signed_like_one(
    api: Any, listener: Listener
) -> None:
    words = '{"what": "{{triggerEvent}}", "who": "{{attendees.0.name}}", "x": "{{nothing.at.all}}"}'
    await subscribe(api, listener, payloadTemplate=words)

    await api.book(await api.event_type("schnitt"), TEN)

    raw = listener.raw[0]
    assert json.loads(raw) == {"what": "BOOKING_CREATED", "who": "Marlene Vogt", "x": ""}
    expected = hmac.new(b"geheim", raw, hashlib.sha256).hexdigest()
    assert listener.headers[0]["X-Cal-Signature-256"] == expected


@pytest.mark.parametrize("status", [302, 404, 500])
async def test_a_receiver_that_fails_or_redirects_harms_nobody_and_is_not_asked_again(
    api: Any, listener: Listener, sandbox: Sandbox, status: int
) -> None:
    await subscribe(api, listener)
    listener.status = status

    booked = await api.book(await api.event_type("schnitt"), TEN)

    assert booked.status == 201
    assert len(listener.raw) == 1
    outcomes = [one["outcome"] for one in sandbox.control("deliveries")["deliveries"]]
    assert outcomes == [str(status)]


async def test_a_receiver_that_is_gone_harms_nobody(api: Any, sandbox: Sandbox) -> None:
    await subscribe(api, Listener("http://127.0.0.1:1/hook"))

    booked = await api.book(await api.event_type("schnitt"), TEN)

    (delivery,) = sandbox.control("deliveries")["deliveries"]
    assert booked.status == 201
    assert delivery["uid"] == booked.data["uid"]
    assert "Error" in delivery["outcome"]


async def test_a_slow_receiver_makes_the_answer_wait_but_two_are_asked_at_the_same_time(
    api: Any, listener: Listener, sandbox: Sandbox
) -> None:
    cut = await api.event_type("schnitt")
    await subscribe(api, listener)
    await subscribe(api, listener, f"/v2/event-types/{cut}/webhooks")
    listener.delay_s = 0.6

    booked = await api.book(cut, TEN)

    took = sandbox.control("requests")["requests"][-1]["ms"]
    assert booked.status == 201
    assert len(listener.raw) == listener.most_at_once == 2
    assert took >= 600


async def test_deliveries_can_be_lost(api: Any, listener: Listener, sandbox: Sandbox) -> None:
    cut = await api.event_type("schnitt")
    await subscribe(api, listener)
    sandbox.control("webhooks", drop=1)

    await api.book(cut, TEN)
    second = await api.book(cut, ELEVEN)

    assert [listener.payload()["uid"]] == [second.data["uid"]]
    outcomes = [one["outcome"] for one in sandbox.control("deliveries")["deliveries"]]
    assert outcomes == ["dropped", "200"]


async def test_deliveries_can_come_twice(api: Any, listener: Listener, sandbox: Sandbox) -> None:
    await subscribe(api, listener)
    sandbox.control("webhooks", duplicate=1)

    await api.book(await api.event_type("schnitt"), TEN)

    assert len(listener.raw) == 2
    assert listener.raw[0] == listener.raw[1]


async def test_deliveries_can_come_late(api: Any, listener: Listener, sandbox: Sandbox) -> None:
    await subscribe(api, listener)
    sandbox.control("webhooks", delay_ms=300)

    await api.book(await api.event_type("schnitt"), TEN)

    at_the_answer = len(listener.raw)
    await listener.hears(1)
    assert at_the_answer == 0


async def test_deliveries_can_come_in_the_wrong_order(
    api: Any, listener: Listener, sandbox: Sandbox
) -> None:
    cut = await api.event_type("schnitt")
    await subscribe(api, listener)
    sandbox.control("webhooks", hold=True)
    uid = (await api.book(cut, TEN)).data["uid"]
    await api.cancel(uid)

    released = sandbox.control("release_webhooks", backwards=True)

    await listener.hears(2)
    assert released == {"released": 2}
    assert listener.events == ["BOOKING_CANCELLED", "BOOKING_CREATED"]


async def test_webhooks_cannot_be_told_what_nobody_understands(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="explode"):
        sandbox.control("webhooks", explode=True)
