"""What `/metrics` tells after a call, and whom."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families

from booking_core.adapters.calcom.figures import Call, Figures
from voice_agent.config import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voice_agent.app import Services

PRIVATE = ("+491713333333", "Wiebke", "Jansen", "call_1", "suche bitte")


async def _get(server: Any, **headers: str) -> tuple[int, str]:
    async with (
        ClientSession() as session,
        session.get(f"http://127.0.0.1:{server.port}/metrics", headers=headers) as answer,
    ):
        return answer.status, await answer.text()


def _sample(text: str, name: str, labels: Mapping[str, str] | None = None) -> float | None:
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == name and (labels or {}).items() <= sample.labels.items():
                return sample.value
    return None


async def _until_told(server: Any, name: str, labels: Mapping[str, str], value: float) -> str:
    """The page once it says so: a turn is noted right after its last word."""
    async with asyncio.timeout(60):
        while True:
            _, text = await _get(server)
            if _sample(text, name, labels) == value:
                return text
            await asyncio.sleep(0.02)


async def test_a_call_is_seen_in_the_figures_by_kind_of_turn_and_without_a_word_of_it(
    start: Any, services: Services
) -> None:
    server = await start(services)
    async with server.call() as phone:
        await phone.greeted()
        await phone.exchange(1, "suche bitte")
        await phone.exchange(2, "ja")
        await phone.exchange(3, "noch etwas anderes")
        during = await _until_told(
            server, "voice_agent_turn_first_words_seconds_count", {"kind": "answer"}, 1
        )
        await phone.exchange(4, "tschüss")

    count = "voice_agent_turn_first_words_seconds_count"
    assert _sample(during, count, {"kind": "greeting"}) == 1
    assert _sample(during, count, {"kind": "search"}) == 1
    assert _sample(during, count, {"kind": "book"}) == 1
    assert _sample(during, "voice_agent_calls_in_progress") == 1
    searched = {"work": "search", "result": "SlotsFound"}
    assert _sample(during, "voice_agent_desk_seconds_count", searched) == 1
    booked = {"work": "book", "result": "Booked"}
    assert _sample(during, "voice_agent_desk_seconds_count", booked) == 1
    assert _sample(during, "voice_agent_turns_total", {"end": "answered"}) == 4
    assert not any(words in during for words in PRIVATE)

    after = await _until_told(server, "voice_agent_calls_total", {"outcome": "booked"}, 1)
    assert _sample(after, "voice_agent_calls_in_progress") == 0


async def test_what_waits_in_the_database_is_told_even_when_there_is_none(
    start: Any, services: Services
) -> None:
    server = await start(services)

    _, text = await _get(server)

    for kind in ("book", "cancel", "move"):
        assert _sample(text, "voice_agent_sagas_open", {"kind": kind}) == 0
    assert _sample(text, "voice_agent_sagas_in_trouble") == 0
    assert _sample(text, "voice_agent_mails", {"state": "refused"}) == 0
    jobs = _sample(text, "voice_agent_jobs_waiting")
    assert jobs is not None
    assert jobs >= 0


async def test_calls_to_cal_com_are_added_up_over_all_its_clients(
    start: Any, services: Services
) -> None:
    ours, others = Figures(), Figures()
    ours.note(Call(kind="POST /bookings", outcome="201", seconds=0.25))
    others.note(Call(kind="POST /bookings", outcome="409", seconds=0.5))
    others.note(Call(kind="POST /bookings", outcome="201", seconds=0.25))
    server = await start(replace(services, calcom_figures=lambda: [ours, others]))

    _, text = await _get(server)

    post = {"call": "POST /bookings"}
    assert _sample(text, "voice_agent_calcom_calls_total", {**post, "outcome": "201"}) == 2
    assert _sample(text, "voice_agent_calcom_calls_total", {**post, "outcome": "409"}) == 1
    assert _sample(text, "voice_agent_calcom_seconds_count", post) == 3
    assert _sample(text, "voice_agent_calcom_seconds_sum", post) == pytest.approx(1.0)


async def test_the_loop_tells_how_late_it_is(start: Any, services: Services) -> None:
    server = await start(services)

    _, text = await _get(server)

    lag = _sample(text, "voice_agent_loop_lag_seconds")
    assert lag is not None
    assert lag >= 0
    assert _sample(text, "python_gc_collections_total", {"generation": "2"}) is not None


async def test_with_a_token_only_who_shows_it_may_read(start: Any, services: Services) -> None:
    settings = Settings.model_validate({"metrics_token": "geheim"})
    server = await start(replace(services, settings=settings))

    assert (await _get(server))[0] == 403
    assert (await _get(server, Authorization="Bearer falsch"))[0] == 403
    assert (await _get(server, Authorization="Bearer geheim"))[0] == 200


async def test_without_a_token_what_a_proxy_passes_on_is_not_from_this_machine(
    start: Any, services: Services
) -> None:
    server = await start(services)

    status, text = await _get(server, **{"X-Forwarded-For": "198.51.100.7"})

    assert status == 403
    assert "METRICS_TOKEN" in text
