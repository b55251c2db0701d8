"""The simulator plays all of Retell's sides against the whole server: nothing is done twice."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from booking_core.adapters.postgres.booking_tables import appointment
from booking_core.adapters.postgres.call_tables import call_report
from voice_agent.retell.functions import HANDLERS
from voice_agent.simulator.functions import FunctionCaller, Payload, made_up
from voice_agent.simulator.life import Number
from voice_agent.simulator.line import Patience
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.post import Effort, Mishaps, Order, Post, deliver
from voice_agent.simulator.records import Record, Shape
from voice_agent.simulator.ringing import Connected, ring
from voice_agent.simulator.signing import Flaw, Signer, wall_ms
from voice_agent.simulator.target.calling import Target, call_up
from voice_agent.simulator.target.doors import Doors, knock
from voice_agent.simulator.target.judging import Limits
from voice_agent.simulator.target.sessions import own_sessions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

KEY = "key_of_the_probe"
COLOUR = {"service": "Ansatzfärbung", "when": "morgen um 14 Uhr", "staff": "Emma"}
PATIENT = Effort(timeout_s=60.0, retries=0)


@pytest.fixture
async def guarded(open_office: Any) -> AsyncIterator[Any]:
    """The demo salon, which wants signatures."""
    async with open_office(retell_api_key=SecretStr(KEY)) as office:
        yield office


@pytest.fixture
def record() -> Record:
    """A call that has just been had, for the salon."""
    phone = PhoneCall(
        base_url="ws://nowhere.invalid", to_number="+493023125000", from_number="+4917155500110"
    )
    words = ({"role": "user", "content": "Ansatzfärbung morgen um 14 Uhr bei Emma"},)
    return Record(
        phone=phone,
        ending="user_hangup",
        plain=words,
        woven=words,
        latencies_ms=[90.0, 110.0],
        duration_ms=30_000,
        ended_ms=wall_ms(),
    )


async def _count(engine: AsyncEngine, table: Any) -> int:
    async with engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(table)) or 0


async def test_webhooks_in_any_order_twice_and_late_are_one_report_each(
    guarded: Any, engine: AsyncEngine, record: Record
) -> None:
    post = Post(session=guarded.session, signer=Signer(key=KEY), effort=PATIENT)
    url = f"{guarded.url}/retell/webhook"
    twice = frozenset({"call_ended", "call_analyzed"})
    ways = [(order, shape) for order in Order for shape in Shape]
    for number, (order, shape) in enumerate(ways):
        of_call = replace(record, phone=replace(record.phone, call_id=f"call_{number}"))
        mishaps = Mishaps(order=order, doubled=twice, late_s={"call_started": 0.1})
        deliveries = await deliver(post, url, of_call.letters(shape), mishaps)
        assert all(delivery.taken for delivery in deliveries), (order, shape)

    async with engine.connect() as connection:
        rows = (await connection.execute(select(call_report))).mappings().all()
    assert len(rows) == len(ways)
    assert {(row["status"], row["disconnection_reason"]) for row in rows} == {
        ("ended", "user_hangup")
    }
    sent = {letter.event for letter in record.letters()}
    assert all(set(row["events"]) == sent for row in rows)


async def test_only_a_signature_without_a_flaw_opens_any_of_the_three_doors(
    guarded: Any, engine: AsyncEngine, record: Record
) -> None:
    for flaw in (*(flaw for flaw in Flaw if flaw is not Flaw.NONE), Flaw.NONE):
        assert await _count(engine, call_report) == 0
        opened = await _opened(guarded, record, Signer(key=KEY, flaw=flaw))
        assert opened == ([200] * 3 if flaw is Flaw.NONE else [401] * 3), flaw

    assert await _count(engine, call_report) == 1


async def _opened(guarded: Any, record: Record, signer: Signer) -> list[int | None]:
    post = Post(session=guarded.session, signer=signer, effort=PATIENT)
    caller = FunctionCaller(session=guarded.session, signer=signer, effort=PATIENT)
    (told,) = await deliver(post, f"{guarded.url}/retell/webhook", record.letters()[-1:])
    rung = await ring(
        guarded.session,
        f"{guarded.url}/retell/inbound",
        record.phone,
        signer=signer,
        effort=PATIENT,
    )
    answer = await caller.call(
        f"{guarded.url}/retell/functions/list_services", "list_services", {}, record
    )
    return [told.last.status, rung.delivery.last.status, answer.delivery.last.status]


async def test_the_caller_is_known_to_the_agent_before_it_is_answered(
    guarded: Any, record: Record
) -> None:
    rung = await ring(
        guarded.session,
        f"{guarded.url}/retell/inbound",
        record.phone,
        signer=Signer(key=KEY),
    )

    assert isinstance(rung, Connected)
    assert rung.answer.dynamic_variables is not None
    assert rung.answer.dynamic_variables["salon_name"] == "Salon Morgenrot"


async def test_whatever_a_model_makes_up_is_answered_and_books_nothing(
    guarded: Any, engine: AsyncEngine, record: Record
) -> None:
    caller = FunctionCaller(session=guarded.session, signer=Signer(key=KEY), effort=PATIENT)
    answers = {}
    for function, args in (
        ("check_availability", COLOUR),
        ("book_appointment", {"offer_id": "offer_1", "name": "Ida Brandt"}),
        ("cancel_appointment", {"appointment_id": "1", "name": "Ida Brandt"}),
    ):
        url = f"{guarded.url}/retell/functions/{function}"
        for what, odd in made_up(args):
            answers[function, what] = await caller.call(url, function, odd, record)

    assert len(answers) > 30
    assert all(answer.succeeded and not answer.cut for answer in answers.values())
    assert all(answer.content["say"] for answer in answers.values())
    assert await _count(engine, appointment) == 0


@pytest.mark.parametrize("apart_s", [0.0, 1.0])
async def test_an_order_that_is_given_again_is_one_visit(
    guarded: Any, engine: AsyncEngine, record: Record, apart_s: float
) -> None:
    caller = FunctionCaller(
        session=guarded.session, signer=Signer(key=KEY), effort=replace(PATIENT, retries=2)
    )
    functions = f"{guarded.url}/retell/functions"
    offered = await caller.call(
        f"{functions}/check_availability", "check_availability", COLOUR, record
    )
    order = {
        "offer_id": offered.content["data"]["options"][0]["offer_id"],
        "name": "Ida Brandt",
        "call_id": "dummy_call_id",
    }

    first, second = await caller.call_twice(
        f"{functions}/book_appointment", "book_appointment", order, record, apart_s=apart_s
    )

    assert first.content == second.content
    assert first.content["code"] == "booked"
    assert await _count(engine, appointment) == 1


@pytest.mark.parametrize("payload", [Payload.AT_ROOT, Payload.QUERY])
async def test_arguments_without_their_call_find_out_nothing_and_change_nothing(
    guarded: Any, engine: AsyncEngine, record: Record, payload: Payload
) -> None:
    caller = FunctionCaller(
        session=guarded.session, signer=Signer(key=KEY), effort=PATIENT, payload=payload
    )
    names = ("check_availability", "book_appointment", "find_appointments", "list_services")

    answers = await asyncio.gather(
        *(
            caller.call(f"{guarded.url}/retell/functions/{name}", name, dict(COLOUR), record)
            for name in names
        )
    )

    assert [answer.content["ok"] for answer in answers] == [False, False, False, True]
    assert await _count(engine, appointment) == 0
    assert "Brandt" not in json.dumps([answer.content for answer in answers])


async def test_our_own_server_is_found_clean_from_every_side(
    guarded: Any, engine: AsyncEngine
) -> None:
    functions = tuple(f"{guarded.url}/retell/functions/{name}" for name in HANDLERS)
    numbers = {"to_number": "+493023125000", "from_number": "+4917155500112"}
    doors = Doors(
        webhooks=f"{guarded.url}/retell/webhook",
        inbound=f"{guarded.url}/retell/inbound",
        functions=functions,
        args=COLOUR,
        key=KEY,
        answer_s=60.0,
        ringing_ms=60_000,
        apart_s=0.0,
        **numbers,
    )
    target = Target(
        url=f"{guarded.url}/llm-websocket",
        patience=Patience(ping_every_s=0.2, answer_s=60.0),
        limits=Limits(first_sentence_ms=60_000, silence_ms=60_000),
        pause_s=0.0,
        number=Number(inbound=doors.inbound, webhooks=doors.webhooks, key=KEY),
        **numbers,
    )

    knocked = await knock(doors)
    heard = await call_up(target, own_sessions("de"))

    found = {one.name: one.findings for one in (*knocked, *heard) if one.findings}
    assert found == {}
    assert (len(knocked), len(heard)) == (12, 11)
    ids = [one.call_id for one in heard]
    query = select(call_report.c.status).where(call_report.c.call_id.in_(ids))
    async with engine.connect() as connection:
        reported = (await connection.execute(query)).scalars().all()
    assert reported == ["ended"] * 11
