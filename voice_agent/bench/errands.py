"""What the processes of a run are there for: servers of others, callers, and those who clean up."""

from __future__ import annotations

import asyncio
import random
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text

from booking_core.adapters.calcom import sandbox
from booking_core.domain.errors import CalendarError
from booking_core.domain.slots import SlotsFound
from voice_agent.bench.callers import contend
from voice_agent.bench.desk import Desk, open_desk
from voice_agent.bench.post_office import PostOffice
from voice_agent.bench.site import Site
from voice_agent.bench.wishes import (
    cancel_order,
    move_order,
    moving_query,
    order_of,
    query_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.booking import BookAppointment

    Json = dict[str, Any]
    Say = Callable[[Json], None]

POLL_S = 0.05

QUIET = text("""
    SELECT NOT EXISTS (
      SELECT FROM saga WHERE key = :key AND ended_at IS NULL
    ) AND NOT EXISTS (
      SELECT FROM email_log JOIN saga USING (appointment_id)
      WHERE key = :key AND email_log.state IN ('due', 'sending')
    )
""")


async def serve_calcom(errand: Json, say: Say) -> None:
    """Be the Cal.com of the run, until killed."""
    options = sandbox.Options(now=datetime.fromisoformat(errand["now"]))
    await sandbox.serve(options, port=0, started=lambda running: say({"address": running.url}))


async def serve_mail(errand: Json, say: Say) -> None:
    """Be the mail server of the run, until killed; what it accepts, it tells."""
    office = PostOffice(told=say, drops=errand["drops"], chance=random.Random())  # noqa: S311 - bad luck
    async with office.open() as address:
        say({"address": address})
        await asyncio.Event().wait()


async def book(errand: Json, say: Say) -> None:
    """Search, hold, book and send the mail, as a server does for a caller."""
    async with open_desk(Site.from_json(errand["site"]), say) as desk:
        say({"begins": True})
        order = await offered(desk, errand)
        if order is None:
            say({"wants": False})
            return
        say({"wants": True})
        say({"result": type(await desk.core.book(order)).__name__})
        await _send_mails(desk, by_job=errand["by_job"])


async def cancel(errand: Json, say: Say) -> None:
    """Cancel a visit and send the mail."""
    async with open_desk(Site.from_json(errand["site"]), say) as desk:
        say({"begins": True})
        visit = await desk.appointments.by_id(UUID(errand["visit"]))
        say({"wants": True})
        say({"result": type(await desk.core.cancel(cancel_order(errand["key"], visit))).__name__})
        await _send_mails(desk, by_job=errand["by_job"])


async def move(errand: Json, say: Say) -> None:
    """Find another time for a visit, hold it, move there, and send the mail."""
    async with open_desk(Site.from_json(errand["site"]), say) as desk:
        say({"begins": True})
        visit = await desk.appointments.by_id(UUID(errand["visit"]))
        chance = random.Random(errand["key"])  # noqa: S311 - wishes, not secrets
        query = moving_query(desk.salon, errand["key"], visit, errand["day"], chance)
        found = await desk.core.offer_slots(query)
        if not isinstance(found, SlotsFound):
            say({"wants": False})
            return
        say({"wants": True})
        order = move_order(errand["key"], visit, chance.choice(found.offers).plan)
        say({"result": type(await desk.core.reschedule(order)).__name__})
        await _send_mails(desk, by_job=errand["by_job"])


async def recover(errand: Json, say: Say) -> None:
    """Be the process that starts after others have died: until nothing of theirs is left open."""
    async with open_desk(Site.from_json(errand["site"]), say) as desk:
        say({"begins": True})
        worker = asyncio.create_task(_work(desk, jobs=errand["by_job"]))
        while not await is_quiet(desk.engine, errand["key"]):
            await desk.core.recover()
            await desk.core.notify()
            await asyncio.sleep(POLL_S)
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker


async def sweep(errand: Json, say: Say) -> None:
    """Do what the sweeping jobs of a saga will do when their time has come."""
    async with open_desk(Site.from_json(errand["site"]), say) as desk:
        say({"swept": await _swept(desk, UUID(errand["saga"]))})


async def is_quiet(engine: AsyncEngine, key: str) -> bool:
    """Whether what was begun under this key is over, its mails included."""
    async with engine.connect() as connection:
        return bool(await connection.scalar(QUIET, {"key": key}))


async def offered(desk: Desk, errand: Json) -> BookAppointment | None:
    """A visit somewhere in the wished day, held; None when nothing is free."""
    chance = random.Random(errand["key"])  # noqa: S311 - wishes, not secrets
    query = query_for(desk.salon, errand["key"], errand["day"], chance)
    found = await desk.core.offer_slots(query)
    return order_of(errand["key"], query, found, chance) if isinstance(found, SlotsFound) else None


async def _swept(desk: Desk, saga_id: UUID) -> object:
    """Tried again when Cal.com does not answer, as the job is; only sooner."""
    while True:
        try:
            return await desk.core.chores().sweep(saga_id)
        except CalendarError:
            await asyncio.sleep(POLL_S)


async def _send_mails(desk: Desk, *, by_job: bool) -> None:
    """As the worker of the same process does, or as its patrol does."""
    if not by_job:
        await desk.core.notify()
        return
    try:
        await desk.core.work(until_idle=True)
    except Exception:  # noqa: BLE001 - who was stopped finds its connections closed: it begins anew, as servers do
        await desk.core.work(until_idle=True)


async def _work(desk: Desk, *, jobs: bool) -> None:
    if jobs:
        await desk.core.work()


ERRANDS: dict[str, Callable[[Json, Say], Coroutine[Any, Any, None]]] = {
    "serve_calcom": serve_calcom,
    "serve_mail": serve_mail,
    "book": book,
    "cancel": cancel,
    "move": move,
    "recover": recover,
    "sweep": sweep,
    "contend": contend,
}
