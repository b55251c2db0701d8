"""Subscriptions: made, listed, changed and removed, for a user or for an event type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

EVENTS = [
    *("BOOKING_CREATED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED", "BOOKING_REQUESTED"),
    *("BOOKING_REJECTED", "BOOKING_NO_SHOW_UPDATED"),
]
BEN = "cal_localtest_ben_0002"


@dataclass(frozen=True)
class Address:
    """Where nobody listens: nothing is told in these tests."""

    url: str = "http://127.0.0.1:1/hook"


@pytest.fixture
def listener() -> Address:
    return Address()


async def subscribe(api: Any, listener: Address, path: str = "/v2/webhooks", **more: object) -> str:
    wish = {"active": True, "subscriberUrl": listener.url, "triggers": EVENTS, "secret": "geheim"}
    made = await api("POST", path, {**wish, **more})
    assert made.status == 201, made.body
    return str(made.data["id"])


async def test_the_same_address_is_taken_once_for_each_user(api: Any, listener: Address) -> None:
    await subscribe(api, listener)
    wish = {"active": True, "subscriberUrl": listener.url, "triggers": EVENTS}

    again = await api("POST", "/v2/webhooks", wish)
    bens = await api("POST", "/v2/webhooks", wish, key=BEN)

    assert again.said == (409, "Webhook with this subscriber url already exists for this user")
    assert bens.status == 201


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("kein url", "Invalid URL format"),
        ("ftp://example.com/x", "Invalid URL format"),
        ("http://169.254.169.254/latest", "Blocked hostname"),
    ],
)
async def test_addresses_that_could_harm_the_server_are_refused(
    api: Any, url: str, why: str
) -> None:
    wish = {"active": True, "subscriberUrl": url, "triggers": EVENTS}

    refused = await api("POST", "/v2/webhooks", wish)

    assert refused.said == (400, f"Webhook URL is not allowed: {why}")


async def test_a_webhook_of_an_event_type_is_read_changed_and_removed_below_it(
    api: Any, listener: Address
) -> None:
    cut, colour = await api.event_type("schnitt"), await api.event_type("farbe")
    path = f"/v2/event-types/{cut}/webhooks"
    hook = await subscribe(api, listener, path)

    changed = await api("PATCH", f"{path}/{hook}", {"triggers": ["BOOKING_CREATED"]})
    elsewhere = await api("GET", f"/v2/event-types/{colour}/webhooks/{hook}")
    among_users = await api("GET", f"/v2/webhooks/{hook}")
    foreign = await api("GET", path, key=BEN)
    removed = await api("DELETE", f"{path}/{hook}")

    assert changed.data["triggers"] == ["BOOKING_CREATED"]
    assert changed.data["eventTypeId"] == cut
    assert elsewhere.said == (404, f"Webhook ({hook}) not found")
    assert among_users.status in {403, 404}
    assert foreign.status == 404
    assert removed.status == 200
    assert (await api("GET", path)).data == []


async def test_all_webhooks_of_an_event_type_go_at_once(api: Any, listener: Address) -> None:
    cut = await api.event_type("schnitt")
    path = f"/v2/event-types/{cut}/webhooks"
    for number in range(3):
        await subscribe(api, listener, path, subscriberUrl=f"{listener.url}/{number}")

    gone = await api("DELETE", path)

    assert gone.status == 200
    assert (await api("GET", path)).data == []


async def test_lists_of_webhooks_come_in_pages(api: Any, listener: Address) -> None:
    hooks = [
        await subscribe(api, listener, subscriberUrl=f"{listener.url}/{number}")
        for number in range(3)
    ]

    page = await api("GET", "/v2/webhooks?take=1&skip=1")
    nonsense = await api("GET", "/v2/webhooks?take=0")

    assert [one["id"] for one in page.data] == [hooks[1]]
    assert nonsense.status == 400
