"""Changes to a salon's catalogue: read fresh, altered, stored together with the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.domain.errors import SalonOutdated
from voice_agent.admin.audit import write_down

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from booking_core.domain.catalogue import Salon
    from voice_agent.admin.audit import Change
    from voice_agent.admin.office import Office, Visitor

TRIES = 5  # each lost to somebody who saved in the same moment


async def current(office: Office, visitor: Visitor) -> Salon:
    """The visitor's salon as it is stored now."""
    return await office.salons.by_id(visitor.salon.branch.id)


async def change_salon(
    office: Office, visitor: Visitor, alter: Callable[[Salon], tuple[Salon, Change]]
) -> Salon:
    """Alter what is stored now, again if somebody else was faster; the salon as it was before.

    Whatever `alter` raises ends it: nothing has been changed then.
    """
    for _ in range(TRIES):
        salon = await current(office, visitor)
        wanted, change = alter(salon)

        async def beside(connection: AsyncConnection, change: Change = change) -> None:
            await write_down(connection, visitor, change)

        try:
            await _stored(office).save(wanted, expected_version=salon.version, beside=beside)
        except SalonOutdated:
            continue
        return salon
    raise web.HTTPConflict


def _stored(office: Office) -> PostgresSalons:
    if not isinstance(office.salons, PostgresSalons):
        raise web.HTTPNotImplemented
    return office.salons
