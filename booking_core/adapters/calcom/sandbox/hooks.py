"""Delivering webhooks: signed, during the request that causes them, once."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Literal

import aiohttp

from booking_core.adapters.calcom.sandbox.hook_payloads import Payload
from booking_core.adapters.calcom.sandbox.times import stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from booking_core.adapters.calcom.sandbox.records import Booking, Json, Webhook
    from booking_core.adapters.calcom.sandbox.state import State

Event = Literal[
    "BOOKING_CREATED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REQUESTED",
    "BOOKING_REJECTED",
]
PATIENCE = aiohttp.ClientTimeout(total=5)


async def fire(
    state: State,
    booking: Booking,
    event: Event,
    *,
    old: Booking | None = None,
    confirmed: bool = False,
    reason: str = "",
) -> None:
    """Tell everybody who listens; who does not answer has missed it."""
    listeners = list(_listeners(state, booking, event))
    if not listeners or booking.event_type_id not in state.records.event_types:
        return
    payload = _payload(state, booking, event, old=old, confirmed=confirmed, reason=reason)
    body = {"triggerEvent": event, "createdAt": stamp(state.now), "payload": payload}
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    async with aiohttp.ClientSession(timeout=PATIENCE) as session:
        for webhook in listeners:
            await _deliver(session, webhook, raw)


def signature(secret: str | None, raw: bytes) -> str:
    """Lower-case hex HMAC-SHA256 over exactly these bytes."""
    if secret is None:
        return "no-secret-provided"
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


async def _deliver(session: aiohttp.ClientSession, webhook: Webhook, raw: bytes) -> None:
    headers = {
        "Content-Type": "application/json",
        "X-Cal-Signature-256": signature(webhook.secret, raw),
        "X-Cal-Webhook-Version": "2021-10-20",
        "User-Agent": "node",
    }
    try:
        async with session.post(webhook.url, data=raw, headers=headers, allow_redirects=False):
            return
    except (aiohttp.ClientError, TimeoutError):
        return


def _listeners(state: State, booking: Booking, event: Event) -> Iterator[Webhook]:
    for webhook in state.records.webhooks.values():
        hers = webhook.user_id is not None and webhook.user_id == booking.host_id
        of_type = webhook.event_type_id == booking.event_type_id
        if webhook.active and event in webhook.triggers and (hers or of_type):
            yield webhook


def _payload(
    state: State,
    booking: Booking,
    event: Event,
    *,
    old: Booking | None,
    confirmed: bool,
    reason: str,
) -> Json:
    records = state.records
    payload = Payload(
        booking,
        records.event_types[booking.event_type_id],
        records.users[booking.host_id],
        state.options.web_url,
    )
    match event:
        case "BOOKING_CREATED" if confirmed:
            return payload.decided(status="ACCEPTED", metadata=booking.metadata)
        case "BOOKING_CREATED":
            return payload.created()
        case "BOOKING_RESCHEDULED" if old:
            return payload.rescheduled(old)
        case "BOOKING_REQUESTED":
            return payload.requested()
        case "BOOKING_REJECTED":
            return payload.decided(status="REJECTED", rejectionReason=reason)
        case _:
            return payload.cancelled()
