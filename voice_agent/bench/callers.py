"""A process full of callers who all want the same day, for as long as it is told.

Every caller searches, is offered something, and books it or goes. Half of them are rude: they give
their hold back before they book, so that only the database stands between them and the others.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from booking_core.domain.appointment import Customer
from booking_core.domain.booking import Booked
from booking_core.domain.slots import SlotsFound
from voice_agent.bench.desk import Desk, open_desk
from voice_agent.bench.site import Site
from voice_agent.bench.wishes import order_of, query_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from booking_core.domain.booking import BookAppointment

    Json = dict[str, Any]
    Say = Callable[[Json], None]

CALLERS = 3
HANG_UP, RUDE = 0.15, 0.5


async def contend(errand: Json, say: Say) -> None:
    """Be this process."""
    async with open_desk(Site.from_json(errand["site"]), say) as desk:
        say({"begins": time.time()})
        crowd = Crowd(
            desk=desk,
            say=say,
            chance=random.Random(errand["seed"]),  # noqa: S311 - wishes, not secrets
            name=errand["name"],
            days=errand["days"],
            began=time.monotonic(),
            seconds=errand["seconds"],
            serials=count(1),
        )
        await asyncio.gather(*(crowd.call_again_and_again() for _ in range(CALLERS)))
        say({"over": time.time()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The callers of one process."""

    desk: Desk
    say: Say
    chance: random.Random
    name: str
    days: list[str]
    """One after the other; all processes are on the same one at the same time."""
    began: float
    seconds: float
    serials: Iterator[int]

    async def call_again_and_again(self) -> None:
        """Until the time is over."""
        while time.monotonic() < self.began + self.seconds:
            began = time.perf_counter()
            did, visit = await self._call()
            ms = round((time.perf_counter() - began) * 1000, 2)
            self.say({"did": did, "ms": ms, "at": time.time(), "visit": visit})

    async def _call(self) -> tuple[str, str | None]:
        key = f"{self.name}-{next(self.serials)}"
        query = query_for(self.desk.salon, key, self._day(), self.chance)
        found = await self.desk.core.offer_slots(query)
        if not isinstance(found, SlotsFound):
            return "nothing free", None
        if self.chance.random() < HANG_UP:
            await self.desk.core.release_holds(query.owner)
            return "hung up", None
        order = order_of(key, query, found, self.chance)
        # Mails are not what is measured here.
        return await self._book(replace(order, customer=Customer(name="Kim Albers")))

    async def _book(self, order: BookAppointment) -> tuple[str, str | None]:
        rude = self.chance.random() < RUDE
        if rude:
            await self.desk.core.release_holds(order.owner)
        result = await self.desk.core.book(order)
        await self.desk.core.release_holds(order.owner)
        if isinstance(result, Booked):
            return "accepted", str(result.appointment.id)
        manner = "not held" if rude else "held"
        return f"{type(result).__name__.lower()}, {manner}", None

    def _day(self) -> str:
        share = (time.monotonic() - self.began) / self.seconds
        return self.days[min(int(share * len(self.days)), len(self.days) - 1)]
