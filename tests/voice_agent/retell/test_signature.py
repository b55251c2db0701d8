"""Who may send webhooks: whoever has a key, as Retell's own library signs, and nobody else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from retell import Retell
from retell.lib import webhook_auth

from voice_agent.config import Settings
from voice_agent.retell.gate import keys_of, wall_ms
from voice_agent.retell.inbound import MOST_BYTES
from voice_agent.retell.signature import HEADER, WINDOW_MS, is_signed, sign

if TYPE_CHECKING:
    from collections.abc import Callable

KEY, NEXT_KEY = "key_of_the_probe", "key_that_follows"
BODY = json.dumps(
    {
        "event": "call_inbound",
        "call_inbound": {"from_number": "+4917155500110", "to_number": "+493011111111"},
        "note": "Grüße aus Köln",
    },
    ensure_ascii=False,
    separators=(",", ":"),
)
RAW = BODY.encode()
ODD: dict[str, Callable[[str], str]] = {
    "upper case": lambda header: f"{header[: header.index(',d=') + 3]}{header[-64:].upper()}",
    "another order": lambda header: ",".join(reversed(header.split(","))),
    "something before": lambda header: f"x{header}",
    "something after": lambda header: f"{header},x=1",
    "a blank": lambda header: header.replace(",", ", "),
    "too short": lambda header: header[:-2],
    "another digit": lambda header: header[:-1] + ("0" if header[-1] != "0" else "1"),
    "nothing": lambda _: "",
    "no number": lambda header: f"v=now{header[header.index(',') :]}",
    "Arabic digits": lambda header: header.replace("1", "١", 1),
}


def _theirs(body: str, key: str, at_ms: int) -> str:
    """Signed by Retell's own library."""
    header: str = webhook_auth.symmetric["sign"](body, key, at_ms)
    return header


def test_the_vector_of_the_librarys_own_tests() -> None:
    header = sign(b'{"event":"call_ended"}', "test-api-key", at_ms=1_700_000_000_000)

    assert header == (
        "v=1700000000000,d=07024cabe7dd8f6d1c6e4a8324ca92c812e6ad4a7ee506c04f7e462e3321823e"
    )


@given(text=st.text(), key=st.text(min_size=1), at_ms=st.integers(0, 10**13))
def test_retells_library_signs_what_is_accepted_and_accepts_what_is_signed(
    text: str, key: str, at_ms: int
) -> None:
    body = text.encode("utf-8", "replace").decode()
    signed = _theirs(body, key, at_ms)

    assert is_signed(body.encode(), signed, (key,), now_ms=at_ms)
    assert sign(body.encode(), key, at_ms=at_ms) == signed


def test_retells_library_verifies_what_was_signed_now() -> None:
    header = sign(RAW, KEY, at_ms=wall_ms())

    verify: Callable[[str, str, str], bool] = Retell(api_key=KEY).verify
    assert verify(BODY, KEY, header) is True


@pytest.mark.parametrize(
    ("late_ms", "accepted"),
    [
        (0, True),
        (WINDOW_MS, True),
        (WINDOW_MS + 1, False),
        (-WINDOW_MS, True),
        (-WINDOW_MS - 1, False),
    ],
)
def test_it_holds_for_five_minutes_to_either_side(late_ms: int, accepted: bool) -> None:  # noqa: FBT001 - a column of the table
    header = sign(RAW, KEY, at_ms=1_800_000_000_000)

    assert is_signed(RAW, header, (KEY,), now_ms=1_800_000_000_000 + late_ms) is accepted


@pytest.mark.parametrize("how", ODD)
def test_an_odd_header_is_refused(how: str) -> None:
    header = ODD[how](sign(RAW, KEY, at_ms=1_811_111_111_111))

    assert not is_signed(RAW, header, (KEY,), now_ms=1_811_111_111_111)


def test_a_missing_header_is_refused() -> None:
    assert not is_signed(RAW, None, (KEY,), now_ms=0)


