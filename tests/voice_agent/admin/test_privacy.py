"""One person's data: shown, handed out, erased; and what is too old, deleted at night."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from booking_core.adapters.postgres.admin_tables import audit_entry
from booking_core.adapters.postgres.archive import PostgresArchive
from booking_core.adapters.postgres.attention_tables import callback_request
from booking_core.adapters.postgres.booking_tables import appointment, claim
from booking_core.adapters.postgres.call_tables import call, call_turn
from booking_core.adapters.postgres.salon_tables import customer
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment
from booking_core.domain.plan import VisitRequest
from booking_core.domain.privacy import ERASED_NAME
from booking_core.domain.slots import SlotQuery
from booking_core.workflows.retention import KeepNoLonger

NAME, PHONE = "Paula Ehrlich", "+491701234567"
PERSON = {"name": NAME, "phone": PHONE}


async def count(engine: Any, table: Any) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


async def everything(engine: Any) -> str:
    """Every row of every table as text: what is left of somebody anywhere."""
    found = ""
    async with engine.connect() as connection:
        names = await connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        )
        for name in names.all():
            rows = await connection.scalars(text(f"SELECT t::text FROM {name} t"))  # noqa: S608 - ours
            found += "\n".join(rows.all())
    return found


@pytest.fixture
async def visit(house: Any, engine: Any) -> Any:
    """Booked in a call, with words, a callback and what follows from them."""
    core, branch = house.runtime.core, house.salon.branch.id
    service = next(one for one in house.salon.services if one.name == "Herrenhaarschnitt")
    wish = VisitRequest(services=(service.id,))
    query = SlotQuery(branch_id=branch, visit=wish, owner="call:paula", wishes=())
    found = await house.do(core.offer_slots(query))
    order = BookAppointment(
        branch_id=branch,
        plan=found.offers[0].plan,
        customer=Customer(name=NAME, phone=PHONE, email="paula@example.org"),
        key="paula/1",
        owner="call:paula",
        call_id="paula",
    )
    booked = await house.do(core.book(order))
    now = house.runtime.services.clock.now()
    async with engine.begin() as connection:
        await connection.execute(
            insert(call).values(
                id="paula", branch_id=branch, caller_number=PHONE, started_at=now, lead={"n": NAME}
            )
        )
        await connection.execute(
            insert(call_turn).values(
                call_id="paula",
                turn=1,
                at=now,
                response_id=1,
                kind="speech",
                ended="answered",
                caller_text=f"Mein Name ist {NAME}",
                agent_text="Danke.",
                understanding={"name": NAME},
                actions=[],
            )
        )
        await connection.execute(
            insert(callback_request).values(
                branch_id=branch, key="k", wish={}, reason="asked", due_at=now, **PERSON
            )
        )
    return booked.appointment


@pytest.mark.usefixtures("visit")
async def test_somebody_is_found_by_name_and_by_number_and_what_there_is_is_shown(
    owner: Any,
) -> None:
    for words in ("ehrl", "1234567"):
        _, page = await owner.get(f"/admin/settings/privacy?search={words}")
        assert NAME in page

    _, page = await owner.get("/admin/settings/privacy", params=PERSON)

    assert f"Daten von {NAME}" in page
    assert 'Rückrufe: <strong class="numbers">1</strong>' in page


async def test_after_an_erasure_nothing_of_somebody_is_left_but_a_block_without_a_name(
    owner: Any, visit: Any, engine: Any
) -> None:
    claims = await count(engine, claim)

    status, _ = await owner.send("/admin/settings/privacy/person/erase", PERSON)

    left = await everything(engine)
    assert status == 200
    assert not [word for word in ("Paula", "Ehrlich", PHONE, "paula@example.org") if word in left]
    async with engine.connect() as connection:
        row = (await connection.execute(select(appointment))).one()
        entry = (await connection.execute(select(audit_entry))).one()
    assert (row.id, row.customer_name, row.state) == (visit.id, ERASED_NAME, "booked")
    assert await count(engine, claim) == claims
    assert entry.action == "person.erased"
    assert entry.after["appointments"] == 1


@pytest.mark.usefixtures("visit")
async def test_somebody_else_with_the_same_name_is_left_alone(owner: Any, engine: Any) -> None:
    status, _ = await owner.send(
        "/admin/settings/privacy/person/erase", {"name": NAME, "phone": "+491709999999"}
    )

    assert status == 404
    assert await count(engine, call_turn) == 1


@pytest.mark.usefixtures("visit")
async def test_everything_about_somebody_can_be_handed_out(owner: Any) -> None:
    _, file = await owner.send("/admin/settings/privacy/person/export", PERSON)

    found = json.loads(file)
    assert found["appointments"][0]["customer_email"] == "paula@example.org"
    assert found["turns"][0]["caller_text"] == f"Mein Name ist {NAME}"
    assert found["callbacks"][0]["phone"] == PHONE


class Later:
    """A clock some days on."""

    def __init__(self, now: Any, days: int) -> None:
        self._now = now + timedelta(days=days)

    def now(self) -> Any:
        return self._now


async def night(house: Any, engine: Any, days: int) -> None:
    clock = Later(house.runtime.services.clock.now(), days)
    await KeepNoLonger(archive=PostgresArchive(engine), clock=clock)()


@pytest.mark.usefixtures("visit")
async def test_words_go_first_then_the_call_and_the_visit_stays(house: Any, engine: Any) -> None:
    await night(house, engine, 31)
    async with engine.connect() as connection:
        turn = (await connection.execute(select(call_turn))).one()
    assert (turn.caller_text, turn.understanding) == ("", {})
    assert await count(engine, call) == 1

    await night(house, engine, 91)

    assert await count(engine, call) == 0
    assert await count(engine, appointment) == 1
    assert await count(engine, callback_request) == 1  # open: somebody still waits for a call


@pytest.mark.usefixtures("visit")
async def test_the_nightly_round_deletes(house: Any, engine: Any) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            call.update().values(started_at=text("now() - interval '2 years'"))
        )

    await house.do(house.runtime.core.chores().night_round())

    assert await count(engine, call) == 0


@pytest.mark.usefixtures("visit")
async def test_nothing_is_deleted_before_its_day(house: Any, engine: Any) -> None:
    before = await everything(engine)

    await night(house, engine, 29)

    assert await everything(engine) == before


@pytest.mark.usefixtures("visit")
async def test_customers_who_do_not_come_any_more_are_forgotten_when_the_salon_says_so(
    owner: Any, house: Any, engine: Any
) -> None:
    form = {"transcript_days": "7", "call_days": "7", "customer_days": "365", "mail_days": ""}
    await owner.send("/admin/settings/privacy", form)
    async with engine.begin() as connection:
        now = house.runtime.services.clock.now()
        await connection.execute(customer.update().values(updated_at=now))

    await night(house, engine, 300)
    assert await count(engine, customer) == 1
    await night(house, engine, 700)

    assert await count(engine, customer) == 0
    async with engine.connect() as connection:
        assert (await connection.execute(select(appointment.c.customer_name))).scalar() == (
            ERASED_NAME
        )
