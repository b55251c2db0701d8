"""Which installation of this system a database belongs to: its bookings elsewhere say so.

A dump that is put back elsewhere, for tests say, is another installation: otherwise it would take
the bookings of the first one for its own, and those it does not know for remains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

_PLACE = text("""
    SELECT system_identifier || '/' || pg_database.oid
    FROM pg_control_system(), pg_database WHERE datname = current_database()
""")
_BEGIN = text("INSERT INTO installation (database) VALUES (:place) ON CONFLICT DO NOTHING")
_KNOWN = text("SELECT id FROM installation WHERE database = :place")


async def installation_of(engine: AsyncEngine) -> UUID:
    """The name of this one; it is random, made once, and the same for all processes."""
    single = engine.execution_options(isolation_level="AUTOCOMMIT")
    async with single.connect() as connection:
        try:
            place = str(await connection.scalar(_PLACE))
        except DBAPIError:  # some hosts keep what the cluster is called to themselves
            place = "unknown"
        await connection.execute(_BEGIN, {"place": place})
        return UUID(str(await connection.scalar(_KNOWN, {"place": place})))
