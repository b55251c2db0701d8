"""A database knows which installation it belongs to; a dump of it elsewhere is another one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sqlalchemy import text

from booking_core.adapters.postgres.installation import installation_of

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


async def test_all_processes_of_an_installation_have_one_name(engine: AsyncEngine) -> None:
    names = await asyncio.gather(*(installation_of(engine) for _ in range(8)))

    assert len(set(names)) == 1
    assert await installation_of(engine) == names[0]


async def test_a_dump_that_is_put_back_elsewhere_has_another_name(engine: AsyncEngine) -> None:
    before = await installation_of(engine)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE installation SET database = 'where it came from'"))

    assert await installation_of(engine) != before
