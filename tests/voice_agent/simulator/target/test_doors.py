"""The other doors of any server: a careful one is found clean, and each carelessness is found."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from voice_agent.simulator.findings import Fault
from voice_agent.simulator.target.doors import Doors, Knocked, knock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = "key_of_the_test"


@dataclass
class House:
    """A server as an integrator would write it in an afternoon; what it does wrong is named."""

    wrong: str = ""
    seen: Counter[str] = field(default_factory=Counter)
    count: itertools.count[int] = field(default_factory=itertools.count)

    async def webhook(self, request: web.Request) -> web.Response:
        self.let_in(request, await request.read())
        event = (await request.json())["event"]
        self.seen[event] += 1
        if self.wrong == "knows its events" and event == "call_dreamt":
            return web.Response(status=400)
        if self.wrong == "loses its nerve" and self.seen["call_ended"] > 1:
            return web.Response(status=500)
        return web.Response(status=204)

    async def inbound(self, request: web.Request) -> web.Response:
        self.let_in(request, await request.read())
        asked = (await request.json())["call_inbound"]
        known: Any = asked["from_number"] != "anonymous"
        if self.wrong != "numbers for texts":
            known = str(known).lower()
        if self.wrong == "lets it ring":
            await asyncio.sleep(0.6)
        variables = {"known": known}
        return web.json_response({"call_inbound": {"dynamic_variables": variables}})

    async def function(self, request: web.Request) -> web.Response:
        raw = await request.read()
        self.let_in(request, raw)
        body = json.loads(raw) if raw else {}
        args = body.get("args", body)
        if self.wrong == "trusts models":
            return web.Response(text=args["day"].upper())
        if self.wrong == "counts orders":
            return web.json_response({"order": next(self.count)})
        if self.wrong == "talks too much":
            return web.Response(text="a" * 15_001)
        if self.wrong == "refuses":
            return web.Response(status=422)
        return web.json_response({"free": ["10:00"]})

    def let_in(self, request: web.Request, raw: bytes) -> None:
        if self.wrong == "lets everybody in":
            return
        stamp, _, digest = request.headers.get("X-Retell-Signature", "v=0,d=").partition(",d=")
        at = stamp.removeprefix("v=")
        right = hmac.new(KEY.encode(), raw + at.encode(), hashlib.sha256).hexdigest()
        if self.wrong == "forgives capitals":
            digest = digest.lower()
        is_stale = abs(time.time() * 1000 - int(at)) > 300_000 and self.wrong != "has no clock"
        if digest != right or is_stale:
            raise web.HTTPUnauthorized


@pytest.fixture
async def house() -> AsyncIterator[Any]:
    """Opens a house, and gives the doors that lead into it."""
    runners = []

    async def opened(wrong: str = "") -> Doors:
        own = House(wrong)
        app = web.Application()
        app.router.add_post("/webhook", own.webhook)
        app.router.add_post("/inbound", own.inbound)
        app.router.add_route("*", "/functions/find", own.function)
        runner = web.AppRunner(app)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        base = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return Doors(
            webhooks=f"{base}/webhook",
            inbound=f"{base}/inbound",
            functions=(f"{base}/functions/find",),
            args={"day": "tomorrow"},
            key=KEY,
            ringing_ms=60_000,
            answer_s=30.0,
            apart_s=0.05,
        )

    yield opened
    for runner in runners:
        await runner.cleanup()


def _faults(knocked: list[Knocked]) -> dict[str, set[Fault]]:
    return {one.name: {f.fault for f in one.findings} for one in knocked if one.findings}


async def test_a_careful_house_is_found_clean(house: Any) -> None:
    knocked = await knock(await house())

    assert {one.name: one.findings for one in knocked if one.findings} == {}
    assert [one.name for one in knocked] == ["webhooks", "inbound", "function find"]
    assert all(one.requests > 8 for one in knocked)


@pytest.mark.parametrize(
    ("wrong", "name", "fault"),
    [
        ("knows its events", "webhooks", Fault.NOT_TAKEN),
        ("loses its nerve", "webhooks", Fault.NOT_TAKEN),
        ("numbers for texts", "inbound", Fault.UNUSABLE),
        ("trusts models", "function find", Fault.BROKEN_FUNCTION),
        ("counts orders", "function find", Fault.ANSWERED_DIFFERENTLY),
        ("talks too much", "function find", Fault.TOO_LONG),
        ("refuses", "function find", Fault.NOT_TAKEN),
    ],
)
async def test_each_carelessness_is_found_at_its_door(
    house: Any, wrong: str, name: str, fault: Fault
) -> None:
    knocked = await knock(await house(wrong))

    found = _faults(knocked)
    assert fault in found[name]
    assert set(found) == {name}


@pytest.mark.parametrize(
    ("wrong", "flaws"),
    [("forgives capitals", 1), ("has no clock", 2), ("lets everybody in", 6)],
)
async def test_a_lock_that_opens_for_others_is_found_at_every_door(
    house: Any, wrong: str, flaws: int
) -> None:
    knocked = await knock(await house(wrong))

    forged = [[f for f in one.findings if f.fault is Fault.FORGED] for one in knocked]
    assert [len(found) for found in forged] == [flaws] * 3


async def test_who_lets_it_ring_is_told_how_long(house: Any) -> None:
    doors = replace(await house("lets it ring"), ringing_ms=300, key=KEY)

    found = _faults(await knock(replace(doors, webhooks=None, functions=())))

    assert found == {"inbound": {Fault.SLOW_ANSWER}}


async def test_without_a_key_nothing_is_signed_and_nothing_forged(house: Any) -> None:
    doors = replace(await house("lets everybody in"), key=None)

    knocked = await knock(doors)

    assert all(not one.findings for one in knocked)
