"""Two companies with the same salon: whatever is one's does not exist for the other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from booking_core.adapters.postgres.call_tables import call
from voice_agent.api.routes import ENDPOINTS
from voice_agent.api.tokens import ApiTokens, Scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

WITH_ID = sorted({endpoint.path for endpoint in ENDPOINTS if "{" in endpoint.path})


async def belongings(api: Any, engine: AsyncEngine) -> dict[str, str]:
    """One of everything that has an id."""
    booking = (await api.book()).json
    option = await api.offer(start="2026-11-26T14:00:00+01:00")
    hold = await api("POST", "/holds", {"tokens": [option["token"]]})
    hook = await api("POST", "/webhooks", {"url": "https://example.com/hook"})
    values = {
        "id": "call_of_the_first",
        "branch_id": api.salon.branch.id,
        "started_at": "2026-11-24T08:00:00+00:00",
    }
    async with engine.begin() as connection:
        await connection.execute(insert(call).values(values))
    await api("POST", "/callbacks", {"phone": "+4917139200017"})
    return {
        "service_id": api.service(177),
        "staff_id": api.staff("emma"),
        "booking_id": booking["id"],
        "hold_id": hold.json["id"],
        "subscription_id": hook.json["id"],
        "call_id": "call_of_the_first",
        "token": option["token"],
    }


async def test_every_id_of_the_other_company_is_not_found(
    api: Any, twin: Any, engine: AsyncEngine
) -> None:
    theirs = await belongings(api, engine)
    offer = await twin.offer(start="2026-11-27T14:00:00+01:00")
    bodies = {"/reschedule": {"offer": {"token": offer["token"]}}, "/cancel": {}}
    found: dict[str, int] = {}
    own: dict[str, int] = {}
    for endpoint in ENDPOINTS:
        if "{" not in endpoint.path:
            continue
        path = re.sub(r"\{(\w+)\}", lambda name: theirs[name[1]], endpoint.path)
        body = next((body for end, body in bodies.items() if path.endswith(end)), None)
        headers = {"If-Match": '"1-booked"'} if endpoint.versioned else {}
        name = f"{endpoint.method} {endpoint.path}"
        found[name] = (await twin(endpoint.method, path, body, headers=headers)).status
        if endpoint.method == "GET":
            own[name] = (await api(endpoint.method, path, body, headers=headers)).status

    assert set(found.values()) == {404}, found
    assert set(own.values()) == {200}, own
    assert (await api("GET", f"/bookings/{theirs['booking_id']}")).json["state"] == "booked"


async def test_lists_show_nothing_of_the_other_company(
    api: Any, twin: Any, engine: AsyncEngine
) -> None:
    await belongings(api, engine)
    for path in ("/bookings", "/callbacks", "/calls", "/webhooks"):
        ours, nothing = await api("GET", path), await twin("GET", path)
        assert len(ours.json["items"]) == 1, path
        assert nothing.json["items"] == [], path
    for path in ("/services", "/staff", "/branches"):
        ids = [{one["id"] for one in (await who("GET", path)).json["items"]} for who in (api, twin)]
        assert ids[0], path
        assert not ids[0] & ids[1], path


async def test_ids_of_others_in_a_body_or_a_query_are_not_found(api: Any, twin: Any) -> None:
    booking = (await api.book()).json
    branch = str(api.salon.branch.id)
    wish = {"service_ids": [twin.service(177)]}
    found = [
        await twin("POST", "/availability", {"service_ids": [api.service(177)]}),
        await twin("POST", "/availability", {**wish, "staff_ids": [api.staff("emma")]}),
        await twin("POST", "/availability", {**wish, "branch_id": branch}),
        await twin("POST", "/availability", {**wish, "moving_booking_id": booking["id"]}),
        await twin("POST", "/callbacks", {"phone": "+4917139200017", "branch_id": branch}),
        *[
            await twin("GET", path, branch_id=branch)
            for path in ("/services", "/staff", "/bookings", "/calls", "/callbacks")
        ],
    ]

    assert [reply.code for reply in found] == ["not_found"] * 10


async def test_an_offer_or_a_hold_of_the_other_company_books_nothing(api: Any, twin: Any) -> None:
    option = await api.offer()
    hold = await api("POST", "/holds", {"tokens": [option["token"]]})
    customer = {"customer": {"name": "Karin Winter"}}
    by_token = await twin("POST", "/bookings", {"offer": {"token": option["token"]}, **customer})
    by_hold = await twin("POST", "/bookings", {"offer": {"hold_id": hold.json["id"]}, **customer})
    held = await twin("POST", "/holds", {"tokens": [option["token"]]})

    assert by_token.code == held.code == "token_invalid"
    assert by_hold.code == "not_found"


@pytest.mark.parametrize("scope", [Scope.READ, Scope.BOOK])
async def test_a_token_opens_what_its_scope_says_and_nothing_else(
    client: Callable[..., Any], scope: Scope
) -> None:
    other = await client(scope)
    id_ = "7d9b0f1e-3a52-4a70-9b1e-0f6f1f0d2c11"
    for endpoint in ENDPOINTS:
        path = re.sub(r"\{\w+\}", id_, endpoint.path)
        reply = await other(endpoint.method, path, {})
        may = endpoint.scope is Scope.READ or endpoint.scope is scope
        assert (reply.status == 403) is not may, (endpoint.method, path, reply.raw)


async def test_without_a_living_token_nothing_is_answered(api: Any, engine: AsyncEngine) -> None:
    tokens = ApiTokens(engine)
    company = api.salon.company.id
    other = await tokens.create(company, name="gone", scopes=[Scope.READ])
    assert await tokens.revoke(company, other.token.id)
    assert not await tokens.revoke(company, other.token.id)
    found = [
        await api("GET", "/services", headers={"Authorization": value})
        for value in ("", "Bearer", f"Bearer {other.secret}", "Bearer va_" + "x" * 43, "Basic eDp5")
    ]

    assert [reply.code for reply in found] == ["unauthenticated"] * 5
    assert all(reply.headers["WWW-Authenticate"].startswith("Bearer") for reply in found)


async def test_a_token_is_stored_as_its_hash_and_its_use_is_noted(
    api: Any, engine: AsyncEngine
) -> None:
    await api("GET", "/services")
    async with engine.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT api_token::text FROM api_token")).all()
    listed = await ApiTokens(engine).all(api.salon.company.id)

    assert api.token not in str(rows)
    assert listed[0].last_used_at is not None
    assert api.token.startswith(listed[0].hint)
