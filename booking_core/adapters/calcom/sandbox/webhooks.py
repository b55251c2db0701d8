"""Webhooks as a resource: a user's, and an event type's."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

from booking_core.adapters.calcom.sandbox.errors import ApiError
from booking_core.adapters.calcom.sandbox.http import Route, answer
from booking_core.adapters.calcom.sandbox.records import Webhook
from booking_core.adapters.calcom.sandbox.times import stamp
from booking_core.adapters.calcom.sandbox.validation import (
    IS_ARRAY,
    IS_BOOLEAN,
    IS_NUMBER,
    IS_STRING,
    Rule,
    Wrong,
    at_least,
    at_most,
    check,
    number_or_text,
    refuse_tree,
)

if TYPE_CHECKING:
    from aiohttp import web

    from booking_core.adapters.calcom.sandbox.http import Call
    from booking_core.adapters.calcom.sandbox.records import Json

TRIGGERS = (
    *("BOOKING_CREATED", "BOOKING_PAYMENT_INITIATED", "BOOKING_PAID", "BOOKING_RESCHEDULED"),
    *("BOOKING_REQUESTED", "BOOKING_CANCELLED", "BOOKING_REJECTED", "BOOKING_NO_SHOW_UPDATED"),
    *("FORM_SUBMITTED", "MEETING_ENDED", "MEETING_STARTED", "RECORDING_READY"),
    *("RECORDING_TRANSCRIPTION_GENERATED", "OOO_CREATED", "AFTER_HOSTS_CAL_VIDEO_NO_SHOW"),
    *("AFTER_GUESTS_CAL_VIDEO_NO_SHOW", "FORM_SUBMITTED_NO_EVENT"),
    *("DELEGATION_CREDENTIAL_ERROR", "WRONG_ASSIGNMENT_REPORT"),
)
ARE_TRIGGERS = Rule(
    name="isEnum",
    text=f"each value in $ must be one of the following values: {', '.join(TRIGGERS)}",
    holds=lambda value: isinstance(value, list) and all(item in TRIGGERS for item in value),
)
MOST = 250
BLOCKED = frozenset({"169.254.169.254", "metadata.google.internal", "100.100.100.200"})
"""Loopback is fine here: everything that listens to a sandbox is on the same machine."""


def routes() -> list[Route]:
    """The endpoints."""
    mine, theirs = "/webhooks", "/event-types/{event_type_id}/webhooks"
    return [
        Route(method=method, path=path, handler=handler)
        for method, path, handler in (
            ("POST", mine, create),
            ("GET", mine, list_own),
            ("GET", f"{mine}/{{id}}", get),
            ("PATCH", f"{mine}/{{id}}", patch),
            ("DELETE", f"{mine}/{{id}}", delete),
            ("POST", theirs, create_for_event_type),
            ("GET", theirs, list_of_event_type),
            ("DELETE", theirs, delete_all_of_event_type),
            ("GET", f"{theirs}/{{id}}", get),
            ("PATCH", f"{theirs}/{{id}}", patch),
            ("DELETE", f"{theirs}/{{id}}", delete),
        )
    ]


async def create(call: Call) -> web.Response:
    """One for everything that happens to the key's user."""
    webhook = _wanted(call)
    webhook.user_id = call.me.id
    if any(w.url == webhook.url and w.user_id == call.me.id for w in _all(call)):
        raise ApiError(409, "Webhook with this subscriber url already exists for this user")
    call.records.webhooks[webhook.id] = webhook
    return answer(_short(webhook), 201)


async def create_for_event_type(call: Call) -> web.Response:
    """One for a single event type."""
    event_type_id = _own_event_type(call)  # a guard, and guards come before the body
    webhook = _wanted(call)
    webhook.event_type_id = event_type_id
    call.records.webhooks[webhook.id] = webhook
    return answer(_short(webhook), 201)


async def list_own(call: Call) -> web.Response:
    """The key's user's."""
    return answer(_page(call, [w for w in _all(call) if w.user_id == call.me.id]))


async def list_of_event_type(call: Call) -> web.Response:
    """An event type's."""
    event_type_id = _own_event_type(call)
    return answer(_page(call, [w for w in _all(call) if w.event_type_id == event_type_id]))


async def delete_all_of_event_type(call: Call) -> web.Response:
    """Remove all of an event type."""
    event_type_id = _own_event_type(call)
    gone = [w for w in _all(call) if w.event_type_id == event_type_id]
    for webhook in gone:
        del call.records.webhooks[webhook.id]
    return answer(f"{len(gone)} webhooks deleted")


