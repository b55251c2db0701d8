"""A sandbox with the two users of the recordings, and the plainest client there is.

Where Cal.com's published document lies beside the project, every answer that any test here gets
is held to it as well.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import httpx
import jsonschema
import pytest
from aiohttp import web

from booking_core.adapters.calcom.sandbox import STATE, Options, Sandbox, running

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence

ANNA, BEN = "cal_localtest_anna_0001", "cal_localtest_ben_0002"
VERSIONS = {"bookings": "2024-08-13", "slots": "2024-09-04", "event-types": "2024-06-14",
            "schedules": "2024-06-11"}  # fmt: skip
NOW = "2026-11-24T10:00:00+01:00"
PLACE = [{"type": "address", "address": "Hauptstraße 1, Berlin", "public": True}]
REFERENCE = Path(__file__).resolve().parents[2].parent / "shared" / "reference" / "calcom"
DOCUMENT = REFERENCE / "openapi-used.patched.json"

NOT_IN_THE_DOCUMENT = {
    "/v2/bookings/{uid}/references": "recorded, never published",
    "/v2/bookings/{uid}/attendees": "recorded, never published",
    "/v2/bookings/{uid}/guests": "recorded, never published",
    "/v2/bookings/{uid}/location": "recorded, never published",
    "/v2/calendars": "published, but not among the operations that the extract keeps",
    "/v2/slots/available": "of 2024-04-15: the document describes the newer one only",
    "/v2/nothing": "leads nowhere",
}
EXCUSED = {
    r"webhooks 20\d: \['data'(, \d+)?(, 'secret')?\] None is not of type 'string'": (
        "a webhook without a secret shows null; the document only knows texts"
    ),
    r" 413: no such status": "the document knows no bodies that are too large",
}
NOT_COMPARED = {
    "a request without the version header": "the recorded server speaks its oldest API then, "
    "in shapes that the document does not have",
    "a request without a key": "the document wants one for reading bookings; recorded: none needed",
    "status=a,b": "an array in the document; recorded as one text with commas",
}
"""Where the document and the recorded server differ, the recorded server is right."""


@dataclass
class Answer:
    """Status and body."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Any:
        """What the envelope carries."""
        return self.body["data"]

    @property
    def message(self) -> str:
        """What an error in either shape says."""
        return str(self.body.get("message") or self.body["error"]["message"])

    @property
    def said(self) -> tuple[int, str]:
        """Status and message of an error."""
        return self.status, self.message


class Api:
    """Speaks the API by hand, header by header, so that nothing of our own client is trusted."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = ANNA,
        version: str | None = "",
    ) -> Answer:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        chosen = VERSIONS.get(path.partition("?")[0].split("/")[2]) if version == "" else version
        headers |= {"cal-api-version": chosen} if chosen else {}
        answer = await self.http.request(method, path, json=body, headers=headers)
        return Answer(answer.status_code, answer.json() if answer.content else None, answer.headers)

    async def event_type(self, slug: str, minutes: int = 30, **more: object) -> int:
        """Make one of Anna's (or of another key's user) and return its id."""
        key = str(more.pop("key", ANNA))
        wish = {"title": slug.title(), "slug": slug, "lengthInMinutes": minutes}
        usual = {"minimumBookingNotice": 0, "slotInterval": 15, "locations": PLACE}
        answer = await self("POST", "/v2/event-types", {**wish, **usual, **more}, key=key)
        assert answer.status == 201, answer.body
        return int(answer.data["id"])

    async def schedule(self, *hours: tuple[str, str], **more: object) -> int:
        """Make one of Anna's, open on Thursdays, and return its id."""
        days = [{"days": ["Thursday"], "startTime": a, "endTime": b} for a, b in hours]
        usual = {"name": "Dienst", "timeZone": "Europe/Berlin", "isDefault": False}
        answer = await self("POST", "/v2/schedules", {**usual, "availability": days, **more})
        assert answer.status == 201, answer.body
        return int(answer.data["id"])

    async def book(self, event_type: int, start: str, /, **more: Any) -> Answer:
        """Book for a customer of ours."""
        attendee = {
            "name": "Marlene Vogt",
            "email": "m.vogt@kunde.test",
            "timeZone": "Europe/Berlin",
        }
        key = more.pop("key", ANNA)
        body = {"start": start, "eventTypeId": event_type, "attendee": attendee, **more}
        return await self("POST", "/v2/bookings", body, key=key)

    async def cancel(self, uid: str, *, key: str | None = ANNA) -> Answer:
        """Cancel with a reason."""
        body = {"cancellationReason": "Kundin krank"}
        return await self("POST", f"/v2/bookings/{uid}/cancel", body, key=key)

    async def move(self, uid: str, start: str, /, **more: Any) -> Answer:
        """Reschedule."""
        return await self("POST", f"/v2/bookings/{uid}/reschedule", {"start": start, **more})

    async def slots(self, event_type: int, first: str, last: str, **more: object) -> list[str]:
        """Starts between two instants, as Berlin's clocks show them."""
        zone = str(more.pop("timeZone", "Europe/Berlin"))
        usual = {"eventTypeId": event_type, "start": first, "end": last, "timeZone": zone}
        query = urlencode({**usual, **more})
        days = (await self("GET", f"/v2/slots?{query}", key=None)).data
        return [slot["start"][11:16] for day in days.values() for slot in day]


