"""Silence, time limits and settings of a call, on the clock of what is spoken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from voice_agent.simulator.habits import Timers
from voice_agent.simulator.line import Ending
from voice_agent.simulator.silence import Silence, Then

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    from voice_agent.simulator.retell import RetellCall

    Frame = dict[str, Any]
    Calling = Callable[..., AbstractAsyncContextManager[RetellCall]]
    Scripting = Callable[..., Any]
    Saying = Callable[..., Frame]

TWICE = Timers(reminder_trigger_ms=8_000, reminder_max_count=2, end_call_after_silence_ms=20_000)


def replies(say: Saying, *texts: str) -> dict[int, list[Frame]]:
    return {number: [say(number, text)] for number, text in enumerate(texts, 1)}


async def test_a_silent_caller_is_reminded_so_often_and_then_given_up_on(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers=replies(say, "Sind Sie noch da?", "Hallo?"))

    async with calling(server, timers=TWICE) as call:
        before = call.clock_s
        await call.keep_silent(3600)

    assert len(server.events("reminder_required")) == 2
    assert call.ending is Ending.INACTIVITY
    spoken_s = sum(len(answer.text) for answer in call.answers[1:]) / 15
    assert call.clock_s - before - spoken_s == pytest.approx(8 + 8 + 20)


async def test_a_server_with_nothing_to_say_to_a_reminder_does_not_break_the_silence(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers=replies(say, "", ""))

    async with calling(server, timers=TWICE) as call:
        before = call.clock_s
        await call.keep_silent(3600)

    assert len(server.events("reminder_required")) == 2
    assert call.clock_s - before == pytest.approx(20)


async def test_a_short_silence_is_nobodys_business(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers=replies(say, "Gern."))

    async with calling(server, timers=TWICE) as call:
        await call.keep_silent(7)
        await call.say("Ich überlege noch")
        await call.keep_silent(7)

    assert server.events("reminder_required") == []
    assert call.ending is Ending.USER_HANGUP


async def test_who_speaks_is_reminded_anew(calling: Calling, agent: Scripting, say: Saying) -> None:
    server = agent(answers=replies(say, "Hallo?", "Hallo?", "Gern.", "Hallo?"))

    async with calling(server, timers=TWICE) as call:
        await call.keep_silent(19)
        await call.say("Ja")
        await call.keep_silent(9)

    assert [e["response_id"] for e in server.events("reminder_required")] == [1, 2, 4]


async def test_no_reminder_is_asked_for_while_an_answer_is_open(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    working = say(1, "Einen Moment. ", complete=False)
    server = agent(answers={1: [working, 0.2, say(1, "Erledigt.")], 2: [say(2, "Hallo?")]})

    async with calling(server, timers=TWICE) as call:
        await call.say("Ja bitte")
        await call.keep_silent(9)

    assert call.answers[1].heard == "Einen Moment. Erledigt."
    kinds = [e["interaction_type"] for e in server.received if "response_id" in e]
    assert kinds == ["response_required", "reminder_required"]


async def test_update_agent_changes_the_timers_of_this_call(
    calling: Calling, agent: Scripting, say: Saying, config: Frame
) -> None:
    patient = {
        "response_type": "update_agent",
        "agent_config": {"reminder_trigger_ms": 15_000, "reminder_max_count": 1},
    }
    server = agent(opening=[config, patient, say(0, "Guten Tag!")], answers=replies(say, "Hallo?"))

    async with calling(server, timers=TWICE) as call:
        await call.keep_silent(14)
        early = len(server.events("reminder_required"))
        await call.keep_silent(2)
        late = len(server.events("reminder_required"))

    assert (early, late) == (0, 1)
    assert call.agent_settings == {"reminder_trigger_ms": 15_000, "reminder_max_count": 1}


async def test_an_agent_that_was_made_insensitive_cannot_be_interrupted(
    calling: Calling, agent: Scripting, say: Saying, config: Frame
) -> None:
    stubborn = {"response_type": "update_agent", "agent_config": {"interruption_sensitivity": 0}}
    server = agent(
        opening=[config, stubborn, say(0, "Guten Tag!")],
        answers=replies(say, "Am Dienstag oder am Freitag?", "Gut."),
    )

    async with calling(server) as call:
        await call.say("Wann?")
        await call.interrupt("Freitag", after_words=2)
        await call.listen()

    assert call.answers[1].heard == "Am Dienstag oder am Freitag?"


async def test_a_call_that_is_too_long_is_ended(
    calling: Calling, agent: Scripting, say: Saying
) -> None:
    server = agent(answers=replies(say, "Gern.", "Gern.", "Gern."))

    async with calling(server, timers=Timers(max_call_duration_ms=60_000)) as call:
        await call.say("x" * 15 * 30)
        await call.listen()
        assert call.ending is None
        await call.say("x" * 15 * 30)

    assert call.ending is Ending.MAX_DURATION


@pytest.mark.parametrize(
    ("quiet_s", "waited_s", "reminders", "expected"),
    [
        (0, 0, 0, (8.0, Then.REMIND)),
        (8, 0, 1, (8.0, Then.REMIND)),
        (16, 0, 2, (4.0, Then.GIVE_UP)),
        (15, 2, 0, (5.0, Then.GIVE_UP)),
        (9, 9, 0, (0.0, Then.REMIND)),
        (30, 30, 2, (0.0, Then.GIVE_UP)),
    ],
)
def test_what_comes_next_in_a_silence(
    quiet_s: float, waited_s: float, reminders: int, expected: tuple[float, Then]
) -> None:
    silence = Silence(quiet_s=quiet_s, waited_s=waited_s, reminders=reminders)

    assert silence.next(TWICE) == expected
