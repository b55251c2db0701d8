"""A whole run at a sandbox, with somebody who listens to every word."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web

from booking_core.adapters.calcom.bookings import CalcomBookings
from booking_core.adapters.calcom.calendar import CalcomCalendar
from booking_core.adapters.calcom.client import CalcomClient
from booking_core.adapters.calcom.letterboxes import Letterbox
from booking_core.adapters.calcom.mirror import CalcomView
from booking_core.adapters.calcom.timetable_log import PostgresTimetableLog
from booking_core.adapters.calcom.webhooks import CalcomSubscriptions
from booking_core.adapters.calcom.workshop import CalcomWorkshop
from booking_core.adapters.postgres.mirror import PostgresMirror
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.public_holidays import public_holidays
from booking_core.adapters.urgency import in_background
from booking_core.domain.catalogue import Absence, WorkingHours
from booking_core.domain.errors import (
    CalendarBusy,
    CalendarRefused,
    CalendarSilent,
    CalendarTaken,
)
from booking_core.domain.interval import Span
from booking_core.workflows.keep_calendar import KeepCalendar
from booking_core.workflows.mirror_calendar import MirrorCalendar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.calcom.event_map import PostgresEventMap
    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.domain.catalogue import Salon

BACKGROUND_S = 90.0  # as `calcom sync` has it


@dataclass(frozen=True)
class Exchange:
    """One request and its answer."""

    method: str
    path: str
    query: dict[str, str]
    version: str | None
    sent: Any
    status: int
    answered: Any


@asynccontextmanager
async def eavesdropping(url: str) -> AsyncIterator[tuple[str, list[Exchange]]]:
    """A server that passes everything on to `url` and writes it down."""
    heard: list[Exchange] = []

    async def pass_on(request: web.Request) -> web.Response:
        raw = await request.read()
        kept = {"Authorization", "cal-api-version", "Content-Type"}
        headers = {name: value for name, value in request.headers.items() if name in kept}
        async with aiohttp.ClientSession() as session:
            address = url + request.path_qs
            async with session.request(request.method, address, data=raw, headers=headers) as got:
                body = await got.json()
        sent = json.loads(raw) if raw else None
        heard.append(
            Exchange(
                method=request.method,
                path=request.path,
                query=dict(request.query),
                version=request.headers.get("cal-api-version"),
                sent=sent,
                status=got.status,
                answered=body,
            )
        )
        return web.json_response(body, status=got.status)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", pass_on)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", heard
    finally:
        await runner.cleanup()


@dataclass(frozen=True)
class SomeBox:
    """Where Cal.com would write to."""

    async def of(self, salon: Salon) -> Letterbox:
        return Letterbox(url=f"http://127.0.0.1:9/{salon.branch.key}", secret="geheim")


async def use_everything_else(client: CalcomClient, key: str, window: Span) -> None:
    """Every call that making event types and booking a visit do not need."""
    hours = {"days": ["Tuesday", "Friday"], "startTime": "09:00", "endTime": "18:00"}
    closed = {"date": "2026-12-08", "startTime": "00:00", "endTime": "00:00"}
    wish = {"name": "Plan", "timeZone": "Europe/Berlin", "isDefault": True, "availability": [hours]}
    assert (await client.me(key)).username == "wanda"
    made = await client.create_schedule(key, wish)
    changed = await client.change_schedule(key, made.id, {"overrides": [closed]})
    assert await client.schedule(key, made.id) == changed == await client.default_schedule(key)
    assert [str(one.day) for one in changed.overrides] == ["2026-12-08"]
    event_type = await client.create_event_type(
        key, {"title": "T", "slug": "t", "lengthInMinutes": 30, "scheduleId": made.id}
    )
    assert await client.event_type(key, event_type.id) == event_type
    slots = await client.slots(event_type.id, window, key=key, minutes=45, ranges=True)
    assert {slot.end - slot.start for slot in slots if slot.end} == {timedelta(minutes=45)}
    for scope in (None, event_type.id):
        await use_webhooks(client, key, scope)
    await client.delete_event_type(key, event_type.id)
    await client.delete_schedule(key, made.id)
    with pytest.raises(CalendarRefused):
        await client.common_slots(["wanda", "soeren"], "kranz", window)


async def use_webhooks(client: CalcomClient, key: str, event_type_id: int | None) -> None:
    """From the first subscription to its end."""
    url = f"http://127.0.0.1:9/{event_type_id}"
    wish = {"active": True, "subscriberUrl": url, "triggers": ["BOOKING_CREATED"], "secret": "s"}
    hook = await client.create_webhook(key, wish, event_type_id=event_type_id)
    assert await client.webhooks(key, event_type_id=event_type_id) == [hook]
    off = await client.change_webhook(key, hook.id, {"active": False}, event_type_id=event_type_id)
    assert not off.active
    assert await client.webhook(key, hook.id, event_type_id=event_type_id) == off
    await client.delete_webhook(key, hook.id, event_type_id=event_type_id)
    assert await client.webhooks(key, event_type_id=event_type_id) == []


@dataclass
class House:
    """A salon that lives with a Cal.com."""

    engine: AsyncEngine
    event_map: PostgresEventMap
    sandbox: Sandbox
    salon: Salon
    watch: Any
    opened: Any = None

    @property
    def client(self) -> CalcomClient:
        return self.opened.client  # type: ignore[no-any-return]  # of a fixture without a type

    @property
    def accounts(self) -> Accounts:
        return self.opened.accounts  # type: ignore[no-any-return]  # likewise

    async def keep(self) -> None:
        """Event types, working hours and absences, new and then changed."""
        salons = PostgresSalons(self.engine)
        keeper = KeepCalendar(
            salons=salons,
            workshop=CalcomWorkshop(self.opened),
            record=self.event_map,
            timetable_log=PostgresTimetableLog(self.engine),
            clock=self.watch,
            holidays=public_holidays,
        )
        for code in ("ALT", "NEU"):
            await salons.save(_working(self.salon, code))
            run = await keeper.sync(self.salon.branch.id)
            assert run.event_types.complete
            assert not run.timetables.failed
        assert (await keeper.drift(self.salon.branch.id)).is_clean

    async def look(self) -> None:
        """What Cal.com tells, and what it is asked for."""
        subscriptions = CalcomSubscriptions(self.opened, SomeBox())
        assert await subscriptions.ensure(self.salon) == 3
        assert await subscriptions.ensure(self.salon) == 0
        mirror = PostgresMirror(self.engine)
        view, salons = CalcomView(self.opened), PostgresSalons(self.engine)
        await MirrorCalendar(salons=salons, view=view, mirror=mirror, clock=self.watch).refresh()
        await CalcomBookings(self.opened).upcoming(self.salon)

    async def visit(self, visits: Any) -> None:
        """Booked, moved, refused, found, cancelled, cancelled again."""
        calendar = CalcomCalendar(self.client, self.accounts, self.event_map)
        segment, key = visits.segment("A", "10:00", 20), self.accounts.key("wanda")
        uid = await calendar.book(segment)
        moved = await calendar.shift(visits.segment("A", "10:15", 20), uid)
        await self.client.cancel(key, moved, reason="Kundin krank")
        uid = await calendar.book(segment)
        await calendar.book(visits.segment("A", "14:00", 15, service=8, rest=20))
        with pytest.raises(CalendarTaken):
            await calendar.book(segment)
        assert await calendar.find(segment) == [uid]
        await calendar.cancel(self.salon, uid, reason="Kundin krank")
        await calendar.cancel(self.salon, uid, reason="Kundin krank")
        assert await calendar.trace(self.salon, uid) is None

    async def trouble(self) -> None:
        """Every kind of no: wrong key, not ours, lost race, not there, too many, broken."""
        mine, hers = self.accounts.key("wanda"), self.accounts.key("soeren")
        with pytest.raises(CalendarRefused):
            await self.client.me("cal_nobodys")
        foreign = (await self.client.schedules(hers))[0]
        with pytest.raises(CalendarRefused):
            await self.client.schedule(mine, foreign.id)
        assert await self.client.booking(mine, "1111111111111111111111") is None
        await self.race(mine)
        self.sandbox.control("fault", on="GET /v2/me", do="rate_limit")
        with pytest.raises(CalendarBusy):
            await self.client.me(mine)
        self.sandbox.control("fault", on="GET /v2/schedules", do="error")
        await self.client.schedules(mine)
        self.sandbox.control("fault", on="POST /v2/bookings", do="error_after")
        with pytest.raises(CalendarSilent):
            await self.client.book(mine, await self.wish(mine, "2026-11-27T13:00:00Z"))

    async def race(self, key: str) -> None:
        """Two at once, of which one comes too late."""
        wish = await self.wish(key, "2026-11-27T10:00:00Z")
        two = (self.client.book(key, wish) for _ in range(2))
        results = await asyncio.gather(*two, return_exceptions=True)
        assert sum(isinstance(result, CalendarTaken) for result in results) == 1

    async def wish(self, key: str, start: str) -> dict[str, Any]:
        """A booking in Wanda's first event type."""
        kind = (await self.client.event_types(key))[0]
        person = {"name": "Ida Kern", "email": "ida@kern.example", "timeZone": "Europe/Berlin"}
        return {"start": start, "eventTypeId": kind.id, "attendee": person}