@dataclass(frozen=True)
class Exchange:
    """One request and its answer, as a witness between them wrote it down."""

    method: str
    path: str
    version: str | None
    query: dict[str, str]
    sent: Any
    status: int
    answered: Any

    @property
    def name(self) -> str:
        """For a message."""
        return f"{self.method} {self.path} {self.status}"


class Document:
    """Cal.com's OpenAPI document, as far as it is needed to find fault with an exchange."""

    def __init__(self, source: dict[str, Any]) -> None:
        self._paths = _nullable_said(source["paths"])
        self._components = _nullable_said(source["components"])
        self._validators: dict[str, jsonschema.Draft7Validator] = {}

    def faults_of_answer(self, exchange: Exchange) -> Iterator[str]:
        """What the document does not allow in an answer."""
        operation = self.operation(exchange)
        if operation is None or not _speaks_version(operation, exchange):
            return
        answers = operation["responses"]
        if str(exchange.status) not in answers:
            yield f"{exchange.name}: no such status"
            return
        schema = answers[str(exchange.status)].get("content", {}).get("application/json", {})
        yield from self._faults(exchange, schema.get("schema", {}), exchange.answered)

    def faults_of_request(self, exchange: Exchange) -> Iterator[str]:
        """What the document does not know of a request: a type, a field, a query's name."""
        operation = self.operation(exchange)
        if operation is None or not _speaks_version(operation, exchange):
            yield f"{exchange.name}: no such operation or version"
            return
        names = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
        yield from (f"{exchange.name}: query {name}" for name in set(exchange.query) - names)
        if exchange.sent is None:
            return
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        yield from self._faults(exchange, schema, exchange.sent)
        unknown = set(exchange.sent) - self._fields(schema)
        yield from (f"{exchange.name}: field {name}" for name in unknown)

    def operation(self, exchange: Exchange) -> dict[str, Any] | None:
        """The entry of a request; the most literal path wins."""
        fitting = [path for path in self._paths if _fits(path, exchange.path)]
        if not fitting:
            return None
        entry = self._paths[min(fitting, key=lambda path: path.count("{"))]
        return entry.get(exchange.method.lower())  # type: ignore[no-any-return]  # plain JSON

    def _faults(self, exchange: Exchange, schema: dict[str, Any], value: Any) -> Iterator[str]:
        key = json.dumps(schema)
        if key not in self._validators:
            whole = {**schema, "components": self._components}
            self._validators[key] = jsonschema.Draft7Validator(whole)
        for error in self._validators[key].iter_errors(value):
            yield f"{exchange.name}: {list(error.absolute_path)} {error.message[:200]}"

    def _fields(self, schema: dict[str, Any]) -> set[str]:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self._fields(self._components["schemas"][name])
        parts = [*schema.get("anyOf", []), *schema.get("allOf", [])]
        return set(schema.get("properties", {})).union(*map(self._fields, parts))


