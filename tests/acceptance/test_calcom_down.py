"""Cal.com is not there, and the caller hears so at once instead of waiting for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

WISH = "Hier ist Vogt, ich hätte gern einen Damenhaarschnitt morgen um {hour} Uhr bei Emma"
WITHIN_S = 2.0


async def states(engine: AsyncEngine) -> list[str]:
    """States of all appointments."""
    async with engine.connect() as connection:
        return list(await connection.scalars(text("SELECT state FROM appointment")))


async def callbacks(engine: AsyncEngine) -> list[tuple[str, str]]:
    """Who is to be called back, and whether somebody has."""
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT name, state FROM callback_request"))
        return [(row.name, row.state) for row in rows]


async def answer_to_a_yes(line: Any, *, hour: int = 14) -> tuple[str, float]:
    """What a caller hears who wants to book, and after how long."""
    await line.hear()
    await line.say(WISH.format(hour=hour))
    said_at = time.monotonic()
    heard = await line.say("Ja, bitte")
    return heard, time.monotonic() - said_at


def is_the_truth(heard: str) -> bool:
    """An apology, and no word of a booking."""
    sorry = any(words in heard for words in ("nicht geklappt", "klappt im Moment leider nicht"))
    return sorry and "ist gebucht" not in heard


@pytest.mark.inc(57)
async def test_a_caller_hears_within_two_seconds_that_cal_com_cannot_be_reached(
    world: Any, phone: Callable[..., Any], engine: AsyncEngine
) -> None:
    server = await world.serve()
    await world.sandbox.stop()

    async with phone(server, "call_down_1") as line:
        heard, after_s = await answer_to_a_yes(line)

    assert is_the_truth(heard)
    assert "nichts gebucht" in heard
    assert "der Salon Sie zurückruft" in heard
    assert after_s < WITHIN_S
    assert await states(engine) == ["failed"]
    assert await callbacks(engine) == [("Vogt", "open")]


async def test_only_the_first_caller_waits_for_a_cal_com_that_says_nothing(
    world: Any, phone: Callable[..., Any], engine: AsyncEngine
) -> None:
    world.env["CALCOM_TIMEOUT_S"] = "1"
    server = await world.serve()
    await world.control(action="fault", on="POST /v2/bookings", do="timeout_before", down=True)

    async with phone(server, "call_down_2") as line:
        first, _ = await answer_to_a_yes(line)
    async with phone(server, "call_down_3", caller="+493023125098") as line:
        second, after_s = await answer_to_a_yes(line, hour=11)

    assert is_the_truth(first)
    assert is_the_truth(second)
    assert "nichts gebucht" in second
    assert after_s < WITHIN_S
    assert "booked" not in await states(engine)


async def test_the_next_caller_books_when_cal_com_is_back(
    world: Any, phone: Callable[..., Any]
) -> None:
    world.env["CALCOM_TIMEOUT_S"] = "1"
    server = await world.serve()
    await world.control(action="fault", on="POST /v2/bookings", do="error", down=True)
    async with phone(server, "call_down_4") as line:
        first, _ = await answer_to_a_yes(line)
    await world.control(action="clear_faults")

    async with phone(server, "call_down_5", caller="+493023125098") as line:
        second, _ = await answer_to_a_yes(line, hour=11)

    assert is_the_truth(first)
    assert "gebucht" in second
    assert "nicht" not in second
    assert len(await world.live_bookings()) == 2  # washing and cutting
