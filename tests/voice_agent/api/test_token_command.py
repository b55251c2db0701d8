"""`voice-agent api token`: made, shown, taken back, as real processes."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon


async def run(url: str, redis: str, *arguments: str) -> tuple[int, str, str]:
    pipe = asyncio.subprocess.PIPE
    env = {**os.environ, "DATABASE_URL": url, "REDIS_URL": redis}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voice_agent", "api", "token", *arguments),
        env=env,
        stdout=pipe,
        stderr=pipe,
    )
    said, complained = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode(), complained.decode()


async def test_a_token_is_made_shown_and_taken_back(
    engine: AsyncEngine, saved_salon: Salon, database_url: str, redis_url: str
) -> None:
    del engine
    company = ("--company", saved_salon.company.key)
    at = (database_url, redis_url)
    made = await run(*at, "create", *company, "--name", "Webshop", "--scope", "book")
    token_id = made[2].partition(":")[0].strip()
    shown = await run(*at, "list", *company)
    gone = await run(*at, "revoke", token_id, *company)
    again = await run(*at, "revoke", token_id, *company)
    stranger = await run(*at, "list", "--company", "nobody")

    assert made[0] == 0, made
    assert made[1].startswith("va_")
    assert "Webshop" in shown[1]
    assert token_id in shown[1]
    assert made[1].strip() not in shown[1]
    assert (gone[0], again[0], stranger[0]) == (0, 1, 1)
    assert saved_salon.company.key in stranger[2]