def _working(salon: Salon, code: str) -> Salon:
    """Everybody works on Tuesdays, one of them is away for a week."""
    hours = (WorkingHours(weekday=1, start=time(9), end=time(18)),)
    away = Span.of_minutes(datetime.fromisoformat("2026-12-08T00:00:00+01:00"), 7 * 24 * 60)
    staff = [replace(member, hours=hours) for member in salon.staff]
    staff[0] = replace(staff[0], absences=(Absence(span=away),))
    return replace(
        salon,
        company=replace(salon.company, code=code),
        branch=replace(salon.branch, opening_hours=hours),
        staff=tuple(staff),
    )


@pytest.fixture
async def heard(sandbox: Sandbox) -> AsyncIterator[tuple[str, list[Exchange]]]:
    """An address at which somebody listens, and what was heard there."""
    async with eavesdropping(sandbox.url) as listening:
        yield listening


@pytest.fixture
def house(
    engine: AsyncEngine, event_map: PostgresEventMap, sandbox: Sandbox, saved: Salon, watch: Any
) -> House:
    return House(engine, event_map, sandbox, saved, watch)


@pytest.fixture
async def traffic(
    heard: tuple[str, list[Exchange]],
    house: House,
    accounts: Accounts,
    visits: Any,
    make_opened: Any,
) -> list[Exchange]:
    """Everything said in a whole run."""
    url, said = heard
    async with CalcomClient(url) as client:
        day = Span.of_minutes(datetime.fromisoformat("2026-12-01T08:00:00+01:00"), 600)
        await use_everything_else(client, accounts.key("wanda"), day)
        house.opened = make_opened(client, accounts)
        with in_background(patience_s=BACKGROUND_S):
            await house.keep()
            await house.look()
        await house.visit(visits)
        await house.trouble()
    return said


@pytest.fixture
def exchange() -> Exchange:
    """A booking that comes too late, as it should be asked for and answered."""
    attendee = {"name": "Ida", "email": "ida@kern.example", "timeZone": "Europe/Berlin"}
    return Exchange(
        method="POST",
        path="/v2/bookings",
        query={},
        version="2024-08-13",
        sent={"start": "2026-11-27T10:00:00Z", "eventTypeId": 4, "attendee": attendee},
        status=409,
        answered={"statusCode": 409, "message": "booking_conflict_error"},
    )
