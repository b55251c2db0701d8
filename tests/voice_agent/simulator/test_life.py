"""A call is asked about before it begins, and reported when it is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from voice_agent.simulator.findings import Fault
from voice_agent.simulator.life import EVENTS, Number, live
from voice_agent.simulator.line import Ending
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.post import Mishaps, Order

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager

    from voice_agent.simulator.habits import Habits
    from voice_agent.simulator.retell import RetellCall

    Serving = Callable[[Any], AbstractAsyncContextManager[str]]


@dataclass
class Office:
    """Answers while it rings, and writes down what it is told."""

    url: str = ""
    answer: dict[str, Any] = field(default_factory=dict)
    told: list[dict[str, Any]] = field(default_factory=list)
    status: int = 204

    async def inbound(self, _: web.Request) -> web.Response:
        return web.json_response({"call_inbound": self.answer})

    async def webhook(self, request: web.Request) -> web.Response:
        self.told.append(await request.json())
        return web.Response(status=self.status)

    @property
    def number(self) -> Number:
        return Number(inbound=f"{self.url}/inbound", webhooks=f"{self.url}/webhook", key="a key")

    @property
    def events(self) -> list[str]:
        return [one["event"] for one in self.told]


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    found = Office()
    app = web.Application()
    app.router.add_post("/inbound", found.inbound)
    app.router.add_post("/webhook", found.webhook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


def phone(base_url: str) -> PhoneCall:
    return PhoneCall(base_url=base_url, to_number="+15550001", from_number="+15550002")


async def goodbye(call: RetellCall) -> None:
    await call.say("Tschüss")
    await call.listen()


async def test_what_is_answered_while_it_rings_is_known_in_the_call(
    agent: Any, say: Any, serving: Serving, hurried: Habits, office: Office
) -> None:
    server = agent(answers={1: [say(1, "Auf Wiederhören.", end_call=True)]})
    office.answer = {"dynamic_variables": {"known": "true"}, "metadata": {"branch": "b"}}

    async with serving(server) as url:
        life = await live(phone(url), hurried, office.number, goodbye)

    (details,) = server.events("call_details")
    assert details["call"]["retell_llm_dynamic_variables"] == {"known": "true"}
    assert details["call"]["metadata"] == {"branch": "b"}
    assert life.call is not None
    assert life.findings == life.call.findings == []


async def test_a_call_is_reported_from_its_beginning_to_its_analysis(
    agent: Any, say: Any, serving: Serving, hurried: Habits, office: Office
) -> None:
    server = agent(answers={1: [say(1, "Auf Wiederhören.", end_call=True)]})

    async with serving(server) as url:
        life = await live(phone(url), hurried, office.number, goodbye)

    assert office.events == ["call_started", "call_ended", "call_analyzed"]
    assert office.told[0]["call"]["call_status"] == "ongoing"
    assert office.told[-1]["call"]["disconnection_reason"] == "agent_hangup"
    assert life.call is not None
    assert life.call.ending is Ending.AGENT_HANGUP
    assert {one["call"]["call_id"] for one in office.told} == {life.call.phone.call_id}


async def test_who_is_turned_away_reaches_no_websocket_and_no_report(
    agent: Any, serving: Serving, hurried: Habits, office: Office
) -> None:
    server = agent()
    office.answer = {"reject": True}

    async with serving(server) as url:
        life = await live(phone(url), hurried, office.number, goodbye)

    assert (life.call, server.paths, office.told) == (None, [], [])


async def test_an_answer_that_cannot_be_used_costs_what_it_said_and_not_the_call(
    agent: Any, say: Any, serving: Serving, hurried: Habits, office: Office
) -> None:
    server = agent(answers={1: [say(1, "Auf Wiederhören.", end_call=True)]})
    office.answer = {"dynamic_variables": {"visits": 3}}

    async with serving(server) as url:
        life = await live(phone(url), hurried, office.number, goodbye)

    (details,) = server.events("call_details")
    assert "retell_llm_dynamic_variables" not in details["call"]
    assert [finding.fault for finding in life.findings] == [Fault.UNUSABLE]


async def test_a_line_that_never_opened_is_reported_as_that(
    unused_tcp_port: int, hurried: Habits, office: Office
) -> None:
    async def talk(call: RetellCall) -> None:
        assert call.ending is not None

    life = await live(phone(f"ws://127.0.0.1:{unused_tcp_port}/llm"), hurried, office.number, talk)

    ended = office.told[-1]["call"]
    assert ended["disconnection_reason"] == "error_llm_websocket_open"
    assert ended["call_status"] == "error"
    assert life.call is not None


async def test_reports_may_have_mishaps_and_those_that_nobody_takes_are_found(
    agent: Any, say: Any, serving: Serving, hurried: Habits, office: Office
) -> None:
    server = agent(answers={1: [say(1, "Auf Wiederhören.", end_call=True)]})
    office.status = 500
    number = Number(
        webhooks=f"{office.url}/webhook",
        mishaps=Mishaps(order=Order.BACKWARDS),
        events=EVENTS | {"transcript_updated"},
    )

    async with serving(server) as url:
        life = await live(phone(url), hurried, number, goodbye)

    order = list(dict.fromkeys(office.events))
    assert order == ["call_started", "call_analyzed", "call_ended", "transcript_updated"]
    assert [finding.fault for finding in life.findings] == [Fault.NOT_TAKEN] * 4
    assert len(office.told) == 4 * 4
