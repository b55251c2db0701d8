"""Every address the server has: none is forgotten, none tells one company about another."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import insert, text

from booking_core.adapters.postgres.call_tables import call
from booking_core.adapters.postgres.metadata import metadata
from voice_agent.api.openapi import document
from voice_agent.api.routes import ENDPOINTS
from voice_agent.app import build_app
from voice_agent.retell.functions import HANDLERS
from voice_agent.retell.webhooks import MOST_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiohttp import ClientSession, web
    from sqlalchemy.ext.asyncio import AsyncEngine

MORNING = datetime(2026, 11, 24, 8, tzinfo=UTC)
OWN_NAME, OWN_PHONE = "Leonore Abendroth", "+4917139200044"
CALL = "call_of_the_first"
TRACE = re.compile(r"Traceback|File \"|\.py\b|sqlalchemy|psycopg", re.IGNORECASE)
RETELL = {
    ("POST", "/retell/webhook"),
    ("POST", "/retell/inbound"),
    *((method, "/retell/functions/{name}") for method in ("POST", "PUT", "PATCH", "GET")),
}
SIGNED = RETELL | {("POST", "/calcom/webhook"), ("POST", "/calcom/webhook/{company}")}
LINES = {
    ("GET", "/llm-websocket/{call_id}"),
    ("GET", "/llm-websocket/{secret}/{call_id}"),
}
FOR_ANYBODY = {
    ("GET", "/"),  # leads to the pages, which ask who it is
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/api/v2/openapi.json"),
    ("GET", "/api/docs"),
}


def addresses(app: web.Application) -> Iterator[tuple[str, str]]:
    """Every method and path of an application and of those below it."""
    for route in app.router.routes():
        if route.method != "HEAD" and route.resource is not None:
            yield route.method, route.resource.canonical


@pytest.fixture
def doors(house: Any) -> set[tuple[str, str]]:
    """What the server that is tested here serves."""
    return set(addresses(build_app(house.runtime.services)))


def test_every_address_is_of_a_kind_that_is_guarded_or_meant_for_anybody(
    doors: set[tuple[str, str]],
) -> None:
    """Whoever adds one of a new kind has to say here who may come in, and to test it."""
    api = {(endpoint.method, f"/api/v2{endpoint.path}") for endpoint in ENDPOINTS}
    pages = {door for door in doors if door[1].startswith("/admin")}

    assert doors - pages == api | SIGNED | LINES | FOR_ANYBODY
    assert len(pages) > 50


def test_the_document_knows_every_address_of_the_api(doors: set[tuple[str, str]]) -> None:
    documented = {
        (method.upper(), f"/api/v2{path}")
        for path, methods in document()["paths"].items()
        for method in methods
    }

    assert documented == {door for door in doors if door[1].startswith("/api/v2")} - FOR_ANYBODY


async def belongings(api: Any, engine: AsyncEngine) -> dict[str, Any]:
    """One of everything of the first company, under every name a request has for it."""
    option = await api.offer()
    customer = {"name": OWN_NAME, "phone": OWN_PHONE, "email": "leonore@example.com"}
    booking = await api(
        "POST", "/bookings", {"offer": {"token": option["token"]}, "customer": customer}
    )
    other = await api.offer(start="2026-11-26T14:00:00+01:00")
    hold = await api("POST", "/holds", {"tokens": [other["token"]]})
    hook = await api("POST", "/webhooks", {"url": "https://example.com/hook"})
    await api("POST", "/callbacks", {"phone": OWN_PHONE, "name": OWN_NAME})
    values = {
        "id": CALL,
        "branch_id": api.salon.branch.id,
        "caller_number": OWN_PHONE,
        "started_at": MORNING,
    }
    async with engine.begin() as connection:
        await connection.execute(insert(call).values(values))
    services = [api.service(177)]
    staff = [api.staff("emma")]
    booked, held = booking.json["id"], hold.json["id"]
    return {
        "service_id": services[0],
        "service_ids": services,
        "staff_id": staff[0],
        "staff_ids": staff,
        "branch_id": str(api.salon.branch.id),
        "booking_id": booked,
        "moving_booking_id": booked,
        "hold_id": held,
        "subscription_id": hook.json["id"],
        "call_id": CALL,
        "token": other["token"],
        "tokens": [other["token"]],
        "code": booking.json.get("code", ""),
    }


def with_ids(body: Any, ids: dict[str, Any]) -> Any:
    """A body in which everything that has an id is somebody's."""
    match body:
        case dict():
            return {key: ids.get(key, with_ids(value, ids)) for key, value in body.items()}
        case list():
            return [with_ids(one, ids) for one in body]
        case _:
            return body


