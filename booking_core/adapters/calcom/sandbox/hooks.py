"""Telling who listens what has happened: signed, during the request that causes it."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Literal

from booking_core.adapters.calcom.sandbox import hook_template
from booking_core.adapters.calcom.sandbox.courier import Letter
from booking_core.adapters.calcom.sandbox.hook_payloads import Payload
from booking_core.adapters.calcom.sandbox.times import stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from booking_core.adapters.calcom.sandbox.records import Away, Booking, Json, User, Webhook
    from booking_core.adapters.calcom.sandbox.state import State

OOO = "OOO_CREATED"
Event = Literal[
    "BOOKING_CREATED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_REQUESTED",
    "BOOKING_REJECTED",
    "BOOKING_NO_SHOW_UPDATED",
]


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
    await state.courier.send([_letter(webhook, body, booking.uid) for webhook in listeners])


def fire_absence(state: State, user: User, away: Away) -> None:
    """Tell who listens that somebody will be away; in our own words, it was never recorded."""
    listeners = [
        webhook
        for webhook in state.records.webhooks.values()
        if webhook.active and OOO in webhook.triggers and webhook.user_id == user.id
    ]
    entry = {
        "id": len(user.away),
        "start": stamp(away.start),
        "end": stamp(away.end),
        "createdAt": stamp(state.now),
        "notes": None,
        "reason": {"emoji": "🕒", "reason": "ooo_reasons_unspecified"},
        "user": {
            "id": user.id,
            "name": user.name,
            "username": user.username,
            "timeZone": user.time_zone,
            "email": user.email,
        },
        "toUser": None,
    }
    body = {"triggerEvent": OOO, "createdAt": stamp(state.now), "payload": {"oooEntry": entry}}
    state.courier.dispatch([_letter(webhook, body, "") for webhook in listeners])


def signature(secret: str | None, raw: bytes) -> str:
    """Lower-case hex HMAC-SHA256 over exactly these bytes."""
    if not secret:
        return "no-secret-provided"
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def _letter(webhook: Webhook, body: Json, uid: str) -> Letter:
    if webhook.payload_template:
        raw = hook_template.filled(webhook.payload_template, body).encode()
    else:
        raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Cal-Signature-256": signature(webhook.secret, raw),
        "X-Cal-Webhook-Version": "2021-10-20",
        "User-Agent": "node",
    }
    return Letter(url=webhook.url, event=body["triggerEvent"], uid=uid, headers=headers, raw=raw)


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
        case "BOOKING_CREATED":
            accepted = {"status": "ACCEPTED", "metadata": booking.metadata}
            return payload.decided(**accepted) if confirmed else payload.created()
        case "BOOKING_RESCHEDULED" if old:
            return payload.rescheduled(old)
        case "BOOKING_REQUESTED":
            return payload.requested()
        case "BOOKING_REJECTED":
            return payload.decided(status="REJECTED", rejectionReason=reason)
        case "BOOKING_NO_SHOW_UPDATED":
            return payload.absent()
        case _:
            return payload.cancelled()
