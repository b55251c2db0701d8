"""Whether anybody is there: who asks, who waits, and who hears at once that nobody is."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.calcom.breaker import ANSWER_WITHIN_S, Breaker, BreakerState
from booking_core.adapters.calcom.client import CalcomClient, Timeouts
from booking_core.adapters.calcom.wire import UNEASY_S
from booking_core.adapters.urgency import in_background
from booking_core.domain.errors import (
    CalendarDown,
    CalendarError,
    CalendarRefused,
    CalendarSilent,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


KEY = "cal_live_0123456789abcdef"
UID = "t6BBCMp85FyXsX51qYAseG"
WISH = {"start": "2026-11-25T09:00:00Z", "eventTypeId": 1}
OUTAGE = (500, {"status": "error", "error": {"code": "INTERNAL_SERVER_ERROR", "message": "later"}})
BARE_500 = (500, {"statusCode": 500, "message": "Internal server error"})
ME = (200, {"data": {"id": 1, "email": "nina@salon.example", "timeZone": "Europe/Berlin"}})
BOOKED = {
    "data": {
        "id": 1, "uid": UID, "status": "accepted", "eventTypeId": 1, "metadata": {}, "hosts": [],
        "start": "2026-11-25T09:00:00.000Z", "end": "2026-11-25T09:30:00.000Z",
    }
}  # fmt: skip
QUICK = Timeouts(connect_s=1, look_s=0.3, read_s=0.5)


@pytest.fixture
async def quick(scripted: Any) -> AsyncIterator[CalcomClient]:
    """Gives up soon."""
    async with CalcomClient(scripted.url, timeouts=QUICK) as client:
        yield client


@contextmanager
def deaf_address() -> Iterator[str]:
    """A host behind which packets vanish: nobody takes connections from a full queue."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            crowd = stack.enter_context(socket.socket())
            crowd.settimeout(0)
            crowd.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


async def book(client: CalcomClient) -> None:
    await client.book(KEY, WISH)


async def times_out(client: CalcomClient, times: int) -> None:
    """A job does not ask first whether anybody is there."""
    for _ in range(times):
        with in_background(), pytest.raises(CalendarSilent):
            await book(client)


async def test_after_three_silences_nobody_waits_for_a_fourth(
    scripted: Any, quick: CalcomClient
) -> None:
    scripted.silent = True
    await times_out(quick, 3)
    asked = scripted.seen.count("POST /v2/bookings")

    began = asyncio.get_running_loop().time()
    with pytest.raises(CalendarDown) as down:
        await book(quick)

    assert asyncio.get_running_loop().time() - began < 2
    assert down.value.facts["reason"] == "calendar down"
    assert scripted.seen.count("POST /v2/bookings") == asked == 3


async def test_whoever_is_not_waited_for_until_the_end_was_silent_too(
    scripted: Any,
) -> None:
    """A saga gives up before the wire does."""
    scripted.silent = True
    async with CalcomClient(scripted.url, timeouts=Timeouts(abandoned_s=0.1)) as client:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await book(client)

        with pytest.raises(CalendarDown):
            await book(client)


async def test_a_caller_who_comes_after_somebody_missed_an_answer_asks_first(
    scripted: Any, quick: CalcomClient
) -> None:
    scripted.silent = True
    await times_out(quick, 1)

    with pytest.raises(CalendarDown):
        await book(quick)

    assert scripted.seen == ["POST /v2/bookings", "GET /v2/me"]


async def test_a_caller_who_comes_while_somebody_waits_for_long_asks_first(
    scripted: Any,
) -> None:
    scripted.silent = True
    async with CalcomClient(scripted.url) as client:
        looking = asyncio.create_task(client.event_types(KEY))
        await asyncio.sleep(0.8)

        with pytest.raises(CalendarDown):
            await book(client)

        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    assert scripted.seen == ["GET /v2/event-types", "GET /v2/me"]


async def test_a_caller_who_comes_after_a_look_was_broken_off_asks_first(
    scripted: Any, quick: CalcomClient
) -> None:
    scripted.silent = True
    with suppress(TimeoutError, CalendarError):
        async with asyncio.timeout(0.7):
            await quick.event_types(KEY)
    scripted.silent, scripted.answers = False, [ME, (201, BOOKED)]
    asked_before = len(scripted.seen)

    await book(quick)

    assert scripted.seen[asked_before:] == ["GET /v2/me", "POST /v2/bookings"]


async def test_a_caller_does_not_wait_to_the_end_for_a_cal_com_that_has_just_gone(
    scripted: Any,
) -> None:
    scripted.silent = True
    async with CalcomClient(scripted.url) as client:
        with pytest.raises(CalendarSilent) as silent:
            await book(client)

    assert silent.value.nobody_there
    assert scripted.seen == ["POST /v2/bookings", "GET /v2/me"]
    assert UNEASY_S + ANSWER_WITHIN_S < 4  # half of what a caller would wait otherwise


