from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import event, make_url, select

from booking_core.adapters.postgres.call_tables import call, call_turn
from booking_core.adapters.postgres.engine import make_engine
from voice_agent.journal import (
    CallClosed,
    CallOpened,
    Outcome,
    TurnEnd,
    TurnKind,
    TurnTaken,
)
from voice_agent.journal_writer import JournalWriter

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 9, 5, tzinfo=UTC)


def _opened(call_id: str = "c1", **facts: Any) -> CallOpened:
    return CallOpened(call_id=call_id, at=AT, **facts)


def _turn(call_id: str = "c1", turn: int = 1, **facts: Any) -> TurnTaken:
    values: dict[str, Any] = {
        "response_id": turn,
        "kind": TurnKind.SPEECH,
        "end": TurnEnd.ANSWERED,
        "caller_text": "um drei",
        "agent_text": "Gern.",
        **facts,
    }
    return TurnTaken(call_id=call_id, turn=turn, at=AT, **values)


def _closed(outcome: Outcome, call_id: str = "c1") -> CallClosed:
    return CallClosed(call_id=call_id, at=LATER, outcome=outcome)


async def _rows(engine: AsyncEngine, table: Any) -> list[Any]:
    async with engine.connect() as connection:
        return list(await connection.execute(select(table).order_by(*table.primary_key)))


async def test_a_call_and_its_turns_are_written(engine: AsyncEngine, saved_salon: Salon) -> None:
    async with JournalWriter(engine) as journal:
        journal.note(
            _opened(
                branch_id=saved_salon.branch.id,
                salon_version=3,
                caller_number="+491713333333",
                agent_version=4,
            ),
        )
        journal.note(
            _turn(
                understanding={"intents": ["book"]},
                actions=("FindSlots", "Say offer_one"),
                first_ms=1.5,
                total_ms=2.5,
            ),
        )
        journal.note(_closed(Outcome.NOT_BOOKED))

    (row,) = await _rows(engine, call)
    (turn,) = await _rows(engine, call_turn)
    assert (row.branch_id, row.salon_version) == (saved_salon.branch.id, 3)
    assert (row.caller_number, row.agent_version) == ("+491713333333", 4)
    assert (row.started_at, row.ended_at, row.outcome) == (AT, LATER, "not_booked")
    assert (turn.caller_text, turn.agent_text) == ("um drei", "Gern.")
    assert turn.understanding == {"intents": ["book"]}
    assert turn.actions == ["FindSlots", "Say offer_one"]
    assert (turn.first_ms, turn.total_ms, turn.ended) == (1.5, 2.5, "answered")


async def test_a_reconnect_counts_and_changes_neither_salon_nor_number(
    engine: AsyncEngine, saved_salon: Salon
) -> None:
    async with JournalWriter(engine) as journal:
        journal.note(_opened(branch_id=saved_salon.branch.id, caller_number="+491713333333"))
        await journal.written()
        journal.note(_opened(branch_id=None, caller_number="+491714444444"))

    (row,) = await _rows(engine, call)
    assert (row.branch_id, row.caller_number) == (saved_salon.branch.id, "+491713333333")
    assert row.connections == 2


async def test_a_number_that_comes_later_is_filled_in(engine: AsyncEngine) -> None:
    async with JournalWriter(engine) as journal:
        journal.note(_opened())
        await journal.written()
        journal.note(_opened(caller_number="+491713333333"))

    (row,) = await _rows(engine, call)
    assert row.caller_number == "+491713333333"


async def test_a_call_that_was_booked_stays_booked_whatever_ends_it_later(
    engine: AsyncEngine,
) -> None:
    async with JournalWriter(engine) as journal:
        journal.note(_opened())
        journal.note(_closed(Outcome.BOOKED))
        await journal.written()
        journal.note(_closed(Outcome.ABANDONED))

    (row,) = await _rows(engine, call)
    assert row.outcome == "booked"


