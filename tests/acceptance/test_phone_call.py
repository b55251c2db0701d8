"""The whole way, from outside: a bare websocket that follows Retell's protocol books a visit."""

from __future__ import annotations

import asyncio
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

WISH = "Guten Tag, ich hätte gern eine Ansatzfärbung morgen um 14 Uhr bei Emma"
SEGMENTS = ["13:00", "14:00", "14:15", "15:00"]  # UTC; Berlin is one hour ahead


async def states(engine: AsyncEngine) -> list[str]:
    """States of all appointments."""
    async with engine.connect() as connection:
        return list(await connection.scalars(text("SELECT state FROM appointment")))


async def test_a_call_books_four_segments_one_appointment_and_sends_one_mail_with_one_ics(
    world: Any, phone: Callable[..., Any], engine: AsyncEngine
) -> None:
    server = await world.serve()

    async with phone(server, "call_acceptance_1") as line:
        greeting = await line.hear()
        asked = await line.say(WISH)
        named = await line.say("Mein Name ist Vogt")
        done = await line.say("Ja, bitte")
        farewell = await line.say("Danke, auf Wiederhören")

    assert "Salon Morgenrot" in greeting
    assert "gebucht" not in asked + named
    for words in ("Mittwoch", "14 Uhr", "Emma", "Vogt"):
        assert words in asked + named
    assert "gebucht" in done
    assert farewell
    assert line.ended
    assert sorted(b["start"][11:16] for b in await world.live_bookings()) == SEGMENTS
    assert await states(engine) == ["booked"]


async def test_the_mail_of_a_caller_with_an_address_carries_one_ics(
    world: Any, phone: Callable[..., Any], engine: AsyncEngine
) -> None:
    server = await world.serve()
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO customer (id, branch_id, name, phone, email)"
                " SELECT gen_random_uuid(), id, 'Marlene Vogt', '+493023125098',"
                " 'marlene.vogt@example.org' FROM branch"
            )
        )

    async with phone(server, "call_acceptance_2", caller="+493023125098") as line:
        await line.hear()
        await line.say("Hier ist Marlene Vogt. " + WISH)
        done = await line.say("Ja, gern")
    async with asyncio.timeout(30):
        while not list(world.mails.glob("*.eml")):
            await asyncio.sleep(0.1)

    assert "gebucht" in done
    mails = list(world.mails.glob("*.eml"))
    assert len(mails) == 1
    message = message_from_bytes(mails[0].read_bytes(), policy=policy.default)
    assert message["To"].addresses[0].addr_spec == "marlene.vogt@example.org"
    calendars = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert len(calendars) == 1
    assert calendars[0].get_content().count("BEGIN:VEVENT") == 1


@pytest.mark.parametrize("posts_before_death", [1, 2, 3])
async def test_kill_9_between_two_segments_leaves_all_or_nothing_after_a_restart(
    world: Any, phone: Callable[..., Any], engine: AsyncEngine, posts_before_death: int
) -> None:
    server = await world.serve()
    await world.control(action="latency", ms=250)

    async with phone(server, "call_acceptance_3") as line:
        await line.hear()
        await line.say(WISH)
        await line.say("Mein Name ist Vogt")
        await line.ask("Ja, bitte")
        async with asyncio.timeout(30):
            while len(await world.live_bookings()) < posts_before_death:
                await asyncio.sleep(0.02)
        server.kill()
    await server.process.wait()
    await world.control(action="latency", ms=0)
    await world.serve()

    async with asyncio.timeout(60):
        while (await states(engine))[0] not in {"booked", "failed"}:
            await asyncio.sleep(0.2)
    live = await world.live_bookings()
    assert (len(live), await states(engine)) in [(4, ["booked"]), (0, ["failed"])]
