"""The same key and the same request: one booking, one answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from voice_agent.api.idempotency import Answers, Kept
from voice_agent.api.problems import Code, Problem

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon


async def wish_for(api: Any, **customer: str) -> dict[str, Any]:
    option = await api.offer()
    return {"offer": {"token": option["token"]}, "customer": {"name": "Vera Sommer", **customer}}


async def test_the_same_request_again_has_the_same_answer(api: Any) -> None:
    body = await wish_for(api)
    first = await api("POST", "/bookings", body, key="order-1")
    again = await api("POST", "/bookings", body, key="order-1")
    listed = await api("GET", "/bookings")

    assert again.status == first.status == 201
    assert again.raw == first.raw
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(listed.json["items"]) == 1


async def test_a_refusal_is_an_answer_too(api: Any) -> None:
    body = await wish_for(api)
    await api("POST", "/bookings", body)
    first = await api("POST", "/bookings", body, key="order-2")
    again = await api("POST", "/bookings", body, key="order-2")

    assert first.code == "taken"
    assert again.raw == first.raw


async def test_twenty_identical_requests_at_once_make_one_booking(api: Any) -> None:
    body = await wish_for(api)
    found = await asyncio.gather(
        *(api("POST", "/bookings", body, key="order-3") for _ in range(20))
    )
    listed = await api("GET", "/bookings")

    made = {reply.raw for reply in found if reply.status == 201}
    assert len(made) == 1
    assert {reply.code for reply in found if reply.status != 201} <= {"in_progress"}
    assert len(listed.json["items"]) == 1


async def test_another_request_under_the_same_key_is_refused(api: Any) -> None:
    body = await wish_for(api)
    first = await api("POST", "/bookings", body, key="order-4")
    body["customer"]["name"] = "Karin Winter"
    other = await api("POST", "/bookings", body, key="order-4")

    assert first.status == 201
    assert other.status == 422
    assert other.code == "key_reused"


async def test_a_request_that_was_invalid_leaves_the_key_unused(api: Any) -> None:
    body = await wish_for(api)
    wrong = await api("POST", "/bookings", {**body, "customer": {}}, key="order-5")
    strange = await api(
        "POST", "/bookings", {**body, "offer": {"token": "not.ours"}}, key="order-5"
    )
    right = await api("POST", "/bookings", body, key="order-5")

    assert wrong.json["errors"] == [
        {"field": "body.customer.name", "code": "missing", "message": "fehlt"}
    ]
    assert strange.code == "token_invalid"
    assert right.status == 201


@pytest.mark.parametrize("key", [None, "x" * 256, "with space"])
async def test_what_changes_something_needs_a_key(api: Any, key: str | None) -> None:
    refused = await api("POST", "/bookings", await wish_for(api), key=key)

    assert refused.status == 422
    assert refused.json["errors"][0]["field"] == "header.Idempotency-Key"


async def test_two_companies_may_use_the_same_key(api: Any, twin: Any) -> None:
    found = [
        await one("POST", "/bookings", await wish_for(one), key="order-6") for one in (api, twin)
    ]

    assert [reply.status for reply in found] == [201, 201]
    assert found[0].json["id"] != found[1].json["id"]


async def test_a_cancellation_again_has_the_same_answer_although_the_version_has_changed(
    api: Any,
) -> None:
    made = (await api.book()).json
    versioned = {"If-Match": made["etag"]}
    path = f"/bookings/{made['id']}/cancel"
    first = await api("POST", path, {}, key="order-7", headers=versioned)
    again = await api("POST", path, {}, key="order-7", headers=versioned)

    assert first.status == 200
    assert again.raw == first.raw


async def test_work_that_broke_off_is_carried_on_by_whoever_asks_again(
    engine: AsyncEngine, saved_salon: Salon
) -> None:
    answers, company = Answers(engine), saved_salon.company.id
    told: list[bool] = []

    async def dies(resumed: bool) -> Kept:  # noqa: FBT001 - as `once` calls it
        told.append(resumed)
        raise OSError("the power is gone")

    async def works(resumed: bool) -> Kept:  # noqa: FBT001 - as `once` calls it
        told.append(resumed)
        return Kept(status=201, headers={}, body=b"made")

    with pytest.raises(OSError, match="power"):
        await answers.once(company, "k", "f", dies)
    carried_on = await answers.once(company, "k", "f", works)
    replayed = await answers.once(company, "k", "f", dies)

    assert told == [False, True]
    assert carried_on.body == replayed.body == b"made"
    assert replayed.replayed


async def test_whoever_waits_too_long_for_a_twin_is_told_that_it_is_in_progress(
    engine: AsyncEngine, saved_salon: Salon
) -> None:
    company, key = saved_salon.company.id, uuid4().hex
    begun, done = asyncio.Event(), asyncio.Event()

    async def slow(_resumed: bool) -> Kept:  # noqa: FBT001 - as `once` calls it
        begun.set()
        await done.wait()
        return Kept(status=200, headers={}, body=b"")

    first = asyncio.create_task(Answers(engine).once(company, key, "f", slow))
    await begun.wait()
    with pytest.raises(Problem) as refused:
        await Answers(engine, wait_s=0).once(company, key, "f", slow)
    done.set()

    assert refused.value.code is Code.IN_PROGRESS
    assert (await first).status == 200


async def test_an_answer_is_kept_for_a_day_and_forgotten_after_two(
    engine: AsyncEngine, saved_salon: Salon
) -> None:
    answers, company = Answers(engine), saved_salon.company.id

    async def works(resumed: bool) -> Kept:  # noqa: FBT001 - as `once` calls it
        return Kept(status=201, headers={}, body=str(resumed).encode())

    for key, age in (("kept", "25 hours"), ("forgotten", "49 hours")):
        await answers.once(company, key, "f", works)
        change = text("UPDATE api_answer SET created_at = now() - :age ::interval WHERE key = :key")
        async with engine.begin() as connection:
            await connection.execute(change, {"age": age, "key": key})
    await answers.once(company, "new", "f", works)
    async with engine.connect() as connection:
        left = await connection.scalars(text("SELECT key FROM api_answer ORDER BY key"))

    assert list(left) == ["kept", "new"]
