"""Which salon a call belongs to, by the numbers in a signed message, and by nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking_core.domain.errors import UnknownSalon
from voice_agent.retell.events import e164

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Salon
    from voice_agent.retell.events import Call
    from voice_agent.retell.reception import Directory


@dataclass(frozen=True, slots=True, kw_only=True)
class Switchboard:
    """Knows who answers which number."""

    salons: Directory

    async def salon_of(self, call: Call) -> Salon | None:
        """The salon of this call; None when nobody answers its number.

        A call without numbers comes from a browser: it is for the only salon there is.
        """
        if number := own_number(call):
            return await self.answering(number)
        return await self.only() if call.call_type != "phone_call" else None

    async def answering(self, number: str) -> Salon | None:
        """Who answers this number; None when nobody does."""
        try:
            return await self.salons.by_number(e164(number) or number)
        except UnknownSalon:
            return None

    async def only(self) -> Salon | None:
        """The one salon of this installation; None when there are several."""
        everyone = await self.salons.all()
        return everyone[0] if len(everyone) == 1 else None


def own_number(call: Call) -> str | None:
    """The salon's own number in this call."""
    return call.from_number if call.is_outbound else call.to_number


def other_number(call: Call) -> str | None:
    """The number of the person on the other end; None when withheld."""
    return e164(call.to_number if call.is_outbound else call.from_number)
