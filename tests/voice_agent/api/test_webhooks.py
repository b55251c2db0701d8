"""Other systems hear of bookings: once it is true, signed, again and again until they listen."""

from __future__ import annotations

import hmac
import json
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from sqlalchemy import text

from voice_agent.api.deliveries import Deliveries, NotDelivered, OutsideOnly
from voice_agent.api.subscriptions import EventKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine


class Listener:
    """Another system's address."""

    def __init__(self) -> None:
        self.url = ""
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status = 200

    async def hear(self, request: web.Request) -> web.Response:
        self.heard.append((dict(request.headers), await request.read()))
        return web.Response(status=self.status, headers={"Location": "/elsewhere"})


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener = Listener()
    app = web.Application()
    app.router.add_post("/hook", listener.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    listener.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield listener
    await runner.cleanup()


async def subscribed(api: Any, listener: Listener, *events: EventKind) -> dict[str, Any]:
    body: dict[str, Any] = {"url": listener.url}
    if events:
        body["events"] = list(events)
    made = await api("POST", "/webhooks", body)
    assert made.status == 201, made.raw
    found: dict[str, Any] = made.json
    return found


async def test_each_change_of_a_booking_is_told_signed_and_in_order(
    api: Any, house: Any, listener: Listener
) -> None:
    hook = await subscribed(api, listener)
    made = (await api.book()).json
    await house.work()
    option = await api.offer(start="2026-11-26T14:00:00+01:00", moving_booking_id=made["id"])
    path = f"/bookings/{made['id']}"
    moved = await api(
        "POST",
        f"{path}/reschedule",
        {"offer": {"token": option["token"]}},
        headers={"If-Match": made["etag"]},
    )
    await house.work()
    await api("POST", f"{path}/cancel", {}, headers={"If-Match": moved.json["etag"]})
    await house.work()

    told = [json.loads(body) for _, body in listener.heard]
    assert [one["type"] for one in told] == [
        "booking.booked",
        "booking.changed",
        "booking.cancelled",
    ]
    assert told[0]["data"]["booking"] == made
    assert told[1]["data"]["booking"]["plan"]["start"] == "2026-11-26T14:00:00+01:00"
    assert len({one["id"] for one in told}) == 3
    for headers, body in listener.heard:
        signed = f"{headers['Webhook-Timestamp']}.".encode() + body
        expected = hmac.new(hook["secret"].encode(), signed, sha256).hexdigest()
        assert headers["Webhook-Signature"] == f"v1={expected}"
        assert headers["Webhook-Id"] == json.loads(body)["id"]


async def test_only_what_was_asked_for_is_told_and_only_by_ones_own_salon(
    api: Any, twin: Any, house: Any, listener: Listener
) -> None:
    await subscribed(api, listener, EventKind.CANCELLED)
    await api.book()
    other = (await twin.book()).json
    await twin("POST", f"/bookings/{other['id']}/cancel", {}, headers={"If-Match": other["etag"]})
    await house.work()

    assert listener.heard == []


async def test_who_does_not_listen_is_told_again_with_the_same_words(
    api: Any, house: Any, listener: Listener, engine: AsyncEngine
) -> None:
    hook = await subscribed(api, listener)
    listener.status = 503
    await api.book()
    await house.work()
    log = await api("GET", f"/webhooks/{hook['id']}/deliveries")
    listener.status = 204
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE procrastinate_jobs SET scheduled_at = now()"))
    await house.work()
    settled = await api("GET", f"/webhooks/{hook['id']}/deliveries")

    assert log.json["items"][0]["state"] == "due"
    assert log.json["items"][0]["last_status"] == 503
    assert settled.json["items"][0]["state"] == "delivered"
    assert settled.json["items"][0]["tries"] == 2
    assert listener.heard[0][1] == listener.heard[1][1]


async def test_a_redirection_is_not_followed(api: Any, house: Any, listener: Listener) -> None:
    hook = await subscribed(api, listener)
    listener.status = 302
    await api.book()
    await house.work()
    log = await api("GET", f"/webhooks/{hook['id']}/deliveries")

    assert len(listener.heard) == 1
    assert log.json["items"][0]["last_status"] == 302


async def test_an_installation_on_the_internet_calls_nobody_inside(
    api: Any, house: Any, listener: Listener, engine: AsyncEngine
) -> None:
    hook = await subscribed(api, listener)
    await api.book()
    services = house.runtime.services
    outside = Deliveries(
        engine=engine,
        salons=replace(services).salons,
        secrets=services.signing,
        may_stay_inside=False,
    )
    async with engine.connect() as connection:
        delivery = await connection.scalar(text("SELECT id FROM api_delivery"))
    with pytest.raises(NotDelivered):
        await outside(delivery)
    log = await api("GET", f"/webhooks/{hook['id']}/deliveries")

    assert listener.heard == []
    assert log.json["items"][0]["last_error"] == "address_inside"


async def test_a_name_that_leads_inside_leads_nowhere() -> None:
    resolver = OutsideOnly()
    try:
        with pytest.raises(OSError, match="outside"):
            await resolver.resolve("localhost", 443)
    finally:
        await resolver.close()


async def test_after_a_subscription_is_gone_nothing_more_is_sent(
    api: Any, house: Any, listener: Listener
) -> None:
    hook = await subscribed(api, listener)
    await api.book()
    gone = await api("DELETE", f"/webhooks/{hook['id']}")
    await house.work()

    assert gone.status == 204
    assert listener.heard == []


async def test_the_secret_is_shown_once_and_stored_sealed(
    api: Any, listener: Listener, engine: AsyncEngine
) -> None:
    hook = await subscribed(api, listener)
    read = await api("GET", f"/webhooks/{hook['id']}")
    async with engine.connect() as connection:
        stored = await connection.scalar(text("SELECT secret FROM api_subscription"))

    assert "secret" not in read.json
    assert hook["secret"] not in stored


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "ftp://example.com",
        "https://user:secret@example.com/",
        "https://example.com/#there",
        "nonsense",
    ],
)
async def test_an_address_is_https_and_carries_no_password(api: Any, url: str) -> None:
    refused = await api("POST", "/webhooks", {"url": url})

    assert refused.code == "invalid"


async def test_an_event_is_gone_with_a_transaction_that_is_taken_back(
    api: Any, listener: Listener, engine: AsyncEngine
) -> None:
    await subscribed(api, listener)
    await api.book()
    count = text("SELECT count(*) FROM api_event")
    again = text("""
        INSERT INTO appointment_version
        SELECT appointment_id, 7, state, plan, service_names, price_cents, committed_at
        FROM appointment_version
    """)
    async with engine.connect() as connection:
        await connection.execute(again)
        inside = await connection.scalar(count)
        await connection.rollback()
        after = await connection.scalar(count)

    assert (inside, after) == (2, 1)
