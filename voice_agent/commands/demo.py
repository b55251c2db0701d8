"""`voice-agent demo`: a real phone call, shown."""

from __future__ import annotations

import errno
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from rich.console import Console

from voice_agent.calendars import sandbox_address
from voice_agent.commands.running import FAILED, OK, process, run
from voice_agent.commands.serve import listening, until_stopped
from voice_agent.config import Settings
from voice_agent.demo import DemoImpossible, run_demo
from voice_agent.telemetry import set_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from voice_agent.runtime import Runtime


def demo(*, once: bool, port: int) -> int:
    """Play the call; the exit status says whether everything came out as it should."""
    set_up(level="critical")
    return run(lambda: _demo(once=once, port=port))


async def _demo(*, once: bool, port: int) -> int:
    settings, console = Settings(), Console(highlight=False)
    async with process(settings, console) as runtime, _listening(runtime, port) as address:
        try:
            played = await run_demo(
                runtime,
                base_url=f"{address}/llm-websocket",
                addresses=await _addresses(settings, address),
                console=console,
            )
        except DemoImpossible as error:
            console.print(f"[red]{error}[/red]; VOICE_AGENT_HOME=/tmp/fresh starts anew")
            return FAILED
        if not once:
            console.print("The server goes on; Ctrl-C ends it.")
            await until_stopped()
    return OK if played else FAILED


@asynccontextmanager
async def _listening(runtime: Runtime, port: int) -> AsyncIterator[str]:
    """On the wished port, or on a free one when somebody has it."""
    async with AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(listening(runtime, "127.0.0.1", port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            address = await stack.enter_async_context(listening(runtime, "127.0.0.1", 0))
        yield address


async def _addresses(settings: Settings, address: str) -> dict[str, str]:
    found = {
        "the salon's pages": f"{address}/admin",
        "the REST API": f"{address}/api/docs",
        "Retell's custom LLM URL": f"{address.replace('http', 'ws', 1)}/llm-websocket",
    }
    if calendars := await sandbox_address(settings):
        found["Cal.com sandbox, calendars to look at"] = f"{calendars}/"
    found["be the caller yourself"] = ".venv/bin/voice-agent chat"
    return found
