"""A process full of callers who all want the same day, for as long as it is told.

Every caller searches, is offered something, and books it or goes; or moves or cancels a visit. Half
of those who book are rude: they give their hold back before, so that only the database stands
between them and the others.
"""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from booking_core.domain.appointment import Customer
from booking_core.domain.booking import Booked
from booking_core.domain.orders import Cancelled, Cancelling, Moved
from booking_core.domain.slots import SlotsFound
from voice_agent.bench.desk import Desk, open_desk
from voice_agent.bench.site import Site
from voice_agent.bench.wishes import cancel_order, move_order, moving_query, order_of, query_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.booking import BookAppointment

    Json = dict[str, Any]
    Say = Callable[[Json], None]

CALLERS = 3
HANG_UP, RUDE = 0.15, 0.5
CANCELS, MOVES = 0.3, 0.2
"""How many calls are about a visit that stands; without cancellations the day would be full."""


async def contend(errand: Json, say: Say) -> None:
    """Be this process."""
    async with open_desk(Site.from_json(errand["site"]), say) as desk:
        say({"begins": time.time()})
        crowd = Crowd(
            desk=desk,
            say=say,
            chance=random.Random(errand["seed"]),  # noqa: S311 - wishes, not secrets
            name=errand["name"],
            day=errand["day"],
            until=time.monotonic() + errand["seconds"],
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
    day: str
    until: float
    serials: Iterator[int]
    visits: list[Appointment] = field(default_factory=list)
    """What they have booked and not cancelled, unless somebody is just changing it."""

    async def call_again_and_again(self) -> None:
        """Until the time is over."""
        while time.monotonic() < self.until:
            began = time.perf_counter()
            did, visit = await self._call()
            ms = round((time.perf_counter() - began) * 1000, 2)
            self.say({"did": did, "ms": ms, "at": time.time(), "visit": visit})

    async def _call(self) -> tuple[str, str | None]:
        key = f"{self.name}-{next(self.serials)}"
        luck = self.chance.random()
        if self.visits and luck < CANCELS + MOVES:
            # Nobody else of the crowd changes it meanwhile.
            visit = self.visits.pop(self.chance.randrange(len(self.visits)))
            return await (self._cancel if luck < CANCELS else self._move)(key, visit)
        query = query_for(self.desk.salon, key, self.day, self.chance)
        found = await self.desk.core.offer_slots(query)
        if not isinstance(found, SlotsFound):
            return "nothing free", None
        if self.chance.random() < HANG_UP:
            await self.desk.core.release_holds(query.owner)
            return "hung up", None
        order = order_of(key, query, found, self.chance)
        # Mails are not what is measured here.
        return await self._book(replace(order, customer=Customer(name="Kim Albers")))

    async def _cancel(self, key: str, visit: Appointment) -> tuple[str, str | None]:
        result = await self.desk.core.cancel(cancel_order(key, visit))
        if isinstance(result, Cancelled | Cancelling):
            return "cancelled", str(visit.id)
        self.visits.append(visit)
        return f"cancelling: {type(result).__name__}", None

    async def _move(self, key: str, visit: Appointment) -> tuple[str, str | None]:
        query = moving_query(self.desk.salon, key, visit, self.day, self.chance)
        found = await self.desk.core.offer_slots(query)
        if not isinstance(found, SlotsFound):
            self.visits.append(visit)
            return "nothing free to move to", None
        order = move_order(key, visit, self.chance.choice(found.offers).plan)
        result = await self.desk.core.reschedule(order)
        await self.desk.core.release_holds(order.owner)
        self.visits.append(result.appointment if isinstance(result, Moved) else visit)
        return ("moved" if isinstance(result, Moved) else f"moving: {type(result).__name__}"), None

    async def _book(self, order: BookAppointment) -> tuple[str, str | None]:
        rude = self.chance.random() < RUDE
        if rude:
            await self.desk.core.release_holds(order.owner)
        result = await self.desk.core.book(order)
        await self.desk.core.release_holds(order.owner)
        if isinstance(result, Booked):
            self.visits.append(result.appointment)
            return "accepted", str(result.appointment.id)
        manner = "not held" if rude else "held"
        return f"{type(result).__name__.lower()}, {manner}", None
