"""Putting through, and what a call leaves with the salon, as Retell and the database see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from booking_core.adapters.postgres.call_tables import call

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


async def test_the_last_frame_of_an_answer_puts_the_caller_through(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        answer = await phone.exchange(1, "Bitte verbinden, also verbinde")

    assert answer.frames[-1]["transfer_number"] == "+4930555099"
    assert answer.frames[-1]["content_complete"] is True
    assert "end_call" not in answer.frames[-1]


async def test_a_call_that_comes_back_from_a_transfer_goes_on(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        await phone.exchange(1, "verbinde")
        answer = await phone.exchange(2, "Hallo?")

    assert answer.text == "Gehört Hallo?."
    assert all("transfer_number" not in frame for frame in answer.frames)


async def test_a_request_is_with_the_salon_before_it_is_promised(server: Any, desk: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        answer = await phone.exchange(1, "Rückruf")

    assert answer.text == "Das ist notiert."
    assert [request.key for request in desk.callbacks] == ["call_1"]


async def test_what_a_call_leaves_is_kept_with_it(server: Any, engine: AsyncEngine) -> None:
    async with server.call("call_lead") as phone:
        await phone.greeted()
        await phone.exchange(1, "Bitte nicht aufzeichnen")
        await phone.exchange(2, "Einmal Spitzen")
    await server.stop()

    async with engine.connect() as connection:
        row = (await connection.execute(select(call).where(call.c.id == "call_lead"))).one()
    assert (row.outcome, row.lead) == ("abandoned", {"heard": ["Einmal Spitzen"]})
    (consent,) = row.consents
    assert consent["kind"] == "recording"
    assert (consent["given"], consent["words"]) == (False, "Bitte nicht aufzeichnen")
