"""What the player sends is what the protocol's own schemas allow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from voice_agent.simulator.frames import read_frame

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from voice_agent.simulator.retell import RetellCall

    Frame = dict[str, Any]
    Calling = Callable[..., AbstractAsyncContextManager[RetellCall]]
    Scripting = Callable[..., Any]
    Saying = Callable[..., Frame]

RETELL = Path(__file__).resolve().parents[3].parent / "shared" / "reference" / "retell"
TOOLS = {
    "response_type": "config",
    "config": {"auto_reconnect": True, "call_details": True, "transcript_with_tool_calls": True},
}

pytestmark = pytest.mark.skipif(
    not RETELL.is_dir(), reason="the protocol's schemas lie beside the repository, not in it"
)


def validator(name: str) -> Draft202012Validator:
    schemas = [json.loads(path.read_text()) for path in (RETELL / "schemas").glob("*.json")]
    registry: Registry[Any] = Registry().with_resources(
        [(schema["$id"], Resource.from_contents(schema)) for schema in schemas]
    )
    (wanted,) = (schema for schema in schemas if schema["$id"].endswith(f":{name}"))
    return Draft202012Validator(wanted, registry=registry)


async def test_every_event_of_a_whole_call_is_valid(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    called = {
        "response_type": "tool_call_invocation",
        "tool_call_id": "t1",
        "name": "find",
        "arguments": "{}",
    }
    answers = {number: [say(number, "Ja, bitte.")] for number in range(1, 8)}
    server = agent(
        opening=[TOOLS, say(0, "Guten Tag.")],
        reopening=[TOOLS],
        answers=answers | {1: [called, say(1, "Ja, bitte.")]},
    )

    async with calling(server, phone={"to_number": "+493023125000"}) as call:
        await call.say("Grüß Gott, einmal Färben")
        await call.say_in_pieces(["am Mittwoch", "um zehn"])
        await call.stay_silent()
        await call.press("1#")
        await call.lose_connection()
        await call.interrupt("Moment bitte")
        await call.listen()
        await call.wait_s(0.1)

    schema = validator("ws_from_retell")
    wrong = {
        error.message: event for event in server.received for error in schema.iter_errors(event)
    }
    assert wrong == {}
    kinds = {event["interaction_type"] for event in server.received}
    assert kinds == {
        "call_details",
        "ping_pong",
        "update_only",
        "response_required",
        "reminder_required",
    }


def examples(pattern: str) -> list[Any]:
    return [pytest.param(path, id=path.stem) for path in sorted(RETELL.glob(pattern))]


@pytest.mark.parametrize("path", examples("examples/ws_out_*.json"))
def test_frames_that_follow_the_protocol_are_taken_without_a_finding(path: Path) -> None:
    frame, findings = read_frame(path.read_text(encoding="utf-8"))

    assert frame is not None
    assert findings == []


@pytest.mark.parametrize("path", examples("examples/invalid/ws_out_*.json"))
def test_frames_that_break_the_protocol_are_noticed(path: Path) -> None:
    _, findings = read_frame(path.read_text(encoding="utf-8"))

    assert findings != []


@pytest.mark.parametrize("path", examples("examples/session_*.json"))
def test_recorded_sessions_of_a_good_server_are_read_without_a_finding(path: Path) -> None:
    session = json.loads(path.read_text(encoding="utf-8"))
    sent = [e["message"] for e in session["events"] if e.get("from") == "server" and "message" in e]

    readings = [read_frame(json.dumps(message)) for message in sent]

    assert all(frame is not None and findings == [] for frame, findings in readings)
    assert readings