async def test_a_booking_that_takes_long_is_waited_for_while_cal_com_answers_others(
    scripted: Any,
) -> None:
    scripted.broods_over, scripted.answers = "POST /v2/bookings", [ME, (201, BOOKED)]
    async with CalcomClient(scripted.url) as client:
        booking = asyncio.create_task(client.book(KEY, WISH))
        async with asyncio.timeout(30):
            while "GET /v2/me" not in scripted.seen:
                await asyncio.sleep(0.01)
        scripted.broods_over = ""

        assert (await booking).uid == UID

    assert scripted.seen == ["POST /v2/bookings", "GET /v2/me"]


async def test_a_job_waits_for_its_answer_to_the_end(scripted: Any, quick: CalcomClient) -> None:
    scripted.silent = True

    with in_background(), pytest.raises(CalendarSilent) as silent:
        await book(quick)

    assert not silent.value.nobody_there
    assert scripted.seen == ["POST /v2/bookings"]


async def test_as_long_as_cal_com_answers_nobody_asks_first(
    scripted: Any, quick: CalcomClient
) -> None:
    scripted.answers = [(201, BOOKED)]

    for _ in range(5):
        await book(quick)

    assert scripted.seen == ["POST /v2/bookings"] * 5


async def test_after_a_long_silence_on_both_sides_the_first_caller_asks_first() -> None:
    asked: list[str] = []

    async def is_there() -> bool:
        asked.append("are you there?")
        return False

    breaker = Breaker(is_there, quiet_s=0.05)
    await breaker.make_sure()
    await asyncio.sleep(0.1)

    with pytest.raises(CalendarDown):
        await breaker.make_sure()

    assert asked == ["are you there?"]
    assert breaker.state is BreakerState.CLOSED


async def test_a_caller_does_not_wait_for_an_address_that_drops_what_is_sent_there() -> None:
    with deaf_address() as url:
        async with CalcomClient(url) as client:
            began = asyncio.get_running_loop().time()
            with pytest.raises(CalendarDown):
                await book(client)

    assert asyncio.get_running_loop().time() - began < 3  # a job waits for 4 s


async def test_all_who_come_while_cal_com_is_down_wait_for_one_small_question(
    scripted: Any, quick: CalcomClient
) -> None:
    scripted.silent = True
    await times_out(quick, 3)

    began = asyncio.get_running_loop().time()
    booking = [asyncio.create_task(book(quick)) for _ in range(20)]
    results = await asyncio.gather(*booking, return_exceptions=True)

    assert asyncio.get_running_loop().time() - began < 2
    assert [type(result) for result in results] == [CalendarDown] * 20
    assert scripted.seen.count("GET /v2/me") == 1


async def test_when_cal_com_is_back_the_next_request_passes(
    scripted: Any, quick: CalcomClient
) -> None:
    scripted.silent = True
    await times_out(quick, 3)
    with pytest.raises(CalendarDown):
        await book(quick)
    scripted.silent = False

    assert await quick.event_types(KEY) == ()

    assert quick.state is BreakerState.CLOSED


async def test_an_answer_in_between_lets_the_count_begin_anew(
    scripted: Any, quick: CalcomClient
) -> None:
    refused = (404, {"status": "error", "error": {"message": "Event type with id 1 not found."}})
    scripted.answers = [OUTAGE, OUTAGE, refused, OUTAGE, OUTAGE]

    await times_out(quick, 2)
    with in_background(), pytest.raises(CalendarRefused):
        await book(quick)
    await times_out(quick, 2)

    assert quick.state is BreakerState.CLOSED


async def test_one_request_that_goes_wrong_again_and_again_does_not_cut_off_the_others(
    scripted: Any, quick: CalcomClient
) -> None:
    scripted.answers = [BARE_500]

    await times_out(quick, 6)

    assert quick.state is BreakerState.CLOSED


async def test_what_may_have_been_done_before_cal_com_went_down_is_unknown(
    scripted: Any, quick: CalcomClient
) -> None:
    scripted.silent = True
    changing = [
        asyncio.create_task(quick.change_schedule(KEY, number, {"name": "Plan"}))
        for number in range(3)
    ]

    results = await asyncio.gather(*changing, return_exceptions=True)

    assert quick.state is not BreakerState.CLOSED
    assert [type(result) for result in results] == [CalendarSilent] * 3


async def test_one_read_that_nobody_answers_is_not_three_silences(
    scripted: Any, quick: CalcomClient
) -> None:
    scripted.answers = [OUTAGE]

    with pytest.raises(CalendarSilent):
        await quick.me(KEY)

    assert scripted.seen == ["GET /v2/me"] * 3
    assert quick.state is BreakerState.CLOSED
