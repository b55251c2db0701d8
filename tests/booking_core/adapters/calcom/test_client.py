from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from booking_core.adapters.calcom.accounts import parse_accounts, sandbox_accounts
from booking_core.adapters.calcom.client import CalcomClient, Timeouts
from booking_core.adapters.calcom.versions import Versions
from booking_core.domain.errors import (
    CalendarBusy,
    CalendarError,
    CalendarRefused,
    CalendarSilent,
    CalendarTaken,
)
from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.calcom.sandbox import Sandbox
    from booking_core.domain.catalogue import Salon

TAKEN = "User either already has booking at this time or is not available"
TEAM_TAKEN = "One of the hosts either already has booking at this time or is not available"
TOO_SOON = (
    'The event type can\'t be booked at the "start" time provided. Try fetching available slots'
)
WISH = {"start": "2026-11-25T09:00:00Z", "eventTypeId": 1}


def nest(status: int, message: str, **more: object) -> tuple[int, dict[str, Any]]:
    """The envelope of an error."""
    return status, {"status": "error", "error": {"code": "X", "message": message, **more}}


def bare(status: int, message: str) -> tuple[int, dict[str, Any]]:
    """The other shape."""
    return status, {"statusCode": status, "message": message}


@asynccontextmanager
async def answering(
    *answers: tuple[int, object], headers: dict[str, str] | None = None
) -> AsyncIterator[tuple[CalcomClient, list[web.Request]]]:
    """A server that gives these answers in turn, the last one for ever, and a client of it."""
    seen: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request)
        status, body = answers[min(len(seen), len(answers)) - 1]
        if isinstance(body, str):
            return web.Response(status=status, text=body, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with CalcomClient(f"http://127.0.0.1:{runner.addresses[0][1]}") as client:
            yield client, seen
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (nest(400, TAKEN), CalendarTaken),
        (nest(400, TEAM_TAKEN), CalendarTaken),
        (bare(409, "booking_conflict_error"), CalendarTaken),
        (nest(409, "in whatever words a later version has"), CalendarTaken),
        (nest(400, TOO_SOON), CalendarRefused),
        (nest(400, "Attempting to book a meeting in the past."), CalendarRefused),
        (bare(401, "booking_limit_reached"), CalendarRefused),
        (nest(401, "CustomThrottlerGuard - Invalid API Key"), CalendarRefused),
        (nest(404, "Event type with id 1 not found."), CalendarRefused),
        (nest(422, "Can't book this team event type because it has no hosts."), CalendarRefused),
        (nest(429, "Too many requests.", details="Too many requests."), CalendarBusy),
        (nest(500, "There was an error, please try again later."), CalendarSilent),
        (bare(500, "Internal server error"), CalendarSilent),
        ((502, "<html>Bad Gateway</html>"), CalendarSilent),
        ((200, "<html>A login page</html>"), CalendarSilent),
        ((201, {"status": "success", "data": {"bookingId": 1}}), CalendarSilent),
    ],
    ids=lambda value: str(value[0]) if isinstance(value, tuple) else value.__name__,
)
async def test_every_shape_of_refusal_becomes_the_error_it_means(
    answer: tuple[int, object], error: type[CalendarError]
) -> None:
    async with answering(answer) as (client, _):
        with pytest.raises(error):
            await client.book("cal_key", WISH)


async def test_a_bare_401_is_a_rule_and_one_in_the_envelope_a_wrong_key() -> None:
    async with answering(bare(401, "booking_limit_reached"), nest(401, "Invalid")) as (client, _):
        with pytest.raises(CalendarRefused) as rule:
            await client.book("cal_key", WISH)
        with pytest.raises(CalendarRefused) as key:
            await client.book("cal_key", WISH)

    assert (rule.value.facts["reason"], key.value.facts["reason"]) == ("rule", "key")


async def test_nothing_of_a_refusal_is_kept_but_its_message() -> None:
    target = {"target": {"attendee": {"name": "Klara Nebel"}}, "property": "start"}
    refused = nest(400, "Bad Request Exception", details={"errors": [target]})
    async with answering(refused) as (client, _):
        with pytest.raises(CalendarRefused) as error:
            await client.book("cal_key", WISH)

    assert "Klara" not in str(error.value.facts) + str(error.value)


async def test_how_long_to_wait_is_told_by_a_header_whatever_the_limit_is_called() -> None:
    headers = {"X-RateLimit-Reset-tiny": "17"}
    async with answering(nest(429, "Too many requests."), headers=headers) as (client, _):
        with pytest.raises(CalendarBusy) as busy:
            await client.book("cal_key", WISH)

    assert busy.value.facts["retry_after_s"] == 17.0


@pytest.mark.inc(87)
async def test_what_may_be_repeated_is_tried_three_times_and_a_post_once() -> None:
    async with answering(bare(500, "Internal server error")) as (client, seen):
        for call in (
            client.me("cal_key"),
            client.change_event_type("cal_key", 7, {"title": "T"}),
            client.delete_event_type("cal_key", 7),
            client.book("cal_key", WISH),
            client.create_event_type("cal_key", {}),
            client.cancel("cal_key", "abc", reason="krank"),
        ):
            with pytest.raises(CalendarSilent):
                await call

    asked = Counter(f"{request.method} {request.path}" for request in seen)
    assert asked == {
        "GET /v2/me": 3,
        "PATCH /v2/event-types/7": 3,
        "DELETE /v2/event-types/7": 3,
        "POST /v2/bookings": 1,
        "POST /v2/event-types": 1,
        "POST /v2/bookings/abc/cancel": 1,
    }


async def test_a_refused_read_is_not_tried_again() -> None:
    async with answering(nest(401, "Invalid API Key")) as (client, seen):
        with pytest.raises(CalendarRefused):
            await client.me("cal_key")

    assert len(seen) == 1


