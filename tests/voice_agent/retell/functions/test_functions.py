"""Agents hosted at Retell book, find, move and cancel by functions, as callers do by talking."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from booking_core.adapters.postgres.attention_tables import callback_request
from booking_core.adapters.postgres.booking_tables import appointment, claim
from booking_core.adapters.postgres.call_tables import call
from voice_agent.retell.functions import HANDLERS

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

OTHER = "+4930555000"
COLOUR = {"service": "Ansatzfärbung", "when": "morgen um 14 Uhr", "staff": "Emma"}


async def _offer(agent: Any, **args: Any) -> str:
    told = await agent("check_availability", **(args or COLOUR))
    offer_id: str = told["data"]["options"][0]["offer_id"]
    return offer_id


async def _booked(agent: Any, **args: Any) -> dict[str, Any]:
    told: dict[str, Any] = await agent(
        "book_appointment", offer_id=await _offer(agent, **args), name="Ida Brandt"
    )
    assert told["code"] == "booked"
    return told


async def _visits(engine: AsyncEngine) -> list[Any]:
    async with engine.connect() as connection:
        rows = await connection.execute(select(appointment).order_by(appointment.c.starts_at))
        return list(rows.all())


async def _outcome(engine: AsyncEngine) -> str | None:
    async with engine.connect() as connection:
        outcome: str | None = await connection.scalar(select(call.c.outcome))
    return outcome


async def test_an_offer_is_booked_whole(agent: Any, engine: AsyncEngine) -> None:
    found = await agent("check_availability", **COLOUR)
    told = await agent(
        "book_appointment", offer_id=found["data"]["options"][0]["offer_id"], name="Ida Brandt"
    )

    assert found["code"] == "offers"
    assert "Mittwoch, den 15. April, um 14 Uhr" in found["say"]
    assert "gebucht" not in found["say"]
    assert told["code"] == "booked"
    assert "gebucht" in told["say"]
    (visit,) = await _visits(engine)
    assert (visit.state, visit.call_id, visit.customer_name) == ("booked", "call_1", "Ida Brandt")
    assert visit.customer_phone == agent.caller
    assert await _outcome(engine) == "booked"


@pytest.mark.parametrize(
    "args",
    [
        {"service": "Ansatzfärbung", "when": "morgen um 14 Uhr", "staff": "Emma"},
        {"Leistung": "ansatz färben", "Wann": "morgen um vierzehn Uhr", "Mitarbeiterin": "Ema"},
        {"serviceName": ["Ansatzfärbung"], "date": "2026-04-15", "time": "14:00", "staff": "Emma"},
        {"dienstleistung": "Ansatzfärbung", "datetime": "2026-04-15 14:00", "stylist": "Emma"},
        {"details": {"service": "Ansatzfärbung", "time_phrase": "morgen 14 Uhr"}, "staff": "Emma"},
        {"service": "Ansatzfärbung", "when": "morgen", "uhrzeit": "14:00", "friseurin": "Emma"},
        {"service": "Ansatzfärbung", "when": "um 14 Uhr", "datum": "2026-04-15", "staff": "Emma"},
        {**COLOUR, "call_id": "call_001", "salon_id": "7", "slot_id": "None", "name": "{{name}}"},
        {**COLOUR, "date": "2026-04-15", "time": "14:00:00"},
    ],
)
async def test_arguments_come_as_they_like(agent: Any, args: dict[str, Any]) -> None:
    told = await agent("check_availability", **args)

    assert [one["start"] for one in told["data"]["options"]] == ["2026-04-15T14:00:00+02:00"]
    assert told["data"]["options"][0]["staff"] == "Emma"


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({}, "ask_service"),
        ({"service": None, "when": ["", {}], "staff": 7.5}, "ask_service"),
        ({"service": "Ansatzfärbung"}, "ask_time"),
        ({"service": "Ansatzfärbung", "when": "blubb"}, "ask_time"),
        ({"service": "Reifenwechsel", "when": "morgen"}, "ask_service"),
        ({"service": "Haarschnitt", "when": "morgen um 10"}, "choose_service"),
        ({**COLOUR, "staff": "Kunigunde"}, "ask_staff"),
        ({**COLOUR, "when": "morgen um drei Uhr nachts"}, "offers"),
        ({**COLOUR, "when": "am Sonntag um 11"}, "offers"),
    ],
)
async def test_what_is_missing_is_asked_for_in_a_sentence(
    agent: Any, args: dict[str, Any], code: str
) -> None:
    told = await agent("check_availability", **args)

    assert (told["ok"], told["code"]) == (True, code)


async def test_a_date_that_contradicts_the_words_is_asked_about(agent: Any) -> None:
    doubtful = await agent("check_availability", **COLOUR, date="2026-04-16")
    settled = await agent("check_availability", service="Ansatzfärbung", when="am Donnerstag")

    assert doubtful["code"] == "choose_time"
    assert "Mittwoch, den 15. April" in doubtful["say"]
    assert "Donnerstag, den 16. April" in doubtful["say"]
    assert {one["start"][:10] for one in settled["data"]["options"]} == {"2026-04-16"}


async def test_a_bare_date_has_to_go_with_what_the_caller_said(agent: Any) -> None:
    agent.hears("Guten Tag, ich hätte gern morgen einen Termin")

    told = await agent("check_availability", service="Ansatzfärbung", date="2026-04-16")

    assert told["code"] == "choose_time"


async def test_a_time_that_contradicts_the_words_is_asked_about(agent: Any) -> None:
    told = await agent("check_availability", **COLOUR, time="16:00")

    assert told["code"] == "choose_time"
    assert "14 Uhr" in told["say"]
    assert "16 Uhr" in told["say"]


async def test_other_times_are_others(agent: Any, engine: AsyncEngine) -> None:
    first = await agent("check_availability", **COLOUR)
    agent.hears("Haben Sie noch etwas anderes?")
    second = await agent("get_alternatives")
    agent.hears("Nein, lieber am Freitag")
    third = await agent("get_alternatives", when="lieber am Freitag")

    starts = [{one["start"] for one in told["data"]["options"]} for told in (first, second, third)]
    assert starts[1]
    assert starts[0].isdisjoint(starts[1])
    assert {start[:10] for start in starts[2]} == {"2026-04-17"}
    assert await _outcome(engine) == "declined"


async def test_what_is_offered_is_held_for_this_call(agent: Any, engine: AsyncEngine) -> None:
    await agent("check_availability", **COLOUR)

    async with engine.connect() as connection:
        owners = set((await connection.scalars(select(claim.c.owner))).all())
    assert owners == {"call:call_1"}


@pytest.mark.parametrize("made_up", ["None", "1", "slot_14_00", "WyJhIiwxXQ.aaaaaa.bbbbbbbbb"])
async def test_an_offer_that_was_never_made_is_not_booked(
    agent: Any, engine: AsyncEngine, made_up: str
) -> None:
    told = await agent("book_appointment", offer_id=made_up, name="Ida Brandt", **COLOUR)

    assert told["code"] in {"offer_unknown", "offers"}
    assert told["data"]["options"]
    assert await _visits(engine) == []


async def test_an_offer_of_another_call_is_not_booked(office: Any, engine: AsyncEngine) -> None:
    theirs = await _offer(office.agent("call_theirs"))

    told = await office.agent("call_mine")("book_appointment", offer_id=theirs, name="Ida Brandt")

    assert told["code"] == "offer_unknown"
    assert await _visits(engine) == []


async def test_a_letter_that_got_lost_opens_nothing(agent: Any, engine: AsyncEngine) -> None:
    offer_id = await _offer(agent)

    told = await agent("book_appointment", offer_id=offer_id[:-1], name="Ida Brandt")

    assert told["code"] == "offer_unknown"
    assert await _visits(engine) == []
    again = await agent(
        "book_appointment", offer_id=told["data"]["options"][0]["offer_id"], name="Ida Brandt"
    )
    assert again["code"] == "booked"


async def test_without_a_name_it_is_asked_for(agent: Any, engine: AsyncEngine) -> None:
    offer_id = await _offer(agent)

    unnamed = await agent("book_appointment", offer_id=offer_id, name="unknown")
    named = await agent("book_appointment", offer_id=offer_id, vorname="Ida", nachname="Brandt")

    assert unnamed["code"] == "ask_name"
    assert named["code"] == "booked"
    assert [visit.customer_name for visit in await _visits(engine)] == ["Ida Brandt"]


async def test_somebody_was_faster(office: Any) -> None:
    mine, theirs = office.agent("call_mine"), office.agent("call_theirs", caller="+4917155500222")
    offer_id = await _offer(mine)
    await office.runtime.core.release_holds("call:call_mine")
    await _booked(theirs)

    told = await mine("book_appointment", offer_id=offer_id, name="Ida Brandt")

    assert (told["ok"], told["code"]) == (True, "taken")
    assert "gebucht" not in told["say"]
    assert offer_id not in {one["offer_id"] for one in told["data"].get("options", [])}


async def test_nothing_free_is_an_answer_with_its_reason(agent: Any) -> None:
    told = await agent("check_availability", service="Ansatzfärbung", when="am 24.12.2027")

    assert told["ok"] is True
    assert told["code"] in {"no_availability", "offers"}
    assert told["data"]["reason"] == "horizon"


async def test_a_number_on_file_and_a_name_that_fits_show_the_visits(office: Any) -> None:
    await _booked(office.agent("call_before"))
    later = office.agent("call_later")

    nameless = await later("find_appointments")
    wrong = await office.agent("call_wrong")("find_appointments", name="Kowalski")
    right = await later("find_appointments", name="Brandt")

    assert nameless["code"] == "ask_caller_name"
    assert wrong["code"] == "ask_proof"
    assert right["code"] == "appointments"
    assert [one["start"] for one in right["data"]["appointments"]] == ["2026-04-15T14:00:00+02:00"]
    for told in (nameless, wrong):
        assert "appointments" not in told["data"]
        assert "15. April" not in told["say"]


async def test_to_a_stranger_nothing_is_confirmed_and_nothing_denied(office: Any) -> None:
    await _booked(office.agent("call_before"))
    stranger = office.agent("call_strange", caller="+4917155500999")

    fitting = await stranger("find_appointments", name="Ida Brandt")
    other = await office.agent("call_other", caller="+4917155500888")(
        "find_appointments", name="Otto Kowalski"
    )

    assert fitting["code"] == other["code"] == "ask_proof"
    assert fitting["data"] == other["data"]


async def test_a_code_and_a_name_show_a_visit_as_well(office: Any, engine: AsyncEngine) -> None:
    await _booked(office.agent("call_before"))
    (visit,) = await _visits(engine)
    stranger = office.agent("call_strange", caller=None)

    told = await stranger("find_appointments", name="Brandt", buchungscode=visit.code.lower())

    assert told["code"] == "appointments"


async def test_a_visit_is_cancelled_once_it_was_named(office: Any, engine: AsyncEngine) -> None:
    await _booked(office.agent("call_before"))
    later = office.agent("call_later")

    asked = await later("cancel_appointment", name="Brandt")
    before = [visit.state for visit in await _visits(engine)]
    (named,) = asked["data"]["appointments"]
    told = await later("cancel_appointment", appointment_id=named["appointment_id"])
    again = await later("cancel_appointment", appointment_id=named["appointment_id"])

    assert asked["code"] == "confirm_cancel"
    assert before == ["booked"]
    assert told["code"] == "cancelled"
    assert again == told
    assert [visit.state for visit in await _visits(engine)] == ["cancelled"]


async def test_the_id_of_a_visit_is_worth_nothing_in_another_call(
    office: Any, engine: AsyncEngine
) -> None:
    booked = await _booked(office.agent("call_before"))
    stolen = booked["data"]["appointment"]["appointment_id"]
    thief = office.agent("call_thief", caller="+4917155500999")

    cancelled = await thief("cancel_appointment", appointment_id=stolen, name="Ida Brandt")
    moved = await thief("reschedule_appointment", appointment_id=stolen, when="Freitag um 10")

    assert {cancelled["code"], moved["code"]} <= {"ask_proof", "not_verified"}
    assert [visit.state for visit in await _visits(engine)] == ["booked"]


async def test_a_visit_is_moved_to_what_was_offered(office: Any, engine: AsyncEngine) -> None:
    await _booked(office.agent("call_before"))
    later = office.agent("call_later")

    offered = await later("reschedule_appointment", name="Brandt", when="Freitag um 10 Uhr")
    (option,) = offered["data"]["options"]
    stood = (await _visits(engine))[0].starts_at
    told = await later("reschedule_appointment", offer_id=option["offer_id"])

    assert option["start"] == "2026-04-17T10:00:00+02:00"
    assert stood.day == 15
    assert told["code"] == "moved"
    (visit,) = await _visits(engine)
    assert (visit.starts_at.day, visit.state) == (17, "booked")
    assert "verlegt" in told["say"]


async def test_too_late_to_cancel_is_said_with_the_reason(office: Any) -> None:
    await _booked(office.agent("call_before"), service="Herrenschnitt", when="heute um 16 Uhr")
    later = office.agent("call_later")

    told = await later("cancel_appointment", name="Brandt")

    assert (told["ok"], told["code"]) == (True, "too_late")


async def test_what_was_booked_and_cancelled_is_not_called_booked_again(
    office: Any, engine: AsyncEngine
) -> None:
    agent = office.agent()
    offer_id = await _offer(agent)
    first = await agent("book_appointment", offer_id=offer_id, name="Ida Brandt")
    visit_id = first["data"]["appointment"]["appointment_id"]
    gone = await agent("cancel_appointment", appointment_id=visit_id)
    assert gone["code"] == "cancelled", gone

    again = await agent("book_appointment", offer_id=offer_id, name="Ida Brandt")

    assert again["code"] == "booked"
    assert sorted(visit.state for visit in await _visits(engine)) == ["booked", "cancelled"]


async def test_letters_in_an_id_are_no_booking_code(office: Any) -> None:
    agent = office.agent()
    offer_id = await _offer(agent)
    await agent("book_appointment", offer_id=offer_id, name="Ida Brandt")

    told = await agent(
        "cancel_appointment",
        appointment_id="Ijk5Zjg2YjlmNTY5OTRmMzdhODc2ODQ0YzMwNWE4NTNlIg.awREfQ.ZkdcOvUblvWTc98F7wCX74c73KA",
    )

    assert told["code"] == "confirm_cancel", told


async def test_a_callback_stands_once(agent: Any, engine: AsyncEngine) -> None:
    for topic in ("Farbberatung", "Farbberatung", "Hochzeit"):
        told = await agent("request_callback", name="Ida Brandt", grund=topic)
        assert told["code"] == "callback_noted"

    async with engine.connect() as connection:
        rows = (await connection.execute(select(callback_request))).all()
    assert [(row.name, row.phone) for row in rows] == [("Ida Brandt", agent.caller)]
    assert await _outcome(engine) == "callback"


async def test_nobody_is_called_back_without_a_number(office: Any) -> None:
    withheld = office.agent(caller=None)

    asked = await withheld("request_callback", name="Ida Brandt")
    told = await withheld("request_callback", telefon="0171 555 00 333")

    assert asked["code"] == "ask_number"
    assert told["code"] == "callback_noted"


async def test_what_anybody_may_know(agent: Any, engine: AsyncEngine) -> None:
    context = await agent("get_context")
    price = await agent("list_services", service="Herrenschnitt")
    everything = await agent("list_services")
    holiday = await agent("get_opening_hours", when="am 1. Mai")
    week = await agent("get_opening_hours")

    assert context["data"]["salon"] == "Salon Morgenrot"
    assert context["data"]["known_customer"] is False
    assert "Euro" in price["say"]
    assert len(everything["data"]["services"]) > len(price["data"]["services"]) == 1
    assert holiday["data"]["day"] == {"date": "2026-05-01", "open": False, "hours": []}
    assert "geschlossen" in holiday["say"]
    assert len(week["data"]["week"]) == 5
    assert await _outcome(engine) == "information"


async def test_a_question_in_between_leaves_the_offer_where_it_is(agent: Any) -> None:
    offer_id = await _offer(agent)
    price = await agent("list_services", service="Ansatzfärbung")

    told = await agent("book_appointment", offer_id=offer_id, name="Ida Brandt")

    assert "options" not in price["data"]
    assert told["code"] == "booked"


async def test_a_known_number_is_no_name(office: Any) -> None:
    await _booked(office.agent("call_before"))

    told = await office.agent("call_later")("get_context")

    assert told["data"]["known_customer"] is True
    assert "Brandt" not in str(told)
    assert "Ida" not in str(told)


@pytest.mark.parametrize(
    "args",
    [
        {"service": {"a": {"b": []}}, "when": [[], {}], "name": True, "offer_id": 5},
        {"service": "x" * 5000, "when": "\u0000\ud83d", "code": "{{code}}", "phone": "abc"},
        {"appointment_id": "' OR 1=1 --", "when": "gestern vor 300 Jahren", "email": "@"},
    ],
)
async def test_nonsense_breaks_no_function(agent: Any, args: dict[str, Any]) -> None:
    told = {function: await agent(function, **args) for function in HANDLERS}

    assert {function for function, answer in told.items() if not answer["ok"]} == set()


async def test_what_a_call_held_is_free_again_when_it_is_over(
    agent: Any, office: Any, engine: AsyncEngine
) -> None:
    await agent("check_availability", **COLOUR)
    ended = {**agent.call, "call_status": "ended", "disconnection_reason": "user_hangup"}

    body = {"event": "call_ended", "call": ended}
    async with office.session.post(f"{office.url}/retell/webhook", json=body) as answer:
        assert answer.status == 200

    async with engine.connect() as connection:
        assert (await connection.scalars(select(claim.c.id))).all() == []
    assert await _outcome(engine) == "abandoned"


async def test_a_call_that_booked_has_booked_however_it_ended(
    agent: Any, office: Any, engine: AsyncEngine
) -> None:
    await _booked(agent)
    await agent("get_opening_hours")
    ended = {**agent.call, "call_status": "ended", "disconnection_reason": "user_hangup"}

    for event in ("call_ended", "call_analyzed", "call_started"):
        body = {"event": event, "call": ended}
        async with office.session.post(f"{office.url}/retell/webhook", json=body) as answer:
            assert answer.status == 200

    assert await _outcome(engine) == "booked"
    assert [visit.state for visit in await _visits(engine)] == ["booked"]


async def test_when_what_it_stands_on_is_away_the_caller_still_hears_something(
    start: Any, services: Any, office: Any
) -> None:
    nobody = Redis.from_url("redis://127.0.0.1:1")
    server = await start(replace(services, redis=nobody))
    agent = office.agent(dialled=OTHER)
    agent.url = f"http://127.0.0.1:{server.port}"

    told = await agent("check_availability", **COLOUR)
    await nobody.aclose()

    assert (told["ok"], told["code"]) == (False, "failed")


async def test_who_moves_a_visit_onto_another_of_theirs_is_told_and_may_mean_it(
    office: Any, engine: AsyncEngine
) -> None:
    before = office.agent("call_before")
    await _booked(before)
    other = await before(
        "check_availability", service="Trockenschnitt", staff="Dilara", when="Freitag um 10 Uhr"
    )
    await before("book_appointment", offer_id=other["data"]["options"][0]["offer_id"])
    later = office.agent("call_later")
    (named,) = [
        one
        for one in (await later("find_appointments", name="Brandt"))["data"]["appointments"]
        if one["start"] < "2026-04-17"
    ]
    offered = await later(
        "reschedule_appointment", appointment_id=named["appointment_id"], when="Freitag um 10 Uhr"
    )
    there = offered["data"]["options"][0]["offer_id"]

    asked = await later("reschedule_appointment", offer_id=there)
    again = await later("reschedule_appointment", offer_id=there)
    stood = sorted(visit.starts_at.day for visit in await _visits(engine))
    later.hears("Ja, das ist so gemeint.")
    meant = await later("reschedule_appointment", offer_id=there)

    assert asked["code"] == "already_booked"
    assert again == asked
    assert "überschneidet" in asked["say"]
    assert stood == [15, 17]
    assert meant["code"] == "moved"
    assert [visit.starts_at.day for visit in await _visits(engine)] == [17, 17]