async def test_a_turn_noted_twice_is_there_once(engine: AsyncEngine) -> None:
    async with JournalWriter(engine) as journal:
        journal.note(_opened())
        journal.note(_turn(agent_text="Erst."))
        await journal.written()
        journal.note(_turn(agent_text="Dann."))

    (turn,) = await _rows(engine, call_turn)
    assert turn.agent_text == "Dann."


async def test_what_comes_together_is_one_commit(engine: AsyncEngine) -> None:
    commits = []
    event.listen(engine.sync_engine, "commit", commits.append)
    async with JournalWriter(engine) as journal:
        for number in range(200):
            journal.note(_opened(f"c{number}"))
            journal.note(_turn(f"c{number}"))

    assert len(await _rows(engine, call_turn)) == 200
    assert len(commits) == 1


async def test_what_comes_within_a_moment_is_one_commit(engine: AsyncEngine) -> None:
    commits = []
    event.listen(engine.sync_engine, "commit", commits.append)
    async with JournalWriter(engine, gather_s=3600) as journal:
        journal.note(_opened())
        await asyncio.sleep(0.05)
        journal.note(_turn())
        await asyncio.sleep(0.05)
        assert await _rows(engine, call) == []
        await journal.written()
        assert len(await _rows(engine, call_turn)) == 1

    assert len(commits) == 1


async def test_without_anybody_waiting_entries_are_written_all_the_same(
    engine: AsyncEngine,
) -> None:
    async with JournalWriter(engine, gather_s=0.01) as journal:
        journal.note(_opened())
        async with asyncio.timeout(30):
            while not await _rows(engine, call):
                await asyncio.sleep(0.02)

        assert journal.waiting == 0


async def test_one_entry_the_database_refuses_does_not_take_the_others_with_it(
    engine: AsyncEngine,
) -> None:
    async with JournalWriter(engine) as journal:
        journal.note(_opened("good"))
        journal.note(_opened("bad", branch_id=uuid4()))
        journal.note(_turn("good"))
        journal.note(_turn("bad"))
        await journal.written()

    assert [row.id for row in await _rows(engine, call)] == ["good"]
    assert [row.call_id for row in await _rows(engine, call_turn)] == ["good"]
    assert journal.lost == 2


async def test_characters_that_no_database_takes_do_not_cost_the_turn(engine: AsyncEngine) -> None:
    async with JournalWriter(engine) as journal:
        journal.note(_opened())
        journal.note(_turn(caller_text="um\0 drei", understanding={"name": ["Jan\0sen"]}))

    (turn,) = await _rows(engine, call_turn)
    assert turn.caller_text == "um drei"
    assert turn.understanding == {"name": ["Jansen"]}


async def test_two_megabytes_of_transcript_are_stored(engine: AsyncEngine) -> None:
    async with JournalWriter(engine) as journal:
        journal.note(_opened())
        journal.note(_turn(caller_text="so weiter " * 200_000))

    (turn,) = await _rows(engine, call_turn)
    assert len(turn.caller_text) == 2_000_000


async def test_entries_wait_for_a_database_that_is_away(
    engine: AsyncEngine, database_url: str, tmp_path: Path
) -> None:
    url = make_url(database_url)
    socket_name = ".s.PGSQL.5432"
    elsewhere = make_engine(
        url.update_query_dict({"host": str(tmp_path)}).render_as_string(hide_password=False)
    )
    async with JournalWriter(elsewhere, pauses_s=(0.02,)) as journal:
        journal.note(_opened())
        await asyncio.sleep(0.1)
        assert await _rows(engine, call) == []
        (tmp_path / socket_name).symlink_to(Path(str(url.query["host"])) / socket_name)
        await journal.written()
    await elsewhere.dispose()

    assert [row.id for row in await _rows(engine, call)] == ["c1"]
    assert journal.lost == 0


async def test_a_full_queue_loses_entries_and_counts_them() -> None:
    nowhere = make_engine("postgresql://nobody@127.0.0.1:1/nothing")
    async with JournalWriter(nowhere, capacity=3, pauses_s=(1.0,), farewell_s=0.05) as journal:
        for turn in range(10):
            journal.note(_turn(turn=turn))
    await nowhere.dispose()

    assert journal.lost == 7
