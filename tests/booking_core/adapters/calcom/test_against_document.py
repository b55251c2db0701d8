"""What our client sends and what the sandbox answers, against Cal.com's published document."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp
import jsonschema
import pytest
from aiohttp import web

from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.client import CalcomClient
from booking_core.adapters.calcom.event_types import CalcomEventTypes
from booking_core.adapters.calcom.figures import kind_of
from booking_core.domain.errors import CalendarRefused, CalendarTaken
from booking_core.domain.interval import Span
from booking_core.workflows.sync_event_types import sync_event_types

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.calcom.event_map import PostgresEventMap
    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.domain.catalogue import Salon

DOCUMENT = (
    Path(__file__).resolve().parents[4].parent
    / "shared"
    / "reference"
    / "calcom"
    / "openapi-used.patched.json"
)
RESOURCES = ("event-types", "schedules", "webhooks", "event-types/*/webhooks")
pytestmark = pytest.mark.skipif(
    not DOCUMENT.exists(), reason="the document is not part of the project"
)


@dataclass(frozen=True)
class Exchange:
    """One request and its answer."""

    method: str
    path: str
    query: dict[str, str]
    version: str | None
    sent: Any
    status: int
    answered: Any


@asynccontextmanager
async def eavesdropping(url: str) -> AsyncIterator[tuple[str, list[Exchange]]]:
    """A server that passes everything on to `url` and writes it down."""
    heard: list[Exchange] = []

    async def pass_on(request: web.Request) -> web.Response:
        raw = await request.read()
        kept = {"Authorization", "cal-api-version", "Content-Type"}
        headers = {name: value for name, value in request.headers.items() if name in kept}
        async with aiohttp.ClientSession() as session:
            address = url + request.path_qs
            async with session.request(request.method, address, data=raw, headers=headers) as got:
                body = await got.json()
        sent = json.loads(raw) if raw else None
        heard.append(
            Exchange(
                method=request.method,
                path=request.path,
                query=dict(request.query),
                version=request.headers.get("cal-api-version"),
                sent=sent,
                status=got.status,
                answered=body,
            )
        )
        return web.json_response(body, status=got.status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", pass_on)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", heard
    finally:
        await runner.cleanup()


@cache
def document() -> dict[str, Any]:
    """The document, with OpenAPI's `nullable` said in JSON Schema."""
    return dict(_nullable_said(json.loads(DOCUMENT.read_text())))


def _nullable_said(node: Any) -> Any:
    if isinstance(node, list):
        return [_nullable_said(item) for item in node]
    if not isinstance(node, dict):
        return node
    said = {name: _nullable_said(value) for name, value in node.items() if name != "nullable"}
    return {"anyOf": [said, {"type": "null"}]} if node.get("nullable") is True else said


def operation(exchange: Exchange) -> dict[str, Any]:
    """The document's entry for a request; the longest literal path wins."""
    fitting = [
        path
        for path in document()["paths"]
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", path), exchange.path)
    ]
    path = min(fitting, key=lambda one: one.count("{"))
    return dict(document()["paths"][path][exchange.method.lower()])


def faults(schema: dict[str, Any], value: object) -> list[str]:
    """What is wrong with a value."""
    validator = jsonschema.Draft7Validator({**schema, "components": document()["components"]})
    return [f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(value)]