async def get(call: Call) -> web.Response:
    """One, with the whole row."""
    return answer(_long(_own(call)))


async def patch(call: Call) -> web.Response:
    """Change one."""
    webhook, body = _own(call), call.body
    refuse_tree(_wrong(body, optional=True))
    webhook.active = body.get("active", webhook.active)
    webhook.triggers = body.get("triggers", webhook.triggers)
    webhook.secret = body.get("secret", webhook.secret)
    webhook.payload_template = body.get("payloadTemplate", webhook.payload_template)
    if "subscriberUrl" in body:
        webhook.url = _checked_url(body["subscriberUrl"])
    return answer(_short(webhook))


async def delete(call: Call) -> web.Response:
    """Remove one."""
    webhook = _own(call)
    del call.records.webhooks[webhook.id]
    return answer(_short(webhook))


def _all(call: Call) -> list[Webhook]:
    return list(call.records.webhooks.values())


def _page(call: Call, webhooks: list[Webhook]) -> list[Json]:
    """`take` and `skip`, as the list of bookings has them, without counting anything."""
    query: Json = {name: number_or_text(text) for name, text in call.query.items()}
    refuse_tree(
        [
            *check(query, "take", at_most(MOST), at_least(1), IS_NUMBER, optional=True),
            *check(query, "skip", at_least(0), IS_NUMBER, optional=True),
        ]
    )
    skip, take = query.get("skip", 0), query.get("take", MOST)
    return [_short(webhook) for webhook in webhooks[skip : skip + take]]


def _own(call: Call) -> Webhook:
    """The one in the path: a user's own, or one of an event type of theirs."""
    webhook_id = call.part("id")
    webhook = call.records.webhooks.get(webhook_id)
    of_type = _own_event_type(call) if "event_type_id" in call.request.match_info else None
    if webhook is None or webhook.event_type_id != of_type:
        raise ApiError(404, f"Webhook ({webhook_id}) not found")
    if of_type is None and webhook.user_id != call.me.id:
        text = (
            f"IsUserWebhookGuard - user with id=({call.me.id}) is not the owner of webhook "
            f"with id=({webhook_id})"
        )
        raise ApiError(403, text)
    return webhook


def _own_event_type(call: Call) -> int:
    event_type_id = call.number("event_type_id")
    event_type = call.records.event_types.get(event_type_id)
    if event_type is None or event_type.owner_id != call.me.id:
        raise ApiError(404, f"Event type with id {call.part('event_type_id')} not found")
    return event_type_id


def _wanted(call: Call) -> Webhook:
    body = call.body
    refuse_tree(_wrong(body, optional=False))
    return Webhook(
        id=str(uuid4()),
        url=_checked_url(body["subscriberUrl"]),
        triggers=list(body["triggers"]),
        active=body["active"],
        created_at=call.now,
        secret=body.get("secret"),
        payload_template=body.get("payloadTemplate"),
    )


def _wrong(body: Json, *, optional: bool) -> list[Wrong]:
    return [
        *check(body, "active", IS_BOOLEAN, optional=optional),
        *check(body, "subscriberUrl", IS_STRING, optional=optional),
        *check(body, "triggers", ARE_TRIGGERS, IS_ARRAY, optional=optional),
        *check(body, "secret", IS_STRING, optional=True),
        *check(body, "payloadTemplate", IS_STRING, optional=True),
    ]


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ApiError(400, "Webhook URL is not allowed: Invalid URL format")
    if parts.hostname in BLOCKED:
        raise ApiError(400, "Webhook URL is not allowed: Blocked hostname")
    return url


def _short(webhook: Webhook) -> Json:
    owner = (
        {"userId": webhook.user_id}
        if webhook.user_id is not None
        else {"eventTypeId": webhook.event_type_id}
    )
    return {
        "id": webhook.id,
        "payloadTemplate": webhook.payload_template,
        "triggers": webhook.triggers,
        "subscriberUrl": webhook.url,
        "active": webhook.active,
        "secret": webhook.secret,
        **owner,
    }


def _long(webhook: Webhook) -> Json:
    nothing = ("teamId", "appId", "time", "timeUnit", "oAuthClientId")
    return {
        **_short(webhook),
        **dict.fromkeys(nothing),
        "userId": webhook.user_id,
        "eventTypeId": webhook.event_type_id,
        "createdAt": stamp(webhook.created_at),
        "platform": False,
        "version": "2021-10-20",
    }
