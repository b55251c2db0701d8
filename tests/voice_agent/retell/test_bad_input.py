"""Whatever arrives: it is logged, and the call goes on."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from pydantic import SecretStr
from structlog.testing import capture_logs
from websockets.exceptions import ConnectionClosed

from voice_agent.config import Settings
from voice_agent.retell.connection import LARGEST_FRAME
from voice_agent.retell.events import (
    LONGEST_LINE,
    MOST_CHARACTERS,
    MOST_LINES,
    ResponseRequired,
    Unreadable,
    UpdateOnly,
    read,
)

if TYPE_CHECKING:
    from voice_agent.app import Services

IGNORED = {
    "no JSON": "{",
    "nothing": "",
    "half a string": '{"interaction_type": "ping_pong',
    "a number": "17",
    "a list": "[]",
    "null": "null",
    "deeper than anyone needs": "[" * 100_000,
    "an unpaired surrogate": '{"interaction_type": "\\ud800"}',
    "an unknown event": '{"interaction_type": "weather_report"}',
    "no event": '{"timestamp": 3}',
    "an event of another type": '{"interaction_type": 5}',
    "a list of an event": '{"interaction_type": ["ping_pong"]}',
    "a ping without its time": '{"interaction_type": "ping_pong"}',
    "a ping with a text": '{"interaction_type": "ping_pong", "timestamp": "soon"}',
    "a ping from before time": '{"interaction_type": "ping_pong", "timestamp": -1}',
    "details of nothing": '{"interaction_type": "call_details"}',
    "details in a text": '{"interaction_type": "call_details", "call": "call_1"}',
    "a request without an id": '{"interaction_type": "response_required", "transcript": []}',
    "an id in a text": '{"interaction_type": "response_required", "response_id": "3"}',
    "a true id": '{"interaction_type": "response_required", "response_id": true}',
    "a broken id": '{"interaction_type": "response_required", "response_id": 1.5}',
    "a negative id": '{"interaction_type": "response_required", "response_id": -1}',
    "an enormous id": '{"interaction_type": "response_required", "response_id": 1e30}',
}


@pytest.mark.parametrize("message", IGNORED.values(), ids=IGNORED.keys())
async def test_what_is_no_event_is_logged_and_the_call_goes_on(server: Any, message: str) -> None:
    async with server.call() as phone:
        await phone.greeted()
        with capture_logs() as logs:
            await phone.socket.send(message)
            answer = await phone.exchange(1, "noch da")

    assert answer.text == "Gehört noch da."
    assert [entry["log_level"] for entry in logs if entry["event"] == "frame_ignored"] == [
        "warning"
    ]


async def test_binary_frames_are_ignored(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        await phone.socket.send(b'{"interaction_type": "response_required", "response_id": 9}')
        answer = await phone.exchange(1, "noch da")

    assert answer.text == "Gehört noch da."


async def test_a_giant_request_is_answered_under_its_id_and_the_call_goes_on(server: Any) -> None:
    async with server.call() as phone:
        await phone.greeted()
        phone.says(f"{'x' * (LARGEST_FRAME - 1000)} um drei")
        await phone.ask(1)
        giant = await phone.answer(1)
        phone.transcript.pop()
        answer = await phone.exchange(2, "noch da")

    assert giant.text.endswith("x um drei.")
    assert len(giant.text) < 2 * LONGEST_LINE
    assert answer.text == "Gehört noch da."


@pytest.mark.parametrize("line", ["x", "x" * 500], ids=["many lines", "much in many lines"])
async def test_of_a_transcript_without_end_the_end_is_answered(server: Any, line: str) -> None:
    async with server.call() as phone:
        await phone.greeted()
        phone.transcript += [{"role": "user", "content": line}] * 30_000
        phone.hears("Und wann?")
        phone.says("um drei")
        await phone.ask(1)
        answer = await phone.answer(1)

    assert answer.text.endswith("x um drei.")
    assert len(answer.text) <= MOST_CHARACTERS + MOST_LINES + len("Gehört .")


async def test_what_no_connection_survives_costs_the_connection_and_not_the_call(
    server: Any,
) -> None:
    async with server.call() as first:
        await first.greeted()
        await first.exchange(1, "eins")
        with suppress(ConnectionClosed):  # perhaps already while it is being sent
            await first.socket.send("x" * (LARGEST_FRAME + 1))
        await first.socket.wait_closed()

    async with server.call() as second:
        second.transcript = first.transcript
        await second.frame()
        answer = await second.exchange(2, "zwei")

    assert first.socket.close_code == 1006
    assert answer.text == "Gehört eins / zwei."


BROKEN_PARTS = {
    "words of nonsense": {"words": [1, None, {"word": 3, "start": "now"}]},
    "words in a text": {"words": "Ich möchte"},
    "metadata in a list": {"metadata": []},
    "metadata of nonsense": {"metadata": {"response_id": "x", "is_backchannel": "perhaps"}},
    "fields of tomorrow": {"sentiment": {"joy": 0.5}},
}


@pytest.mark.parametrize("part", BROKEN_PARTS.values(), ids=BROKEN_PARTS.keys())
async def test_a_broken_detail_does_not_lose_the_callers_words(
    server: Any, part: dict[str, Any]
) -> None:
    async with server.call() as phone:
        await phone.greeted()
        phone.transcript.append({"role": "user", "content": "Guten Tag", **part})
        await phone.ask(1)
        answer = await phone.answer(1)

    assert answer.text == "Gehört Guten Tag."


@pytest.mark.parametrize(
    "escaped",
    [r"Guten\ud83d Tag", r"\ude00Guten Tag", r"Guten\u0000 T\u0007ag", r"Guten Tag\u009f"],
    ids=["half an emoji", "its other half", "NUL and a bell", "a control character of C1"],
)
async def test_a_character_that_is_none_does_not_mute_the_call(server: Any, escaped: str) -> None:
    request = json.dumps(
        {
            "interaction_type": "response_required",
            "response_id": 1,
            "transcript": [{"role": "user", "content": "WORDS"}],
        }
    )
    async with server.call() as phone:
        await phone.greeted()
        await phone.socket.send(request.replace("WORDS", escaped))
        answer = await phone.answer(1)

    assert answer.text == "Gehört Guten Tag."


def test_whole_emojis_and_escaped_backslashes_stay_as_they_are() -> None:
    event = read(
        r"""{"interaction_type": "response_required", "response_id": 1, "transcript": [
            {"role": "user", "content": "\ud83d\ude00 \\ud83d \ud83d"}]}"""
    )

    assert isinstance(event, ResponseRequired)
    assert event.transcript[0].content == "\U0001f600 \\ud83d "


@pytest.mark.parametrize("odd", ["\x00", "\ud83d"], ids=["NUL", "half an emoji"])
@pytest.mark.parametrize("number", ["{}", "+4930{}555000", "{}+4930555000"])
async def test_a_dialled_number_with_a_character_that_is_none_is_no_salon_of_ours(
    server: Any, odd: str, number: str
) -> None:
    async with server.call() as phone:
        await phone.frame()
        await phone.introduce(to_number=number.format(odd))
        refusal = await phone.answer(0)

    assert refusal.text == "Hinweis unknown_salon."
    assert refusal.last["end_call"] is True


def test_lines_of_the_transcript_that_are_none_are_left_out() -> None:
    lines = [
        None,
        "user: hallo",
        {"role": "user"},
        {"role": "user", "content": None},
        {"role": 5, "content": "hallo"},
        {"role": "tool_call_result", "content": "{}"},
        {"role": "user", "content": "hallo"},
    ]
    event = read(
        json.dumps({"interaction_type": "response_required", "response_id": 1, "transcript": lines})
    )

    assert isinstance(event, ResponseRequired)
    assert [line.content for line in event.transcript] == ["{}", "hallo"]


@pytest.mark.parametrize("transcript", [None, "hallo", {"0": "hallo"}, 5])
def test_a_transcript_that_is_none_still_leaves_a_request_to_be_answered(transcript: Any) -> None:
    message = {
        "interaction_type": "response_required",
        "response_id": 3,
        "transcript": transcript,
        "transcript_with_tool_calls": "odd",
    }
    event = read(json.dumps(message))

    assert isinstance(event, ResponseRequired)
    assert event.response_id == 3
    assert event.transcript == []


def test_an_unknown_turn_leaves_the_update() -> None:
    event = read('{"interaction_type": "update_only", "turntaking": "nobody", "transcript": []}')

    assert isinstance(event, UpdateOnly)
    assert event.turntaking is None


def test_the_reason_why_a_message_is_no_event_quotes_nothing_of_it() -> None:
    message = {"interaction_type": "response_required", "response_id": "Jansen"}

    with pytest.raises(Unreadable, match=r"^unusable: response_id$"):
        read(json.dumps(message))


@pytest.fixture
def guarded(services: Services) -> Services:
    """A server that asks for a secret."""
    settings = Settings(llm_websocket_secret=SecretStr("geheim-ü"))
    return replace(services, settings=settings)


@pytest.mark.parametrize("path", ["/llm-websocket/c1", "/llm-websocket/falsch/c1"])
async def test_without_the_secret_there_is_no_upgrade(
    start: Any, guarded: Services, path: str
) -> None:
    server = await start(guarded)
    async with ClientSession() as session:
        with pytest.raises(WSServerHandshakeError) as refused:
            await session.ws_connect(f"http://127.0.0.1:{server.port}{path}")

    assert refused.value.status == 403


async def test_the_secret_opens_the_line(start: Any, guarded: Services) -> None:
    server = await start(guarded)
    async with server.call(path="/llm-websocket/geheim-%C3%BC") as phone:
        greeting = await phone.greeted()

    assert greeting.text == "Salon Probe"


@pytest.mark.parametrize("call_id", ["a%20b", "x" * 129, "%00", "a%0Ab"])
async def test_what_cannot_be_a_call_id_is_refused_before_the_upgrade(
    server: Any, call_id: str
) -> None:
    async with ClientSession() as session:
        with pytest.raises(WSServerHandshakeError) as refused:
            await session.ws_connect(f"http://127.0.0.1:{server.port}/llm-websocket/{call_id}")

    assert refused.value.status == 400
