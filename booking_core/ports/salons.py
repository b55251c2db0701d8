"""Whose appointments these are: the configured salons, and who is on file there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from booking_core.domain.appointment import Customer
    from booking_core.domain.catalogue import Salon


class Salons(Protocol):
    """The configured salons."""

    async def by_id(self, branch_id: UUID) -> Salon:
        """One branch with its company; UnknownSalon when there is none."""
        ...

    async def known(self, branch_id: UUID) -> Salon:
        """The same as it was read last: for whoever is told when it is not so any more."""
        ...

    async def by_number(self, dialled: str) -> Salon:
        """The branch that answers this E.164 number; UnknownSalon when none does."""
        ...

    async def by_key(self, key: str) -> Salon:
        """The branch of this salon file, e.g. `friseur1`; UnknownSalon when there is none."""
        ...


class Customers(Protocol):
    """Who is on file. A number finds people; it does not prove who is calling."""

    async def by_phone(self, branch_id: UUID, phone: str) -> Sequence[Customer]:
        """Everybody of this branch with exactly this E.164 number."""
        ...
