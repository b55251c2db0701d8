from __future__ import annotations

from typing import Any

from booking_core.domain.appointment import Customer

CALLER = "+491713333333"
MARLENE = Customer(name="Marlene Vogt", phone=CALLER)


async def test_the_greeting_waits_a_moment_for_who_is_on_file(server: Any, desk: Any) -> None:
    desk.customers.append(MARLENE)

    async with server.call() as phone:
        await phone.greeted()
        told = await phone.exchange(1, "wer bin ich")

    assert told.text == "Sie sind Marlene Vogt."


async def test_a_caller_found_on_file_after_the_greeting_is_known_from_then_on(
    hurried: Any, desk: Any
) -> None:
    desk.customers.append(MARLENE)
    desk.recognising.clear()
    server = await hurried(known_callers_s=0.01)

    async with server.call() as phone:
        greeting = await phone.greeted()
        before = await phone.exchange(1, "wer bin ich")
        desk.recognising.set()
        await phone.exchange(2, "Moment")
        after = await phone.exchange(3, "wer bin ich")

    assert greeting.text == "Salon Probe"
    assert before.text == "Sie sind niemand."
    assert after.text == "Sie sind Marlene Vogt."


async def test_a_number_that_comes_after_the_greeting_is_looked_up(hurried: Any, desk: Any) -> None:
    desk.customers.append(MARLENE)
    server = await hurried(details_s=0.1)

    async with server.call() as phone:
        await phone.frame()
        await phone.answer(0)
        await phone.introduce()
        await phone.exchange(1, "Moment")
        told = await phone.exchange(2, "wer bin ich")

    assert told.text == "Sie sind Marlene Vogt."
