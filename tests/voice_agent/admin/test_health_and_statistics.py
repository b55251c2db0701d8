from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, text, update

from booking_core.adapters.postgres.call_tables import call, call_turn
from booking_core.domain.appointment import Customer
from booking_core.domain.booking import BookAppointment, Booked
from booking_core.domain.interval import Span
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import SlotQuery, SlotsFound, TimeWish
from prompts import keys
from voice_agent.admin.charts import chart, rows
from voice_agent.admin.refusals import KINDS
from voice_agent.admin.rendering import LANGUAGES, texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine

COLOUR, BLOW_DRY = 177, 431


@pytest.fixture
def now(house: Any) -> datetime:
    moment: datetime = house.runtime.services.clock.now()
    return moment.replace(minute=0, second=0, microsecond=0)


async def book(house: Any, number: int, at: datetime, who: str) -> Booked:
    """A visit with the first person of the team at exactly this start."""
    core, salon = house.runtime.core, house.salon
    emma = next(one for one in salon.staff if one.first_name == "Emma")
    query = SlotQuery(
        branch_id=salon.branch.id,
        visit=VisitRequest(services=(salon.service_numbered(number).id,), staff=emma.id),
        owner=f"call:{who}",
        wishes=(TimeWish(window=Span(at, at + timedelta(hours=1)), at=at),),
    )
    found = await house.do(core.offer_slots(query))
    assert isinstance(found, SlotsFound), found
    plan = next(offer.plan for offer in found.offers if offer.plan.start == at)
    order = BookAppointment(
        key=f"{who}:1", owner=f"call:{who}", branch_id=salon.branch.id, plan=plan,
        customer=Customer(name=who),
    )  # fmt: skip
    booked = await house.do(core.book(order))
    assert isinstance(booked, Booked), booked
    return booked


@pytest.fixture
def add_calls(engine: AsyncEngine, house: Any, now: datetime) -> Callable[..., Any]:
    async def add(*outcomes: str, turns: int = 3) -> None:
        async with engine.begin() as connection:
            for n, outcome in enumerate(outcomes):
                at = now - timedelta(hours=1 + n)
                row = {
                    "id": f"call_{n}", "branch_id": house.salon.branch.id, "started_at": at,
                    "ended_at": at, "outcome": outcome,
                }  # fmt: skip
                await connection.execute(insert(call).values(row))
                for turn in range(turns):
                    said = {
                        "call_id": f"call_{n}", "turn": turn, "at": at, "response_id": turn,
                        "kind": "speech", "ended": "answered", "caller_text": "ja",
                        "agent_text": "gut", "understanding": {}, "actions": [],
                    }  # fmt: skip
                    await connection.execute(insert(call_turn).values(said))

    return add


async def test_what_is_well_is_said_to_be_well(owner: Any) -> None:
    status, page = await owner.get("/admin/health")

    assert status == 200
    assert "in Ordnung" in page


async def test_a_mail_that_was_refused_says_what_to_do(
    house: Any, owner: Any, engine: AsyncEngine, now: datetime
) -> None:
    booked = await book(house, BLOW_DRY, now + timedelta(days=1), "Wiebke")
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO email_log (branch_id, appointment_id, version, kind, committed_at,"
                " state, reason) VALUES (:branch, :id, 1, 'confirmation', now(),"
                " 'refused', 'no such mailbox')"
            ),
            {"branch": house.salon.branch.id, "id": booked.appointment.id},
        )

    _, page = await owner.get("/admin/health")

    assert "1 nicht zugestellt" in page
    assert "Adresse des Kunden prüfen" in page


async def test_a_visit_that_stands_otherwise_at_cal_com_is_named(
    house: Any, owner: Any, engine: AsyncEngine, now: datetime
) -> None:
    booked = await book(house, BLOW_DRY, now + timedelta(days=1), "Wiebke")
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO attention (branch_id, appointment_id, kind, version, parts)"
                " VALUES (:branch, :id, 'moved_there', 1, '[]')"
            ),
            {"branch": house.salon.branch.id, "id": booked.appointment.id},
        )

    _, page = await owner.get("/admin/health")

    assert "dort verlegt" in page
    assert f"/admin/visits/{booked.appointment.id}" in page


