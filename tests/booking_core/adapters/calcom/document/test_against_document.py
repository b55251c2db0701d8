"""What we send and what the sandbox answers, against Cal.com's published document.

A whole run stands behind it: calendars are kept, watched and compared, a visit comes, moves and
goes, every call of the client is made, and every kind of refusal is met.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from booking_core.adapters.calcom.figures import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCUMENT = (
    Path(__file__).resolve().parents[5].parent
    / "shared"
    / "reference"
    / "calcom"
    / "openapi-used.patched.json"
)
RESOURCES = ("event-types", "schedules", "webhooks", "event-types/*/webhooks")
pytestmark = pytest.mark.skipif(
    not DOCUMENT.exists(), reason="the document is not part of the project"
)


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


def operation(exchange: Any) -> dict[str, Any]:
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


def version_of(exchange: Any) -> str | None:
    """The version the document was written for; None where there are no versions."""
    headers = [p for p in operation(exchange)["parameters"] if p["name"] == "cal-api-version"]
    return headers[0]["schema"]["default"] if headers else None


def query_of(exchange: Any) -> set[str]:
    """Names the document has for the parameters of a query."""
    return {p["name"] for p in operation(exchange)["parameters"] if p["in"] == "query"}


def faults_of_request(exchange: Any) -> Iterator[str]:
    """What the document does not know of it."""
    if exchange.version != version_of(exchange):
        yield f"version {exchange.version}"
    yield from (f"query {name}" for name in exchange.query.keys() - query_of(exchange))
    if exchange.sent is None:
        return
    schema = operation(exchange)["requestBody"]["content"]["application/json"]["schema"]
    yield from faults(schema, exchange.sent)
    yield from (f"field {name}" for name in set(exchange.sent) - known_fields(schema))


def faults_of_answer(exchange: Any) -> Iterator[str]:
    """What the document does not allow in it."""
    answers = operation(exchange)["responses"]
    if str(exchange.status) not in answers:
        yield f"status {exchange.status}"
        return
    schema = answers[str(exchange.status)]["content"]["application/json"]["schema"]
    yield from faults(schema, exchange.answered)


async def test_every_request_of_ours_is_one_the_document_knows(traffic: list[Any]) -> None:
    used = {kind_of(one.method, one.path.removeprefix("/v2")) for one in traffic}

    assert used == {
        *("GET /me", "GET /slots", "GET /schedules/default"),
        *("GET /bookings", "GET /bookings/*", "POST /bookings"),
        *("POST /bookings/*/cancel", "POST /bookings/*/reschedule"),
        *(f"{method} /{many}" for many in RESOURCES for method in ("GET", "POST")),
        *(f"{method} /{many}/*" for many in RESOURCES for method in ("GET", "PATCH", "DELETE")),
    }
    assert [(one.path, fault) for one in traffic for fault in faults_of_request(one)] == []


async def test_every_answer_of_the_sandbox_is_one_the_document_knows(
    traffic: list[Any],
) -> None:
    assert {one.status for one in traffic} == {200, 201, 400, 401, 403, 404, 409, 429, 500}
    assert [(one.path, fault) for one in traffic for fault in faults_of_answer(one)] == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"version": None}, "version None"),
        ({"version": "2024-04-15"}, "version 2024-04-15"),
        ({"sent": {"colour": "red"}}, "field colour"),
        ({"sent": {"eventTypeId": "4"}}, "not valid under any"),
        ({"sent": {"attendee": None}}, "not valid under any"),
        ({"query": {"metadata": "x"}}, "query metadata"),
    ],
)
def test_a_request_the_document_does_not_know_is_found(
    exchange: Any, change: dict[str, Any], fault: str
) -> None:
    wrong = {
        **change,
        **({"sent": {**exchange.sent, **change["sent"]}} if "sent" in change else {}),
    }

    assert list(faults_of_request(exchange)) == []
    assert any(fault in one for one in faults_of_request(replace(exchange, **wrong)))


@pytest.mark.parametrize(
    ("status", "answered"),
    [
        (418, {"statusCode": 418, "message": "teapot"}),
        (409, {"status": 409, "text": "no"}),
        (201, {"status": "success", "data": {"id": 1}}),
        (201, {"status": "success"}),
    ],
)
def test_an_answer_the_document_does_not_know_is_found(
    exchange: Any, status: int, answered: object
) -> None:
    assert list(faults_of_answer(exchange)) == []
    assert list(faults_of_answer(replace(exchange, status=status, answered=answered)))
