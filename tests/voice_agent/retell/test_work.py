from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from voice_agent.app import Services

FILLER_BOOKING = "Hinweis filler_booking. "
WATCHDOG_1, WATCHDOG_2 = "Hinweis watchdog_1. ", "Hinweis watchdog_2. "


async def _offered(phone: Any) -> None:
    await phone.greeted()
    await phone.exchange(1, "suche")


async def _until(holds: Any) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.01)


async def test_a_quick_search_needs_no_filler(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        answer = await phone.exchange(1, "suche")

    assert answer.text == "Um zwölf wäre Platz."
    assert len(answer.frames) == 1


async def test_a_slow_search_is_announced_and_its_result_comes_in_the_same_response(
    hurried: Any, desk: Any
) -> None:
    server = await hurried(filler_s=0.1)
    desk.searching.clear()
    async with server.call() as phone:
        await phone.greeted()
        phone.says("suche")
        await phone.ask(1)
        filler = await phone.frame()
        desk.searching.set()
        rest = await phone.answer(1)

    assert filler["content"] == "Hinweis filler_search. "
    assert filler["content_complete"] is False
    assert rest.text == "Um zwölf wäre Platz."


async def test_a_caller_who_waits_hears_from_us_before_each_silence_gets_long(
    hurried: Any, desk: Any
) -> None:
    server = await hurried(filler_s=0.1, first_watchdog_s=0.1, next_watchdog_s=0.1)
    desk.searching.clear()
    async with server.call() as phone:
        await phone.greeted()
        phone.says("suche")
        await phone.ask(1)
        said = [(await phone.frame())["content"] for _ in range(3)]
        desk.searching.set()
        await phone.answer(1)

    assert said == ["Hinweis filler_search. ", WATCHDOG_1, WATCHDOG_2]


async def test_a_search_that_never_ends_becomes_an_honest_failure(hurried: Any, desk: Any) -> None:
    server = await hurried(search_s=0.2)
    desk.searching.clear()
    async with server.call() as phone:
        await phone.greeted()
        phone.says("suche")
        await phone.ask(1)
        answer = await phone.answer(1)
        phone.hears(answer.text)
        desk.searching.set()
        after = await phone.exchange(2, "Hallo")

    assert answer.text == "search ging nicht."
    assert after.text.startswith("Gehört")


async def test_an_error_of_the_search_is_told(server: Any, desk: Any) -> None:
    desk.error = OSError("gone")
    async with server.call() as phone:
        await phone.greeted()
        answer = await phone.exchange(1, "suche")

    assert answer.text == "search ging nicht."


async def test_a_booking_is_announced_at_once_and_its_result_cannot_be_interrupted(
    server: Any, desk: Any
) -> None:
    desk.booking.clear()
    async with server.call() as phone:
        await _offered(phone)
        phone.says("ja")
        await phone.ask(2)
        filler = await phone.frame()
        desk.booking.set()
        result = await phone.answer(2)

    assert filler["content"] == FILLER_BOOKING
    assert "no_interruption_allowed" not in filler
    assert result.text == "Der Termin steht."
    assert result.last["no_interruption_allowed"] is True


async def test_filler_and_result_together_read_as_sentences(server: Any) -> None:
    async with server.call() as phone:
        await _offered(phone)
        answer = await phone.exchange(2, "ja")

    assert answer.text == "Hinweis filler_booking. Der Termin steht."


async def test_speech_during_a_booking_is_answered_and_the_result_comes_in_the_newest_response(
    server: Any, desk: Any
) -> None:
    desk.booking.clear()
    async with server.call() as phone:
        await _offered(phone)
        phone.says("ja")
        await phone.ask(2)
        phone.hears((await phone.frame())["content"])
        phone.says("Hallo?")
        await phone.ask(3)
        meanwhile = await phone.frame()
        desk.booking.set()
        result = await phone.answer(3)

    assert meanwhile["content"] == "Nebenbei Hallo?. "
    assert result.text == "Der Termin steht."
    assert len(desk.orders) == 1


async def test_a_yes_that_grows_while_its_booking_runs_does_not_book_again(
    server: Any, desk: Any
) -> None:
    desk.booking.clear()
    async with server.call() as phone:
        await _offered(phone)
        phone.says("ja")
        await phone.ask(2)
        await phone.frame()
        phone.transcript[-1]["content"] = "ja genau"
        await phone.ask(3)
        meanwhile = await phone.frame()
        desk.booking.set()
        result = await phone.answer(3)

    assert meanwhile["content"] == "Nebenbei genau. "
    assert result.text == "Der Termin steht."
    assert len(desk.orders) == 1


async def test_a_result_that_was_not_heard_is_told_again_before_anything_else(
    server: Any, desk: Any
) -> None:
    async with server.call() as phone:
        await _offered(phone)
        phone.says("ja")
        await phone.ask(2)
        await phone.answer(2)
        phone.transcript[-1]["content"] = "ja bitte und was kostet das"
        await phone.ask(3)
        again = await phone.answer(3)

    assert again.text == "Der Termin steht. Nebenbei bitte und was kostet das."
    assert len(desk.orders) == 1


async def test_a_yes_into_the_filler_gets_the_result_and_nothing_else(
    server: Any, desk: Any
) -> None:
    async with server.call() as phone:
        await _offered(phone)
        phone.says("ja")
        await phone.ask(2)
        await phone.answer(2)
        phone.hears(FILLER_BOOKING)
        phone.says("ja")
        await phone.ask(3)
        again = await phone.answer(3)
        phone.hears(again.text)
        after = await phone.exchange(4, "danke")

    assert again.text == "Der Termin steht."
    assert after.text == "Gehört suche / danke."
    assert len(desk.orders) == 1


async def test_a_line_that_never_shows_the_agents_words_is_not_told_for_ever(
    server: Any, desk: Any
) -> None:
    async with server.call() as phone:
        await _offered(phone)
        phone.says("ja")
        await phone.ask(2)
        await phone.answer(2)
        answers = []
        for response_id in (3, 4, 5):
            await phone.ask(response_id)
            answers.append((await phone.answer(response_id)).text)

    assert answers[:2] == ["Der Termin steht.", "Der Termin steht."]
    assert answers[2] != "Der Termin steht."
    assert len(desk.orders) == 1


async def test_a_wish_that_changes_while_nothing_was_heard_replaces_the_search(
    server: Any, desk: Any
) -> None:
    desk.searching.clear()
    async with server.call() as phone:
        await phone.greeted()
        phone.says("suche")
        await phone.ask(1)
        await desk.began.wait()
        phone.transcript[-1]["content"] = "suche morgen"
        await phone.ask(2)
        await _until(lambda: len(desk.queries) == 2)
        desk.searching.set()
        answer = await phone.answer(2)

    assert answer.text.endswith("Um zwölf wäre Platz.")


async def test_words_into_the_wait_and_the_wish_before_them_are_one_turn(
    hurried: Any, desk: Any
) -> None:
    server = await hurried(filler_s=0.1, first_watchdog_s=0.1)
    desk.searching.clear()
    async with server.call() as phone:
        await phone.greeted()
        phone.says("suche")
        await phone.ask(1)
        phone.hears((await phone.frame())["content"])
        phone.says("Hallo?")
        await phone.ask(2)
        await phone.frame()
        desk.searching.set()
        unheard = await phone.answer(2)
        phone.transcript[-1]["content"] = "Hallo? Oder übermorgen"
        await phone.ask(3)
        answer = await phone.answer(3)

    assert unheard.text.endswith("Um zwölf wäre Platz.")
    assert answer.last["content"] == "Um zwölf wäre Platz."
    assert len(desk.queries) == 2


async def test_a_result_told_again_still_ends_the_call(server: Any, desk: Any) -> None:
    async with server.call() as phone:
        await _offered(phone)
        phone.says("ja und tschau")
        await phone.ask(2)
        await phone.answer(2)
        phone.hears(FILLER_BOOKING)
        phone.says("ja")
        await phone.ask(3)
        again = await phone.answer(3)

    assert again.text == "Der Termin steht."
    assert again.last["end_call"] is True
    assert len(desk.orders) == 1


async def test_a_time_that_was_taken_is_told(server: Any, desk: Any) -> None:
    desk.is_taken = True
    async with server.call() as phone:
        await _offered(phone)
        answer = await phone.exchange(2, "ja")

    assert answer.text.endswith("Der Platz ist weg.")


async def test_an_error_of_the_booking_is_told(server: Any, desk: Any) -> None:
    async with server.call() as phone:
        await _offered(phone)
        desk.error = OSError("gone")
        answer = await phone.exchange(2, "ja")

    assert answer.text.endswith("booking ging nicht.")


async def test_a_reminder_during_a_booking_waits_for_its_result(hurried: Any, desk: Any) -> None:
    server = await hurried(first_watchdog_s=0.1)
    desk.booking.clear()
    async with server.call() as phone:
        await _offered(phone)
        phone.says("ja")
        await phone.ask(2)
        phone.hears((await phone.frame())["content"])
        await phone.ask(3, reminder=True)
        waiting = await phone.frame()
        desk.booking.set()
        result = await phone.answer(3)

    assert waiting["content"] == WATCHDOG_1
    assert result.text == "Der Termin steht."


async def test_hanging_up_gives_the_holds_back(server: Any, desk: Any) -> None:
    async with server.call("call_7") as phone:
        await _offered(phone)

    await _until(lambda: desk.released)
    assert desk.released == ["call:call_7"]


async def test_hanging_up_during_a_booking_does_not_stop_it(server: Any, desk: Any) -> None:
    desk.booking.clear()
    async with server.call("call_8") as phone:
        await _offered(phone)
        phone.says("ja")
        await phone.ask(2)
        await phone.frame()
    await asyncio.sleep(0.1)
    assert not desk.released
    desk.booking.set()
    await _until(lambda: desk.released)

    assert list(desk.results) == ["call_8:1"]


async def test_a_shutdown_waits_for_a_booking_under_way(start: Any, services: Services) -> None:
    server: Any = await start(services)
    desk: Any = services.desk
    desk.booking.clear()
    async with server.call() as phone:
        await _offered(phone)
        phone.says("ja")
        await phone.ask(2)
        await phone.frame()
        stopping = asyncio.create_task(server.stop())
        await phone.socket.wait_closed()
        assert not stopping.done()
        desk.booking.set()
        await stopping

    assert phone.socket.close_code == 1006
    assert list(desk.results) == ["call_1:1"]
    assert not desk.released


@pytest.mark.parametrize("work", ["suche", "ja"])
async def test_a_lost_line_keeps_the_holds_until_nobody_has_come_back(
    hurried: Any, desk: Any, work: str
) -> None:
    server = await hurried(reconnect_s=0.5)
    async with server.call() as phone:
        await _offered(phone)
        await phone.exchange(2, work)
        phone.socket.transport.abort()
        await asyncio.sleep(0.05)
        assert not desk.released
        await _until(lambda: desk.released)

    assert desk.released == ["call:call_1"]


async def test_holds_are_renewed_while_a_call_goes_on(hurried: Any, desk: Any) -> None:
    server = await hurried(renew_s=0.0)
    async with server.call() as phone:
        await _offered(phone)
        await phone.exchange(2, "weiter")

    assert "call:call_1" in desk.renewed
