"""The sandbox as a process of its own: where it listens, and what a violent death leaves."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from voice_agent.commands.calcom_sandbox import sandbox as command

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PROGRAM = """
import asyncio, sys
from booking_core.adapters.calcom.sandbox import Options, serve
asyncio.run(serve(Options(state_file=sys.argv[1]), port=0, address_file=sys.argv[2]))
"""


@asynccontextmanager
async def process(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A sandbox that ends by `kill -9`, with a client of it."""
    address = folder / "address"
    address.unlink(missing_ok=True)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(folder / "state"), str(address)
    )
    try:
        async with asyncio.timeout(30):
            while not address.exists() or not address.read_text():
                await asyncio.sleep(0.02)
        async with httpx.AsyncClient(base_url=address.read_text()) as http:
            yield http
    finally:
        child.send_signal(signal.SIGKILL)
        await child.wait()


async def control(http: httpx.AsyncClient, action: str, **arguments: object) -> dict[str, Any]:
    answer = await http.post("/_control", json={"action": action, **arguments})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_everything_that_was_answered_survives_kill_9(tmp_path: Path) -> None:
    now = "2026-11-24T10:00:00+01:00"
    person = {"name": "Ida", "email": "ida@kunde.test", "timeZone": "Europe/Berlin"}
    async with process(tmp_path) as http:
        await control(http, "set_clock", now=now)
        key = (await control(http, "ensure_user", username="nina"))["key"]
        http.headers["Authorization"] = f"Bearer {key}"
        made = await http.post(
            "/v2/event-types",
            json={"title": "T", "slug": "t", "lengthInMinutes": 30, "minimumBookingNotice": 0},
            headers={"cal-api-version": "2024-06-14"},
        )
        wish = {"eventTypeId": made.json()["data"]["id"], "attendee": person}
        versioned = {"cal-api-version": "2024-08-13"}
        first, second = [
            (
                await http.post(
                    "/v2/bookings",
                    json={**wish, "start": f"2026-11-26T{hour}:00:00Z"},
                    headers=versioned,
                )
            ).json()["data"]
            for hour in ("09", "11")
        ]
        reason = {"cancellationReason": "Kundin krank"}
        path = f"/v2/bookings/{second['uid']}/cancel"
        await http.post(path, json=reason, headers=versioned)
        before = await control(http, "dump")

    async with process(tmp_path) as http:
        after = await control(http, "dump")
        kept = await http.get(f"/v2/bookings/{first['uid']}", headers=versioned)

    assert [booking["status"] for booking in after["bookings"]] == ["accepted", "cancelled"]
    assert after["bookings"] == before["bookings"]
    assert after["mails"] == before["mails"]
    assert after["users"] == ["nina"]
    assert kept.json()["data"]["start"] == first["start"]


def start(**options: object) -> int:
    """What `voice-agent calcom sandbox` does with these options; its exit status."""
    usual = {"port": 0, "seed": "empty", "state": None, "mails": None, "now": None}
    more = {"limit": 100, "hosted": False, "address_file": None}
    return command(**{**usual, **more, **options})  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seed": "blumen"}, "--seed is empty or scenario, not blumen"),
        ({"now": "2026-11-24T10:00"}, "--now is a time with a zone"),
        ({"now": "gestern"}, "not gestern"),
    ],
    ids=str,
)
def test_a_wrong_option_is_explained_in_one_line(
    options: dict[str, str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert start(**options) == 2
    assert words in " ".join(capsys.readouterr().err.split())


def test_a_port_that_is_taken_and_a_file_that_is_no_state_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Liebe Nina, " * 20)

    with socket.create_server(("127.0.0.1", 0)) as taken:
        statuses = [start(port=taken.getsockname()[1]), start(state=letter)]

    errors = " ".join(capsys.readouterr().err.split()).lower()
    assert statuses == [1, 1]
    assert "address already in use" in errors
    assert "letter.txt is not the state of a sandbox" in errors


async def test_absences_keys_and_limits_survive_kill_9_too(tmp_path: Path) -> None:
    async with process(tmp_path) as http:
        key = (await control(http, "ensure_user", username="nina"))["key"]
        await control(http, "out_of_office", username="nina", start="2026-11-26", end="2026-11-27")
        await control(http, "set_key", key=key, requests=2)

    async with process(tmp_path) as http:
        headers = {"Authorization": f"Bearer {key}"}
        answers = [await http.get("/v2/me", headers=headers) for _ in range(3)]
        back = await control(http, "back", username="nina")
        keys = (await control(http, "keys"))["keys"]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert back == {"username": "nina", "away": 0}
    assert keys == [{"key": key, "username": "nina", "expired": False, "requests": 2}]


async def test_neither_the_database_nor_redis_nor_our_client_is_loaded_with_it() -> None:
    program = "import sys, voice_agent.commands.calcom_sandbox; print(*sys.modules)"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()

    loaded = {name.partition(".")[0] for name in output.decode().split()}
    assert "aiohttp" in loaded
    assert not loaded & {"sqlalchemy", "psycopg", "redis", "httpx", "procrastinate", "spacy"}