def bodies(operation: dict[str, Any]) -> list[Any]:
    """All examples of a request; one without a body where none is taken."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return [one["value"] for one in content["examples"].values()] if content else [None]


async def rows_of(engine: AsyncEngine, ids: list[str]) -> list[str]:
    """Every row of every table in which one of these ids stands, but for when a token was used."""
    found = []
    async with engine.connect() as connection:
        for table in metadata.sorted_tables:
            if table.name == "api_token":
                continue
            query = text(f'SELECT t::text FROM "{table.name}" AS t')  # noqa: S608 - our own tables
            found += [f"{table.name}: {row[0]}" for row in await connection.execute(query)]
    return sorted(row for row in found if any(one in row for one in ids))


async def test_with_anothers_token_and_ones_own_ids_nothing_is_told_or_changed(
    api: Any, twin: Any, engine: AsyncEngine
) -> None:
    theirs = await belongings(api, engine)
    secrets = [OWN_NAME, OWN_PHONE, theirs["booking_id"], theirs["hold_id"], theirs["branch_id"]]
    before = await rows_of(engine, secrets)
    tried = {}
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            address = re.sub(r"\{(\w+)\}", lambda name: str(theirs[name[1]]), path)
            names = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
            query = {name: theirs[name] for name in names if name in theirs}
            for body in bodies(operation):
                sent = with_ids(body, theirs)
                reply = await twin(
                    method.upper(),
                    address,
                    sent,
                    headers={"If-Match": '"1-booked"'},
                    **{name: value for name, value in query.items() if isinstance(value, str)},
                )
                told, known = reply.raw.decode(), f"{address} {sent} {query}"
                leaks = [one for one in secrets if one in told and one not in known]
                assert not leaks, (method, path, leaks, told)
                tried.setdefault(f"{method} {path}", set()).add(reply.status)

    assert await rows_of(engine, secrets) == before
    assert len(tried) == len(ENDPOINTS)
    named = {name: statuses for name, statuses in tried.items() if "{" in name}
    assert all(statuses == {404} for statuses in named.values()), named


async def test_a_function_of_the_others_number_knows_nothing_of_ours(
    api: Any, twin: Any, engine: AsyncEngine, http: ClientSession
) -> None:
    theirs = await belongings(api, engine)
    secrets = [OWN_NAME, theirs["booking_id"], theirs["hold_id"], theirs["branch_id"]]
    before = await rows_of(engine, [*secrets, OWN_PHONE])
    args = {
        **{name: value for name, value in theirs.items() if isinstance(value, str)},
        "appointment_id": theirs["booking_id"],
        "offer_id": theirs["token"],
        "name": OWN_NAME,
        "booking_code": theirs["code"],
        "to_number": "+493023125000",
        "when": "morgen",
        "service": "Ansatzfärbung",
    }
    told = {}
    for function in HANDLERS:
        for call_id in (CALL, f"call_{uuid4().hex}"):
            body = {
                "name": function,
                "args": args,
                "call": {
                    "call_id": call_id,
                    "call_type": "phone_call",
                    "from_number": OWN_PHONE,
                    "to_number": twin.salon.branch.phone_numbers[0],
                },
            }
            url = f"{api.url}/retell/functions/{function}"
            async with http.post(url, json=body) as answer:
                assert answer.status == 200
                told[function, call_id] = await answer.text()

    assert len(told) == 2 * len(HANDLERS)
    leaks = [(key, one) for key, words in told.items() for one in secrets if one in words]
    assert [leak for leak in leaks if leak[1] != OWN_NAME] == []
    assert all("Mittwoch, den 25. November" not in told[key] for key in told if _looks_up(key))
    after = await rows_of(engine, secrets[1:])
    assert after == [row for row in before if any(one in row for one in secrets[1:])]


def _looks_up(key: tuple[str, str]) -> bool:
    return key[0] in {"find_appointments", "cancel_appointment"}


async def test_a_number_on_file_with_one_salon_is_a_strangers_at_another(
    api: Any, twin: Any, http: ClientSession, engine: AsyncEngine
) -> None:
    await belongings(api, engine)
    known = {}
    for name, who in {"own": api, "other": twin}.items():
        asked = {"from_number": OWN_PHONE, "to_number": who.salon.branch.phone_numbers[0]}
        body = {"event": "call_inbound", "call_inbound": asked}
        async with http.post(f"{api.url}/retell/inbound", json=body) as answer:
            told = (await answer.json())["call_inbound"]
        known[name] = told["dynamic_variables"]["known_customer"]

    assert known == {"own": "true", "other": "false"}


async def test_a_report_from_anothers_number_about_our_call_changes_nothing(
    api: Any, twin: Any, http: ClientSession, engine: AsyncEngine
) -> None:
    await belongings(api, engine)
    before = await rows_of(engine, [CALL])
    for event in ("call_started", "call_ended", "call_analyzed", "transcript_updated"):
        about = {
            "call_id": CALL,
            "to_number": twin.salon.branch.phone_numbers[0],
            "disconnection_reason": "user_hangup",
        }
        body = {"event": event, "call": about}
        async with http.post(f"{api.url}/retell/webhook", json=body) as answer:
            assert (answer.status, (await answer.json())["status"]) == (200, "another salon's")

    assert await rows_of(engine, [CALL]) == before


async def test_a_stranger_finds_every_page_but_the_way_in_closed(
    open_house: Any, doors: set[tuple[str, str]], http: ClientSession
) -> None:
    way_in = {"/admin/sign-in", "/admin/sign-in/link", "/admin/static/{digest}/{name}"}
    pages = {door for door in doors if door[1].startswith("/admin")}
    found = {}
    async with open_house(admin_password=SecretStr("only the owner knows")) as house:
        for method, path in sorted(page for page in pages if page[1] not in way_in):
            address = re.sub(r"\{[^}]+\}", str(uuid4()), path)
            url = f"{house.url}{address}"
            async with http.request(method, url, allow_redirects=False) as answer:
                to = answer.headers.get("Location", "")
                found[method, path] = (answer.status, to.partition("?")[0])

    open_to_anybody = {
        door: told
        for door, told in found.items()
        if told[0] not in {401, 403} and told[1] != "/admin/sign-in"
    }
    assert open_to_anybody == {}
    assert len(found) > 50


async def test_nonsense_at_any_address_shows_nobody_how_it_is_built(
    api: Any, doors: set[tuple[str, str]], http: ClientSession
) -> None:
    nonsense = b'{"call": [[[["\xff\xfe'
    statuses = {}
    for method, path in sorted(doors):
        address = re.sub(r"\{[^}]+\}", "%00'\"<x>", path)
        async with http.request(
            method,
            f"{api.url}{address}?limit=%FF&cursor='&branch_id=x",
            data=nonsense if method != "GET" else None,
            headers={
                "Authorization": f"Bearer {api.token}",
                "Content-Type": "application/json",
                "Idempotency-Key": "\\" * 9,
                "If-Match": '"\\',
            },
            allow_redirects=False,
        ) as answer:
            told = (await answer.content.read(200_000)).decode("utf-8", "replace")
            statuses[method, path] = answer.status
            if path not in {"/api/docs", "/api/v2/openapi.json"}:
                assert not TRACE.search(told), (method, path, told[:500])

    assert {door: status for door, status in statuses.items() if status >= 500} == {}


async def test_no_address_reads_a_body_without_end(
    api: Any, doors: set[tuple[str, str]], http: ClientSession
) -> None:
    huge = b'{"name":"' + b"x" * (MOST_BYTES + 1) + b'"}'
    statuses = {}
    for method, path in sorted(doors):
        if method == "GET" or path.startswith("/admin"):
            continue
        address = re.sub(r"\{[^}]+\}", str(uuid4()), path.replace("{name}", "list_services"))
        headers = {
            "Authorization": f"Bearer {api.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": uuid4().hex,
            "If-Match": '"1-booked"',
        }
        url = f"{api.url}{address}"
        async with http.request(method, url, data=BytesIO(huge), headers=headers) as answer:
            statuses[method, path] = answer.status

    with_body = {
        (method.upper(), f"/api/v2{path}")
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
        if "requestBody" in operation
    }
    too_large = {door for door, status in statuses.items() if status == 413}
    assert too_large >= with_body | {door for door in RETELL if door[0] != "GET"}
    assert all(400 <= status < 500 or status == 204 for status in statuses.values()), statuses


async def test_what_breaks_inside_is_told_with_its_number_and_nothing_else(
    api: Any, engine: AsyncEngine, http: ClientSession
) -> None:
    async def renamed(old: str, new: str) -> None:
        async with engine.begin() as connection:
            await connection.execute(text(f'ALTER TABLE "{old}" RENAME TO "{new}"'))

    await renamed("call", "call_of_yesterday")
    try:
        reply = await api("GET", "/calls")
        function = await http.post(
            f"{api.url}/retell/functions/find_appointments",
            json={"name": "find_appointments", "args": {}, "call": {"call_id": CALL}},
        )
        told = await function.text()
        report = {"event": "call_ended", "call": {"call_id": CALL, "to_number": "+493023125000"}}
        webhook = await http.post(f"{api.url}/retell/webhook", json=report)
        refused = await webhook.text()
    finally:
        await renamed("call_of_yesterday", "call")

    assert (reply.status, reply.code) == (500, "internal")
    assert re.fullmatch(r"[0-9a-f]{32}", reply.headers["X-Request-Id"])
    assert (function.status, webhook.status) == (200, 500)
    for words in (reply.raw.decode(), told, refused):
        assert not TRACE.search(words)
        assert "call_of_yesterday" not in words
