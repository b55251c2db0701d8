"""What our client sends and what the sandbox answers, against Cal.com's published document."""

from __future__ import annotations

import json
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
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
from booking_core.domain.errors import CalendarTaken
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
pytestmark = pytest.mark.skipif(
    not DOCUMENT.exists(), reason="the document is not part of the project"
)


@dataclass(frozen=True)
class Exchange:
    """One request and its answer."""

    method: str
    path: str
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
        heard.append(Exchange(request.method, request.path, sent, got.status, body))
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
        await calendar.book(visits.segment("A", "14:00", 15, service=8, rest=20))
        with pytest.raises(CalendarTaken):
            await calendar.book(segment)
        assert await calendar.find(segment) == [uid]
        await calendar.cancel(saved, uid, reason="Kundin krank")
        await calendar.cancel(saved, uid, reason="Kundin krank")
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
        "POST bookings",
    }
    assert [fault for one, schema in bodies for fault in faults(schema, one.sent)] == []
    assert [name for one, schema in bodies for name in set(one.sent) - known_fields(schema)] == []


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

    assert {exchange.status for exchange in traffic} == {200, 201, 400}
    assert found == []
