"""Whoever types is a caller like any other."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Console

from voice_agent.simulator.chat import chat
from voice_agent.simulator.phone import PhoneCall

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager

    Frame = dict[str, Any]
    Serving = Callable[[Any], AbstractAsyncContextManager[str]]
    Scripting = Callable[..., Any]
    Saying = Callable[..., Frame]


async def typed(serving: Serving, server: Any, lines: str) -> tuple[bool, str]:
    shown = StringIO()
    console = Console(file=shown, width=80, color_system=None)
    async with serving(server) as base_url:
        phone = PhoneCall(base_url=base_url, to_number="+493023125000")
        fine = await chat(phone, console, source=StringIO(lines))
    return fine, shown.getvalue()


async def test_typed_lines_are_said_and_answered(
    serving: Serving, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Für wann?")], 2: [say(2, "Sind Sie noch da?")]})

    fine, shown = await typed(serving, server, "Einen Haarschnitt\n\n")

    kinds = [event["interaction_type"] for event in server.received if "response_id" in event]
    assert kinds == ["response_required", "reminder_required"]
    assert "Für wann?" in shown
    assert "Sind Sie noch da?" in shown
    assert "You hung up." in shown
    assert "you     Einen Haarschnitt" in shown
    assert fine


async def test_the_line_can_be_broken(serving: Serving, agent: Scripting, say: Saying) -> None:
    server = agent(answers={1: [say(1, "Ja?")]})

    fine, _ = await typed(serving, server, "/break\nHallo\n")

    assert len(server.paths) == 2
    assert fine


async def test_the_chat_ends_when_the_agent_hangs_up(
    serving: Serving, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Auf Wiederhören.", end_call=True)]})

    _, shown = await typed(serving, server, "Tschüss\nHallo?\n")

    assert "The agent hung up." in shown
    assert len(server.events("response_required")) == 1


async def test_misbehaviour_of_the_server_is_shown(
    serving: Serving, agent: Scripting, say: Saying
) -> None:
    server = agent(answers={1: [say(1, "Gern, {name}.")]})

    fine, shown = await typed(serving, server, "Hallo\n")

    assert "markup or placeholder in speech" in shown
    assert not fine
