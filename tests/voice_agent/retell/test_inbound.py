"""The question before a call is answered."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from booking_core.domain.appointment import Customer
from voice_agent.config import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

OURS = "+493011111111"
CALLER = "+4917155500110"


@pytest.fixture
async def ask(start: Any, services: Any, make_salons: Any) -> Any:
    """Asks as Retell does; further settings and desks on request."""

    async def ask(
        to: str = OURS,
        of: str = CALLER,
        *,
        reject: bool = False,
        desk: Any = None,
        ringing_s: float = 30.0,
    ) -> Any:
        settings = Settings().model_copy(update={"retell_reject_unknown": reject})
        salons = await make_salons(Probe=OURS)
        patience = replace(services.patience, ringing_s=ringing_s)
        changed = replace(
            services,
            settings=settings,
            salons=salons,
            desk=desk or services.desk,
            patience=patience,
        )
        server = await start(changed)
        body = {"event": "call_inbound", "call_inbound": {"from_number": of, "to_number": to}}
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"http://127.0.0.1:{server.port}/retell/inbound", json=body) as answer,
        ):
            assert answer.status == 200
            return await answer.json()

    return ask


async def test_the_agent_is_told_whose_salon_it_speaks_for(ask: Any) -> None:
    told = (await ask())["call_inbound"]

    assert told["dynamic_variables"] == {
        "salon_name": "Salon Probe",
        "language": "de",
        "known_customer": "false",
    }
    assert told["metadata"] == {"branch": "Probe"}


async def test_a_number_on_file_is_known_by_no_more_than_a_first_name(ask: Any, desk: Any) -> None:
    desk.customers.append(Customer(name="Ida Brandt", phone=CALLER, email="ida@example.com"))

    variables = (await ask())["call_inbound"]["dynamic_variables"]

    assert variables["known_customer"] == "true"
    assert variables["first_name"] == "Ida"
    assert "Brandt" not in str(variables)


async def test_of_two_people_with_one_number_neither_is_named(ask: Any, desk: Any) -> None:
    for name in ("Ida Brandt", "Ole Brandt"):
        desk.customers.append(Customer(name=name, phone=CALLER))

    variables = (await ask())["call_inbound"]["dynamic_variables"]

    assert variables["known_customer"] == "true"
    assert "first_name" not in variables


async def test_a_name_of_one_word_may_be_a_surname_and_is_not_said(ask: Any, desk: Any) -> None:
    desk.customers.append(Customer(name="Brandt", phone=CALLER))

    assert "first_name" not in (await ask())["call_inbound"]["dynamic_variables"]


@pytest.mark.parametrize("withheld", ["anonymous", "", "sip:someone"])
async def test_who_withholds_the_number_is_nobody(ask: Any, desk: Any, withheld: str) -> None:
    desk.customers.append(Customer(name="Ida Brandt", phone=withheld))

    told = await ask(of=withheld)

    assert told["call_inbound"]["dynamic_variables"]["known_customer"] == "false"


async def test_a_number_of_nobody_is_left_to_retell(ask: Any) -> None:
    assert await ask(to="+499999999999") == {"call_inbound": {}}


async def test_a_number_of_nobody_is_turned_away_where_that_is_wanted(ask: Any) -> None:
    assert await ask(to="+499999999999", reject=True) == {"call_inbound": {"reject": True}}


async def test_a_desk_that_does_not_answer_holds_nobody_up(ask: Any) -> None:
    class Slow:
        async def known_callers(self, _branch: UUID, _phone: str) -> Sequence[Customer]:
            await asyncio.sleep(60)
            return ()

    async with asyncio.timeout(50):
        assert await ask(desk=Slow(), ringing_s=0.05) == {"call_inbound": {}}


async def test_a_desk_that_breaks_breaks_no_call(ask: Any) -> None:
    class Broken:
        async def known_callers(self, _branch: UUID, _phone: str) -> Sequence[Customer]:
            raise RuntimeError

    assert await ask(desk=Broken()) == {"call_inbound": {}}