async def test_a_connection_that_breaks_off_leaves_the_outcome_unknown() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, CalcomClient(f"http://127.0.0.1:{port}") as client:
        with pytest.raises(CalendarSilent):
            await client.book("cal_key", WISH)


async def test_a_server_that_says_nothing_is_silent_after_the_patience_is_over(
    sandbox: Sandbox,
) -> None:
    sandbox.control("fault", on="POST /v2/bookings", do="timeout_before")
    async with CalcomClient(sandbox.url, timeouts=Timeouts(read_s=0.3)) as client:
        async with asyncio.timeout(5):
            with pytest.raises(CalendarSilent):
                await client.book(None, WISH)


@pytest.mark.parametrize(
    ("method", "path", "version"),
    [
        ("GET", "/bookings", "2026-05-01"),
        ("POST", "/bookings", "2024-08-13"),
        ("GET", "/bookings/abc", "2024-08-13"),
        ("POST", "/bookings/abc/cancel", "2024-08-13"),
        ("GET", "/slots", "2024-09-04"),
        ("GET", "/schedules", "2024-06-11"),
        ("PATCH", "/event-types/7", "2024-06-14"),
        ("GET", "/event-types/7/webhooks", None),
        ("GET", "/me", None),
    ],
)
def test_every_endpoint_has_its_version_and_the_table_can_be_replaced(
    method: str, path: str, version: str | None
) -> None:
    versions = Versions(booking_list="2026-05-01")

    assert versions.headers(method, path).get("cal-api-version") == version


async def test_the_key_and_the_version_are_sent_with_every_request() -> None:
    empty = (200, {"status": "success", "data": []})
    async with answering(empty) as (client, seen):
        await client.bookings("cal_key", attendeeEmail="booking+1@a.invalid")

    (request,) = seen
    assert request.headers["Authorization"] == "Bearer cal_key"
    assert request.headers["cal-api-version"] == "2024-08-13"
    assert request.query["attendeeEmail"] == "booking+1@a.invalid"


async def test_an_address_may_name_the_version_of_the_api_or_not(sandbox: Sandbox) -> None:
    key = str(sandbox.control("ensure_user", username="nina")["key"])

    for address in (sandbox.url, f"{sandbox.url}/", f"{sandbox.url}/v2", f"{sandbox.url}/api"):
        async with CalcomClient(address) as client:
            assert (await client.me(key)).username == "nina"


async def test_a_long_list_is_read_to_its_end() -> None:
    def page(uid: str, *, more: bool) -> tuple[int, dict[str, Any]]:
        times = {"start": "2026-11-25T09:00:00Z", "end": "2026-11-25T09:30:00Z", "metadata": None}
        booking = {"uid": uid, "status": "accepted", **times}
        return 200, {"data": [booking], "pagination": {"hasNextPage": more}}

    async with answering(page("a", more=True), page("b", more=False)) as (client, seen):
        found = await client.bookings("cal_key")

    assert [booking.uid for booking in found] == ["a", "b"]
    assert [request.query["skip"] for request in seen] == ["0", "250"]


async def test_slots_beyond_the_window_are_left_out(client: CalcomClient, sandbox: Sandbox) -> None:
    key = str(sandbox.control("ensure_user", username="nina")["key"])
    special = [{"date": "2026-11-26", "startTime": "12:00", "endTime": "13:00"}]
    schedule = await client.create_schedule(
        key,
        {"name": "S", "timeZone": "Europe/Berlin", "isDefault": False, "overrides": special},
    )
    wish = {"title": "T", "slug": "t", "lengthInMinutes": 30, "scheduleId": schedule.id}
    made = await client.create_event_type(key, wish)
    first, last = (datetime.fromisoformat(f"2026-11-26T{t}:00+01:00") for t in ("10:00", "12:30"))

    slots = await client.slots(made.id, Span(first, last))

    assert [slot.start.isoformat() for slot in slots] == ["2026-11-26T11:00:00+00:00"]


async def test_a_deleted_event_type_is_gone(client: CalcomClient, sandbox: Sandbox) -> None:
    key = str(sandbox.control("ensure_user", username="nina")["key"])
    wish = {"title": "T", "slug": "t", "lengthInMinutes": 30}
    made = await client.create_event_type(key, wish)

    await client.delete_event_type(key, made.id)

    assert await client.event_types(key) == ()
    with pytest.raises(CalendarRefused):
        await client.event_type(key, made.id)


async def test_every_person_gets_an_account_once(
    sandbox: Sandbox, salon: Salon, accounts: Accounts, client: CalcomClient
) -> None:
    again = await sandbox_accounts(salon, sandbox.url)

    assert again == accounts
    assert set(accounts.keys) == {"wanda", "soeren", "kranz1-oezguer"}
    assert (await client.me(accounts.key("wanda"))).username == "wanda"


def test_one_key_opens_everything_and_several_are_named() -> None:
    single, several = parse_accounts(" cal_live_1 "), parse_accounts("emma=cal_1, jule=cal=2")

    assert single.key("anybody") == "cal_live_1"
    assert (several.key("emma"), several.key("jule")) == ("cal_1", "cal=2")
    with pytest.raises(CalendarRefused):
        several.key("fabian")


@pytest.mark.parametrize("text", ["", " ", "emma=cal_1,cal_2", "emma=", "=cal_1", "cal_1,cal_2"])
def test_keys_that_cannot_be_meant_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="CALCOM_API_KEY"):
        parse_accounts(text)


def test_no_key_shows_in_a_repr() -> None:
    assert "cal_1" not in repr(parse_accounts("emma=cal_1,jule=cal_2"))
