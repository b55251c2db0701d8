"""Whoever types a call sees at each turn how it was understood, what was done, where it stands."""

from __future__ import annotations

from datetime import UTC, datetime
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from voice_agent.simulator.chat import chat
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.states import TurnNotes, WatchedScript

if TYPE_CHECKING:
    from voice_agent.simulator.stage import Stage

TUESDAY = datetime(2026, 4, 14, 7, tzinfo=UTC)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_typed_turn_is_shown_with_understanding_action_and_state(stage: Stage) -> None:
    await stage.rewind(TUESDAY)
    salon = await stage.runtime.salons.by_key("friseur1")
    shown, script = StringIO(), WatchedScript()

    async with stage.listening(script) as base_url:
        fine = await chat(
            PhoneCall(base_url=base_url, to_number=salon.branch.phone_numbers[0]),
            Console(file=shown, width=200, color_system=None),
            source=StringIO("Ein Trockenschnitt am Freitag um elf bei Emma, bitte.\n"),
            notes=TurnNotes(stage.runtime.engine, salon, script),
        )

    assert fine
    assert "heard as: staff: Emma, times: 2026-04-17T11:00:00" in shown.getvalue()
    assert "did: FindSlots" in shown.getvalue()
    wanted = "state: wants: Trockenschnitt, with: Emma, when: 2026-04-17 11:00:00, offers: 1"
    assert f"{wanted}, asks: ask_name" in shown.getvalue()
