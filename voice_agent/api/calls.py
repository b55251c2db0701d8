"""Telephone calls and what came of them."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID  # noqa: TC003 - pydantic reads the annotations

from pydantic import Field
from sqlalchemy import select, tuple_

from booking_core.adapters.postgres.call_tables import call, call_report, call_turn, of_callers
from voice_agent.api.call_reports import CallReport, report_of
from voice_agent.api.cursors import (
    CURSOR_DOC,
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    next_of,
    read_cursor,
)
from voice_agent.api.endpoint import Answer, AnyEndpoint, Ask, Endpoint, Nothing
from voice_agent.api.problems import Code, Problem
from voice_agent.api.shapes import Asked, Id, Moment, Page, Told
from voice_agent.api.tokens import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement


class CallPath(Asked):
    """One call."""

    call_id: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_.:-]+$")]


class CallFilter(Asked):
    """Which calls."""

    branch_id: Id | None = None
    started_from: Moment | None = None
    started_before: Moment | None = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | None = None


class CallView(Told):
    """A call."""

    id: str
    branch_id: UUID
    caller_number: str | None = Field(description="E.164; null = withheld.")
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None = Field(description="booked, changed, callback ...; null = still going on.")


class TurnView(Told):
    """What the caller said, and the answer."""

    turn: int
    at: datetime
    caller: str
    agent: str
    first_ms: float | None = Field(description="From the request to the first words; ours alone.")
    total_ms: float | None = Field(description="To the last words; null = never finished.")


class CallWithTurns(CallView):
    """A call with every word of it, and what was reported about it."""

    turns: list[TurnView]
    report: CallReport | None = Field(description="null = no call webhook has come yet.")


async def list_calls(ask: Ask[Nothing, CallFilter, Nothing]) -> Answer:
    """A page of calls, the newest first."""
    own = await ask.counter.branches(ask.company_id)
    if ask.query.branch_id:
        own = [ask.counter.of(own, ask.query.branch_id)]
    wanted, columns, limit = ask.query, call.c, ask.query.limit
    here = columns.branch_id.in_([salon.branch.id for salon in own])
    where: list[ColumnElement[bool]] = [here, of_callers()]
    if wanted.started_from:
        where.append(columns.started_at >= wanted.started_from)
    if wanted.started_before:
        where.append(columns.started_at < wanted.started_before)
    if wanted.cursor:
        where.append(tuple_(columns.started_at, columns.id) < read_cursor(wanted.cursor))
    query = (
        select(call)
        .where(*where)
        .order_by(columns.started_at.desc(), columns.id.desc())
        .limit(limit + 1)
    )
    async with ask.counter.engine.connect() as connection:
        rows = (await connection.execute(query)).all()
    views = [CallView(**_facts(row._asdict())) for row in rows[:limit]]
    cursor = next_of(rows[limit - 1].started_at, rows[limit - 1].id) if len(rows) > limit else None
    return Answer(body=Page[CallView](items=views, next_cursor=cursor))


async def get_call(ask: Ask[CallPath, Nothing, Nothing]) -> Answer:
    """One call, word for word, with what the call webhooks have told about it."""
    own = [salon.branch.id for salon in await ask.counter.branches(ask.company_id)]
    query = select(call).where(call.c.id == ask.path.call_id, call.c.branch_id.in_(own))
    turns = select(call_turn).where(call_turn.c.call_id == ask.path.call_id)
    reports = select(call_report).where(call_report.c.call_id == ask.path.call_id)
    async with ask.counter.engine.connect() as connection:
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise Problem(Code.NOT_FOUND)
        said = (await connection.execute(turns.order_by(call_turn.c.turn))).all()
        told = (await connection.execute(reports)).mappings().one_or_none()
    view = CallWithTurns(
        **_facts(row._asdict()),
        turns=[
            TurnView(
                turn=one.turn,
                at=one.at,
                caller=one.caller_text,
                agent=one.agent_text,
                first_ms=one.first_ms,
                total_ms=one.total_ms,
            )
            for one in said
        ],
        report=report_of(dict(told)) if told else None,
    )
    return Answer(body=view)


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in CallView.model_fields}


TAG: Final = "Calls"
ENDPOINTS: Final[tuple[AnyEndpoint, ...]] = (
    Endpoint(
        method="GET",
        path="/calls",
        tag=TAG,
        summary="List calls",
        description=f"The newest first. {CURSOR_DOC}",
        scope=Scope.READ,
        handle=list_calls,
        query=CallFilter,
        answers={200: Page[CallView]},
        problems=(Code.NOT_FOUND,),
    ),
    Endpoint(
        method="GET",
        path="/calls/{call_id}",
        tag=TAG,
        summary="Get a call with its words and its report",
        scope=Scope.ADMIN,
        handle=get_call,
        path_model=CallPath,
        answers={200: CallWithTurns},
    ),
)
