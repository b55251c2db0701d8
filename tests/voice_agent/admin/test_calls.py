from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import yaml
from sqlalchemy import insert, select, text

from booking_core.adapters.postgres.call_tables import call, call_turn
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Booked
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery
from voice_agent.simulator.probe import probe
from voice_agent.simulator.replay_yaml import parse_replay

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine

CALLER, DIALLED = "+491715550142", "+493023125000"


@pytest.fixture
def now(house: Any) -> datetime:
    moment: datetime = house.runtime.services.clock.now()
    return moment


@pytest.fixture
def add_call(engine: AsyncEngine, house: Any, now: datetime) -> Callable[..., Any]:
    async def add(
        call_id: str,
        *lines: tuple[str, str],
        ago: timedelta = timedelta(hours=1),
        outcome: str | None = "booked",
        number: str | None = CALLER,
        first_ms: float = 12.0,
        branch_id: Any = None,
    ) -> None:
        at = now - ago
        row = {
            "id": call_id,
            "branch_id": branch_id or house.salon.branch.id,
            "caller_number": number,
            "started_at": at,
            "ended_at": at + timedelta(seconds=125) if outcome else None,
            "outcome": outcome,
        }
        turns = [
            {
                "call_id": call_id,
                "turn": turn,
                "at": at + timedelta(seconds=5 * turn),
                "response_id": turn,
                "kind": "speech" if caller else "greeting",
                "ended": "answered",
                "caller_text": caller,
                "agent_text": agent,
                "understanding": {"intents": ["book"], "name": "Wiebke"} if caller else {},
                "actions": ["Say searching", "FindSlots"] if caller else ["Say greeting"],
                "first_ms": first_ms,
                "total_ms": first_ms + 3,
            }
            for turn, (caller, agent) in enumerate(lines)
        ]
        async with engine.begin() as connection:
            await connection.execute(insert(call).values(row))
            if turns:
                await connection.execute(insert(call_turn), turns)

    return add


GREETING = ("", "Salon Morgenrot, hier spricht der digitale Assistent.")
WISH = ("Wiebke Jansen, einmal Pony schneiden bitte", "Gern, wann passt es Ihnen?")


def line_of(house: Any) -> str:
    return f"{house.url.replace('http', 'ws')}/llm-websocket"


async def test_the_list_shows_when_who_what_came_of_it_and_how_long_it_took(
    owner: Any, add_call: Callable[..., Any]
) -> None:
    await add_call("call_one", GREETING, WISH)

    _, page = await owner.get("/admin/calls")

    assert CALLER in page
    assert "gebucht" in page
    assert "2:05" in page
    assert "Pony schneiden" in page


async def test_calls_that_go_on_stand_on_top_and_come_without_reloading(
    owner: Any, add_call: Callable[..., Any]
) -> None:
    await add_call("call_old", GREETING, WISH)
    await add_call("call_live", GREETING, ago=timedelta(hours=1, minutes=30), outcome=None)

    _, page = await owner.get("/admin/calls", headers={"HX-Request": "true"})

    assert page.index("call_live") < page.index("call_old")
    assert page.count("call_live") == 1
    assert "<html" not in page


async def test_the_call_with_which_a_deployment_tries_the_line_is_nobodys_call(
    owner: Any, house: Any, engine: AsyncEngine
) -> None:
    agent = {"response_engine": {"type": "custom-llm", "llm_websocket_url": line_of(house)}}
    problems = await probe(agent, None, DIALLED, key="")
    async with engine.connect() as connection:
        over = select(call.c.id).where(call.c.ended_at.is_not(None))
        while not (tried := await connection.scalar(over)):
            await asyncio.sleep(0.05)  # the journal is written beside the call

    _, listed = await owner.get("/admin/calls")
    _, counted = await owner.get("/admin/statistics.csv?days=7")
    status, _ = await owner.get(f"/admin/calls/{tried}")

    assert problems == []
    assert tried not in listed
    assert "Anrufe;;0" in counted
    assert status == 200  # whoever looks for it finds it


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("words=pony", {"call_pony"}),
        ("words=1715550142", {"call_pony"}),
        ("outcome=cancelled", {"call_other"}),
        ("date=2026-11-24", {"call_pony", "call_other"}),
        ("date=2026-11-23", set()),
        ("words=100%25", set()),
    ],
)
async def test_calls_are_found_by_words_number_outcome_and_day(
    owner: Any, add_call: Callable[..., Any], query: str, found: set[str]
) -> None:
    await add_call("call_pony", GREETING, WISH)
    await add_call("call_other", GREETING, outcome="cancelled", number="+493012345678")

    _, page = await owner.get(f"/admin/calls?{query}")

    assert {one for one in ("call_pony", "call_other") if f"/admin/calls/{one}" in page} == found


