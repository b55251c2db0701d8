"""Writes the journal: one task, many calls' entries in one commit, and never in a caller's way."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import case, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from booking_core.adapters.postgres.call_tables import call, call_turn
from voice_agent.journal import (
    CallClosed,
    CallOpened,
    ConsentNoted,
    Entry,
    Outcome,
    TurnTaken,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

    from sqlalchemy import Executable
    from sqlalchemy.ext.asyncio import AsyncEngine

log = structlog.get_logger(__name__)

CAPACITY = 10_000  # entries: minutes of a full house without a database, some 20 MB
LARGEST_BATCH = 500
GATHER_S = 0.2  # a commit costs as much of the processor as a short turn, for one entry or for ten
PAUSES_S = (0.1, 0.5, 2.0, 5.0)  # between attempts while the database is away; the last repeats
FAREWELL_S = 5.0


class JournalWriter:
    """A queue and the one task that empties it.

    One commit serves all calls that have something to note within a moment: with a transaction for
    every turn, 200 calls at once would wait for the disk instead of talking. What a crash takes of
    that moment is missing here; the calls themselves stand in their sessions.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        capacity: int = CAPACITY,
        gather_s: float = GATHER_S,
        pauses_s: Sequence[float] = PAUSES_S,
        farewell_s: float = FAREWELL_S,
    ) -> None:
        self._engine = engine
        self._queue: asyncio.Queue[Entry] = asyncio.Queue(capacity)
        self._gather_s = gather_s
        self._hurry = asyncio.Event()
        self._pauses_s = pauses_s
        self._farewell_s = farewell_s
        self._task: asyncio.Task[None] | None = None
        self.lost = 0
        """Entries that could not be kept."""

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run(), name="journal")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            async with asyncio.timeout(self._farewell_s):
                await self.written()
        except TimeoutError:
            log.exception("journal_unwritten", entries=self._queue.qsize())
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def waiting(self) -> int:
        """How many entries are not written yet, those under way aside."""
        return self._queue.qsize()

    def note(self, entry: Entry) -> None:
        """Take the entry; never waits, never fails. A full queue loses it and says so."""
        try:
            self._queue.put_nowait(entry)
        except asyncio.QueueFull:
            self.lost += 1
            if self.lost == 1 or self.lost % 1000 == 0:
                log.exception("journal_full", lost=self.lost)

    async def written(self) -> None:
        """Wait until everything noted so far is committed or given up; nothing more is gathered."""
        self._hurry.set()
        try:
            await self._queue.join()
        finally:
            self._hurry.clear()

    async def _run(self) -> None:
        while True:
            batch = [await self._queue.get()]
            await self._gather()
            while not self._queue.empty() and len(batch) < LARGEST_BATCH:
                batch.append(self._queue.get_nowait())
            try:
                await self._keep_at_it(batch)
            except Exception as error:  # noqa: BLE001 - the journal goes on without these entries
                self._lose(batch, error)
            for _ in batch:
                self._queue.task_done()

    async def _gather(self) -> None:
        """Let more come in, unless somebody waits for what there is."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._gather_s):
                await self._hurry.wait()

    async def _keep_at_it(self, batch: list[Entry]) -> None:
        attempt = 0
        while True:
            try:
                await self._write_or_sift(batch)
            except (DBAPIError, OSError) as error:
                pause_s = self._pauses_s[min(attempt, len(self._pauses_s) - 1)]
                log.warning("journal_waits", error=error, attempt=attempt, seconds=pause_s)
                await asyncio.sleep(pause_s)
                attempt += 1
            else:
                return

    async def _write_or_sift(self, batch: list[Entry]) -> None:
        """All entries in one commit; where one of them is refused, the others one by one."""
        try:
            await self._write(batch)
        except SQLAlchemyError as error:
            if _is_away(error):
                raise
            if len(batch) == 1:
                self._lose(batch, error)
                return
            for entry in batch:
                await self._write_or_sift([entry])

    async def _write(self, batch: list[Entry]) -> None:
        rows: dict[type[Entry], list[dict[str, Any]]] = defaultdict(list)
        for entry in batch:
            rows[type(entry)].append(_row(entry))
        async with self._engine.begin() as connection:
            for kind, statement in _STATEMENTS.items():
                if rows[kind]:
                    await connection.execute(statement, rows[kind])

    def _lose(self, batch: list[Entry], error: Exception) -> None:
        self.lost += len(batch)
        log.error("journal_lost", entries=len(batch), error=error)


def _is_away(error: SQLAlchemyError) -> bool:
    """Whether the database itself is away, rather than refusing what it was given."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, OSError)
    state = getattr(error.orig, "sqlstate", None)
    # No state = the connection broke; class 08 connection, 53 resources, 57 shutdown, 40 conflict.
    return error.connection_invalidated or state is None or state[:2] in {"08", "53", "57", "40"}


