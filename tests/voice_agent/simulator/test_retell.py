"""The player keeps to Retell's side of the protocol."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest
from websockets.asyncio.server import serve

from voice_agent.simulator.line import Ending, Patience
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.retell import Habits, RetellCall

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    Frame = dict[str, Any]
    Calling = Callable[..., AbstractAsyncContextManager[RetellCall]]
    Scripting = Callable[..., Any]
    Saying = Callable[..., Frame]

GREETING = "Salon Beispiel, guten Tag!"


def said_in(event: Frame) -> list[tuple[str, str]]:
    return [(item["role"], item["content"]) for item in event["transcript"]]


async def test_the_call_id_is_appended_to_the_base_address(
    calling: Calling, agent: Scripting
) -> None:
    server = agent()

    async with calling(server) as call:
        pass

    assert server.paths == [f"/llm-websocket/{call.phone.call_id}"]


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("http://agent.test/llm", "ws://agent.test/llm/call_1"),
        ("https://agent.test/llm/", "wss://agent.test/llm/call_1"),
        ("ws://http-agent.test:81", "ws://http-agent.test:81/call_1"),
        ("wss://agent.test/{{tenant}}/llm", "wss://agent.test/seven/llm/call_1"),
        ("wss://agent.test/llm?t={{tenant}}", "wss://agent.test/llm/call_1?t=seven"),
        ("wss://agent.test/{{unset}}", "wss://agent.test/{{unset}}/call_1"),
    ],
)
def test_the_address_is_what_the_agent_is_set_to_with_variables_filled_in(
    base: str, url: str
) -> None:
    phone = PhoneCall(base_url=base, call_id="call_1", variables={"tenant": "seven"})

    assert phone.url == url


async def test_call_details_come_at_once_and_only_when_the_config_asks_for_them(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    asking, not_asking = agent(), agent(opening=[say(0, GREETING)])

    async with calling(asking), calling(not_asking):
        pass

    (details,) = asking.events("call_details")
    assert details["call"]["to_number"] == "+493023125000"
    assert details["call"]["from_number"] == "+4930555001"
    assert not_asking.events("call_details") == []


async def test_a_withheld_number_is_absent_not_null(calling: Calling, agent: Scripting) -> None:
    server = agent()

    async with calling(server, phone={"to_number": "+493023125000"}):
        pass

    (details,) = server.events("call_details")
    assert "from_number" not in details["call"]


async def test_a_web_call_has_no_numbers_and_no_direction(
    calling: Calling, agent: Scripting
) -> None:
    server = agent()

    async with calling(server, phone={"metadata": {"salon": "friseur1"}}):
        pass

    (details,) = server.events("call_details")
    assert details["call"]["call_type"] == "web_call"
    assert details["call"]["metadata"] == {"salon": "friseur1"}
    assert details["call"].keys().isdisjoint({"to_number", "from_number", "direction"})


async def test_nothing_is_asked_before_the_begin_message(
    calling: Calling, agent: Scripting, say: Saying, config: Frame
) -> None:
    server = agent(opening=[config, 0.05, say(0, GREETING)])

    async with calling(server) as call:
        greeted_at = len(server.events("update_only"))
        await call.say("Guten Tag")

    assert call.answers[0].text == GREETING
    assert greeted_at <= 1


async def test_every_request_carries_the_whole_transcript_and_the_next_id(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Für wann?")], 2: [say(2, "Gern.")]})

    async with calling(server) as call:
        await call.say("Einen Haarschnitt bitte")
        await call.say("Am Dienstag")
        await call.listen()

    first, second = server.events("response_required")
    assert (first["response_id"], second["response_id"]) == (1, 2)
    assert said_in(second) == [
        ("agent", GREETING),
        ("user", "Einen Haarschnitt bitte"),
        ("agent", "Für wann?"),
        ("user", "Am Dienstag"),
    ]


async def test_the_callers_sentence_is_seen_growing_before_it_is_asked_about(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Gern.")]})

    async with calling(server) as call:
        await call.say("Morgen um zehn Uhr bitte")
        await call.listen()

    seen = [text for event in server.events("update_only") for _, text in said_in(event)]
    assert "Morgen um" in seen
    assert seen.index("Morgen um") < seen.index("Morgen um zehn Uhr bitte")


async def test_what_was_misheard_at_first_is_corrected_in_the_request(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Gern.")]})

    async with calling(server, corrects=True) as call:
        await call.say("Ansatzfärbung morgen")
        await call.listen()

    growing, *_ = [said_in(event)[-1] for event in server.events("update_only")[2:]]
    (request,) = server.events("response_required")
    assert growing == ("user", "Ansatzf")
    assert said_in(request)[-1] == ("user", "Ansatzfärbung morgen")


@pytest.mark.parametrize("heard", ["(unintelligible audio)", "übermorgen", "am 24. um 14:30"])
async def test_whatever_was_recognised_stands_in_the_transcript(
    calling: Calling, agent: Scripting, say: Saying, heard: str
) -> None:
    server = agent(answers={1: [say(1, "Gern.")]})

    async with calling(server) as call:
        await call.say(heard)

    (request,) = server.events("response_required")
    assert said_in(request)[-1] == ("user", heard)


async def test_a_noise_makes_retell_ask_with_an_empty_transcript(
    calling: Calling, agent: Scripting, say: Saying, config: Frame
) -> None:
    server = agent(opening=[config, say(0, "")], answers={1: [say(1, "Guten Tag!")]})

    async with calling(server) as call:
        await call.be_asked_early()
        await call.listen()

    (request,) = server.events("response_required")
    assert request["transcript"] == []
    assert call.findings == []
    assert call.answers[1].heard == "Guten Tag!"


async def test_turns_are_announced_when_they_change(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Gern.")]})

    async with calling(server) as call:
        await call.say("Hallo zusammen")
        await call.listen()
        await call.lose_connection()

    turns = [e["turntaking"] for e in server.events("update_only") if "turntaking" in e]
    assert turns == ["agent_turn", "user_turn", "agent_turn"]


@pytest.mark.parametrize("present", [True, False])
async def test_words_with_times_are_there_or_not(
    calling: Calling, agent: Scripting, say: Saying, *, present: bool
) -> None:
    server = agent(answers={1: [say(1, "Gern.")]})

    async with calling(server, words=present) as call:
        await call.say("Grüß Gott")
        await call.listen()

    (request,) = server.events("response_required")
    words = [item.get("words") for item in request["transcript"]]
    assert all(words) if present else words == [None, None]


async def test_a_silent_caller_makes_retell_ask_for_a_reminder(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Sind Sie noch da?")]})

    async with calling(server) as call:
        await call.stay_silent()
        answer = await call.listen()

    (reminder,) = server.events("reminder_required")
    assert (reminder["response_id"], answer.heard) == (1, "Sind Sie noch da?")


async def test_a_hesitating_caller_is_asked_about_too_early_and_heard_as_one_utterance(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Um wie viel Uhr?")], 2: [say(2, "Um zehn.")]})

    async with calling(server) as call:
        answer = await call.say_in_pieces(["Am Mittwoch", "um zehn"], gap_s=0.05)
        await call.listen()

    early, late = server.events("response_required")
    assert said_in(early)[-1] == ("user", "Am Mittwoch")
    assert said_in(late)[-1] == ("user", "Am Mittwoch um zehn")
    assert answer.heard == "Um zehn."


async def test_the_voice_can_begin_before_the_answer_is_complete(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    filler, result = say(1, "Einen Moment. ", complete=False), say(1, "Erledigt.")
    server = agent(answers={1: [filler, 0.1, result]})

    async with calling(server) as call:
        answer = await call.say("Ja")
        await call.listen()

    assert answer.complete_ms - answer.first_sentence_ms > 90
    assert answer.heard == "Einen Moment. Erledigt."


async def test_who_interrupts_hears_only_the_beginning_and_drops_the_pending_end(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    goodbye = say(1, "Vielen Dank für Ihren Anruf, auf Wiederhören.", end_call=True)
    server = agent(answers={1: [goodbye], 2: [say(2, "Ja, bitte?")]})

    async with calling(server) as call:
        await call.say("Das war es")
        await call.interrupt("Halt, noch etwas", after_words=2)
        await call.listen()
        ending = call.ending

    assert said_in(server.events("response_required")[1])[-2:] == [
        ("agent", "Vielen Dank"),
        ("user", "Halt, noch etwas"),
    ]
    assert ending is None


async def test_a_transcript_can_keep_what_was_not_heard(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Am Dienstag oder am Freitag?")], 2: [say(2, "Gut.")]})

    async with calling(server, truncates=False) as call:
        await call.say("Wann?")
        await call.interrupt("Freitag", after_words=2)
        await call.listen()

    assert said_in(server.events("response_required")[1])[-2:] == [
        ("agent", "Am Dienstag oder am Freitag?"),
        ("user", "Freitag"),
    ]


async def test_an_answer_that_allows_no_interruption_is_heard_to_its_end(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    goodbye = say(1, "Auf Wiederhören.", end_call=True, no_interruption_allowed=True)
    server = agent(answers={1: [goodbye]})

    async with calling(server) as call:
        await call.say("Das war es")
        await call.interrupt("Halt")

    assert call.ending is Ending.AGENT_HANGUP
    assert len(server.events("response_required")) == 1


async def test_a_backchannel_during_a_filler_voids_the_open_response(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    filler = say(1, "Ich trage es ein. ", complete=False)
    server = agent(answers={1: [filler, 0.05], 2: [say(2, "Gebucht.")]})

    async with calling(server) as call:
        await call.say("Ja bitte")
        answer = await call.interrupt("mhm")
        await call.listen()

    assert answer.heard == "Gebucht."
    assert call.findings == []


async def test_end_call_hangs_up_after_the_words_were_spoken(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Auf Wiederhören.", end_call=True)]})

    async with calling(server) as call:
        await call.say("Tschüss")
        await call.listen()

    assert call.ending is Ending.AGENT_HANGUP
    assert server.close_codes == [1000]
    assert call.findings == []


async def test_a_transfer_ends_the_call_with_its_number(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Ich verbinde.", transfer_number="+4930555002")]})

    async with calling(server) as call:
        await call.say("Bitte einen Menschen")
        await call.listen()

    assert (call.ending, call.transferred_to) == (Ending.CALL_TRANSFER, "+4930555002")


async def test_who_is_put_through_in_vain_goes_on_talking(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    transfer = say(1, "Ich verbinde.", transfer_number="+4930555002")
    server = agent(answers={1: [transfer], 2: [say(2, "Leider nicht da.")]})

    async with calling(server, transfers=False) as call:
        await call.say("Bitte einen Menschen")
        await call.listen()
        answer = await call.say("Und nun?")
        await call.listen()

    assert (call.transferred_to, answer.heard) == ("+4930555002", "Leider nicht da.")


async def test_keys_that_the_agent_presses_come_after_its_words_and_last_in_precedence(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    both = say(2, "Ich verbinde.", transfer_number="+4930555002", digit_to_press="9")
    server = agent(answers={1: [say(1, "Moment.", digit_to_press="42#")], 2: [both]})

    async with calling(server) as call:
        await call.say("Nummer zweiundvierzig")
        await call.listen()
        pressed = call.pressed
        await call.say("Weiter")
        await call.listen()

    assert (pressed, call.pressed) == ("42#", "42#")
    assert call.ending is Ending.CALL_TRANSFER


async def test_who_interrupts_drops_keys_and_transfers_as_well(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(
        answers={
            1: [say(1, "Ich drücke die Vier für Sie.", digit_to_press="4")],
            2: [say(2, "Ich verbinde Sie gern.", transfer_number="+4930555002")],
            3: [say(3, "Gut.")],
        }
    )

    async with calling(server) as call:
        await call.say("Hallo")
        await call.interrupt("Nein")
        await call.interrupt("Auch nicht")
        await call.listen()

    assert (call.pressed, call.transferred_to, call.ending) == ("", None, Ending.USER_HANGUP)


async def test_after_a_break_the_same_path_is_dialled_and_ids_go_on(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Für wann?")], 2: [say(2, "Gern.")]})

    async with calling(server) as call:
        await call.say("Einen Haarschnitt")
        await call.listen()
        await call.lose_connection()
        await call.say("Morgen")
        await call.listen()

    assert len(set(server.paths)) == 1
    assert len(server.paths) == 2
    assert [e["response_id"] for e in server.events("response_required")] == [1, 2]
    assert call.findings == []


async def test_ids_can_start_again_after_a_break(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Gern.")]})

    async with calling(server, ids_continue=False) as call:
        await call.say("Hallo")
        await call.listen()
        await call.lose_connection()
        await call.say("Morgen")
        await call.listen()

    assert [e["response_id"] for e in server.events("response_required")] == [1, 1]


async def test_a_question_open_when_the_line_broke_is_asked_again(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={2: [say(2, "Gern.")]})

    async with calling(server) as call:
        answer = await call.say("Hallo")
        await call.lose_connection()
        await call.listen()

    assert answer.heard == "Gern."
    assert [e["response_id"] for e in server.events("response_required")] == [1, 2]


async def test_tool_calls_and_keys_are_woven_in_only_when_asked_for(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    tools = {"response_type": "config", "config": {"transcript_with_tool_calls": True}}
    called = {
        "response_type": "tool_call_invocation",
        "tool_call_id": "t1",
        "name": "find",
        "arguments": "{}",
    }
    server = agent(
        opening=[tools, say(0, GREETING)],
        answers={1: [called, say(1, "Gern.")], 2: [say(2, "Danke.")]},
    )

    async with calling(server) as call:
        await call.say("Hallo")
        await call.press("4")
        await call.listen()

    woven = server.events("response_required")[1]["transcript_with_tool_calls"]
    assert [item["role"] for item in woven] == [
        "agent",
        "user",
        "tool_call_invocation",
        "agent",
        "dtmf",
    ]


async def test_pings_are_sent_while_the_config_wants_them(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    wanted, unwanted = agent(), agent(opening=[say(0, GREETING)])

    async with calling(wanted), calling(unwanted) as call:
        await call.wait_s(0.2)

    assert len(wanted.events("ping_pong")) > 2
    assert unwanted.events("ping_pong") == []


async def test_an_agents_interrupt_stops_the_answer_it_speaks_over(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    cut_in = {
        "response_type": "agent_interrupt",
        "interrupt_id": 7,
        "content": "Entschuldigung, eben ist der Termin weg.",
        "content_complete": True,
    }
    server = agent(answers={1: [say(1, "Ich habe ", complete=False), cut_in]})

    async with calling(server) as call:
        await call.say("Und?")
        while len(call.answers) < 3:
            await call.listen()
        answer = await call.listen()

    assert answer.heard == "Entschuldigung, eben ist der Termin weg."


async def test_an_interrupt_goes_on_under_its_id_and_gives_way_to_another(
    calling: Calling, agent: Scripting
) -> None:
    def cut_in(number: int, content: str, *, complete: bool) -> Frame:
        return {
            "response_type": "agent_interrupt",
            "interrupt_id": number,
            "content": content,
            "content_complete": complete,
        }

    steps = [
        cut_in(1, "Ach, ", complete=False),
        cut_in(2, "Der Termin ", complete=False),
        cut_in(2, "ist weg.", complete=True),
    ]
    server = agent(answers={1: steps})

    async with calling(server) as call:
        await call.say("Und?")
        while len(call.answers) < 4:
            await call.listen()
        last = await call.listen()

    assert (call.answers[-2].heard, last.heard) == ("", "Der Termin ist weg.")
    assert call.findings == []


async def test_a_live_pace_takes_the_time_the_words_need(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "x" * 30)]})

    async with calling(server, pace=0.05) as call:
        begun, begun_s = perf_counter(), call.clock_s
        await call.say("y" * 15)
        await call.listen()
        real_s, spoken_s = perf_counter() - begun, call.clock_s - begun_s

    assert spoken_s == pytest.approx(3.0)
    assert real_s >= 0.15


async def test_a_server_that_is_not_there_ends_the_call_after_the_last_attempt(
    unused_tcp_port: int,
) -> None:
    phone = PhoneCall(base_url=f"ws://127.0.0.1:{unused_tcp_port}/llm-websocket")

    call = RetellCall(phone, Habits(patience=Patience(connect_attempts=2, connect_pause_s=0.01)))
    await call.start()

    assert call.ending is Ending.SOCKET_NEVER_OPENED


async def test_a_server_that_is_slow_to_come_up_is_reached_by_a_later_attempt(
    agent: Scripting, unused_tcp_port: int
) -> None:
    patience = Patience(connect_attempts=200, connect_pause_s=0.02)
    phone = PhoneCall(base_url=f"ws://127.0.0.1:{unused_tcp_port}/llm-websocket")
    call = RetellCall(phone, Habits(patience=patience))
    ringing = asyncio.create_task(call.start())
    await asyncio.sleep(0.1)

    server = agent()
    async with serve(server.serve, "127.0.0.1", unused_tcp_port):
        greeting = await ringing
        await call.hang_up()

    assert greeting.heard == GREETING
    assert call.findings == []
