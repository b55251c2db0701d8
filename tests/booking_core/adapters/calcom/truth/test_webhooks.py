"""Cal.com writes to us: twice, late, in any order or not at all, and we look for ourselves."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from aiohttp import web

from booking_core.adapters.calcom.letterboxes import Letterbox
from booking_core.adapters.calcom.webhooks import SIGNATURE, TRIGGERS, CalcomSubscriptions
from booking_core.adapters.hints import WAIT_S, Hints
from booking_core.adapters.jobs import Chores, Jobs
from voice_agent.calcom_webhook import PATH, Mailbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from uuid import UUID

    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.domain.catalogue import Salon
    from booking_core.workflows.mirror_calendar import MirrorCalendar
    from booking_core.workflows.reconcile import Reconcile

SECRET = "nur-fuer-diesen-test"
NIGHT, EVENING = "11-25 00:00", "11-25 23:00"
WAITING = (
    "SELECT task_name, args->>'day' FROM procrastinate_jobs"
    " WHERE task_name LIKE 'calendar%' AND status = 'todo' ORDER BY 1, 2"
)


@dataclass(frozen=True)
class Keeper:
    """Knows what letters are signed with."""

    secrets: Mapping[UUID | None, str]

    async def secrets_of(self, company_id: UUID | None) -> Sequence[str]:
        return [self.secrets[company_id]] if company_id in self.secrets else []


@dataclass(frozen=True)
class One:
    """The same letterbox for everybody."""

    box: Letterbox

    async def of(self, salon: Salon) -> Letterbox:
        del salon  # they have but one
        return self.box


async def nothing(*_: object) -> None:
    """No part of these tests."""


@dataclass
class House:
    """Where letters arrive, and what is done about them."""

    url: str
    desk: Any
    jobs: Jobs
    chores: Chores

    async def waiting(self) -> list[tuple[str, str | None]]:
        return [tuple(row) for row in await self.desk.rows(WAITING)]

    async def look(self) -> None:
        """Do what is to be done after the letters that have come so far."""
        await asyncio.sleep(WAIT_S + 0.1)
        await self.jobs.work(self.chores, until_idle=True)

    async def post(self, raw: bytes, **headers: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False) as http:
            return await http.post(self.url, content=raw, headers=headers)

    async def post_signed(self, raw: bytes) -> httpx.Response:
        signature = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        return await self.post(raw, **{SIGNATURE: signature})


@asynccontextmanager
async def listening(mailbox: Mailbox) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post(PATH, mailbox.receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    finally:
        await runner.cleanup()


@pytest.fixture
async def house(
    desk: Any, opened: Any, redis: Any, database_url: str, mirror: MirrorCalendar,
    reconcile: Reconcile,
) -> AsyncIterator[House]:  # fmt: skip
    """A house to which Cal.com writes of everybody in the salon."""
    mailbox = Mailbox(Hints(desk.engine), redis, Keeper({None: SECRET}))
    chores = Chores(
        recover=nothing, sweep=nothing, notify=nothing, patrol=nothing, night_round=nothing,
        look_at_day=mirror.look, reconcile=reconcile.branch,
    )  # fmt: skip
    async with listening(mailbox) as url:
        subscriptions = CalcomSubscriptions(opened, One(Letterbox(url=url, secret=SECRET)))
        assert await subscriptions.ensure(desk.salon) == len(desk.salon.staff)
        yield House(url, desk, Jobs(database_url), chores)


@pytest.mark.inc(48)
async def test_a_booking_by_hand_is_busy_here_as_soon_as_it_was_told(
    house: House, desk: Any
) -> None:
    await desk.write_in("wanda", "11-25 10:00")

    await house.look()

    assert await desk.busy("wanda", NIGHT, EVENING) == ["11-25 10:00-10:20"]


async def test_two_copies_of_a_letter_are_one_reason_to_look(
    house: House, desk: Any, sandbox: Sandbox
) -> None:
    sandbox.control("webhooks", duplicate=1)

    await desk.write_in("wanda", "11-25 10:00")

    assert await house.waiting() == [
        ("calendar.look", "2026-11-25"),
        ("calendar.reconcile", None),
    ]
    assert await desk.delivered() == ["200", "200"]


async def test_letters_in_the_wrong_order_lead_to_the_same_truth(
    house: House, desk: Any, sandbox: Sandbox
) -> None:
    sandbox.control("webhooks", hold=True)
    first = await desk.write_in("wanda", "11-25 10:00")
    moved = await desk.move_on(first.uid, "11-25 15:00")
    await desk.client.cancel(desk.accounts.key("wanda"), moved.uid, reason="krank")
    await desk.write_in("wanda", "11-25 17:00")

    sandbox.control("release_webhooks", backwards=True)
    await desk.until_delivered(4)
    await house.look()

    assert await desk.busy("wanda", NIGHT, EVENING) == ["11-25 17:00-17:20"]


async def test_a_letter_that_never_came_is_not_missed_for_long(
    house: House, desk: Any, sandbox: Sandbox, mirror: MirrorCalendar
) -> None:
    sandbox.control("webhooks", drop=1)
    await desk.write_in("wanda", "11-25 10:00")
    told = await house.waiting()

    await mirror.refresh()

    assert told == []
    assert len(await desk.busy("wanda", NIGHT, EVENING)) == 1


async def test_a_visit_cancelled_there_is_marked_as_soon_as_it_was_told(
    house: House, desk: Any, booked: Any
) -> None:
    visit = await booked("11-25 14:00")
    await desk.cancel_there(visit, index=2)

    await house.look()

    kinds = await desk.rows("SELECT kind FROM attention WHERE settled_at IS NULL")
    assert [tuple(row) for row in kinds] == [("cancelled_there",)]


async def test_who_is_told_to_be_away_is_not_offered_any_more(
    house: House, desk: Any, sandbox: Sandbox
) -> None:
    sandbox.control("out_of_office", username="wanda", start="2026-11-25", end="2026-11-25")
    await desk.until_delivered(1)

    await house.look()

    assert await desk.delivered() == ["200"]
    assert await desk.busy("wanda", NIGHT, EVENING) == ["11-25 00:00-23:55"]


async def test_what_we_book_ourselves_is_no_news(house: House, booked: Any) -> None:
    await booked("11-25 14:00")

    assert await house.waiting() == []


async def test_who_does_not_know_the_secret_is_refused(house: House) -> None:
    raw = b'{"triggerEvent": "BOOKING_CREATED", "payload": {"organizer": {"username": "wanda"}}}'
    wrong = hmac.new(b"geraten", raw, hashlib.sha256).hexdigest()

    answers = [await house.post(raw), await house.post(raw, **{SIGNATURE: wrong})]

    assert [answer.status_code for answer in answers] == [401, 401]
    assert await house.waiting() == []


async def test_a_house_without_a_secret_takes_no_letters(desk: Any, redis: Any) -> None:
    async with (
        listening(Mailbox(Hints(desk.engine), redis, Keeper({}))) as url,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        empty = hmac.new(b"", b"{}", hashlib.sha256).hexdigest()
        answer = await http.post(url, content=b"{}", headers={SIGNATURE: empty})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b'{"triggerEvent": "MEETING_STARTED", "payload": {}}', 200),
        (b'{"triggerEvent": "PING"}', 200),
        (b"not even json", 400),
    ],
)
async def test_a_signed_letter_of_another_kind_is_taken_and_changes_nothing(
    house: House, raw: bytes, status: int
) -> None:
    answer = await house.post_signed(raw)

    assert answer.status_code == status
    assert await house.waiting() == []


async def test_a_letter_about_somebody_unknown_is_taken_and_changes_nothing(house: House) -> None:
    raw = b'{"triggerEvent": "OOO_CREATED", "payload": {"organizer": {"username": "fremd"}}}'

    answer = await house.post_signed(raw)

    assert answer.status_code == 200
    assert await house.waiting() == []


async def test_a_subscription_that_is_as_it_should_be_is_left_alone(
    house: House, desk: Any, opened: Any
) -> None:
    again = CalcomSubscriptions(opened, One(Letterbox(url=house.url, secret=SECRET)))

    assert await again.ensure(desk.salon) == 0


@pytest.mark.parametrize(
    "change", [{"active": False}, {"triggers": ["BOOKING_CREATED"]}, {"secret": "anders"}]
)
async def test_a_subscription_that_somebody_has_changed_is_repaired(
    house: House, desk: Any, opened: Any, change: dict[str, Any]
) -> None:
    key = desk.accounts.key("wanda")
    (there,) = await desk.client.webhooks(key)
    await desk.client.change_webhook(key, there.id, change)

    changed = await CalcomSubscriptions(
        opened, One(Letterbox(url=house.url, secret=SECRET))
    ).ensure(desk.salon)

    (now,) = await desk.client.webhooks(key)
    assert changed == 1
    assert (now.id, now.active, now.secret) == (there.id, True, SECRET)
    assert set(now.triggers) == set(TRIGGERS)
