"""Everything a run of real processes needs around it, made for it and gone afterwards.

A database and a Redis key space of its own, Cal.com and the mail server as processes of their own,
the demo salon with its event types.
"""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from voice_agent.bench.books import Books, Calcom
from voice_agent.bench.children import Child, Nursery, open_nursery
from voice_agent.bench.desk import Desk, open_desk
from voice_agent.bench.oracle import Delivery
from voice_agent.bench.site import Site
from voice_agent.embedded import servers
from voice_agent.simulator.books import calendar_keys, open_books, packaged_salon
from voice_agent.simulator.ground import own_ground

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from voice_agent.bench.redis_gate import RedisGate
    from voice_agent.config import Settings

SALON = "friseur1"
MORNING = datetime.fromisoformat("2026-11-24T08:00:00+01:00")
LIFETIME_S = 7200


@dataclass(frozen=True, slots=True, kw_only=True)
class Arena:
    """A run's surroundings, and what it may do to them."""

    site: Site
    nursery: Nursery
    books: Books
    calcom: Calcom
    desk: Desk
    """The booking core in the process of the run itself, which nobody kills."""
    post_office: Child

    def deliveries(self) -> list[Delivery]:
        """Every mail that was accepted so far."""
        return [
            Delivery(message_id=fact["accepted"], digest=fact["digest"], heard=fact["heard"])
            for fact in self.post_office.facts
            if "accepted" in fact
        ]

    def deaths_while_sending(self) -> dict[str, int]:
        """How many processes died, or seemed to, that had begun to hand over a mail; per mail."""
        return Counter(
            mail
            for child in self.nursery.children.values()
            for mail in child.all_told("slow" if child.lived else "sending")
        )


@asynccontextmanager
async def open_arena(
    settings: Settings, *, mail_drops: float = 0.0, gate: RedisGate | None = None
) -> AsyncIterator[Arena]:
    """Surroundings for one run; with a gate, its processes reach Redis through it only."""
    salon = packaged_salon(SALON)
    async with AsyncExitStack() as stack:
        endpoints = await stack.enter_async_context(servers(settings))
        own = await stack.enter_async_context(own_ground(endpoints))
        nursery = await stack.enter_async_context(open_nursery())
        calcom = await nursery.begin("serve_calcom", now=MORNING.isoformat(), limit_s=LIFETIME_S)
        office = await nursery.begin("serve_mail", drops=mail_drops, limit_s=LIFETIME_S)
        calcom_url = await calcom.tells("address")
        await open_books(own, calcom_url, [salon])
        site = Site(
            database_url=own.database_url,
            redis_url=own.redis_url,
            calcom_url=calcom_url,
            calcom_keys=(await calendar_keys(calcom_url, [salon])).get_secret_value(),
            smtp_url=await office.tells("address"),
            salon=SALON,
            starts_at=MORNING.isoformat(),
        )
        if gate is not None:
            site = replace(
                site, redis_url=await stack.enter_async_context(gate.open(site.redis_url))
            )
        desk = await stack.enter_async_context(open_desk(site))
        yield Arena(
            site=site,
            nursery=nursery,
            books=Books(desk.engine),
            calcom=Calcom(calcom_url),
            desk=desk,
            post_office=office,
        )
