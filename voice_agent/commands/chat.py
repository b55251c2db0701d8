"""`voice-agent chat`: be the caller."""

from __future__ import annotations

from rich.console import Console

from voice_agent.commands.running import FAILED, OK, process, run
from voice_agent.commands.serve import listening
from voice_agent.config import Settings
from voice_agent.simulator.chat import chat as type_as_caller
from voice_agent.simulator.phone import PhoneCall
from voice_agent.telemetry import set_up


def chat(*, salon: str, caller: str | None) -> int:
    """One call, typed."""
    set_up(level="critical")
    return run(lambda: _chat(salon, caller))


async def _chat(key: str, caller: str | None) -> int:
    settings, console = Settings(), Console(highlight=False)
    async with (
        process(settings, console) as runtime,
        listening(runtime, "127.0.0.1", 0) as address,
    ):
        salon = await runtime.salons.by_key(key)
        secret = settings.llm_websocket_secret
        path = f"/llm-websocket/{secret.get_secret_value()}" if secret else "/llm-websocket"
        phone = PhoneCall(
            base_url=address + path,
            to_number=salon.branch.phone_numbers[0],
            from_number=caller,
        )
        return OK if await type_as_caller(phone, console) else FAILED
