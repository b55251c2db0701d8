from __future__ import annotations

import asyncio
from typing import Any


async def test_a_call_opens_with_the_configuration_and_then_the_greeting_as_response_zero(
    server: Any,
) -> None:
    async with server.call() as phone:
        config = await phone.frame()
        await phone.introduce()
        greeting = await phone.answer(0)

    assert config == {
        "response_type": "config",
        "config": {"auto_reconnect": True, "call_details": True},
    }
    assert greeting.frames == [
        {
            "response_type": "response",
            "response_id": 0,
            "content": "Salon Probe",
            "content_complete": True,
        },
    ]


async def test_an_answer_carries_the_id_it_was_asked_for(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        first = await phone.exchange(1, "Guten Tag")
        second = await phone.exchange(4, "Schneiden bitte")

    assert first.text == "Gehört Guten Tag."
    assert second.text == "Gehört Guten Tag / Schneiden bitte."


async def test_lines_of_the_caller_without_the_agent_between_them_are_one_sentence(
    server: Any,
) -> None:
    async with server.call() as phone:
        await phone.greeted()
        phone.says("Ich hätte gern")
        phone.says("einen Termin")
        await phone.ask(1)
        answer = await phone.answer(1)

    assert answer.text == "Gehört Ich hätte gern einen Termin."


async def test_a_caller_who_goes_on_is_understood_as_a_whole_under_the_newest_id(
    server: Any,
) -> None:
    async with server.call() as phone:
        await phone.greeted()
        phone.says("um zwei")
        await phone.ask(1)
        await phone.answer(1)
        phone.transcript[-1]["content"] = "um zwei nein um drei"
        await phone.ask(2)
        answer = await phone.answer(2)

    assert answer.text == "Gehört um zwei nein um drei."


async def test_words_corrected_by_recognition_replace_the_earlier_ones(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        phone.says("am Dienst tag")
        await phone.ask(1)
        await phone.answer(1)
        phone.transcript[-1]["content"] = "am Dienstag um acht"
        await phone.ask(2)
        answer = await phone.answer(2)

    assert answer.text == "Gehört am Dienstag um acht."


async def test_a_request_that_a_newer_one_has_made_void_gets_no_frame(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        phone.says("eins")
        await phone.ask(2)
        answer = await phone.answer(2)
        await phone.ask(1)
        late = await phone.overheard()

    assert answer.text == "Gehört eins."
    assert late == []


async def test_a_request_that_comes_twice_is_answered_once(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        phone.says("eins")
        await phone.ask(1)
        await phone.ask(1)
        answer = await phone.answer(1)
        await phone.ask(1)
        await phone.ask(1, reminder=True)
        await phone.nothing()
        phone.hears(answer.text)
        after = await phone.exchange(2, "zwei")

    assert answer.text == "Gehört eins."
    assert after.text == "Gehört eins / zwei."


async def test_speech_that_was_not_intelligible_is_asked_for_and_does_not_become_words(
    server: Any,
) -> None:
    async with server.call() as phone:
        await phone.greeted()
        answer = await phone.exchange(1, "(unintelligible audio)")

    assert answer.text == "Gehört ."


async def test_an_empty_transcript_is_answered(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        phone.transcript.clear()
        await phone.ask(1)
        answer = await phone.answer(1)

    assert answer.last["content_complete"] is True


async def test_the_agents_own_mhm_does_not_split_a_sentence(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        phone.says("Ich möchte")
        phone.transcript.append(
            {"role": "agent", "content": "mhm", "metadata": {"is_backchannel": True}}
        )
        phone.says("färben")
        await phone.ask(1)
        answer = await phone.answer(1)

    assert answer.text == "Gehört Ich möchte färben."


async def test_a_silent_caller_is_reminded(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        await phone.ask(1, reminder=True)
        answer = await phone.answer(1)

    assert answer.text == "Sind Sie noch da?"


async def test_updates_are_not_answered(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        for turn in ("user_turn", "agent_turn", None):
            await phone.send(
                interaction_type="update_only", transcript=phone.transcript, turntaking=turn
            )
        answers = await phone.overheard()

    assert answers == []


async def test_an_answer_cut_off_by_the_caller_is_known_as_such(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        phone.says("Guten Tag zusammen")
        await phone.ask(1)
        await phone.answer(1)
        phone.hears("Gehört Guten")
        phone.says("Moment")
        await phone.ask(2)
        answer = await phone.answer(2)

    assert answer.text == "Gehört unterbrochen Guten Tag zusammen / Moment."


async def test_an_answer_cut_off_by_a_noise_is_said_again(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        phone.says("tschüss")
        await phone.ask(1)
        farewell = await phone.answer(1)
        phone.hears("Auf Wieder")
        await phone.ask(2)
        again = await phone.answer(2)

    assert farewell.last["end_call"] is True
    assert again.text == "Auf Wiederhören."
    assert again.last["end_call"] is True


async def test_the_end_of_the_call_is_left_to_retell(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        farewell = await phone.exchange(1, "tschüss")
        await phone.nothing()

        assert farewell.last["end_call"] is True
        assert phone.socket.close_code is None


async def test_a_goodbye_that_was_talked_over_is_forgotten(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        await phone.exchange(1, "tschüss")
        answer = await phone.exchange(2, "ach halt")

    assert "end_call" not in answer.last


async def test_a_second_goodbye_ends_the_call_like_the_first(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        goodbyes = [await phone.exchange(number, "tschüss") for number in (1, 2)]

    assert [goodbye.last["end_call"] for goodbye in goodbyes] == [True, True]


async def test_a_broken_turn_is_answered_and_the_call_goes_on(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        broken = await phone.exchange(1, "kaputt")
        answer = await phone.exchange(2, "weiter")

    assert broken.text == "Hinweis technical_failure."
    assert answer.text == "Gehört weiter."


async def test_pings_are_answered_with_retells_own_time_while_a_search_runs(
    server: Any, desk: Any
) -> None:
    desk.searching.clear()
    async with server.call() as phone:
        await phone.greeted()
        phone.says("suche")
        await phone.ask(1)
        await desk.began.wait()
        await phone.send(interaction_type="ping_pong", timestamp=1795424402000)
        pong = await phone.frame()
        desk.searching.set()

    assert pong == {"response_type": "ping_pong", "timestamp": 1795424402000}


async def test_a_withheld_number_does_not_matter(server: Any) -> None:
    async with server.call() as phone:
        await phone.frame()
        await phone.introduce(from_number="anonymous")
        greeting = await phone.answer(0)

    assert greeting.text == "Salon Probe"


async def test_a_number_of_no_salon_is_told_so_and_ends(server: Any) -> None:
    async with server.call() as phone:
        await phone.frame()
        await phone.introduce(to_number="+4930999999")
        refusal = await phone.answer(0)
        phone.says("Hallo?")
        await phone.ask(1)
        again = await phone.answer(1)

    assert refusal.text == "Hinweis unknown_salon."
    assert refusal.last["end_call"] is True
    assert again.last["end_call"] is True


async def test_a_web_call_reaches_the_only_salon(server: Any) -> None:
    async with server.call() as phone:
        await phone.frame()
        await phone.send(interaction_type="call_details", call={"call_type": "web_call"})
        greeting = await phone.answer(0)

    assert greeting.text == "Salon Probe"


async def test_a_web_call_to_one_of_several_salons_is_not_guessed(
    hurried: Any, make_salons: Any
) -> None:
    await make_salons(Nord="+4930111111")
    server = await hurried(details_s=0.1, late_details_s=0.1)
    async with server.call() as phone:
        await phone.frame()
        refusal = await phone.answer(0)

    assert refusal.text == "Hinweis unknown_salon."


async def test_details_that_come_late_still_find_the_salon_among_several(
    hurried: Any, make_salons: Any
) -> None:
    await make_salons(Nord="+4930111111")
    server = await hurried(details_s=0.1)
    async with server.call() as phone:
        await phone.frame()
        await asyncio.sleep(0.2)
        await phone.introduce(to_number="+4930111111")
        greeting = await phone.answer(0)

    assert greeting.text == "Salon Nord"


async def test_the_greeting_does_not_wait_for_details_that_never_come(hurried: Any) -> None:
    server = await hurried(details_s=0.1)
    async with server.call() as phone:
        await phone.frame()
        greeting = await phone.answer(0)

    assert greeting.text == "Salon Probe"