def _fits(path: str, asked: str) -> bool:
    return bool(re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", path), asked))


def _speaks_version(operation: dict[str, Any], exchange: Exchange) -> bool:
    wanted = [
        one["schema"].get("default")
        for one in operation.get("parameters", [])
        if one["name"] == "cal-api-version"
    ]
    return not wanted or exchange.version in wanted


def _nullable_said(node: Any) -> Any:
    """OpenAPI's `nullable` in the words of JSON Schema."""
    if isinstance(node, list):
        return [_nullable_said(item) for item in node]
    if not isinstance(node, dict):
        return node
    said = {name: _nullable_said(value) for name, value in node.items() if name != "nullable"}
    return {"anyOf": [said, {"type": "null"}]} if node.get("nullable") is True else said


@cache
def the_document() -> Document | None:
    """Once for all tests; None where it is not there."""
    return Document(json.loads(DOCUMENT.read_text())) if DOCUMENT.exists() else None


class Witness:
    """Writes down every exchange with a sandbox."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    @property
    def middleware(self) -> Any:
        """Stands in front of the sandbox."""

        @web.middleware
        async def note(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            raw = await request.read()
            response = await handler(request)
            deeds = {fault.do for fault in request.app[STATE].faults.waiting}
            spoilt = deeds & {"altered", "malformed", "old_version"}
            if request.path.startswith("/v2") and isinstance(response, web.Response) and not spoilt:
                self._note(request, raw, response)
            return response

        return note

    def _note(self, request: web.Request, raw: bytes, response: web.Response) -> None:
        if not isinstance(response.body, bytes) or not response.body:
            return
        try:
            sent = json.loads(raw) if raw else None
        except ValueError:
            sent = None
        self.exchanges.append(
            Exchange(
                method=request.method,
                path=request.path,
                version=request.headers.get("cal-api-version"),
                query=dict(request.query),
                sent=sent,
                status=response.status,
                answered=json.loads(response.body),
            )
        )

    def note_recorded(self, recorded: dict[str, Any]) -> None:
        """An exchange that the scenario wrote down."""
        request, response = recorded["request"], recorded["response"]
        path, _, query = request["path"].partition("?")
        self.exchanges.append(
            Exchange(
                method=request["method"],
                path=path.removeprefix("/api"),
                version=request["headers"].get("cal-api-version"),
                query=dict(parse_qsl(query)),
                sent=request["body"],
                status=response["status"],
                answered=response["body"],
            )
        )

    def faults(self, recorded: Sequence[dict[str, Any]]) -> list[str]:
        """What the document holds against a whole recording."""
        for one in recorded:
            self.note_recorded(one)
        return self.faults_of_answers()

    def faults_of_answers(self) -> list[str]:
        """What the document holds against the sandbox, each fault once."""
        document = the_document()
        if document is None:
            return []
        found: dict[str, None] = {}
        for exchange in self.exchanges:
            if not any(_fits(path, exchange.path) for path in NOT_IN_THE_DOCUMENT):
                found |= dict.fromkeys(document.faults_of_answer(exchange))
        return [fault for fault in found if not any(re.search(words, fault) for words in EXCUSED)]


@pytest.fixture
def document() -> Document:
    """The document; the test is skipped where it is not there."""
    found = the_document()
    if found is None:
        pytest.skip("Cal.com's document is not part of the project")
    return found


@pytest.fixture
def said() -> Witness:
    """One without a sandbox: for what others have written down."""
    return Witness()


@pytest.fixture
async def witness() -> AsyncIterator[Witness]:
    """Every test's exchanges, held to the document when it is over."""
    witness = Witness()
    yield witness
    assert witness.faults_of_answers() == []


@pytest.fixture
async def sandbox(witness: Witness) -> AsyncIterator[Sandbox]:
    options = Options(seed="scenario", now=datetime.fromisoformat(NOW), race_window_s=0.05)
    async with running(options, middlewares=[witness.middleware]) as sandbox:
        yield sandbox


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[Api]:
    async with httpx.AsyncClient(base_url=sandbox.url) as http:
        yield Api(http)


@pytest.fixture
async def door(sandbox: Sandbox) -> AsyncIterator[Any]:
    """The back door over HTTP."""
    async with httpx.AsyncClient(base_url=sandbox.url) as http:

        async def knock(action: str, **arguments: object) -> Any:
            answer = await http.post("/_control", json={"action": action, **arguments})
            assert answer.status_code == 200, answer.text
            return answer.json()

        yield knock
