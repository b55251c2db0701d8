"""Services and Cal.com's sandbox: what saving does over there is told and repaired on the page."""

from __future__ import annotations

import asyncio
import re
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession, CookieJar
from playwright.async_api import expect

from booking_core.adapters.calcom import sandbox as calcom_sandbox
from booking_core.adapters.calcom.accounts import sandbox_accounts
from booking_core.adapters.calcom.client import CalcomClient
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.redis_allowance import Allowance
from booking_core.domain.event_type import calendar_user

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from redis.asyncio import Redis
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.calcom.sandbox import Sandbox

PASSWORD = "correct horse battery"


@pytest.fixture
async def shop(
    house: Any, engine: AsyncEngine, open_house: Callable[..., Any]
) -> AsyncIterator[tuple[Any, Sandbox]]:
    """Emma alone with one service, her calendar at a sandbox, and somebody who does the jobs."""
    salon = house.salon
    small = replace(
        salon,
        staff=tuple(replace(one, active=one.key == "emma") for one in salon.staff),
        services=tuple(replace(one, active=one.number == 431) for one in salon.services),
    )
    await PostgresSalons(engine).save(small)
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(calcom_sandbox.running())
        opened = open_house(calendar="calcom", calcom_api_url=sandbox.url)
        there = await stack.enter_async_context(opened)
        await stack.enter_async_context(there.runtime.working())
        yield there, sandbox


async def in_the_end(look: Callable[[], Any], state: str) -> str:
    """What a page says once it says that."""
    while True:
        page: str = await look()
        if f'data-state="{state}"' in page:
            return page
        await asyncio.sleep(0.1)


async def test_a_composite_service_is_made_dragged_saved_and_stands_at_cal_com(
    shop: Any, look: Callable[..., Any], obstacles: Callable[..., Any], engine: AsyncEngine
) -> None:
    house, sandbox = shop
    before = sandbox.control("dump")["event_types"]
    tall = {"width": 1280, "height": 2400}
    async with look(house, "/admin/services/new", viewport=tall) as page:
        await page.click("button[value=spa_wellness]")
        await page.wait_for_selector("#segments > li:nth-child(4)")
        assert "Zusammen 210 Minuten" in await page.inner_text("#preview")

        grip = page.locator("#segments > li:nth-child(1) .grip")
        target = page.locator("#segments > li:nth-child(2) .pause")
        await grip.scroll_into_view_if_needed()
        start, end = await grip.bounding_box(), await target.bounding_box()
        await page.mouse.move(start["x"] + 5, start["y"] + 5)
        await page.mouse.down()
        await page.mouse.move(start["x"] + 8, start["y"] + 60, steps=5)
        await page.mouse.move(end["x"] + 8, end["y"] + end["height"], steps=10)
        await page.mouse.up()
        first = page.locator("#preview .timeline .what").first
        await expect(first).to_have_text("A Massage")
        assert await page.inner_text("#segments > li:nth-child(1) .key") == "A"
        assert await obstacles(page) == []

        await page.fill("input[name=price]", "129,00")
        await page.click("button.save")
        await page.wait_for_selector("#calendar [data-state=ready]", timeout=60_000)
        said = await page.inner_text("#calendar")
        assert "4 Terminarten angelegt" in said
        assert await obstacles(page) == []

    made = (await PostgresSalons(engine).by_id(house.salon.branch.id)).services[-1]
    assert [one.name for one in made.segments][:2] == ["Massage", "Empfang & Beratung"]
    assert sandbox.control("dump")["event_types"] == before + 4


async def test_what_was_changed_at_cal_com_is_shown_and_repaired(shop: Any) -> None:
    house, sandbox = shop
    service = house.salon.service_numbered(431)
    member = next(one for one in house.salon.staff if one.key == "emma")
    accounts = await sandbox_accounts(house.salon, sandbox.url)
    key = accounts.key(calendar_user(house.salon, member))
    async with CalcomClient(sandbox.url) as client:
        theirs = await client.event_types(key)
        one = next(one for one in theirs if "-431-" in one.slug)
        await client.change_event_type(key, one.id, {"lengthInMinutes": 55})
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        await http.post(f"{house.url}/admin/sign-in", data={"password": PASSWORD})
        path = f"{house.url}/admin/services/{service.id}"
        text = await (await http.get(path)).text()
        form = {"csrf": text.split('name="csrf" value="')[1].split('"')[0]}
        told = await (await http.post(f"{path}/drift", data=form)).text()
        repaired = await (await http.post(f"{path}/repair", data=form)).text()
        again = await (await http.post(f"{path}/drift", data=form)).text()

    assert "Andere Dauer" in told
    assert one.slug in told
    assert "1 geändert" in repaired
    assert "steht alles so wie hier" in again


async def test_a_service_that_is_not_offered_any_more_goes_from_cal_com(
    shop: Any, engine: AsyncEngine
) -> None:
    house, _ = shop
    service = house.salon.service_numbered(436)
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        await http.post(f"{house.url}/admin/sign-in", data={"password": PASSWORD})
        path = f"{house.url}/admin/services/{service.id}"
        text = await (await http.get(path)).text()
        form = {"csrf": text.split('name="csrf" value="')[1].split('"')[0]}
        on = await http.post(f"{path}/active", data=form | {"active": "on"})

        async def shown() -> str:
            answer = await http.get(f"{path}/calendar?{on.url.query_string}")
            return await answer.text()

        page = await in_the_end(shown, "ready")
        off = await http.post(f"{path}/active", data=form)

    assert "2 Terminarten angelegt" in page
    assert off.url.query["gone"] == "2"
    assert (
        not (await PostgresSalons(engine).by_id(house.salon.branch.id)).service(service.id).active
    )


async def test_health_tells_what_is_left_of_what_cal_com_lets_through(
    shop: Any, redis: Redis
) -> None:
    there, sandbox = shop
    emma = next(iter((await sandbox_accounts(there.salon, sandbox.url)).keys.items()))
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        await http.post(f"{there.url}/admin/sign-in", data={"email": "", "password": PASSWORD})

        async def health() -> str:
            async with http.get(f"{there.url}/admin/health") as answer:
                return await answer.text()

        before = await health()
        await Allowance(redis).block(emma[1], for_s=300)
        after = await health()

    assert re.search(
        r"Anfragen an Cal\.com.{0,200}?\d+ von \d+ in der letzten Minute", before, re.DOTALL
    )
    assert "Anrufe gehen vor" not in before
    assert "Sekunden nichts an" in after
    assert "Anrufe gehen vor" in after