def known_fields(schema: dict[str, Any]) -> set[str]:
    """Names the document has for the fields of a body."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return known_fields(document()["components"]["schemas"][name])
    parts = [*schema.get("anyOf", []), *schema.get("allOf", [])]
    inner = (known_fields(part) for part in parts)
    return set(schema.get("properties", {})).union(*inner)


def version_of(exchange: Exchange) -> str | None:
    """The version the document was written for; None where there are no versions."""
    headers = [p for p in operation(exchange)["parameters"] if p["name"] == "cal-api-version"]
    return headers[0]["schema"]["default"] if headers else None


def query_of(exchange: Exchange) -> set[str]:
    """Names the document has for the parameters of a query."""
    return {p["name"] for p in operation(exchange)["parameters"] if p["in"] == "query"}


async def use_everything_else(client: CalcomClient, key: str, window: Span) -> None:
    """Every call that making event types and booking a visit do not need."""
    hours = {"days": ["Tuesday", "Friday"], "startTime": "09:00", "endTime": "18:00"}
    closed = {"date": "2026-12-08", "startTime": "00:00", "endTime": "00:00"}
    wish = {"name": "Plan", "timeZone": "Europe/Berlin", "isDefault": True, "availability": [hours]}
    assert (await client.me(key)).username == "wanda"
    made = await client.create_schedule(key, wish)
    changed = await client.change_schedule(key, made.id, {"overrides": [closed]})
    assert await client.schedule(key, made.id) == changed == await client.default_schedule(key)
    assert [str(one.day) for one in changed.overrides] == ["2026-12-08"]
    event_type = await client.create_event_type(
        key, {"title": "T", "slug": "t", "lengthInMinutes": 30, "scheduleId": made.id}
    )
    assert await client.event_type(key, event_type.id) == event_type
    slots = await client.slots(event_type.id, window, key=key, minutes=45, ranges=True)
    assert {slot.end - slot.start for slot in slots if slot.end} == {timedelta(minutes=45)}
    for scope in (None, event_type.id):
        await use_webhooks(client, key, scope)
    await client.delete_event_type(key, event_type.id)
    await client.delete_schedule(key, made.id)
    with pytest.raises(CalendarRefused):
        await client.common_slots(["wanda", "soeren"], "kranz", window)


async def use_webhooks(client: CalcomClient, key: str, event_type_id: int | None) -> None:
    """From the first subscription to its end."""
    url = f"http://127.0.0.1:9/{event_type_id}"
    wish = {"active": True, "subscriberUrl": url, "triggers": ["BOOKING_CREATED"], "secret": "s"}
    hook = await client.create_webhook(key, wish, event_type_id=event_type_id)
    assert await client.webhooks(key, event_type_id=event_type_id) == [hook]
    off = await client.change_webhook(key, hook.id, {"active": False}, event_type_id=event_type_id)
    assert not off.active
    assert await client.webhook(key, hook.id, event_type_id=event_type_id) == off
    await client.delete_webhook(key, hook.id, event_type_id=event_type_id)
    assert await client.webhooks(key, event_type_id=event_type_id) == []


@pytest.fixture
async def traffic(
    sandbox: Sandbox, accounts: Accounts, event_map: PostgresEventMap, saved: Salon, visits: Any
) -> list[Exchange]:
    """Everything said while event types are made and changed, and an appointment comes and goes."""
    async with eavesdropping(sandbox.url) as (url, heard), CalcomClient(url) as client:
        for salon in (saved, replace(saved, company=replace(saved.company, code="NEU"))):
            types = CalcomEventTypes(client, accounts, timezone=salon.branch.timezone)
            await sync_event_types(salon, event_types=types, event_map=event_map)
        calendar = CalcomCalendar(client, accounts, event_map)
        segment = visits.segment("A", "10:00", 20)
        uid = await calendar.book(segment)
        moved = await client.reschedule(
            accounts.key("wanda"), uid, {"start": "2026-11-25T09:15:00Z", "reschedulingReason": "R"}
        )
        await client.cancel(accounts.key("wanda"), moved.uid, reason="Kundin krank")
        uid = await calendar.book(segment)
        await calendar.book(visits.segment("A", "14:00", 15, service=8, rest=20))
        with pytest.raises(CalendarTaken):
            await calendar.book(segment)
        assert await calendar.find(segment) == [uid]
        await calendar.cancel(saved, uid, reason="Kundin krank")
        await calendar.cancel(saved, uid, reason="Kundin krank")
        day = Span.of_minutes(datetime.fromisoformat("2026-12-01T08:00:00+01:00"), 600)
        await use_everything_else(client, accounts.key("wanda"), day)
    return heard


async def test_every_request_of_ours_is_one_the_document_knows(traffic: list[Exchange]) -> None:
    sent = [exchange for exchange in traffic if exchange.sent is not None]
    bodies = [
        (exchange, operation(exchange)["requestBody"]["content"]["application/json"]["schema"])
        for exchange in sent
    ]

    assert {f"{one.method} {one.path.split('/')[2]}" for one in sent} == {
        "POST event-types",
        "PATCH event-types",
        "POST schedules",
        "PATCH schedules",
        "POST bookings",
        "POST webhooks",
        "PATCH webhooks",
    }
    assert [fault for one, schema in bodies for fault in faults(schema, one.sent)] == []
    assert [name for one, schema in bodies for name in set(one.sent) - known_fields(schema)] == []


async def test_every_request_of_ours_has_the_version_and_the_query_the_document_knows(
    traffic: list[Exchange],
) -> None:
    assert [one.path for one in traffic if one.version != version_of(one)] == []
    assert [(one.path, one.query.keys() - query_of(one)) for one in traffic] == [
        (one.path, set()) for one in traffic
    ]


async def test_every_endpoint_we_use_is_held_to_the_document(traffic: list[Exchange]) -> None:
    used = {kind_of(one.method, one.path.removeprefix("/v2")) for one in traffic}

    assert used == {
        *("GET /me", "GET /slots", "GET /schedules/default"),
        *("GET /bookings", "GET /bookings/*", "POST /bookings"),
        *("POST /bookings/*/cancel", "POST /bookings/*/reschedule"),
        *(f"{method} /{many}" for many in RESOURCES for method in ("GET", "POST")),
        *(f"{method} /{many}/*" for many in RESOURCES for method in ("GET", "PATCH", "DELETE")),
    }


async def test_every_answer_of_the_sandbox_is_one_the_document_knows(
    traffic: list[Exchange],
) -> None:
    found = [
        (exchange.method, exchange.path, fault)
        for exchange in traffic
        for fault in faults(
            operation(exchange)["responses"][str(exchange.status)]["content"]["application/json"][
                "schema"
            ],
            exchange.answered,
        )
    ]

    assert {exchange.status for exchange in traffic} == {200, 201, 400, 404}
    assert found == []