async def test_older_calls_are_a_page_further_and_none_is_lost(
    owner: Any, add_call: Callable[..., Any]
) -> None:
    ids = [f"call_{n:03}" for n in range(53)]
    for n, call_id in enumerate(ids):
        await add_call(call_id, ago=timedelta(minutes=n // 2))

    _, first = await owner.get("/admin/calls?words=%2B49")
    further = first.split('href="/admin/calls?words=')[1].split('"')[0].replace("&amp;", "&")
    _, second = await owner.get(f"/admin/calls?words={further}")

    shown = [{one for one in ids if f"/admin/calls/{one}" in page} for page in (first, second)]
    assert shown[0] | shown[1] == set(ids)
    assert shown[0] & shown[1] == set()


async def test_a_call_shows_what_was_said_understood_and_done(
    owner: Any, add_call: Callable[..., Any]
) -> None:
    await add_call("call_one", GREETING, WISH, first_ms=1400.0)

    _, page = await owner.get("/admin/calls/call_one")

    assert "Wiebke Jansen, einmal Pony" in page
    assert "buchen" in page
    assert "freie Zeiten gesucht" in page
    assert "Say" not in page
    assert "1400 ms" in page
    assert "took numbers wrong" in page  # so slow that it is marked


async def test_a_call_leads_to_the_visit_that_was_booked_in_it(
    owner: Any, house: Any, add_call: Callable[..., Any]
) -> None:
    await add_call("call_one", GREETING, WISH)
    core, salon = house.runtime.core, house.salon
    service = salon.service_numbered(42)
    query = SlotQuery(
        branch_id=salon.branch.id, visit=VisitRequest(services=(service.id,)), owner="call:one"
    )
    found = await house.do(core.offer_slots(query))
    order = BookAppointment(
        key="call_one:1", owner="call:one", branch_id=salon.branch.id, plan=found.offers[0].plan,
        customer=Customer(name="Wiebke Jansen", phone=CALLER), call_id="call_one",
    )  # fmt: skip
    booked = await house.do(core.book(order))
    assert isinstance(booked, Booked)

    _, page = await owner.get("/admin/calls/call_one")

    assert f"/admin/visits/{booked.appointment.id}" in page


async def test_a_call_becomes_a_test_in_which_nobody_is_recognised(
    owner: Any, add_call: Callable[..., Any]
) -> None:
    await add_call("call_one", GREETING, WISH)

    status, replay = await owner.get("/admin/calls/call_one/replay")

    assert status == 200
    assert parse_replay(replay, name="recorded").turns
    assert "Jansen" not in replay
    assert CALLER not in replay
    assert len(yaml.safe_load(replay)["turns"]) == 1


async def test_what_was_said_is_shown_and_never_run(
    owner: Any, add_call: Callable[..., Any]
) -> None:
    await add_call("call_one", ("<script>alert(1)</script>", "Wie bitte?"))

    for path in ("/admin/calls", "/admin/calls/call_one"):
        _, page = await owner.get(path)
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


async def test_another_salons_call_is_not_there(
    owner: Any, engine: AsyncEngine, house: Any, add_call: Callable[..., Any]
) -> None:
    other = uuid4()
    async with engine.begin() as connection:
        company = await connection.scalar(
            text("INSERT INTO company (key, code, name) VALUES ('o', 'OTHER', 'O') RETURNING id")
        )
        columns = (
            "name, address, timezone, land, language, lead_minutes, horizon_days, step_minutes,"
            " cancel_limit_hours, delegate, elastic_pauses, holidays_closed"
        )
        await connection.execute(
            text(
                f"INSERT INTO branch (id, company_id, key, code, {columns}) SELECT :id, :company,"  # noqa: S608 - constants
                f" 'other', 'OTH', {columns} FROM branch WHERE id = :ours"
            ),
            {"id": other, "company": company, "ours": house.salon.branch.id},
        )
    await add_call("call_theirs", GREETING, WISH, branch_id=other)

    _, page = await owner.get("/admin/calls?words=pony")
    statuses = [(await owner.get(f"/admin/calls/call_theirs{path}"))[0] for path in ("", "/replay")]

    assert "call_theirs" not in page
    assert statuses == [404, 404]


async def test_more_calls_need_no_more_questions(
    owner: Any, add_call: Callable[..., Any], statements: Callable[..., Any]
) -> None:
    asked = []
    for n in range(2):
        for m in range(12 * n + 1):
            await add_call(f"call_{n}_{m}", GREETING, WISH)
        with statements() as these:
            await owner.get("/admin/calls")
        asked.append(len(these))

    assert asked[0] == asked[1]


async def test_the_pages_of_calls_keep_nobody_out(
    house: Any, look: Any, obstacles: Any, add_call: Callable[..., Any]
) -> None:
    await add_call("call_one", GREETING, WISH)
    async with look(house, "/admin/calls", viewport={"width": 390, "height": 800}) as page:
        assert await obstacles(page) == []
        await page.click("table.calls a")
        await page.wait_for_selector(".talk")
        assert await obstacles(page) == []
