"""`voice-agent db upgrade`: the schema."""

from __future__ import annotations

from rich.console import Console

from booking_core.adapters.postgres import migrate
from voice_agent.commands.running import OK, run
from voice_agent.config import Settings
from voice_agent.embedded import servers


def upgrade() -> int:
    """Bring the schema up to date."""
    return run(_upgrade)


async def _upgrade() -> int:
    async with servers(Settings()) as endpoints:
        before = await migrate.current(endpoints.database_url)
        await migrate.upgrade(endpoints.database_url)
        after = await migrate.current(endpoints.database_url)
    Console(highlight=False).print(f"schema: {before or 'empty'} -> {after}")
    return OK
