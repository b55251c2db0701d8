"""`voice-agent serve` and `voice-agent work`: the processes that run in production."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web
from rich.console import Console

from voice_agent.app import READINESS, build_app
from voice_agent.commands.running import OK, USAGE, complain, process, run
from voice_agent.config import Settings
from voice_agent.telemetry import set_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from voice_agent.runtime import Runtime


def serve(*, host: str, port: int, address_file: Path | None) -> int:
    """Answer calls until stopped."""
    set_up()
    return run(lambda: _serve(Settings(), host, port, address_file))


def work() -> int:
    """Work background jobs off until stopped."""
    set_up()
    return run(lambda: _work(Settings()))


def insecure(settings: Settings, host: str) -> str | None:
    """Why these settings must not face a network; None on loopback, or when all is set."""
    if _is_loopback(host):
        return None
    wanted = {
        "LLM_WEBSOCKET_SECRET": settings.llm_websocket_secret,
        "RETELL_API_KEY": settings.retell_api_key,
        "ADMIN_PASSWORD": settings.admin_password,
    }
    missing = [name for name, value in wanted.items() if value is None]
    if not missing:
        return None
    return f"{host} can be reached from outside: set {', '.join(missing)}, or use 127.0.0.1"


@asynccontextmanager
async def listening(runtime: Runtime, host: str, port: int) -> AsyncIterator[str]:
    """The address under which a warm server answers, as long as this lasts."""
    app = build_app(runtime.services)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        await app[READINESS].wait()
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _serve(settings: Settings, host: str, port: int, address_file: Path | None) -> int:
    if complaint := insecure(settings, host):
        complain("refused", complaint)
        return USAGE
    out = Console(highlight=False)
    async with process(settings, out) as runtime, listening(runtime, host, port) as address:
        if address_file:
            await asyncio.to_thread(address_file.write_text, address, encoding="utf-8")
        out.print(f"voice-agent listens on {address}")
        out.print(f"The salon's pages: {address}/admin")
        out.print(f"The REST API: {address}/api/docs")
        out.print(f"Retell's custom LLM URL: {address.replace('http', 'ws', 1)}/llm-websocket")
        await until_stopped()
    return OK


async def _work(settings: Settings) -> int:
    out = Console(highlight=False)
    async with process(settings, out):
        out.print("voice-agent works on background jobs")
        await until_stopped()
    return OK


async def until_stopped() -> None:
    """Wait for Ctrl-C or a polite request to end."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    await stopped.wait()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