def _row(entry: Entry) -> dict[str, Any]:
    match entry:
        case CallOpened():
            return {
                "id": entry.call_id,
                "branch_id": entry.branch_id,
                "salon_version": entry.salon_version,
                "caller_number": entry.caller_number,
                "agent_version": entry.agent_version,
                "started_at": entry.at,
            }
        case CallClosed():
            row = {"id": entry.call_id, "started_at": entry.at, "ended_at": entry.at}
            lead = _storable(dict(entry.lead)) if entry.lead else None
            return {**row, "outcome": entry.outcome.value, "lead": lead}
        case ConsentNoted():
            facts = {"kind": entry.kind, "given": entry.given, "at": entry.at.isoformat()}
            consents = [{**facts, "words": _storable(entry.words)}]
            return {"id": entry.call_id, "started_at": entry.at, "consents": consents}
        case TurnTaken():
            return {
                "call_id": entry.call_id,
                "turn": entry.turn,
                "at": entry.at,
                "response_id": entry.response_id,
                "kind": entry.kind.value,
                "ended": entry.end.value,
                "caller_text": _storable(entry.caller_text),
                "agent_text": _storable(entry.agent_text),
                "understanding": _storable(entry.understanding),
                "actions": list(entry.actions),
                "first_ms": entry.first_ms,
                "total_ms": entry.total_ms,
            }


def _storable(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The value without NUL characters, which JSON allows and PostgreSQL refuses."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list | tuple):
        return [_storable(part) for part in value]
    if isinstance(value, dict):
        return {key: _storable(part) for key, part in value.items()}
    return value


def _opened() -> Executable:
    new = insert(call)
    # A call keeps its salon and its number, whatever a later connection believes.
    return new.on_conflict_do_update(
        index_elements=[call.c.id],
        set_={
            "branch_id": func.coalesce(call.c.branch_id, new.excluded.branch_id),
            "salon_version": func.coalesce(call.c.salon_version, new.excluded.salon_version),
            "caller_number": func.coalesce(call.c.caller_number, new.excluded.caller_number),
            "agent_version": func.coalesce(call.c.agent_version, new.excluded.agent_version),
            "connections": call.c.connections + 1,
            "ended_at": None,
        },
    )


def _closed() -> Executable:
    new = insert(call)
    booked = Outcome.BOOKED.value
    outcome = case((call.c.outcome == booked, booked), else_=new.excluded.outcome)
    return new.on_conflict_do_update(
        index_elements=[call.c.id],
        set_={
            "ended_at": new.excluded.ended_at,
            "outcome": outcome,
            "lead": new.excluded.lead,
        },
    )


def _consented() -> Executable:
    new = insert(call)
    before = func.coalesce(call.c.consents, func.jsonb_build_array())
    return new.on_conflict_do_update(
        index_elements=[call.c.id], set_={"consents": before.concat(new.excluded.consents)}
    )


def _taken() -> Executable:
    new = insert(call_turn)
    key = {"call_id", "turn"}
    changed = {c.name: new.excluded[c.name] for c in call_turn.columns if c.name not in key}
    return new.on_conflict_do_update(index_elements=sorted(key), set_=changed)


_STATEMENTS: Mapping[type[Entry], Executable] = {
    CallOpened: _opened(),
    ConsentNoted: _consented(),
    TurnTaken: _taken(),
    CallClosed: _closed(),
}
"""In the order in which a batch is written: a turn refers to its call."""
