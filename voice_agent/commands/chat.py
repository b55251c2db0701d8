"""`voice-agent chat`: be the caller."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console

from voice_agent.commands.running import FAILED, OK, process, run
from voice_agent.commands.serve import listening
from voice_agent.config import Settings
from voice_agent.simulator.chat import chat as type_as_caller
from voice_agent.simulator.phone import PhoneCall
from voice_agent.simulator.states import TurnNotes, WatchedScript
from voice_agent.telemetry import set_up

if TYPE_CHECKING:
    from voice_agent.runtime import Runtime


def chat(*, salon: str, caller: str | None) -> int:
    """One call, typed."""
    set_up(level="critical")
    return run(lambda: _chat(salon, caller))


async def _chat(key: str, caller: str | None) -> int:
    settings, console = Settings(), Console(highlight=False)
    script = WatchedScript()
    async with (
        process(settings, console) as runtime,
        listening(_watched(runtime, script), "127.0.0.1", 0) as address,
    ):
        salon = await runtime.salons.by_key(key)
        secret = settings.llm_websocket_secret
        path = f"/llm-websocket/{secret.get_secret_value()}" if secret else "/llm-websocket"
        phone = PhoneCall(
            base_url=address + path,
            to_number=salon.branch.phone_numbers[0],
            from_number=caller,
        )
        notes = TurnNotes(runtime.engine, salon, script)
        return OK if await type_as_caller(phone, console, notes=notes) else FAILED


def _watched(runtime: Runtime, script: WatchedScript) -> Runtime:
    return replace(runtime, services=replace(runtime.services, script=script))