async def test_a_failed_job_asks_for_a_look(owner: Any, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)"
                " VALUES ('default', 'booking.patrol', '{}', 'failed')"
            )
        )

    _, page = await owner.get("/admin/health")

    assert "1 gescheitert" in page


async def test_calls_are_counted_by_day_outcome_and_turns(
    owner: Any, add_calls: Callable[..., Any]
) -> None:
    await add_calls("booked", "booked", "callback", "abandoned")

    _, page = await owner.get("/admin/statistics?days=7")

    assert "2 (50 %)" in page  # with a booking
    assert "3 (75 %)" in page  # with a result
    assert "24.11." in page
    assert re.search(r"gebucht</th><td class=\"numbers\">2<", page)


async def test_work_inside_the_pause_of_another_visit_is_told_in_minutes(
    house: Any, owner: Any, engine: AsyncEngine, now: datetime
) -> None:
    day = (now + timedelta(days=1)).replace(hour=13)
    outer = await book(house, COLOUR, day, "Wiebke")
    inner = await book(house, BLOW_DRY, day + timedelta(minutes=30), "Ole")
    async with engine.begin() as connection:  # as if both were yesterday
        for visit in (outer, inner):
            await connection.execute(
                text(
                    "UPDATE appointment SET starts_at = starts_at - interval '2 days',"
                    " ends_at = ends_at - interval '2 days' WHERE id = :id"
                ),
                {"id": visit.appointment.id},
            )

    _, page = await owner.get("/admin/statistics?days=7")

    assert "30 Minuten" in page


async def test_the_same_figures_come_as_a_file(owner: Any, add_calls: Callable[..., Any]) -> None:
    await add_calls("booked", "cancelled")

    status, file = await owner.get("/admin/statistics.csv?days=7")

    assert status == 200
    assert "Wie Anrufe endeten;gebucht;1" in file
    assert "Calls" not in file


async def test_strange_periods_are_not_asked_of_the_database(owner: Any) -> None:
    for asked in ("0", "-1", "99999999", "x", "٣٠"):
        status, _ = await owner.get(f"/admin/statistics?days={asked}")
        assert status == 200


def test_the_highest_bar_fills_the_height_and_nothing_divides_by_nothing() -> None:
    figures = [("a", 0), ("b", 2), ("c", 4)]

    assert [bar.height for bar in chart("any", figures).bars] == [0, 60, 120]
    assert [bar.width for bar in rows("any", figures).bars] == [0, 180, 360]
    assert rows("any", []).is_empty
    assert chart("any", []).is_empty
    assert chart("any", [("a", 0)]).is_empty


async def test_why_wishes_could_not_be_met_is_counted_in_words(
    owner: Any, add_calls: Callable[..., Any], engine: AsyncEngine
) -> None:
    await add_calls("declined", "booked")
    said = ["Say reason_taken_from", "Say offer_some"], ["FindSlots", "Say reason_nobody_free"]
    async with engine.begin() as connection:
        for turn, actions in enumerate((*said, ["Say reason_closed_day"])):
            await connection.execute(
                update(call_turn).where(call_turn.c.turn == turn).values(actions=actions)
            )

    _, file = await owner.get("/admin/statistics.csv?days=7")
    _, page = await owner.get("/admin/statistics?days=7")

    assert "Warum ein Wunsch nicht ging;zu der Zeit vergeben;4" in file
    assert "Warum ein Wunsch nicht ging;geschlossen;2" in file
    assert re.search(r"zu der Zeit vergeben</th><td class=\"numbers\">4<", page)


def test_every_reason_that_is_said_is_of_a_kind_that_has_words() -> None:
    spoken = {key.removeprefix("reason_") for key in keys("de") if key.startswith("reason_")}

    assert spoken
    assert spoken <= KINDS.keys()
    for language in LANGUAGES:
        assert {f"refusal_{kind}" for kind in KINDS.values()} <= texts(language).sentences.keys()
