"""Functions are called twice, at once, late, and by those who have no business to."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from itsdangerous import TimestampSigner
from pydantic import SecretStr
from sqlalchemy import func, select

from booking_core.adapters.postgres.booking_tables import appointment, appointment_segment
from booking_core.adapters.postgres.call_tables import call
from booking_core.adapters.salon_file import load
from voice_agent.keys import signer
from voice_agent.retell.functions import HANDLERS
from voice_agent.retell.functions.tickets import OFFER_S, Stale, Tickets
from voice_agent.retell.gate import wall_ms
from voice_agent.retell.signature import HEADER, sign
from voice_agent.salons import salon_text

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon

COLOUR = {"service": "Ansatzfärbung", "when": "morgen um 14 Uhr", "staff": "Emma"}
OTHER_NUMBER = "+4930777000"
KEY = "key_of_the_probe"


async def _offer(agent: Any, **args: Any) -> str:
    told = await agent("check_availability", **(args or COLOUR))
    offer_id: str = told["data"]["options"][0]["offer_id"]
    return offer_id


async def _count(engine: AsyncEngine, table: Any) -> int:
    async with engine.connect() as connection:
        count: int | None = await connection.scalar(select(func.count()).select_from(table))
    return count or 0


async def test_two_hundred_identical_calls_at_once_make_one_booking(
    agent: Any, engine: AsyncEngine
) -> None:
    args = {"offer_id": await _offer(agent), "name": "Ida Brandt"}

    told = await asyncio.gather(*(agent("book_appointment", **args) for _ in range(200)))

    assert {answer["code"] for answer in told} == {"booked"}
    assert len({json.dumps(answer, sort_keys=True) for answer in told}) == 1
    assert await _count(engine, appointment) == 1
    assert await _count(engine, appointment_segment) == 4


async def test_the_same_order_in_other_words_is_one_booking(
    agent: Any, engine: AsyncEngine
) -> None:
    offer_id = await _offer(agent)
    names = ("Ida Brandt", "ida  brandt", "Brandt", "Frau Ida Brandt", "Ida Brand")

    told = await asyncio.gather(
        *(agent("book_appointment", offer_id=offer_id, name=name) for name in names)
    )

    assert {answer["code"] for answer in told} == {"booked"}
    assert await _count(engine, appointment) == 1


async def test_two_offers_of_one_visit_booked_at_once_are_not_two_visits(
    agent: Any, engine: AsyncEngine
) -> None:
    first = await _offer(agent)
    agent.hears("Oder etwas anderes?")
    second = (await agent("get_alternatives"))["data"]["options"][0]["offer_id"]

    told = await asyncio.gather(
        *(
            agent("book_appointment", offer_id=offer_id, name="Ida Brandt")
            for offer_id in (first, second)
        )
    )

    assert sorted(answer["code"] for answer in told) == ["booked", "not_verified"]
    assert await _count(engine, appointment) == 1


async def test_without_what_redis_remembers_an_order_is_still_given_once(
    office: Any, engine: AsyncEngine
) -> None:
    agent = office.agent()
    offer_id = await _offer(agent)
    redis = office.runtime.services.redis
    booked = await agent("book_appointment", offer_id=offer_id, name="Ida Brandt")
    for key in await redis.keys("retell:*:answer:*"):
        await redis.delete(key)

    again = await agent("book_appointment", offer_id=offer_id, name="Ida Brandt")

    assert again["code"] == booked["code"] == "booked"
    assert await _count(engine, appointment) == 1


async def test_the_same_question_gets_the_same_answer_until_more_is_said(agent: Any) -> None:
    first, second = [await agent("check_availability", **COLOUR) for _ in range(2)]
    agent.hears("Ja, um wie viel Uhr noch mal?")
    third = await agent("check_availability", **COLOUR)

    assert first == second
    assert third["data"]["options"][0]["start"] == first["data"]["options"][0]["start"]


async def test_a_function_may_be_the_first_that_is_heard_of_a_call(
    office: Any, engine: AsyncEngine
) -> None:
    agent = office.agent("call_early")
    offer_id = await _offer(agent)
    started = {"event": "call_started", "call": {**agent.call, "start_timestamp": 1}}
    async with office.session.post(f"{office.url}/retell/webhook", json=started) as answer:
        assert answer.status == 200

    told = await agent("book_appointment", offer_id=offer_id, name="Ida Brandt")

    assert told["code"] == "booked"
    assert await _count(engine, call) == 1


async def test_ids_among_the_arguments_mean_nothing(office: Any, engine: AsyncEngine) -> None:
    mine = office.agent("call_mine")
    made_up = {"call_id": "call_other", "to_number": OTHER_NUMBER, "branch": "b", "tenant": "t"}

    await mine("check_availability", **COLOUR, **made_up)

    async with engine.connect() as connection:
        assert (await connection.scalars(select(call.c.id))).all() == ["call_mine"]


# --- envelopes -------------------------------------------------------------------------------


async def test_arguments_may_lie_beside_the_call(agent: Any) -> None:
    status, told = await agent.post("check_availability", {"call": agent.call, **COLOUR})

    assert (status, told["code"]) == (200, "offers")


async def test_arguments_may_be_a_text(agent: Any) -> None:
    body = {"name": "x", "call": agent.call, "arguments": json.dumps(COLOUR)}
    status, told = await agent.post("check_availability", body)

    assert (status, told["code"]) == (200, "offers")


async def test_of_arguments_alone_only_what_anybody_may_know_is_answered(
    agent: Any, engine: AsyncEngine
) -> None:
    told = {name: (await agent.post(name, {"service": "Herrenschnitt"})) for name in HANDLERS}

    answered = {name for name, (_, answer) in told.items() if answer["ok"]}
    assert answered == {"get_context", "list_services", "get_opening_hours"}
    assert all(status == 200 and answer["say"] for status, answer in told.values())
    assert {told[name][1]["code"] for name in HANDLERS if name not in answered} == {"no_call"}
    assert await _count(engine, call) == 0


async def test_a_get_tells_what_anybody_may_know(office: Any) -> None:
    url = f"{office.url}/retell/functions/"
    async with office.session.get(f"{url}list_services?leistung=Herrenschnitt") as answer:
        known = await answer.json()
    async with office.session.get(f"{url}find_appointments?name=Brandt&call_id=call_1") as answer:
        unknown = await answer.json()

    assert (known["code"], unknown["code"]) == ("services", "no_call")


@pytest.mark.parametrize(
    "body",
    [
        {"name": "check_availability", "args": {}},
        {"args": COLOUR, "call": None},
        {"args": COLOUR, "call": {}},
        {"args": COLOUR, "call": {"call_id": ""}},
        {"args": COLOUR, "call": {"call_id": "no id at all"}},
        [COLOUR],
    ],
)
async def test_without_a_call_there_is_no_function(agent: Any, body: Any) -> None:
    status, told = await agent.post("check_availability", body)

    assert (status, told["ok"]) == (400, False)


async def test_a_function_that_nobody_carries_out_is_loudly_unknown(agent: Any) -> None:
    status, told = await agent.post("check_availability_v17", {"call": agent.call, "args": {}})

    assert (status, told["ok"], told["code"]) == (404, False, "unknown_function")
    assert told["say"]


async def test_a_call_from_a_browser_is_for_the_only_salon(office: Any) -> None:
    told = await office.agent("call_web", caller=None, dialled=None)("get_context")

    assert told["data"]["number_withheld"] is True


async def test_a_number_of_nobody_gets_no_salon(office: Any) -> None:
    told = await office.agent(dialled="+499999999999")("check_availability", **COLOUR)

    assert told["code"] == "unknown_salon"


async def test_only_what_is_signed_is_carried_out(open_office: Any, engine: AsyncEngine) -> None:
    async with open_office(retell_api_key=SecretStr(KEY)) as office:
        agent = office.agent()
        raw = json.dumps({"call": agent.call, "args": COLOUR}, ensure_ascii=False).encode()
        url = f"{office.url}/retell/functions/check_availability"
        statuses = []
        for header in (
            None,
            sign(raw, "another", at_ms=wall_ms()),
            sign(raw, KEY, at_ms=wall_ms()),
        ):
            headers = {HEADER: header} if header else {}
            async with office.session.post(url, data=raw, headers=headers) as answer:
                statuses.append(answer.status)

    assert statuses == [401, 401, 200]
    assert await _count(engine, call) == 1


# --- what changes in between -----------------------------------------------------------------


async def test_a_salon_that_changed_is_looked_at_again_and_an_offer_that_still_holds_is_booked(
    office: Any,
) -> None:
    agent = office.agent()
    offer_id = await _offer(agent)
    salon = await office.runtime.salons.by_key("friseur1")
    renamed = replace(salon, branch=replace(salon.branch, address="Nebenstraße 2"))
    await office.runtime.salons.save(renamed)

    told = await agent("book_appointment", offer_id=offer_id, name="Ida Brandt")

    assert told["code"] == "booked"


async def test_an_offer_that_the_salon_does_not_make_any_more_is_not_booked(
    office: Any, engine: AsyncEngine
) -> None:
    agent = office.agent()
    offer_id = await _offer(agent)
    salon = await office.runtime.salons.by_key("friseur1")
    without = tuple(
        replace(member, hours=()) if member.first_name == "Emma" else member
        for member in salon.staff
    )
    await office.runtime.salons.save(replace(salon, staff=without))

    told = await agent("book_appointment", offer_id=offer_id, name="Ida Brandt")

    assert (told["ok"], told["code"]) == (True, "offer_outdated")
    assert await _count(engine, appointment) == 0


def test_an_offer_holds_for_its_time_in_its_call_at_its_salon() -> None:
    branch, other = uuid5(NAMESPACE_URL, "branch"), uuid5(NAMESPACE_URL, "other")
    tickets = Tickets(("new", "old"), branch, "call_1")
    signed = Tickets(("old",), branch, "call_1").for_offer("offer", 3)

    found = tickets.offer(signed)

    assert found is not None
    assert (found.offer_id, found.salon_version) == ("offer", 3)
    assert Tickets(("old",), branch, "call_2").offer(signed) is None
    assert Tickets(("old",), other, "call_1").offer(signed) is None
    assert tickets.visit(signed) is None


def test_an_offer_that_is_too_old_is_known_as_such() -> None:
    branch = uuid5(NAMESPACE_URL, "branch")
    ages: list[float] = [time.time() - OFFER_S - 60]
    secret = signer(("a secret",), f"offer:{branch.hex}:call_1")
    old = TimestampSigner(secret.secret_keys, salt=secret.salt)
    old.get_timestamp = lambda: int(ages[0])  # type: ignore[method-assign]  # the past
    signed = old.sign(secret.dump_payload(["offer", 3])).decode()

    with pytest.raises(Stale):
        Tickets(("a secret",), branch, "call_1").offer(signed)


async def test_two_salons_alike_know_nothing_of_each_other(
    office: Any, demo_salon: Salon, engine: AsyncEngine
) -> None:
    await office.runtime.salons.save(_twin(demo_salon))
    mine = office.agent("call_mine")
    theirs = office.agent("call_theirs", dialled=OTHER_NUMBER)
    offer_id = await _offer(mine)
    booked = await mine("book_appointment", offer_id=offer_id, name="Ida Brandt")
    visit_id = booked["data"]["appointment"]["appointment_id"]

    there = {
        "book": await theirs("book_appointment", offer_id=offer_id, name="Ida Brandt"),
        "find": await theirs("find_appointments", name="Ida Brandt"),
        "cancel": await theirs("cancel_appointment", appointment_id=visit_id, name="Ida Brandt"),
        "move": await theirs("reschedule_appointment", appointment_id=visit_id, when="Freitag"),
        "swap": await theirs("reschedule_appointment", offer_id=offer_id),
        "same id": await office.agent("call_mine", dialled=OTHER_NUMBER)(
            "book_appointment", offer_id=offer_id, name="Ida Brandt"
        ),
        "context": await theirs("get_context"),
    }
    same_time = await _offer(theirs)

    codes = {name: told["code"] for name, told in there.items()}
    assert codes.pop("context") == "context"
    assert set(codes.values()) <= {"offer_unknown", "ask_proof", "not_verified", "ask_service"}
    assert there["context"]["data"]["known_customer"] is False
    assert same_time
    async with engine.connect() as connection:
        rows = (
            await connection.execute(select(appointment.c.branch_id, appointment.c.state))
        ).all()
    assert [tuple(row) for row in rows] == [(demo_salon.branch.id, "booked")]


def _twin(salon: Salon) -> Salon:
    """The same salon under another number."""
    text = salon_text("friseur1").replace("+493023125000", OTHER_NUMBER)
    twin = load(text.replace("code: BER", "code: HAM"), name="friseur2")
    assert twin.branch.id != salon.branch.id
    return twin
