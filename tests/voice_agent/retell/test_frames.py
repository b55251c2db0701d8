from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from voice_agent.dialogue.answer import Chunk
from voice_agent.dialogue.transcript import Speaker
from voice_agent.retell import events
from voice_agent.retell.frames import Config, Pong, Response

REFERENCE = Path(__file__).resolve().parents[3].parent / "shared" / "reference" / "retell"
needs_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the reference of the protocol is not part of the project"
)


def _chunk(**changes: Any) -> Chunk:
    return Chunk(**{"response_id": 3, "text": "Gern. ", "last": False, **changes})


def test_the_configuration_asks_for_pings_and_details() -> None:
    assert json.loads(Config().to_json()) == {
        "response_type": "config",
        "config": {"auto_reconnect": True, "call_details": True},
    }


def test_a_pong_repeats_the_time() -> None:
    assert json.loads(Pong(timestamp=17).to_json()) == {
        "response_type": "ping_pong",
        "timestamp": 17,
    }


@pytest.mark.parametrize(
    ("changes", "options"),
    [
        ({}, {}),
        ({"uninterruptible": True}, {"no_interruption_allowed": True}),
        ({"last": True, "end_call": True}, {"end_call": True}),
        (
            {"last": True, "end_call": True, "uninterruptible": True},
            {"end_call": True, "no_interruption_allowed": True},
        ),
    ],
)
def test_a_response_names_an_option_only_where_it_is_set(
    changes: dict[str, Any], options: dict[str, Any]
) -> None:
    frame = json.loads(Response.of(_chunk(**changes)).to_json())

    assert frame == {
        "response_type": "response",
        "response_id": 3,
        "content": "Gern. ",
        "content_complete": changes.get("last", False),
        **options,
    }


def test_umlauts_travel_as_they_are() -> None:
    assert "Färbung" in Response.of(_chunk(text="Färbung.")).to_json()


@pytest.mark.parametrize(
    "values",
    [
        {"response_id": "3"},
        {"response_id": True},
        {"response_id": -1},
        {"content": None},
        {"content_complete": "true"},
        {"content_complete": 1},
        {"content_complete": False, "end_call": True},
    ],
)
def test_a_frame_that_retell_would_drop_cannot_be_made(values: dict[str, Any]) -> None:
    good: dict[str, Any] = {"response_id": 3, "content": "Gern.", "content_complete": True}

    with pytest.raises(ValueError, match="Retell would drop"):
        Response(**{**good, **values})


def test_a_pong_with_a_time_that_is_none_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="timestamp"):
        Pong(timestamp=1.5)  # type: ignore[arg-type]


def _schema(name: str) -> Draft202012Validator:
    documents = [json.loads(path.read_text()) for path in REFERENCE.glob("schemas/*.json")]
    registry: Registry[Any] = Registry().with_resources(
        (document["$id"], Resource.from_contents(document)) for document in documents
    )
    return Draft202012Validator({"$ref": f"urn:retell-ref:{name}"}, registry=registry)


@needs_reference
@pytest.mark.parametrize(
    "frame",
    [
        Config(),
        Pong(timestamp=0),
        Response.of(_chunk()),
        Response.of(_chunk(text="", last=True)),
        Response.of(_chunk(last=True, end_call=True, uninterruptible=True)),
    ],
)
def test_every_kind_of_frame_fits_the_reference(frame: Any) -> None:
    _schema("ws_to_retell").validate(json.loads(frame.to_json()))


@needs_reference
def test_a_whole_calls_frames_fit_the_reference(recorded: list[dict[str, Any]]) -> None:
    schema = _schema("ws_to_retell")

    assert len(recorded) > 8
    for frame in recorded:
        schema.validate(frame)


@pytest.fixture
async def recorded(hurried: Any, desk: Any) -> list[dict[str, Any]]:
    """Everything the server says in a call with a booking, a ping and a goodbye."""
    server = await hurried(first_watchdog_s=0.1)
    async with server.call() as phone:
        await phone.greeted()
        await phone.send(interaction_type="ping_pong", timestamp=1)
        await phone.frame()
        await phone.exchange(1, "suche")
        desk.booking.clear()
        phone.says("ja")
        await phone.ask(2)
        await phone.frame()
        await phone.frame()
        desk.booking.set()
        phone.hears((await phone.answer(2)).text)
        await phone.exchange(3, "kaputt")
        await phone.exchange(4, "tschüss")
        frames: list[dict[str, Any]] = phone.frames
    return frames


EXAMPLES = sorted(REFERENCE.glob("examples/ws_in_*.json"))
KINDS = {
    "ping_pong": events.PingPong,
    "call_details": events.CallDetails,
    "update_only": events.UpdateOnly,
    "response_required": events.ResponseRequired,
    "reminder_required": events.ReminderRequired,
}


@needs_reference
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_of_the_reference_is_read_as_what_it_is(path: Path) -> None:
    message = json.loads(path.read_text())

    event = events.read(json.dumps(message))

    assert type(event) is KINDS[message["interaction_type"]]
    lines = getattr(event, "transcript", [])
    assert [(line.role, line.content) for line in lines] == [
        (line["role"], line["content"]) for line in message.get("transcript", [])
    ]


@needs_reference
@pytest.mark.parametrize(
    "path", sorted(REFERENCE.glob("examples/invalid/ws_in_*.json")), ids=lambda path: path.stem
)
def test_what_the_reference_calls_invalid_is_refused(path: Path) -> None:
    with pytest.raises(events.Unreadable):
        events.read(path.read_text())


@pytest.mark.parametrize(
    ("number", "read_as"),
    [
        ("+493023125000", "+493023125000"),
        ("+49 (30) 2312-5000", "+493023125000"),
        ("anonymous", None),
        ("sip:empfang@example.com", None),
        ("", None),
        (None, None),
        (4930, None),
    ],
)
def test_a_callers_number_is_one_or_withheld(number: Any, read_as: str | None) -> None:
    call = events.Call.model_validate({"from_number": number})

    assert call.caller == read_as


def test_a_dialled_number_that_is_none_stays_what_it_is_and_is_nobodys() -> None:
    call = events.Call.model_validate({"to_number": "4930"})

    assert call.dialled == "4930"


def test_lines_of_others_are_not_the_callers() -> None:
    event = events.read(
        json.dumps(
            {
                "interaction_type": "update_only",
                "transcript": [
                    {"role": "agent", "content": "Ja?"},
                    {"role": "transfer_target", "content": "Wer spricht?"},
                    {"role": "system", "content": "gelb"},
                    {"role": "user", "content": "Hallo"},
                ],
            },
        ),
    )

    assert isinstance(event, events.UpdateOnly)
    assert [(u.speaker, u.text) for u in events.utterances(event.transcript)] == [
        (Speaker.AGENT, "Ja?"),
        (Speaker.CALLER, "Hallo"),
    ]
