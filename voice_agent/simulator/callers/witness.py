"""Holds what the agent claims against the database, in the moment it is said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from booking_core.adapters.postgres.appointments import appointment_of
from booking_core.adapters.postgres.booking_tables import appointment, claim
from voice_agent.dialogue import visit
from voice_agent.simulator.callers.testimony import own_claims
from voice_agent.simulator.callers.tongues import TONGUES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Sequence
    from datetime import date, datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from voice_agent.simulator.callers.ears import Ears, Heard, Spot


@dataclass(slots=True, kw_only=True)
class Witness:
    """Knows one call's number and id, and looks into the books."""

    engine: AsyncEngine
    salon: Salon
    call_id: str
    ears: Ears
    """The caller's; whatever language is spoken, it is understood."""
    phones: frozenset[str] = frozenset()
    """Numbers under which the caller's own visits are booked."""
    nothing_free: bool = False
    """Somebody has no time at all, and no claim of ours says so."""
    now: Callable[[], datetime]
    untrue: list[str] = field(default_factory=list)

    async def check(self, text: str) -> None:
        """Note every claim of these words that is not so."""
        found: list[str] = []
        async with self.engine.connect() as connection:
            for tongue in TONGUES.values():
                ears = replace(self.ears, tongue=tongue)
                found += [*_impossible_dates(text, ears), *self._odd_prices(text, ears)]
                found += [why async for why in self._claims(ears.hear(text), ears, connection)]
        self.untrue += [f"{why}: {text}" for why in dict.fromkeys(found)]

    async def _claims(
        self, heard: Heard, ears: Ears, connection: AsyncConnection
    ) -> AsyncIterator[str]:
        for sentence in ears.sentences(heard.text):
            spots = [spot for spot in ears.spots(sentence) if spot.start]
            booked, taken = ears.claims("booked", sentence), ears.claims("taken", sentence)
            if booked and not await self._is_booked(spots, sentence, connection):
                yield "not booked"
            if taken and not self.nothing_free:
                for spot in [one for one in spots if not await self._is_taken(one, connection)]:
                    yield f"not taken, {spot.start}"
        async for why in self._free_time(heard, ears, connection):
            yield why
        async for why in own_claims(self, ears, heard.text, connection):
            yield why

    async def _free_time(
        self, heard: Heard, ears: Ears, connection: AsyncConnection
    ) -> AsyncIterator[str]:
        """What is free is held for this call; what is not booked does not stand."""
        if ears.claims("nothing_booked", heard.text):
            standing = await self._standing(connection)
            if standing:
                yield f"{len(standing)} booked"
        if heard.is_said("free") and not heard.is_said("booked"):
            for spot in heard.spots:
                if spot.start and not await self._is_held(spot, connection):
                    yield f"not held, {spot.start}"

    async def _is_booked(
        self, spots: Sequence[Spot], sentence: str, connection: AsyncConnection
    ) -> bool:
        return any(
            self.local(found.plan.start) == spot.start
            and visit.called(visit.lead(found.plan, self.salon), self.salon) in sentence
            and all(self.salon.service(one).spoken_name in sentence for one in found.plan.services)
            for found in await self._standing(connection)
            for spot in spots
        )

    async def _standing(self, connection: AsyncConnection) -> list[Appointment]:
        rows = await connection.execute(
            select(appointment).where(
                appointment.c.call_id == self.call_id, appointment.c.state == "booked"
            )
        )
        return [appointment_of(row) for row in rows]

    async def own(self, connection: AsyncConnection) -> list[Appointment]:
        """All visits of the caller, in whatever state."""
        rows = await connection.execute(
            select(appointment).where(
                appointment.c.branch_id == self.salon.branch.id,
                or_(
                    appointment.c.call_id == self.call_id,
                    appointment.c.customer_phone.in_(self.phones),
                ),
            )
        )
        return [appointment_of(row) for row in rows]

    async def _is_held(self, spot: Spot, connection: AsyncConnection) -> bool:
        """Whether this call holds something that begins then, with whoever was named."""
        assert spot.start is not None
        query = select(claim.c.resource_id).where(
            claim.c.holder == f"call:{self.call_id}",
            func.lower(claim.c.during) == self._aware(spot.start),
        )
        held = set(await connection.scalars(query))
        named = [m.id for m in self.salon.staff if m.first_name == spot.staff]
        people = {member.id for member in self.salon.staff}
        # Who only assists at the start need not be who was named.
        return bool(held & people) if not named else bool(held)

    async def _is_taken(self, spot: Spot, connection: AsyncConnection) -> bool:
        """Whether somebody else's claim lies within the hours after it."""
        assert spot.start is not None
        start = self._aware(spot.start)
        longest = timedelta(hours=5)
        query = select(func.count()).where(
            claim.c.branch_id == self.salon.branch.id,
            claim.c.holder != f"call:{self.call_id}",
            claim.c.during.op("&&")(func.tstzrange(start, start + longest)),
        )
        return bool(await connection.scalar(query))

    def _odd_prices(self, text: str, ears: Ears) -> Iterator[str]:
        """Prices that no service has, and no two together."""
        cents = {service.price_cents for service in self.salon.services}
        for euros, rest in ears.tongue.priced.findall(text):
            spoken = int(euros) * 100 + int(rest or 0)
            if spoken not in cents and not _adds_up(spoken, cents):
                yield f"no service costs {euros} Euro"

    def local(self, moment: datetime) -> datetime:
        """The salon's wall clock."""
        zone = ZoneInfo(self.salon.branch.timezone)
        return moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)

    def _aware(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=ZoneInfo(self.salon.branch.timezone))


def _adds_up(cents: int, prices: set[int]) -> bool:
    return any(cents - one in prices for one in prices)


def _impossible_dates(text: str, ears: Ears) -> Iterator[str]:
    tongue = ears.tongue
    for named in tongue.dated.finditer(text):
        day: date | None = ears.dated(int(named["dom"]), tongue.months.index(named["month"]) + 1)
        if day is None or tongue.weekdays[day.weekday()] != named["weekday"]:
            yield f"{named[0]} is no such day"
