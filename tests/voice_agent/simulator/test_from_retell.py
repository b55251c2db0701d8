"""A recorded call becomes a test, and nobody in it is to be recognised."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from voice_agent.simulator.books import packaged_salon
from voice_agent.simulator.from_retell import RetellCallInvalid, from_retell, invented_number
from voice_agent.simulator.replay_yaml import parse_replay

if TYPE_CHECKING:
    from voice_agent.simulator.replay_file import ReplayFile

SAID = [
    ("agent", "Salon Morgenrot, guten Tag."),
    ("user", "Hallo, mein Name ist Corinna Wessel, ich möchte morgen um zehn zu Emma."),
    ("agent", "Gern, Frau Wessel."),
    ("user", "Wessel schreibt man W, E, S, S, E, L."),
    ("user", "Meine Nummer ist null eins sieben zwei, fünf fünf sechs acht neun."),
    ("tool_call_invocation", ""),
    ("user", "corinna punkt wessel ät example punkt net"),
]


def recorded(said: list[tuple[str, str]] = SAID, **changes: object) -> str:
    call: dict[str, Any] = {
        "call_id": "call_77",
        "from_number": "+493023125444",
        "start_timestamp": 1776153600000,
        "disconnection_reason": "user_hangup",
        "transcript_object": [{"role": role, "content": words} for role, words in said],
        "recording_url": "https://recordings.invalid/77.wav",
    }
    return json.dumps(call | changes)


def converted(text: str) -> ReplayFile:
    return parse_replay(from_retell(text, packaged_salon("friseur1")), name="call.json")


def test_the_callers_lines_become_turns_and_the_clock_starts_when_the_call_did() -> None:
    file = converted(recorded())

    assert file.at.isoformat() == "2026-04-14T10:00:00+02:00"
    assert len(file.turns) == 4
    assert "morgen um zehn zu Emma" in str(file.turns[0].caller)
    assert [turn.hang_up for turn in file.turns] == [False, False, False, True]


def test_nobody_is_to_be_recognised() -> None:
    written = from_retell(recorded(), packaged_salon("friseur1")).casefold()

    for trace in ("corinna", "wessel", "w, e, s", "125444", "fünf fünf sechs", "net", "invalid"):
        assert trace not in written
    assert "ät example punkt org" in written
    assert "emma" in written


def test_the_same_person_is_always_replaced_by_the_same() -> None:
    first, again = converted(recorded()), converted(recorded())

    assert first == again
    assert first.from_number == invented_number("+493023125444") != "+493023125444"
    named = str(first.turns[0].caller).split("Name ist ")[1].split(",")[0].split()[-1]
    assert ", ".join(named.upper()) in str(first.turns[1].caller)


def test_a_withheld_number_stays_withheld() -> None:
    assert converted(recorded(from_number=None)).from_number is None


def test_the_event_of_a_webhook_will_do() -> None:
    event = json.dumps({"event": "call_ended", "call": json.loads(recorded())})

    assert len(converted(event).turns) == 4


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"call": {"from_number": "+49"}}'])
def test_what_is_no_call_is_said_to_be_none(text: str) -> None:
    with pytest.raises(RetellCallInvalid, match="no call object of Retell's"):
        from_retell(text, packaged_salon("friseur1"))
