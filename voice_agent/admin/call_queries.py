"""Reads calls: what was said, understood and done, how long it took, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, or_, select, true, tuple_

from booking_core.adapters.postgres.booking_tables import appointment
from booking_core.adapters.postgres.call_tables import call, call_report, call_turn, of_callers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.interval import Span

PAGE = 50
SLOW_MS = 1000.0
"""First words that come later than this are marked: callers notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLine:
    """One call in the list."""

    id: str
    number: str | None
    """E.164; None = withheld."""
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    """None = it goes on."""
    turns: int
    slowest_ms: float | None
    last_words: str
    """What the caller said last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit that was booked in a call."""

    id: UUID
    state: str
    starts_at: datetime
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn: what was said and what was made of it."""

    turn: int
    at: datetime
    kind: str
    ended: str
    caller_text: str
    agent_text: str
    understanding: Mapping[str, Any]
    actions: tuple[str, ...]
    first_ms: float | None
    total_ms: float | None

    @property
    def is_slow(self) -> bool:
        """Whether the caller waited noticeably for the first words."""
        return self.first_ms is not None and self.first_ms > SLOW_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPage:
    """One call, whole."""

    id: str
    number: str | None
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None
    salon_version: int | None
    connections: int
    lead: Mapping[str, Any] | None
    consents: Any
    report: Mapping[str, Any]
    """What the telephone platform told of it; empty = nothing yet."""
    turns: tuple[Turn, ...] = ()
    visits: tuple[Visit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which calls are looked for."""

    words: str = ""
    """In what was said, or part of a number."""
    outcome: str = ""
    during: Span | None = None
    after: tuple[datetime, str] | None = field(default=None)
    """The last one of the page before."""


class CallQueries:
    """Calls of one branch."""

    def __init__(self, engine: AsyncEngine, branch_id: UUID) -> None:
        self._engine = engine
        self._branch_id = branch_id

    async def page(self, wish: Wish) -> tuple[list[CallLine], bool]:
        """The newest first, and whether there are more."""
        return await self._lines(self._where(wish), PAGE)

    async def going_on(self, since: datetime) -> list[CallLine]:
        """Calls that have not ended."""
        open_ones = (call.c.ended_at.is_(None)) & (call.c.started_at > since)
        lines, _ = await self._lines([self._ours(), of_callers(), open_ones], PAGE)
        return lines

    async def one(self, call_id: str) -> CallPage | None:
        """A call with everything in it; None when it is not of this branch."""
        async with self._engine.connect() as connection:
            found = await connection.execute(
                select(call, call_report)
                .outerjoin(call_report)
                .where(self._ours(), call.c.id == call_id)
            )
            row = found.mappings().one_or_none()
            if row is None:
                return None
            turns = await connection.execute(
                select(call_turn).where(call_turn.c.call_id == call_id).order_by(call_turn.c.turn)
            )
            visits = await connection.execute(
                select(
                    appointment.c.id,
                    appointment.c.state,
                    appointment.c.starts_at,
                    appointment.c.customer_name.label("name"),
                )
                .where(appointment.c.call_id == call_id, appointment.c.branch_id == self._branch_id)
                .order_by(appointment.c.starts_at)
            )
            told = {column.name: row[column] for column in call_report.c if row[column] is not None}
            told.pop("call_id", None)
            return CallPage(
                id=row[call.c.id],
                number=row[call.c.caller_number],
                started_at=row[call.c.started_at],
                ended_at=row[call.c.ended_at],
                outcome=row[call.c.outcome],
                salon_version=row[call.c.salon_version],
                connections=row[call.c.connections],
                lead=row[call.c.lead],
                consents=row[call.c.consents],
                report=told,
                turns=tuple(_turn(one) for one in turns),
                visits=tuple(Visit(**one) for one in visits.mappings()),
            )

    async def _lines(
        self, conditions: list[ColumnElement[bool]], limit: int
    ) -> tuple[list[CallLine], bool]:
        chosen = (
            select(call)
            .where(*conditions)
            .order_by(call.c.started_at.desc(), call.c.id.desc())
            .limit(limit + 1)
            .subquery()
        )
        said = (
            select(
                func.count().label("turns"),
                func.max(call_turn.c.first_ms).label("slowest_ms"),
            )
            .where(call_turn.c.call_id == chosen.c.id)
            .lateral()
        )
        last = (
            select(call_turn.c.caller_text)
            .where(call_turn.c.call_id == chosen.c.id, call_turn.c.caller_text != "")
            .order_by(call_turn.c.turn.desc())
            .limit(1)
            .lateral()
        )
        query = (
            select(
                chosen.c.id,
                chosen.c.caller_number.label("number"),
                chosen.c.started_at,
                chosen.c.ended_at,
                chosen.c.outcome,
                said.c.turns,
                said.c.slowest_ms,
                func.coalesce(last.c.caller_text, "").label("last_words"),
            )
            .select_from(chosen.join(said, true()).outerjoin(last, true()))
            .order_by(chosen.c.started_at.desc(), chosen.c.id.desc())
        )
        async with self._engine.connect() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [CallLine(**row) for row in rows[:limit]], len(rows) > limit

    def _where(self, wish: Wish) -> list[ColumnElement[bool]]:
        conditions = [self._ours(), of_callers()]
        if wish.outcome:
            conditions.append(call.c.outcome == wish.outcome)
        if wish.during:
            conditions.append(
                and_(call.c.started_at >= wish.during.start, call.c.started_at < wish.during.end)
            )
        if wish.words:
            conditions.append(_says(wish.words))
        if wish.after:
            conditions.append(tuple_(call.c.started_at, call.c.id) < tuple_(*wish.after))
        return conditions

    def _ours(self) -> ColumnElement[bool]:
        return call.c.branch_id == self._branch_id


def _says(words: str) -> ColumnElement[bool]:
    said = or_(
        call_turn.c.caller_text.icontains(words, autoescape=True),
        call_turn.c.agent_text.icontains(words, autoescape=True),
    )
    return or_(
        call.c.caller_number.contains(words.replace(" ", "").lstrip("0") or words, autoescape=True),
        exists().where(call_turn.c.call_id == call.c.id, said),
    )


def _turn(row: Any) -> Turn:  # noqa: ANN401 - a row of call_turn
    return Turn(
        turn=row.turn,
        at=row.at,
        kind=row.kind,
        ended=row.ended,
        caller_text=row.caller_text,
        agent_text=row.agent_text,
        understanding=row.understanding,
        actions=tuple(row.actions),
        first_ms=row.first_ms,
        total_ms=row.total_ms,
    )
