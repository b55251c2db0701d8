"""Any custom-LLM server can be called: a good one is found clean, and each misdeed is found."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from voice_agent.cli import app
from voice_agent.simulator.findings import Fault
from voice_agent.simulator.line import Patience
from voice_agent.simulator.target.calling import Target, call_up
from voice_agent.simulator.target.judging import Limits
from voice_agent.simulator.target.sessions import LANGUAGES, own_sessions, read_session
from voice_agent.simulator.target.steps import (
    Break,
    Interrupt,
    Keys,
    Noise,
    NotUnderstood,
    Pieces,
    Say,
    Silent,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from voice_agent.simulator.target.calling import Heard

    Kind = Callable[[str], Any]
    Serving = Callable[[Any], AbstractAsyncContextManager[str]]

README = Path(__file__).resolve().parents[4] / "README.md"
LENIENT = Limits(first_sentence_ms=60_000, silence_ms=60_000)


async def _found(
    url: str,
    *,
    only: str | None = None,
    limits: Limits = LENIENT,
    answer_s: float = 15.0,
    pong_within_s: float = 3.0,
) -> list[Heard]:
    patience = Patience(
        connect_attempts=2,
        connect_pause_s=0.01,
        ping_every_s=0.2,
        pong_within_s=pong_within_s,
        answer_s=answer_s,
    )
    sessions = [one for one in own_sessions("en") if only in {None, one.name}]
    assert sessions
    target = Target(url=url, patience=patience, limits=limits, pause_s=0.05)
    return await call_up(target, sessions)


def _faults(heard: list[Heard]) -> set[Fault]:
    return {finding.fault for one in heard for finding in one.findings}


@pytest.mark.parametrize("kind", ["Echo", "Streaming", "Plain"])
async def test_a_good_server_is_found_clean_in_every_kind_of_call(
    server: Kind, serving: Serving, kind: str
) -> None:
    async with serving(server(kind)) as url:  # all at once: a call is mostly waiting
        calls = [_found(url, only=session.name) for session in own_sessions("en")]
        heard = [one for (one,) in await asyncio.gather(*calls)]

    assert {one.name: one.findings for one in heard if one.findings} == {}
    assert len(heard) == len(own_sessions("en"))
    assert all(turn.first_sentence_ms is not None for one in heard for turn in one.turns)
    breaks = {one.name: one.sockets for one in heard}
    assert (breaks["line_breaks"], breaks["small_talk"]) == (3, 1)


@pytest.mark.parametrize(
    ("kind", "only", "fault"),
    [
        ("NeverCompleting", "small_talk", Fault.UNCLOSED_RESPONSE),
        ("Mute", "small_talk", Fault.NO_ANSWER),
        ("Mute", "interruption", Fault.NO_ANSWER),
        ("WithoutGreeting", "small_talk", Fault.NO_GREETING),
        ("WrongTypes", "small_talk", Fault.WRONG_TYPE),
        ("ClosingOnErrors", "noise", Fault.CLOSED_WITHOUT_END_CALL),
        ("Crashing", "noise", Fault.UNEXPECTED_CLOSE),
        ("Binary", "small_talk", Fault.BINARY_FRAME),
        ("GreetingAgain", "line_breaks", Fault.SECOND_GREETING),
        ("TalkingOn", "small_talk", Fault.CONTENT_AFTER_COMPLETION),
        ("DeafToPings", "keep_alive", Fault.MISSED_PONG),
        ("Decorated", "small_talk", Fault.MARKUP),
        ("AnsweringTheVoid", "hesitation", Fault.VOID_RESPONSE),
        ("ForgetfulOfConfig", "line_breaks", Fault.NO_CONFIG),
    ],
)
async def test_what_a_server_does_wrong_is_found(
    server: Kind, serving: Serving, kind: str, only: str, fault: Fault
) -> None:
    waits_in_vain = fault in {Fault.UNCLOSED_RESPONSE, Fault.NO_ANSWER, Fault.NO_GREETING}
    answer_s = 1.0 if waits_in_vain or kind == "WrongTypes" else 15.0

    async with serving(server(kind)) as url:
        heard = await _found(url, only=only, answer_s=answer_s, pong_within_s=1.0)

    assert fault in _faults(heard)


@pytest.mark.parametrize(
    ("kind", "limits", "fault"),
    [
        ("Slow", Limits(first_sentence_ms=500, silence_ms=60_000), Fault.SLOW_ANSWER),
        ("Pausing", Limits(first_sentence_ms=60_000, silence_ms=300), Fault.SILENCE),
    ],
)
async def test_who_is_too_slow_is_told_so(
    server: Kind, serving: Serving, kind: str, limits: Limits, fault: Fault
) -> None:
    async with serving(server(kind)) as url:
        heard = await _found(url, only="web_call", limits=limits)

    assert fault in _faults(heard)


async def test_who_is_dead_to_the_caller_is_not_asked_again_and_again(
    server: Kind, serving: Serving
) -> None:
    mute = server("Mute")

    async with serving(mute) as url:
        (heard,) = await _found(url, only="small_talk", answer_s=0.5)

    asked = [event for event in mute.heard if event["interaction_type"] == "response_required"]
    assert len(asked) == 1
    assert heard.ending == "user_hangup"


async def test_a_server_that_is_not_there_is_tried_for_one_call_only(unused_tcp_port: int) -> None:
    heard = await _found(f"ws://127.0.0.1:{unused_tcp_port}/llm")

    assert [one.ending for one in heard] == ["error_llm_websocket_open"]
    assert _faults(heard) == {Fault.ABNORMAL_CLOSE}


async def test_what_is_no_fault_is_noted(server: Kind, serving: Serving) -> None:
    async with serving(server("Plain")) as url:
        (heard,) = await _found(url, only="small_talk")

    assert any("auto_reconnect" in note for note in heard.notes)


@pytest.mark.parametrize(
    ("line", "step"),
    [
        ("Hello?", Say("Hello?")),
        ("[interrupts] No, wait", Interrupt("No, wait")),
        ("[pieces] I would like | well | a cut", Pieces(("I would like", "well", "a cut"))),
        ("[silent 20]", Silent(20.0)),
        ("[keys 12#]", Keys("12#")),
        ("[line breaks]", Break()),
        ("[noise]", Noise()),
        ("[waits for pings]", Wait()),
        ("[waits 1.5]", Wait(1.5)),
    ],
)
def test_a_line_is_a_sentence_or_a_direction(line: str, step: Any) -> None:
    assert read_session(f"{line}\n", name="one").steps == (step,)


@pytest.mark.parametrize(
    "text", ["", "# only a remark\n", "[web call]\n", "Hello\n[sneezes]\n", "[keys A]", "[silent]"]
)
def test_what_nobody_can_play_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(NotUnderstood, match="mine"):
        read_session(text, name="mine")


def test_our_calls_are_of_the_same_kinds_in_every_language() -> None:
    told = [
        [(one.name, one.about, one.habits, one.from_browser, _shape(one.steps)) for one in found]
        for found in (own_sessions(language) for language in LANGUAGES)
    ]

    assert told[0] == told[1]
    assert len(told[0]) == 11


def _shape(steps: tuple[Any, ...]) -> list[str]:
    return [type(step).__name__ for step in steps]


async def _simulate(*args: str) -> tuple[int, str, str]:
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "voice_agent",
        "simulate",
        *args,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await running.communicate()
    return running.returncode or 0, out.decode(), err.decode()


PATIENTLY = ("--slow-ms", "60000", "--silence-ms", "60000", "--patience", "60")


async def test_the_command_says_what_it_found_and_its_status_whether(
    server: Kind, serving: Serving
) -> None:
    one = ("--only", "small_talk", "--language", "en", *PATIENTLY)

    async with serving(server("Echo")) as good, serving(server("Decorated")) as bad:
        fine = await _simulate("--target", good, *one, "--verbose")
        odd = await _simulate("--target", bad, *one)
        told = await _simulate("--target", bad, *one, "--json")

    assert (fine[0], odd[0], told[0]) == (0, 1, 1)
    assert "nothing found" in fine[1]
    assert "user   Sorry, what was that?" in fine[1]
    assert "agent  You said: Sorry, what was that?." in fine[1]
    assert "markup or placeholder in speech (4)" in odd[1]
    facts = json.loads(told[1])
    assert facts["found"] == {"markup or placeholder in speech": 4}
    (call,) = facts["calls"]
    assert (call["name"], call["ending"], len(call["turns"])) == ("small_talk", "user_hangup", 5)
    assert facts["latency"]["first_sentence_ms"]["p50"] > 0


async def test_own_lines_are_said_instead(server: Kind, serving: Serving, tmp_path: Path) -> None:
    lines = tmp_path / "mine.txt"
    lines.write_text("Hello\n[keys 4]\n# a remark\nBye\n", "utf-8")
    echo = server("Echo")

    async with serving(echo) as url:
        status, out, _ = await _simulate(
            "--target", url, "--say", str(lines), "--json", "--to", "+15550001", *PATIENTLY
        )

    (call,) = json.loads(out)["calls"]
    assert (status, call["name"]) == (0, "mine")
    assert [turn["heard"] for turn in call["turns"]][-1] == "You said: Bye."
    assert call["transcript"][-2:] == [
        {"role": "user", "content": "Bye"},
        {"role": "agent", "content": "You said: Bye."},
    ]
    (details,) = [e for e in echo.heard if e["interaction_type"] == "call_details"]
    assert details["call"]["to_number"] == "+15550001"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--target", "127.0.0.1:1/llm"), "no address"),
        (("--target", "ws://127.0.0.1:1/llm", "--only", "dance"), "no call named dance"),
        (("--functions", "http://127.0.0.1:1/f", "--args", "[1]"), "JSON object"),
    ],
)
def test_what_cannot_be_tried_is_said_and_is_not_a_finding(
    args: tuple[str, ...], words: str
) -> None:
    told = CliRunner().invoke(app, ["simulate", *args])

    assert told.exit_code == 2
    assert words in told.output


async def test_the_server_of_the_readme_is_found_clean(
    unused_tcp_port: int, tmp_path: Path
) -> None:
    (snippet,) = [
        block.removeprefix("python\n")
        for block in README.read_text("utf-8").split("```")
        if block.startswith("python\n") and "websockets.asyncio.server" in block
    ]
    file = tmp_path / "echo.py"
    file.write_text(snippet.replace("8765", str(unused_tcp_port)), "utf-8")
    running = await asyncio.create_subprocess_exec(
        sys.executable, str(file), stderr=asyncio.subprocess.DEVNULL
    )
    try:
        heard = await call_up(
            Target(
                url=f"ws://127.0.0.1:{unused_tcp_port}/llm",
                patience=Patience(
                    connect_attempts=100, connect_pause_s=0.2, ping_every_s=0.05, answer_s=30.0
                ),
                limits=LENIENT,
                pause_s=0.0,
            ),
            [one for one in own_sessions("en") if one.name != "keep_alive"],
        )
    finally:
        running.kill()
        await running.wait()

    assert [finding for one in heard for finding in one.findings] == []
    assert len(heard) == 10