@given(place=st.integers(0, len(RAW) - 1), bit=st.integers(0, 7))
def test_any_changed_bit_of_the_body_is_noticed(place: int, bit: int) -> None:
    header = sign(RAW, KEY, at_ms=5)
    changed = RAW[:place] + bytes([RAW[place] ^ (1 << bit)]) + RAW[place + 1 :]

    assert not is_signed(changed, header, (KEY,), now_ms=5)


def test_the_same_json_written_anew_is_refused() -> None:
    header = sign(RAW, KEY, at_ms=5)

    assert not is_signed(json.dumps(json.loads(BODY)).encode(), header, (KEY,), now_ms=5)


def test_while_a_key_is_replaced_both_hold() -> None:
    keys = keys_of(SecretStr(f"{NEXT_KEY}, {KEY}"))

    assert keys == (NEXT_KEY, KEY)
    assert is_signed(RAW, sign(RAW, KEY, at_ms=5), keys, now_ms=5)
    assert is_signed(RAW, sign(RAW, NEXT_KEY, at_ms=5), keys, now_ms=5)
    assert not is_signed(RAW, sign(RAW, "another", at_ms=5), keys, now_ms=5)


@pytest.fixture
async def guarded(start: Any, services: Any) -> str:
    """The address of a server that has keys."""
    settings = Settings().model_copy(update={"retell_api_key": SecretStr(f"{NEXT_KEY},{KEY}")})
    server = await start(replace(services, settings=settings))
    return f"http://127.0.0.1:{server.port}"


async def _post(url: str, raw: bytes, header: str | None) -> tuple[int, dict[str, Any]]:
    headers = {"Content-Type": "application/json", **({HEADER: header} if header else {})}
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=raw, headers=headers) as answer,
    ):
        return answer.status, await answer.json()


@pytest.mark.parametrize("path", ["/retell/webhook", "/retell/inbound"])
async def test_the_server_takes_what_the_library_signs_and_nothing_else(
    guarded: str, path: str
) -> None:
    event = BODY if path == "/retell/inbound" else '{"event":"some_day"}'
    now = wall_ms()
    good = _theirs(event, KEY, now)
    stale = _theirs(event, KEY, now - WINDOW_MS - 60_000)
    strange = _theirs(event, "key_of_somebody_else", now)

    statuses = {}
    for name, header in {"good": good, "stale": stale, "strange": strange, "none": None}.items():
        statuses[name], told = await _post(f"{guarded}{path}", event.encode(), header)
        assert told.get("code") == (None if name == "good" else "not_signed")
    tampered, _ = await _post(f"{guarded}{path}", event.encode() + b" ", good)
    again, _ = await _post(f"{guarded}{path}", event.encode(), good)

    assert statuses == {"good": 200, "stale": 401, "strange": 401, "none": 401}
    assert (tampered, again) == (401, 200)


async def test_a_body_without_end_is_not_read_to_it(guarded: str) -> None:
    raw = b'{"event":"call_inbound","call_inbound":"' + b"x" * MOST_BYTES + b'"}'

    status, told = await _post(f"{guarded}/retell/inbound", raw, sign(raw, KEY, at_ms=wall_ms()))

    assert (status, told["code"]) == (413, "too_large")


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff\xfe", b'"text"', b"null"])
async def test_what_is_no_object_is_refused_as_such(guarded: str, raw: bytes) -> None:
    for path in ("/retell/webhook", "/retell/inbound"):
        status, _ = await _post(f"{guarded}{path}", raw, sign(raw, KEY, at_ms=wall_ms()))
        assert status == 400


async def test_without_a_key_this_machine_may_come_in_and_nobody_through_a_proxy(
    server: Any,
) -> None:
    url = f"http://127.0.0.1:{server.port}/retell/inbound"
    passed_on = {"X-Forwarded-For": "203.0.113.9"}
    of_a_page = {"Origin": "https://page.example"}
    statuses = []
    async with aiohttp.ClientSession() as session:
        for headers in ({}, passed_on, of_a_page):
            async with session.post(url, data=RAW, headers=headers) as answer:
                statuses.append(answer.status)

    assert statuses == [200, 401, 401]
