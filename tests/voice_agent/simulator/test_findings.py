"""Each misbehaviour of a server is found, and a good one is left in peace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from voice_agent.simulator.findings import Fault
from voice_agent.simulator.line import Ending, Patience

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from voice_agent.simulator.retell import RetellCall

    Frame = dict[str, Any]
    Calling = Callable[..., AbstractAsyncContextManager[RetellCall]]
    Scripting = Callable[..., Any]
    Saying = Callable[..., Frame]
    Closing = Callable[[int], object]

IMPATIENT = Patience(answer_s=0.3)
GREETING = "Salon Beispiel, guten Tag!"


async def talk(call: RetellCall) -> None:
    await call.say("Guten Tag")
    await call.listen()


def faults(call: RetellCall) -> list[Fault]:
    return [finding.fault for finding in call.findings]


async def test_a_server_that_keeps_the_rules_has_no_findings(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(
        answers={1: [say(1, "Einen Moment. ", complete=False), say(1, "So, um 14 Uhr 30.")]}
    )

    async with calling(server) as call:
        await talk(call)

    assert call.findings == []


@pytest.mark.parametrize(
    ("frames", "fault"),
    [
        (['{"response_type": '], Fault.BAD_JSON),
        (['["response"]'], Fault.BAD_JSON),
        ([{"response_type": "nonsense"}], Fault.WRONG_TYPE),
        ([{"response_type": "ping_pong", "timestamp": "soon"}], Fault.WRONG_TYPE),
        (
            [{"response_type": "update_agent", "agent_config": {"responsiveness": 2}}],
            Fault.WRONG_TYPE,
        ),
        (
            [
                {
                    "response_type": "response",
                    "response_id": "1",
                    "content": "",
                    "content_complete": True,
                }
            ],
            Fault.WRONG_TYPE,
        ),
        (
            [
                {
                    "response_type": "response",
                    "response_id": 1,
                    "content": None,
                    "content_complete": True,
                }
            ],
            Fault.WRONG_TYPE,
        ),
        (
            [
                {
                    "response_type": "response",
                    "response_id": 1,
                    "content": "",
                    "content_complete": "true",
                }
            ],
            Fault.WRONG_TYPE,
        ),
        ([{"response_type": "response", "response_id": 1, "content": ""}], Fault.WRONG_TYPE),
        ([{"response_type": "config", "config": {"auto_reconect": True}}], Fault.UNKNOWN_FIELD),
        ([{"response_type": "metadata", "metadata": {}, "more": 1}], Fault.UNKNOWN_FIELD),
    ],
)
async def test_a_malformed_frame_is_dropped_and_reported(
    calling: Calling, agent: Scripting, say: Saying, frames: list[Frame], fault: Fault
) -> None:
    server = agent(answers={1: [*frames, say(1, "Gern.")]})

    async with calling(server) as call:
        await talk(call)

    assert faults(call) == [fault]
    assert call.answers[-1].heard == "Gern."


async def test_a_frame_without_a_type_counts_as_a_response_and_is_reported(
    calling: Calling, agent: Scripting
) -> None:
    untyped = {"response_id": 1, "content": "Gern.", "content_complete": True}
    server = agent(answers={1: [untyped]})

    async with calling(server) as call:
        await talk(call)

    assert faults(call) == [Fault.UNTYPED_FRAME]
    assert call.answers[-1].heard == "Gern."


async def test_two_actions_at_once_are_reported(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    both = say(1, "Moment.", end_call=True, transfer_number="+4930555002")
    server = agent(answers={1: [both]})

    async with calling(server) as call:
        await talk(call)

    assert faults(call) == [Fault.TWO_ACTIONS]
    assert call.ending is Ending.AGENT_HANGUP


async def test_a_response_that_is_never_closed_is_reported(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Einen Moment. ", complete=False)]})

    async with calling(server, patience=IMPATIENT) as call:
        await talk(call)

    assert faults(call) == [Fault.UNCLOSED_RESPONSE]


async def test_a_request_without_any_answer_is_reported(calling: Calling, agent: Scripting) -> None:
    async with calling(agent(), patience=IMPATIENT) as call:
        await talk(call)

    assert faults(call) == [Fault.NO_ANSWER]


async def test_a_missing_begin_message_is_reported(
    calling: Calling, agent: Scripting, config: Frame
) -> None:
    async with calling(agent(opening=[config]), patience=IMPATIENT) as call:
        pass

    assert faults(call) == [Fault.NO_GREETING]


async def test_content_after_completion_is_dropped_and_reported(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Gern."), say(1, " Und noch etwas.")]})

    async with calling(server) as call:
        await call.say("Guten Tag")
        await call.wait_s(0.05)
        answer = await call.listen()

    assert faults(call) == [Fault.CONTENT_AFTER_COMPLETION]
    assert answer.heard == "Gern."


async def test_content_after_completion_is_noticed_also_when_the_caller_has_gone_on(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Gern.")], 2: [say(1, "Ach ja."), say(2, "Bitte.")]})

    async with calling(server) as call:
        await talk(call)
        await talk(call)

    assert faults(call) == [Fault.CONTENT_AFTER_COMPLETION]


@pytest.mark.parametrize(
    ("chunks", "found"),
    [
        (("Gu", "ten Tag."), []),
        (("Um 14", " Uhr."), []),
        (("Gern.", "Wann?"), [Fault.MISSING_SPACE]),
    ],
)
async def test_a_language_model_may_cut_words_in_two_but_not_join_sentences(
    calling: Calling, agent: Scripting, say: Saying, chunks: tuple[str, str], found: list[Fault]
) -> None:
    first, second = chunks
    server = agent(answers={1: [say(1, first, complete=False), say(1, second)]})

    async with calling(server, whole_words=False) as call:
        await talk(call)

    assert faults(call) == found


async def test_the_longest_silence_in_an_answer_is_known(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "x. ", complete=False), 0.6, say(1, "Fertig.")]})

    async with calling(server) as call:
        await talk(call)

    assert 300 < call.answers[1].longest_silence_ms() < call.answers[1].complete_ms


async def test_a_late_chunk_of_a_void_response_is_discarded_and_reported(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={2: [0.7, say(1, "Zu spät."), say(2, "Gern.")]})

    async with calling(server) as call:
        await call.say_in_pieces(["Guten", "Tag"])
        await call.listen()

    assert faults(call) == [Fault.VOID_RESPONSE]
    assert call.discarded == 1


async def test_a_chunk_that_crosses_the_newer_request_is_discarded_in_silence(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={2: [say(1, "Gekreuzt."), say(2, "Gern.")]})

    async with calling(server) as call:
        await call.say_in_pieces(["Guten", "Tag"])
        await call.listen()

    assert call.findings == []
    assert call.discarded == 1


async def test_a_response_nobody_asked_for_is_reported(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(5, "Wie bitte?"), say(1, "Gern.")]})

    async with calling(server) as call:
        await talk(call)

    assert faults(call) == [Fault.UNREQUESTED_RESPONSE]


async def test_chunks_that_run_into_each_other_are_reported(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Einen Moment.", complete=False), say(1, "Gern.")]})

    async with calling(server) as call:
        await talk(call)

    assert faults(call) == [Fault.MISSING_SPACE]


@pytest.mark.parametrize(
    "words",
    [
        "Guten Tag, {name}.",
        "**Gern**.",
        "Ihr Termin: [14 Uhr].",
        "Gern 😀.",
        "Um None Uhr.",
        "a_b.",
    ],
)
async def test_what_a_voice_would_stumble_over_is_reported(
    calling: Calling, agent: Scripting, say: Saying, words: str
) -> None:
    server = agent(answers={1: [say(1, words)]})

    async with calling(server) as call:
        await talk(call)

    assert faults(call) == [Fault.MARKUP]


async def test_a_second_greeting_after_a_reconnect_is_reported(
    calling: Calling, agent: Scripting, say: Saying, config: Frame
) -> None:
    server = agent(reopening=[config, say(0, GREETING)], answers={1: [say(1, "Gern.")]})

    async with calling(server) as call:
        await call.lose_connection()
        await talk(call)

    assert faults(call) == [Fault.SECOND_GREETING]


async def test_an_empty_begin_message_after_a_reconnect_is_no_greeting(
    calling: Calling, agent: Scripting, say: Saying, config: Frame
) -> None:
    server = agent(reopening=[config, say(0, "")], answers={1: [say(1, "Gern.")]})

    async with calling(server) as call:
        await call.lose_connection()
        await talk(call)

    assert call.findings == []


async def test_a_new_socket_without_config_is_reported(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(reopening=[], answers={1: [say(1, "Gern.")]})

    async with calling(server, patience=Patience(pong_within_s=1)) as call:
        await call.lose_connection()
        await talk(call)

    assert faults(call) == [Fault.NO_CONFIG]


async def test_missed_pongs_break_the_line_until_retell_gives_up(
    calling: Calling, agent: Scripting
) -> None:
    server = agent(echoes_pings=False)
    strict = Patience(ping_every_s=0.02, pong_within_s=0.1)

    async with calling(server, patience=strict) as call:
        await call.wait_s(2)

    assert set(faults(call)) == {Fault.MISSED_PONG}
    assert len(server.paths) == 3
    assert call.ending is Ending.SOCKET_LOST


async def test_a_close_with_1000_without_end_call_is_reported(
    calling: Calling, agent: Scripting, close: Closing
) -> None:
    server = agent(answers={1: [close(1000)]})

    async with calling(server) as call:
        await talk(call)

    assert faults(call) == [Fault.CLOSED_WITHOUT_END_CALL]
    assert call.ending is Ending.AGENT_HANGUP


async def test_a_close_with_1000_after_end_call_is_no_finding(
    calling: Calling, agent: Scripting, say: Saying, close: Closing
) -> None:
    server = agent(answers={1: [say(1, "Auf Wiederhören.", end_call=True), close(1000)]})

    async with calling(server) as call:
        await talk(call)

    assert call.findings == []
    assert call.ending is Ending.AGENT_HANGUP


@pytest.mark.parametrize("code", [1001, 1011, 4000])
async def test_another_close_code_ends_the_call_as_a_runtime_error(
    calling: Calling, agent: Scripting, close: Closing, code: int
) -> None:
    server = agent(answers={1: [close(code)]})

    async with calling(server) as call:
        await talk(call)

    assert faults(call) == [Fault.UNEXPECTED_CLOSE]
    assert call.ending is Ending.SOCKET_RUNTIME


async def test_a_close_without_a_code_counts_as_never_opened(
    calling: Calling, agent: Scripting, close: Closing
) -> None:
    server = agent(answers={1: [close(1005)]})

    async with calling(server) as call:
        await talk(call)

    assert faults(call) == [Fault.UNEXPECTED_CLOSE]
    assert call.ending is Ending.SOCKET_NEVER_OPENED


async def test_a_binary_frame_is_answered_with_1007_and_ends_the_call(
    calling: Calling, agent: Scripting
) -> None:
    server = agent(answers={1: [b"\x00\x01"]})

    async with calling(server) as call:
        await talk(call)

    assert faults(call) == [Fault.BINARY_FRAME]
    assert call.ending is Ending.SOCKET_CORRUPT
    assert server.close_codes == [1007]


async def test_an_abnormal_loss_is_reported_and_the_question_asked_again(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: ["abort"], 2: [say(2, "Gern.")]})

    async with calling(server) as call:
        await talk(call)

    assert faults(call) == [Fault.ABNORMAL_CLOSE]
    assert call.answers[-1].heard == "Gern."


async def test_after_four_reconnects_retell_gives_up(calling: Calling, agent: Scripting) -> None:
    server = agent(answers={request: ["abort"] for request in range(1, 9)})

    async with calling(server) as call:
        await talk(call)

    assert len(server.paths) == 5
    assert call.ending is Ending.SOCKET_RUNTIME
