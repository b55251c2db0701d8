from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from booking_core.adapters.calcom.client import CalcomClient, Timeouts
from booking_core.adapters.calcom.sandbox import Options, running
from booking_core.adapters.redis_allowance import Allowance
from booking_core.adapters.urgency import in_background
from booking_core.domain.errors import (
    CalendarBusy,
    CalendarDown,
    CalendarError,
    CalendarRefused,
    CalendarSilent,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from redis.asyncio import Redis

KEY = "cal_live_0123456789abcdef"
UID = "t6BBCMp85FyXsX51qYAseG"
WISH = {"start": "2026-11-25T09:00:00Z", "eventTypeId": 1}
OUTAGE = (500, {"status": "error", "error": {"code": "INTERNAL_SERVER_ERROR", "message": "later"}})
BARE_500 = (500, {"statusCode": 500, "message": "Internal server error"})
TOO_MANY = (429, {"status": "error", "error": {"code": "ThrottlerException", "message": "slow"}})
ME = (200, {"data": {"id": 1, "email": "nina@salon.example", "timeZone": "Europe/Berlin"}})
QUICK = Timeouts(connect_s=1, look_s=0.3, read_s=0.5)


@pytest.fixture
async def quick(scripted: Any) -> AsyncIterator[CalcomClient]:
    """Gives up soon."""
    async with CalcomClient(scripted.url, timeouts=QUICK) as client:
        yield client


async def book(client: CalcomClient) -> None:
    await client.book(KEY, WISH)


async def test_a_refused_connection_means_that_nothing_was_sent() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, but nobody listens
        async with CalcomClient(f"http://127.0.0.1:{nobody.getsockname()[1]}") as client:
            began = asyncio.get_running_loop().time()
            with pytest.raises(CalendarDown):
                await book(client)

    assert asyncio.get_running_loop().time() - began < 2


async def test_a_server_that_is_back_after_a_moment_is_reached() -> None:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]

    async def say_hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"data":[]}')
        writer.close()

    async with CalcomClient(f"http://127.0.0.1:{port}") as client:
        asking = asyncio.create_task(client.event_types(KEY))
        await asyncio.sleep(0.03)
        async with await asyncio.start_server(say_hello, "127.0.0.1", port):
            assert await asking == ()


async def test_a_read_gives_up_sooner_than_a_change(scripted: Any) -> None:
    scripted.silent = True
    async with CalcomClient(scripted.url, timeouts=Timeouts(look_s=0.2, read_s=0.9)) as client:
        began = asyncio.get_running_loop().time()
        with pytest.raises(CalendarError):
            await client.me(KEY)
        looked_s = (asyncio.get_running_loop().time() - began) / 3
        began = asyncio.get_running_loop().time()
        with pytest.raises(CalendarError):
            await client.cancel(KEY, UID, reason="krank")

    assert looked_s < 0.8
    assert asyncio.get_running_loop().time() - began < 3


async def test_connections_are_kept_and_shared(scripted: Any, quick: CalcomClient) -> None:
    for _ in range(10):
        await quick.event_types(KEY)

    assert len(scripted.peers) == 1


async def test_while_one_waits_for_an_answer_the_others_go_on(scripted: Any) -> None:
    scripted.silent = True
    async with CalcomClient(scripted.url, timeouts=QUICK) as client:
        waiting = asyncio.create_task(book(client))
        began, turns = asyncio.get_running_loop().time(), 0
        while asyncio.get_running_loop().time() - began < 0.2:
            await asyncio.sleep(0)
            turns += 1
        with pytest.raises(CalendarSilent):
            await waiting

    assert turns > 100


async def test_a_caller_is_told_at_once_that_cal_com_is_busy(
    scripted: Any, quick: CalcomClient
) -> None:
    scripted.answers, scripted.headers = [TOO_MANY], {"X-RateLimit-Reset-Default": "40"}

    with pytest.raises(CalendarBusy) as busy:
        await book(quick)

    assert busy.value.retry_after_s == 40
    assert scripted.seen == ["POST /v2/bookings"]


async def test_background_work_waits_until_it_is_welcome_again(
    scripted: Any, quick: CalcomClient
) -> None:
    scripted.answers, scripted.headers = [TOO_MANY, ME], {"X-RateLimit-Reset-Default": "1"}

    began = asyncio.get_running_loop().time()
    with in_background():
        await quick.me(KEY)

    assert asyncio.get_running_loop().time() - began >= 1


