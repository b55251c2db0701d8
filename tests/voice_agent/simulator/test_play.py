"""A replay file is played line by line, and everything it demands is compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from voice_agent.simulator.grading import Aftermath, LeftAppointment, LeftWish, complaints
from voice_agent.simulator.line import Ending
from voice_agent.simulator.play import play
from voice_agent.simulator.replay_yaml import parse_replay

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from voice_agent.simulator.caller import Caller
    from voice_agent.simulator.replay_file import ReplayFile
    from voice_agent.simulator.retell import Habits

    Frame = dict[str, Any]
    Serving = Callable[[Any], AbstractAsyncContextManager[str]]
    Scripting = Callable[..., Any]
    Saying = Callable[..., Frame]

HEAD = "call: Probe\nsalon: friseur1\nat: 2026-03-10T09:00:00+01:00\n"
LEFT = LeftAppointment(
    services=(177,),
    start=datetime(2026, 3, 11, 14),  # noqa: DTZ001 - files write local time
    end=datetime(2026, 3, 11, 16, 30),  # noqa: DTZ001 - files write local time
    staff="Emma Lindner",
    segments=4,
    status="booked",
    customer="Rosa Lenz",
    phone="+493055500111",
    email=None,
)

WISH = LeftWish(
    name="Wiebke Brandt",
    phone="+493023125051",
    reason="nothing_free",
    wish='{"services": ["Balayage"]}',
    services=(443,),
)


def script(text: str) -> ReplayFile:
    return parse_replay(HEAD + dedent(text), name="probe.yaml")


async def played(serving: Serving, server: Any, text: str, habits: Habits) -> list[Caller]:
    async with serving(server) as base_url:
        return await play(script(text), base_url=base_url, dialled="+493023125000", habits=habits)


async def test_a_good_call_leaves_no_complaint(
    serving: Serving, agent: Scripting, say: Saying, hurried: Habits
) -> None:
    server = agent(answers={1: [say(1, "Am Mittwoch um  10 Uhr.")], 2: [say(2, "Gern.")]})
    text = """
        turns:
          - agent: {says: ["guten tag"]}
          - caller: "Mittwoch um zehn"
            agent: {says: ["mittwoch um 10 uhr", ["elf", "10 Uhr"]], never: ["gebucht"]}
          - caller: "Danke"
        expect: {never_said: ["Fehler"]}
        """

    callers = await played(serving, server, text, hurried)

    assert complaints(script(text), callers, Aftermath()) == []
    assert callers[0].call.ending is Ending.USER_HANGUP


async def test_every_unmet_demand_of_a_turn_is_named(
    serving: Serving, agent: Scripting, say: Saying, hurried: Habits
) -> None:
    server = agent(answers={1: [0.02, say(1, "Gebucht, ohne Fehler.")]})
    text = """
        turns:
          - caller: "Mittwoch um zehn"
            agent: {says: [Mittwoch, [zehn, elf]], never: [gebucht], within_ms: 1}
          - {only_if: Freitag, caller: "Freitag"}
        expect: {never_said: [fehler]}
        """

    callers = await played(serving, server, text, hurried)
    found = complaints(script(text), callers, Aftermath())

    assert found[:3] == [
        'turn 1: "Mittwoch" was not said: Gebucht, ohne Fehler.',
        'turn 1: "zehn" or "elf" was not said: Gebucht, ohne Fehler.',
        'turn 1: "gebucht" was said: Gebucht, ohne Fehler.',
    ]
    assert found[3].startswith("turn 1: first words within 1 ms, not ")
    assert found[4] == '"fehler" was said: Gebucht, ohne Fehler.'
    assert len(found) == 5


async def test_a_line_that_could_not_be_said_any_more_is_a_complaint(
    serving: Serving, agent: Scripting, say: Saying, hurried: Habits
) -> None:
    server = agent(answers={1: [say(1, "Auf Wiederhören.", end_call=True)]})
    text = 'turns: [{caller: "Tschüss"}, {caller: "Halt, noch was"}]'

    callers = await played(serving, server, text, hurried)

    assert complaints(script(text), callers, Aftermath()) == [
        "turn 2: the call was over before: Halt, noch was"
    ]


async def test_stage_directions_are_followed(
    serving: Serving, agent: Scripting, say: Saying, hurried: Habits
) -> None:
    answers = {number: [say(number, "Ja, bitte.")] for number in range(1, 8)}
    server = agent(answers=answers)
    text = """
        turns:
          - silence: true
          - split: ["Am Mittwoch", "um zehn"]
          - {reconnect: true, caller: "Hallo?"}
          - dtmf: "1"
          - {barge_in: true, caller: "Moment"}
          - {caller: "Ja", hang_up: true}
        """

    callers = await played(serving, server, text, hurried)

    kinds = [event["interaction_type"] for event in server.received if "response_id" in event]
    assert kinds == ["reminder_required", *["response_required"] * 6]
    assert len(server.paths) == 2
    assert complaints(script(text), callers, Aftermath()) == []


async def test_hanging_up_in_the_middle_does_not_wait_for_the_agent(
    serving: Serving, agent: Scripting, say: Saying, hurried: Habits
) -> None:
    server = agent(answers={1: [say(1, "Einen Moment. ", complete=False), 1.0]})
    text = 'turns: [{caller: "Ja bitte"}, {barge_in: true, hang_up: true}]'

    callers = await played(serving, server, text, hurried)

    assert complaints(script(text), callers, Aftermath()) == []
    assert callers[0].call.ending is Ending.USER_HANGUP


async def test_callers_at_once_speak_in_lockstep(
    serving: Serving, agent: Scripting, say: Saying, hurried: Habits
) -> None:
    server = agent(
        answers={1: [0.05, say(1, "Ja?")], 2: [say(2, "Gut.")]}, reopening=agent().opening
    )
    text = """
        at_once: true
        calls:
          - turns: [{caller: "A1"}, {caller: "A2"}]
          - turns: [{caller: "B1"}, {caller: "B2"}]
        """

    callers = await played(serving, server, text, hurried)

    asked = [e["transcript"][-1]["content"] for e in server.events("response_required")]
    assert sorted(asked[:2]) == ["A1", "B1"]
    assert sorted(asked[2:]) == ["A2", "B2"]
    assert len(set(server.paths)) == len(callers) == 2


async def test_callers_in_turn_do_not_overlap(
    serving: Serving, agent: Scripting, say: Saying, hurried: Habits
) -> None:
    server = agent(answers={1: [say(1, "Ja?")]}, reopening=agent().opening)
    text = 'calls: [{turns: [{caller: "A"}]}, {turns: [{caller: "B"}]}]'

    await played(serving, server, text, hurried)

    assert [e["transcript"][-1]["content"] for e in server.events("response_required")] == [
        "A",
        "B",
    ]


EXPECTED = "{service: 177, start: '2026-03-11T14:00', staff: Emma Lindner, segments: 4}"


@pytest.mark.parametrize(
    ("expect", "aftermath", "complaint"),
    [
        (f"appointments: [{EXPECTED}]", Aftermath(appointments=(LEFT,)), None),
        (
            (
                "appointments: [{service: [177], start: '2026-03-11T14:00', staff: Emma,"
                " end: '2026-03-11T16:30', customer: Rosa Lenz, phone: '+493055500111'}]"
            ),
            Aftermath(appointments=(LEFT,)),
            None,
        ),
        (f"appointments: [{EXPECTED}]", Aftermath(), "no appointment 177 2026-03-11T14:00"),
        (
            f"appointments: [{EXPECTED}]",
            Aftermath(appointments=(replace(LEFT, staff="Dilara Yıldız", segments=3),)),
            (
                "no appointment 177 2026-03-11T14:00; but 177 2026-03-11T14:00 Dilara Yıldız"
                " (3 segments, booked): staff is Dilara Yıldız, segments are 3"
            ),
        ),
        (
            f"appointments: [{EXPECTED}, {EXPECTED}]",
            Aftermath(appointments=(LEFT,)),
            "no appointment 177 2026-03-11T14:00",
        ),
        (
            "appointments: []",
            Aftermath(appointments=(LEFT,)),
            "unexpected appointment: 177 2026-03-11T14:00 Emma Lindner (4 segments, booked)",
        ),
        ("appointments: []", Aftermath(appointments=(replace(LEFT, untouched=True),)), None),
        ("appointments: []", Aftermath(appointments=(replace(LEFT, status="failed"),)), None),
        (
            f"appointments: [{EXPECTED}]",
            Aftermath(appointments=(replace(LEFT, status="failed"),)),
            "no appointment 177 2026-03-11T14:00",
        ),
        (
            "appointments: [{service: 177, start: '2026-03-11T14:00', phone: null}]",
            Aftermath(appointments=(LEFT,)),
            (
                "no appointment 177 2026-03-11T14:00; but 177 2026-03-11T14:00 Emma Lindner"
                " (4 segments, booked): phone is +493055500111"
            ),
        ),
        ("calcom: {accepted: 4}", Aftermath(accepted=4, cancelled=3), None),
        (
            "calcom: {accepted: 4, cancelled: 0}",
            Aftermath(accepted=5),
            "accepted at Cal.com: 4 expected, 5 found",
        ),
        (
            "calcom: {cancelled: 0}",
            Aftermath(cancelled=1),
            "cancelled at Cal.com: 0 expected, 1 found",
        ),
        ("mails: 1", Aftermath(mails=Counter(change=1)), None),
        (
            "mails: 0",
            Aftermath(mails=Counter(confirmation=1)),
            "mails: 0 expected, 1 found ({'confirmation': 1})",
        ),
        (
            "mails: {confirmation: 1}",
            Aftermath(mails=Counter(confirmation=2)),
            "confirmation mails: 1 expected, 2 found",
        ),
        (
            "mails: {}",
            Aftermath(mails=Counter(cancellation=1)),
            "cancellation mails: 0 expected, 1 found",
        ),
        ("callbacks: 1", Aftermath(), "callbacks: 1 expected, 0 found"),
        ("callbacks: [{name: Brandt, wish: [Balayage]}]", Aftermath(callbacks=(WISH,)), None),
        ("callbacks: [{phone: '+493023125051'}]", Aftermath(callbacks=(WISH,)), None),
        (
            "callbacks: [{name: Brandt, reason: asked}]",
            Aftermath(callbacks=(WISH,)),
            "none of the callbacks is {'name': 'Brandt', 'reason': ('asked',)}",
        ),
        ("waiting_list: [{services: [443]}]", Aftermath(waiting_list=(WISH,)), None),
        (
            "waiting_list: [{services: [177]}]",
            Aftermath(waiting_list=(WISH,)),
            "none of the entries on the waiting list is {'services': (177,)}",
        ),
        ("calcom: {live: 4}", Aftermath(live=3), "live at Cal.com: 4 expected, 3 found"),
        ("searches: 1", Aftermath(searches=2), "searches: 1 expected, 2 found"),
        ("outcome: [booked, callback]", Aftermath(outcome="booked"), None),
        (
            "outcome: booked",
            Aftermath(outcome="abandoned"),
            'outcome: "booked" expected, abandoned found',
        ),
        ("on_file: [Brandt]", Aftermath(), "on file: ['Brandt'] expected, [] found"),
        ("said: [Mittwoch]", Aftermath(), '"Mittwoch" was never said'),
        (
            "waiting_list: 0",
            Aftermath(waiting_list=(WISH,)),
            ("entries on the waiting list: 0 expected, 1 found; " + str(WISH)),
        ),
        ("{}", Aftermath(holds=1), "holds of callers who are gone: 0 expected, 1 found"),
        (
            "{}",
            Aftermath(unsettled=("booking of Rosa",)),
            "still going on after the call: booking of Rosa",
        ),
    ],
)
def test_what_is_left_is_compared(expect: str, aftermath: Aftermath, complaint: str | None) -> None:
    entry = expect if expect == "{}" else f"{{{expect}}}"
    file = script(f'turns: [{{caller: "Hallo"}}]\nexpect: {entry}')

    assert complaints(file, [], aftermath) == ([complaint] if complaint else [])
