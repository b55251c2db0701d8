"""Plays a replay file against a running server: caller after caller, or all side by side."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from voice_agent.simulator.caller import Caller
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.retell import Habits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_agent.simulator.replay_file import ReplayFile


async def play(
    file: ReplayFile, *, base_url: str, dialled: str, habits: Habits | None = None
) -> list[Caller]:
    """Every call of the file, played to its end against the server at `base_url`."""
    habits = replace(habits or Habits(), transfers=file.transfers is None)
    callers = [
        Caller(call, _phone(file, number, base_url, dialled), habits)
        for number, call in enumerate(file.calls)
    ]
    groups = [callers] if file.at_once else [[caller] for caller in callers]
    for group in groups:
        await play_together(group)
    return callers


async def play_together(callers: Sequence[Caller]) -> None:
    """In lockstep: nobody says the next line before everybody has been answered."""
    try:
        await asyncio.gather(*(caller.ring() for caller in callers))
        for number in range(1, max(len(caller.script.turns) for caller in callers) + 1):
            await asyncio.gather(*(caller.hear_out(number) for caller in callers))
            await asyncio.gather(*(caller.play(number) for caller in callers))
    finally:
        await asyncio.gather(*(caller.finish() for caller in callers))


def _phone(file: ReplayFile, number: int, base_url: str, dialled: str) -> PhoneCall:
    """The same id every time: the agent's phrasings follow from it, and so do two equal runs."""
    digest = sha256(f"{file.salon}/{file.call}/{number}".encode()).hexdigest()
    return PhoneCall(
        base_url=base_url,
        to_number=dialled,
        from_number=file.calls[number].from_number,
        call_id=f"call_{digest[:27]}",
    )