async def test_after_a_429_nobody_asks_with_that_key_until_it_is_over(scripted: Any) -> None:
    scripted.answers, scripted.headers = [TOO_MANY, ME], {"X-RateLimit-Reset-Default": "30"}
    async with CalcomClient(scripted.url, allowance=Allowance(None)) as client:
        with pytest.raises(CalendarBusy):
            await client.me(KEY)
        with pytest.raises(CalendarBusy) as busy:
            await client.me(KEY)
        await client.me("cal_another")

    assert 29 < busy.value.retry_after_s <= 30
    assert len(scripted.seen) == 2


async def test_a_key_is_used_as_often_as_cal_com_says_it_may_be(scripted: Any) -> None:
    scripted.answers, scripted.headers = [ME], {"X-RateLimit-Limit-tiny": "3"}
    async with CalcomClient(scripted.url, allowance=Allowance(None)) as client:
        for _ in range(3):
            await client.me(KEY)
        with pytest.raises(CalendarBusy) as busy:
            await client.me(KEY)

    assert busy.value.facts["says"] == "our own limit"
    assert len(scripted.seen) == 3


@pytest.mark.parametrize(
    "body",
    [
        {"status": "error", "error": {"code": "NotFoundException", "message": "Cannot GET /v2/x"}},
        {"statusCode": 404, "message": "no Route matched with those values"},
        "<html>Not Found</html>",
    ],
)
async def test_a_404_that_is_not_about_the_booking_does_not_say_that_there_is_none(
    scripted: Any, quick: CalcomClient, body: object
) -> None:
    scripted.answers = [(404, body)]

    with pytest.raises(CalendarRefused):
        await quick.booking(KEY, UID)


async def test_what_was_deleted_before_the_answer_was_lost_is_deleted(
    scripted: Any, quick: CalcomClient
) -> None:
    gone = (404, {"status": "error", "error": {"message": "Event type with ID=7 does not exist."}})
    scripted.answers = [BARE_500, gone]

    await quick.delete_event_type(KEY, 7)

    assert scripted.seen == ["DELETE /v2/event-types/7"] * 2


async def test_every_kind_of_call_is_counted_and_timed(scripted: Any, quick: CalcomClient) -> None:
    scripted.answers = [BARE_500, (404, {"status": "error", "error": {"message": "not found"}})]

    assert await quick.booking(KEY, UID) is None

    tally = quick.figures.by_kind["GET /bookings/*"]
    assert (tally.calls, tally.repeats, tally.outcomes) == (2, 1, {"500": 1, "404": 1})
    assert tally.seconds >= tally.slowest_s > 0


@pytest.mark.parametrize(
    "answer",
    [
        BARE_500,
        OUTAGE,
        TOO_MANY,
        (
            400,
            {"status": "error", "error": {"message": f"Can't cancel booking with uid={UID} now"}},
        ),
        (404, {"status": "error", "error": {"message": f"Booking with uid={UID} not found"}}),
        (200, {"data": {"id": 7, "note": UID}}),
    ],
)
async def test_neither_key_nor_uid_gets_into_a_log_line_or_an_error(
    scripted: Any, quick: CalcomClient, caplog: pytest.LogCaptureFixture, answer: tuple[int, Any]
) -> None:
    caplog.set_level(logging.INFO)
    scripted.answers = [answer]

    with capture_logs() as lines, pytest.raises(CalendarError) as error:
        await quick.cancel(KEY, UID, reason="krank")

    told = f"{lines} {caplog.text} {error.value!r} {error.value.facts} {error.value.__cause__!r}"
    assert lines
    assert KEY not in told
    assert UID not in told


@pytest.mark.inc(91)
async def test_four_processes_together_never_meet_a_429(redis: Redis) -> None:
    async with running(Options(requests_per_minute=120)) as sandbox, AsyncExitStack() as stack:
        key = str(sandbox.control("ensure_user", username="nina")["key"])
        processes = [
            await stack.enter_async_context(CalcomClient(sandbox.url, allowance=Allowance(redis)))
            for _ in range(4)
        ]
        refusals = Counter[object]()

        async def ask(process: CalcomClient) -> None:
            for _ in range(35):
                try:
                    await process.me(key)
                except CalendarBusy as busy:
                    refusals[busy.facts["says"]] += 1

        await asyncio.gather(*map(ask, processes))

        assert refusals == {"our own limit": 20}
        assert sandbox.control("dump")["requests"]["GET /v2/me"] == 120
