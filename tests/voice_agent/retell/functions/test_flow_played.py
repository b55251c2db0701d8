"""The conversation flow that is deployed, played to its end against the server it leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from booking_core.adapters.postgres.booking_tables import appointment, appointment_segment
from voice_agent.retell.agent_settings import Kind, wanted
from voice_agent.retell.functions import HANDLERS
from voice_agent.simulator.flow_player import FlowBroken, FlowCall, Heard
from voice_agent.simulator.functions import FunctionCaller
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.post import Effort
from voice_agent.simulator.records import Record
from voice_agent.simulator.signing import Signer, wall_ms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon

KEY = "key_of_the_probe"
WISH = {"service": "Ansatzfärbung", "when": "morgen um 14 Uhr", "staff": "Emma"}
WHO = {"name": "Ida Brandt"}


def _first_offer(answer: dict[str, Any]) -> dict[str, Any]:
    return {"offer_id": answer["data"]["options"][0]["offer_id"]}


def _first_visit(answer: dict[str, Any]) -> dict[str, Any]:
    return {"appointment_id": answer["data"]["appointments"][0]["appointment_id"]}


@pytest.fixture
async def ring(open_office: Any, demo_salon: Salon) -> AsyncIterator[Any]:
    """Rings at the flow of the demo salon, as it is deployed for this server."""
    async with open_office(retell_api_key=SecretStr(KEY)) as office:
        flow = wanted(demo_salon, Kind.CONVERSATION_FLOW, public_url=office.url).engine
        number = demo_salon.branch.phone_numbers[0]
        caller = FunctionCaller(
            session=office.session,
            signer=Signer(key=KEY),
            effort=Effort(timeout_s=60.0, retries=1),
        )

        def ring(**changes: Any) -> FlowCall:
            phone = PhoneCall(
                base_url="ws://none.invalid", to_number=number, from_number="+4917155500110"
            )
            record = Record(phone=phone, ending="user_hangup", ended_ms=wall_ms())
            return FlowCall(flow={**flow, **changes}, caller=caller, record=record)

        yield ring


BOOKS = [
    Heard(says="Ansatzfärbung morgen um 14 Uhr bei Emma", goes="remember", knows=WISH),
    Heard(says="Ja, auf Ida Brandt bitte", goes="book", knows=WHO, reads=_first_offer),
]
FAREWELL = Heard(says="Nein danke, auf Wiederhören", goes="farewell")


async def test_composite_visit_with_a_wished_person_is_booked_through_the_flow(
    ring: Any, engine: AsyncEngine
) -> None:
    call = ring()

    await call.play([*BOOKS, FAREWELL])

    assert call.visited == ["welcome", "remember", "search", "offer", "book", "done", "farewell"]
    assert "Emma" in call.said[2]
    assert "gebucht" in call.said[-2]
    async with engine.connect() as connection:
        states = (await connection.execute(select(appointment.c.state))).scalars().all()
        people = (await connection.execute(select(appointment_segment.c.staff_id))).all()
    assert states == ["booked"]
    assert len(people) == 4


async def test_what_is_missing_is_asked_for_before_the_calendar_is_looked_at(ring: Any) -> None:
    call = ring()

    await call.play(
        [
            Heard(says="Ich möchte einen Termin", goes="remember"),
            Heard(says="Zum Färben", goes="remember", knows={"service": "Ansatzfärbung"}),
            Heard(says="Morgen um 14 Uhr", goes="remember", knows={"when": "morgen um 14 Uhr"}),
            Heard(says="Doch nicht", goes="farewell"),
        ]
    )

    assert call.visited[:6] == ["welcome", "remember", "wish", "remember", "wish", "remember"]
    assert call.visited[6:8] == ["search", "offer"]
    assert [name for name, _ in call.answers] == ["check_availability"]


async def test_another_time_is_found_and_what_was_booked_is_called_off_again(
    ring: Any, engine: AsyncEngine
) -> None:
    call = ring()

    await call.play(
        [
            BOOKS[0],
            Heard(says="Lieber am Freitag", goes="alternatives", knows={"when": "am Freitag"}),
            BOOKS[1],
            Heard(says="Ach, doch wieder absagen", goes="whose"),
            Heard(says="Ida Brandt", goes="visits"),
            Heard(says="Ja, den absagen", goes="cancel", reads=_first_visit),
            FAREWELL,
        ]
    )

    codes = [(name, answer["code"]) for name, answer in call.answers]
    assert [name for name, _ in codes] == [
        "check_availability",
        "get_alternatives",
        "book_appointment",
        "find_appointments",
        "cancel_appointment",
    ]
    assert dict(codes)["cancel_appointment"] == "cancelled"
    async with engine.connect() as connection:
        states = (await connection.execute(select(appointment.c.state))).scalars().all()
    assert states == ["cancelled"]


async def test_nothing_is_called_booked_that_is_not(ring: Any, engine: AsyncEngine) -> None:
    call = ring()
    without_name = Heard(says="Ja", goes="book", reads=_first_offer)

    await call.play([BOOKS[0], without_name, Heard(says="Egal, tschüss", goes="farewell")])

    assert "open" in call.visited
    assert call.variables["booked_code"] != "booked"
    assert "ist gebucht" not in " ".join(call.said)
    async with engine.connect() as connection:
        assert (await connection.execute(select(appointment))).all() == []


async def test_every_function_of_the_flow_is_reached_by_somebody(ring: Any) -> None:
    call = ring()

    await call.play(
        [
            Heard(says="Wann haben Sie auf?", goes="hours"),
            Heard(says="Und was kostet Schneiden?", goes="prices", knows={"service": "Schneiden"}),
            Heard(says="Rufen Sie mich zurück", goes="callback", knows=WHO),
            FAREWELL,
        ]
    )

    used = {tool["name"] for tool in call.flow["tools"]}
    assert [name for name, _ in call.answers] == [
        "get_opening_hours",
        "list_services",
        "request_callback",
    ]
    assert all(answer["ok"] for _, answer in call.answers)
    assert used == HANDLERS.keys() - {"get_context"}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"tools": []}, "tool_check_availability, which is not declared"),
        ({"default_dynamic_variables": {}}, "would say"),
    ],
)
async def test_flow_that_cannot_be_played_says_where(
    ring: Any, change: dict[str, Any], why: str
) -> None:
    with pytest.raises(FlowBroken, match=why):
        await ring(**change).play([*BOOKS, FAREWELL])
