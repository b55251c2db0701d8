"""What Retell tells about calls: in any order, again and again, late, before and after the line."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from sqlalchemy import func, insert, select, update

from booking_core.adapters.postgres.booking_tables import appointment
from booking_core.adapters.postgres.call_tables import call, call_report
from booking_core.adapters.postgres.salon_tables import branch

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

OURS, THEIRS = "+4930555000", "+4930777000"
CALLER = "+4917155500110"
BEGAN_MS = 1_795_600_000_000
STAGE = {"p50": 810, "p90": 1200, "num": 3, "values": [700, 810, 1200]}
RECORDING = "https://recordings.invalid/42.wav"


def _call(call_id: str = "call_7", **more: Any) -> dict[str, Any]:
    return {
        "call_id": call_id,
        "call_type": "phone_call",
        "agent_id": "agent_1",
        "agent_version": 3,
        "direction": "inbound",
        "from_number": CALLER,
        "to_number": OURS,
        "start_timestamp": BEGAN_MS,
        **more,
    }


def _ended(call_id: str = "call_7", **more: Any) -> dict[str, Any]:
    return _call(
        call_id,
        **{
            "call_status": "ended",
            "end_timestamp": BEGAN_MS + 61_500,
            "duration_ms": 61_500,
            "disconnection_reason": "user_hangup",
            "latency": {"e2e": STAGE},
            "call_cost": {"combined_cost": 7.5, "total_duration_seconds": 62},
            "recording_url": RECORDING,
            "transcript": "Agent: Guten Tag!\nUser: Ja, bitte buchen Sie das.\n",
            **more,
        },
    )


EVENTS: dict[str, dict[str, Any]] = {
    "call_started": _call(call_status="ongoing"),
    "transcript_updated": _call(call_status="ongoing"),
    "call_ended": _ended(),
    "call_analyzed": _ended(
        call_analysis={"call_summary": "Fragte nach Freitag.", "user_sentiment": "Positive"}
    ),
}


@pytest.fixture
def tell(server: Any) -> Any:
    """Sends webhooks, and returns what the server made of each."""

    async def tell(
        *events: tuple[str, dict[str, Any]], status: int = 200, **more: Any
    ) -> list[str]:
        told = []
        url = f"http://127.0.0.1:{server.port}/retell/webhook"
        async with aiohttp.ClientSession() as session:
            for event, about in events:
                body = {"event": event, "call": about, **more}
                async with session.post(url, json=body) as answer:
                    assert answer.status == status
                    told.append((await answer.json()).get("status", ""))
        return told

    return tell


@pytest.fixture
def stored(engine: AsyncEngine) -> Any:
    """The call and its report as they stand, without what is empty."""

    async def stored(call_id: str = "call_7") -> dict[str, Any]:
        columns = [
            *(column.label(f"call_{column.name}") for column in call.c),
            *call_report.c,
        ]
        async with engine.connect() as connection:
            rows = await connection.execute(
                select(*columns).join_from(call, call_report).where(call.c.id == call_id)
            )
            found = rows.mappings().one()
        return {name: value for name, value in found.items() if value is not None}

    return stored


async def test_a_call_is_kept_with_its_figures(tell: Any, stored: Any) -> None:
    await tell(*EVENTS.items())

    kept = await stored()

    assert kept["call_caller_number"] == CALLER
    assert (kept["call_ended_at"] - kept["call_started_at"]).total_seconds() == 61.5
    assert kept["duration_ms"] == 61_500
    assert kept["disconnection_reason"] == "user_hangup"
    assert kept["latency"] == {"e2e": {"p50": 810, "p90": 1200, "num": 3}}
    assert kept["cost"]["combined_cost"] == 7.5
    assert kept["analysis"]["call_summary"] == "Fragte nach Freitag."
    assert sorted(kept["events"]) == sorted(EVENTS)
    assert kept["call_outcome"] == "abandoned"


async def test_every_order_and_every_repetition_comes_to_the_same(
    tell: Any, stored: Any, engine: AsyncEngine
) -> None:
    results = []
    for order in permutations(EVENTS):
        async with engine.begin() as connection:
            await connection.execute(call.delete())
        await tell(*((name, EVENTS[name]) for name in (*order, *order[:2], order[0])))
        kept = await stored()
        kept["events"] = sorted(kept["events"])
        results.append(kept)

    assert len(results) == 24
    assert all(result == results[0] for result in results)
    assert results[0]["status"] == "ended"


async def test_a_recording_is_kept_only_with_the_callers_consent(
    tell: Any, stored: Any, engine: AsyncEngine
) -> None:
    async def consent(*given: str) -> dict[str, Any]:
        said = [{"kind": "recording", "given": one == "yes", "words": ""} for one in given]
        async with engine.begin() as connection:
            await connection.execute(update(call).values(consents=said))
        await tell(("call_analyzed", EVENTS["call_analyzed"]))
        kept: dict[str, Any] = await stored()
        return kept

    await tell(("call_ended", EVENTS["call_ended"]))
    unasked = await stored()
    agreed = await consent("yes")
    regretted = await consent("yes", "no")

    assert "recording_url" not in unasked
    assert agreed["recording_url"] == RECORDING
    assert "recording_url" not in regretted


async def test_a_call_stays_with_the_salon_it_was_first_told_of(
    tell: Any, stored: Any, make_salons: Any, engine: AsyncEngine
) -> None:
    await make_salons(Other=THEIRS)
    await tell(("call_started", EVENTS["call_started"]))
    before = await stored()

    (told,) = await tell(("call_ended", {**_ended(), "to_number": THEIRS}))

    assert told == "another salon's"
    assert await stored() == before
    async with engine.connect() as connection:
        mine = await connection.scalar(select(branch.c.id).where(branch.c.key == "Probe"))
    assert before["call_branch_id"] == mine


async def test_the_salon_of_a_call_it_made_is_the_one_that_called(tell: Any, stored: Any) -> None:
    outbound = _ended(direction="outbound", from_number=OURS, to_number=CALLER)

    await tell(("call_ended", {**outbound, "disconnection_reason": "dial_no_answer"}))

    assert (await stored())["call_caller_number"] == CALLER


async def test_a_call_to_a_number_of_nobody_is_taken_and_not_kept(
    tell: Any, engine: AsyncEngine
) -> None:
    told = await tell(("call_ended", _ended(to_number="+499999999999")))

    assert told == ["nobody's"]
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(call)) == 0


@pytest.mark.parametrize("event", ["transfer_bridged", "transfer_ended"])
async def test_who_was_put_through_was_transferred(tell: Any, stored: Any, event: str) -> None:
    await tell(("call_ended", EVENTS["call_ended"]))
    await tell((event, _call()), transfer_destination={"number": "+4930555099"})

    kept = await stored()

    assert (kept["call_outcome"], kept["transfer_to"]) == ("transferred", "+4930555099")


async def test_a_transfer_that_nobody_took_is_none(tell: Any, stored: Any) -> None:
    going = {"transfer_destination": {"number": "+4930555099"}}
    await tell(("transfer_started", _call()), ("transfer_cancelled", _call()), **going)
    await tell(("call_ended", EVENTS["call_ended"]))

    assert (await stored())["call_outcome"] == "abandoned"


async def test_what_the_line_has_seen_is_not_made_less(
    tell: Any, stored: Any, engine: AsyncEngine
) -> None:
    await tell(("call_started", EVENTS["call_started"]))
    async with engine.begin() as connection:
        await connection.execute(update(call).values(outcome="booked"))

    await tell(
        ("transfer_ended", _call()),
        ("call_ended", _ended(disconnection_reason="call_transfer")),
        ("call_analyzed", EVENTS["call_analyzed"]),
    )

    assert (await stored())["call_outcome"] == "booked"


async def test_nothing_is_booked_from_what_was_said(
    tell: Any, desk: Any, engine: AsyncEngine
) -> None:
    await tell(*EVENTS.items())

    assert desk.queries == desk.orders == []
    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(appointment)) == 0


async def test_what_a_call_held_is_given_back_when_it_is_over(tell: Any, desk: Any) -> None:
    await tell(("transcript_updated", EVENTS["transcript_updated"]))
    held = [*desk.renewed], [*desk.released]
    await tell(("call_ended", EVENTS["call_ended"]))

    assert held == (["call:call_7"], [])
    assert desk.released == ["call:call_7"]


async def test_odd_values_cost_themselves_and_not_the_report(tell: Any, stored: Any) -> None:
    odd = _ended(
        duration_ms="long",
        end_timestamp=10**20,
        latency={"e2e": "slow", "llm": {"p50": 1}},
        call_cost=[1, 2],
        call_analysis={"call_summary": "mit \x00 drin", "custom": {"deep": [[[[[[[[1]]]]]]]]}},
        agent_version=None,
    )

    await tell(("call_analyzed", odd))

    kept = await stored()
    assert "duration_ms" not in kept
    assert "cost" not in kept
    assert kept["latency"] == {"llm": {"p50": 1}}
    assert kept["analysis"]["call_summary"] == "mit  drin"


@pytest.mark.parametrize(
    "body",
    [
        {"event": "call_ended"},
        {"event": "call_ended", "call": "call_7"},
        {"event": "call_ended", "call": {}},
        {"event": "call_ended", "call": {"call_id": "no id, but a sentence"}},
        {"call": {"call_id": "call_7"}},
        {"event": 7},
    ],
)
async def test_a_report_about_no_call_is_refused(server: Any, body: dict[str, Any]) -> None:
    url = f"http://127.0.0.1:{server.port}/retell/webhook"
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
        assert answer.status == 400


async def test_events_of_a_later_day_are_taken_and_left(tell: Any, engine: AsyncEngine) -> None:
    assert await tell(("call_dreamt_of", _call()), ("chat_started", {})) == ["ignored"] * 2

    async with engine.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(call)) == 0


async def test_a_row_of_nobodys_gets_its_salon_with_the_first_report(
    tell: Any, stored: Any, engine: AsyncEngine
) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(call).values(id="call_7", started_at=func.now()))

    await tell(("call_ended", EVENTS["call_ended"]))

    assert "call_branch_id" in await stored()
