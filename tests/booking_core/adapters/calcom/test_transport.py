from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from booking_core.adapters.calcom import transport
from booking_core.adapters.calcom.transport import Patience, Transport
from booking_core.domain.errors import CalendarBusy, CalendarSilent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE = Patience(place_s=5, connect_s=5, answer_s=5)
NO_PLACE = Patience(place_s=0.05, connect_s=5, answer_s=5)


@asynccontextmanager
async def listening(answer: bytes, *, heard: list[bytes]) -> AsyncIterator[str]:
    """Gives this answer to each request, then hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@asynccontextmanager
async def reaching(url: str) -> AsyncIterator[Transport]:
    reached = Transport(url)
    try:
        yield reached
    finally:
        await reached.aclose()


async def test_what_is_asked_arrives_as_it_was_meant() -> None:
    heard: list[bytes] = []
    answer = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
    query: dict[str, str | int] = {"attendeeEmail": "booking+7@salon.example", "take": 250}
    async with listening(answer, heard=heard) as url, reaching(url) as there:
        reply = await there.exchange(
            "GET", "/bookings/a%2Fb", patience=PATIENCE, headers={"X-Own": "1"}, query=query
        )

    line, *fields = heard[0].decode().splitlines()
    assert (
        line == "GET /v2/bookings/a%2Fb?attendeeEmail=booking%2B7@salon.example&take=250 HTTP/1.1"
    )
    assert "X-Own: 1" in fields
    assert (reply.status, reply.is_success, reply.json()) == (201, True, {})


async def test_a_body_is_json_with_umlauts_as_they_are(scripted: Any) -> None:
    async with reaching(scripted.url) as there:
        await there.exchange(
            "POST", "/bookings", patience=PATIENCE, headers={}, body={"name": "Jörg Groß"}
        )

    assert scripted.bodies == ['{"name":"Jörg Groß"}'.encode()]
    assert json.loads(scripted.bodies[0]) == {"name": "Jörg Groß"}


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
async def test_a_request_whose_answer_is_lost_is_not_repeated_unasked(method: str) -> None:
    heard: list[bytes] = []
    async with listening(b"", heard=heard) as url, reaching(url) as there:
        with pytest.raises(CalendarSilent):
            await there.exchange(method, "/bookings", patience=PATIENCE, headers={})

    assert len(heard) == 1


async def test_half_an_answer_is_none() -> None:
    heard: list[bytes] = []
    answer = b'HTTP/1.1 201 Created\r\nContent-Length: 90\r\n\r\n{"data":'
    async with listening(answer, heard=heard) as url, reaching(url) as there:
        with pytest.raises(CalendarSilent):
            await there.exchange("POST", "/bookings", patience=PATIENCE, headers={})

    assert len(heard) == 1


async def test_a_redirection_is_an_answer_and_not_followed(scripted: Any) -> None:
    scripted.answers, scripted.headers = [(302, {})], {"Location": f"{scripted.url}/v2/elsewhere"}
    async with reaching(scripted.url) as there:
        reply = await there.exchange("GET", "/me", patience=PATIENCE, headers={})

    assert reply.status == 302
    assert scripted.seen == ["GET /v2/me"]


async def test_who_finds_all_connections_in_use_has_sent_nothing(scripted: Any) -> None:
    scripted.silent = True
    async with reaching(scripted.url) as there:
        waiting = [
            asyncio.create_task(there.exchange("GET", "/me", patience=PATIENCE, headers={}))
            for _ in range(transport.AT_ONCE)
        ]
        await asyncio.sleep(0)
        with pytest.raises(CalendarBusy):
            await there.exchange("POST", "/bookings", patience=NO_PLACE, headers={})
        scripted.silent = False
        replies = await asyncio.gather(*waiting)
        after = await there.exchange("POST", "/bookings", patience=NO_PLACE, headers={})

    assert {reply.status for reply in (*replies, after)} == {200}
    assert scripted.seen.count("POST /v2/bookings") == 1


async def test_the_proxy_of_the_environment_is_asked_for_the_world_outside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[bytes] = []
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    async with listening(answer, heard=heard) as url:
        monkeypatch.setenv("http_proxy", url)
        async with reaching("http://calendar.example") as there:
            await there.exchange("GET", "/me", patience=PATIENCE, headers={})

    assert heard[0].startswith(b"GET http://calendar.example/v2/me HTTP/1.1")


async def test_a_calendar_on_this_machine_is_asked_without_a_proxy(
    scripted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with reaching(scripted.url) as there:
        reply = await there.exchange("GET", "/me", patience=PATIENCE, headers={})

    assert reply.status == 200
