"""A mistake in a replay file is named with its line, its turn, and what to do about it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from voice_agent.simulator.replay_file import Misfortune, ReplayFile
from voice_agent.simulator.replay_yaml import ReplayFileInvalid, parse_replay, read_replay

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'call: Ein Anruf\nsalon: friseur1\nat: 2026-03-10T09:00:00+01:00\nfrom: "+493055500111"\n'
TURNS = 'turns:\n  - caller: "Guten Tag"\n'


def parse(text: str) -> ReplayFile:
    return parse_replay(dedent(text), name="call.yaml")


def problems(text: str) -> list[str]:
    with pytest.raises(ReplayFileInvalid) as caught:
        parse(text)
    return caught.value.problems


def test_the_whole_format_is_read() -> None:
    file = parse("""
        call: Alles auf einmal
        salon: friseur1
        at: 2026-03-10T09:00:00+01:00
        from: null
        before:
          appointments: [{service: 42, start: "2026-03-11T10:00", staff: Fabian Kröger}]
          absences: [{staff: Emma, start: "2026-03-11T09:00", end: "2026-03-11T11:00"}]
          customers: [{name: Rosa Lenz, phone: "+493055500111", email: rosa@example.com}]
          settings: {services: {177: {pause_policy: blocked}}, branch: {lead_minutes: 0}}
        turns:
          - caller: "Einen Herrenhaarschnitt"
            agent: {says: ["Mittwoch", ["10 Uhr", "zehn"]], never: ["gebucht"], within_ms: 300}
          - split: ["um", "elf"]
          - silence: true
          - dtmf: "12#"
          - {wait_s: 1.5, barge_in: true, caller: "Halt"}
          - {reconnect: true, caller: "Hallo?"}
          - hang_up: true
        calcom:
          latency_ms: 5
          faults:
            - {on: "POST /v2/bookings", nth: 3, do: conflict}
            - {on: "POST /v2/bookings", segment: C, do: timeout_after}
            - {on: "GET /v2/slots", down: true}
        expect:
          appointments: [{service: [42, 43], start: "2026-03-11T10:00", status: booked}]
          calcom: {accepted: 3, cancelled: 0}
          mails: {confirmation: 1}
          callbacks: 0
          waiting_list: 0
          never_said: ["Fehler"]
        """)

    assert file.at == datetime(2026, 3, 10, 9, tzinfo=timezone(timedelta(hours=1)))
    assert file.calls[0].from_number is None
    check = file.turns[0].agent
    assert check is not None
    assert check.says == (("Mittwoch",), ("10 Uhr", "zehn"))
    assert [fault.do for fault in file.calcom.faults] == [
        Misfortune.CONFLICT,
        Misfortune.TIMEOUT_AFTER,
        None,
    ]
    assert file.before.settings.services[177].pause_policy == "blocked"


def test_several_callers_have_a_side_each() -> None:
    file = parse("""
        call: Zwei auf einmal
        salon: friseur1
        at: 2026-03-10T09:00:00+01:00
        at_once: true
        calls:
          - {from: "+493055500111", turns: [{caller: "Guten Tag"}]}
          - {from: null, turns: [{caller: "Hallo"}, {caller: "Schade", only_if: "vergeben"}]}
        """)

    assert [call.from_number for call in file.calls] == ["+493055500111", None]
    assert file.calls[1].turns[1].only_if == ("vergeben",)


def test_a_key_called_on_stays_a_key() -> None:
    file = parse(HEAD + TURNS + 'calcom: {faults: [{on: "POST /v2/bookings", do: error}]}\n')

    assert file.calcom.faults[0].on == "POST /v2/bookings"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD, "call.yaml:1: nobody calls: add `turns`"),
        ("- a list\n", "call.yaml:1: a replay file is a mapping; start with `call: ...`"),
        (
            HEAD + "turns:\n  - caller: A\n    agent: {say: [B]}\n",
            "call.yaml:7: turn 1, agent.say: unknown key; did you mean `says`?",
        ),
        (
            HEAD + TURNS + "expectations: {}\n",
            "call.yaml:7: expectations: unknown key; did you mean `expect`?",
        ),
        (
            HEAD + TURNS + "  - caller: C\n    agent: {says: [14]}\n",
            'call.yaml:8: turn 2, agent.says[0][0]: must be text; put it in quotes: "14"',
        ),
        (
            HEAD.replace("+01:00", "") + TURNS,
            "call.yaml:3: at: '2026-03-10T09:00:00' needs a zone, like 2025-10-27T09:00:00+01:00",
        ),
        (
            HEAD.replace('"+493055500111"', '"030 123"') + TURNS,
            """from: '030 123' does not look like a number like "+493055500111"; null if""",
        ),
        (
            HEAD.replace("salon: friseur1\n", "") + TURNS,
            "call.yaml:1: salon: is missing; add `salon: ...`",
        ),
        (HEAD + TURNS + "  - {}\n", "turn 2: nothing happens in this turn"),
        (HEAD + TURNS + "  - {barge_in: true}\n", "turn 2: `barge_in` needs words"),
        (
            HEAD + TURNS + "  - {caller: Hallo, silence: true}\n",
            "turn 2: a turn is either spoken, silent, or dtmf",
        ),
        (
            HEAD + TURNS + "  - {caller: Hallo, split: [Guten, Tag]}\n",
            "turn 2: `split` and `caller` say different things",
        ),
        (HEAD + TURNS + "  - {split: [Guten]}\n", "turn 2, split: needs at least 2 entries"),
        (HEAD + TURNS + "  - {silence: jawohl}\n", "turn 2, silence: must be true or false"),
        (
            HEAD + TURNS + 'calcom: {faults: [{on: "POST /v2/bookings"}]}\n',
            "calcom.faults[0]: `do` is missing; one of conflict,",
        ),
        (
            HEAD + TURNS + "calcom: {faults: [{on: bookings, do: error}]}\n",
            "calcom.faults[0].on: 'bookings' does not look like \"POST /v2/bookings\"",
        ),
        (
            HEAD
            + TURNS
            + 'calcom: {faults: [{on: "POST /v2/bookings", nth: 1, segment: C, do: error}]}\n',
            "calcom.faults[0]: `nth` and `segment` name two requests",
        ),
        (
            HEAD + TURNS + 'expect: {appointments: [{service: 42, start: "2026-03-11T10:00Z"}]}\n',
            "'2026-03-11T10:00Z' is local time of the salon; leave the zone out",
        ),
        (
            HEAD
            + TURNS
            + "before: {absences: [{staff: Emma, start: 2026-03-11T10:00,"
            + " end: 2026-03-11T09:00}]}\n",
            "before.absences[0]: ends at 2026-03-11 09:00:00, before it starts",
        ),
        (HEAD + TURNS + "call: Noch einer\n", "call.yaml:7: `call` is there twice"),
        (HEAD + "turns: [", "call.yaml:5: not YAML: "),
        (HEAD + TURNS + "calls: []\nat_once: true\n", "`at_once` needs at least two `calls`"),
        (
            HEAD + "calls:\n  - turns: [{caller: A}]\n",
            "with `calls`, each call has its own `from`",
        ),
        (
            HEAD + TURNS + "calls:\n  - turns: [{caller: A}]\n",
            "give either `turns` or `calls`, not both",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, problem: str) -> None:
    (found,) = problems(text)

    assert found.startswith("call.yaml:")
    assert problem in found


def test_all_mistakes_are_listed_in_the_order_of_the_file() -> None:
    found = problems(HEAD + "turns:\n  - {caler: A}\n  - {caller: B, agnt: {}}\nexpct: {}\n")

    assert [line.split(":")[1] for line in found] == ["6", "7", "8"]


def test_a_mistake_in_the_second_call_names_that_call() -> None:
    (found,) = problems("""
        call: Zwei
        salon: friseur1
        at: 2026-03-10T09:00:00+01:00
        calls:
          - turns: [{caller: Hallo}]
          - turns:
              - caller: Hallo
                wait: 3
        """)

    assert "call.yaml:9: call 2, turn 1, wait: unknown key" in found


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReplayFileInvalid, match=r"nowhere\.yaml"):
        read_replay(tmp_path / "nowhere.yaml")
