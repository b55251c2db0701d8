"""Whom the salon is to call back."""

from __future__ import annotations

import hashlib
from datetime import datetime  # noqa: TC003 - pydantic reads the annotations
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid5

from pydantic import Field
from sqlalchemy import select, tuple_

from booking_core.adapters.postgres.attention_tables import callback_request
from booking_core.domain.requests import RequestCallback
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
from voice_agent.api.reading import invalid
from voice_agent.api.shapes import Asked, Id, Line, Page, Phone, Told, schema_examples
from voice_agent.api.tokens import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from voice_agent.api.counter import Counter

NAMESPACE: Final = UUID("0b4f2a5e-4f2e-4d0c-8a57-5a7d3c1e9f60")
"""Rows are counted; what leaves does not tell how many there are."""


class CallbackState(StrEnum):
    """How far it got."""

    OPEN = "open"
    DONE = "done"
    OBSOLETE = "obsolete"


class CallbackIn(Asked):
    """Ask the salon to call somebody."""

    model_config = schema_examples(
        {"phone": "+4917139200011", "name": "Marta Beispiel", "topic": "Beratung Haarfarbe"}
    )

    branch_id: Id | None = Field(
        default=None, description="May be left out by a company with one branch."
    )
    phone: Phone
    name: Line | None = None
    topic: Line | None = Field(default=None, description="What it is about.")


class CallbackFilter(Asked):
    """Which requests."""

    branch_id: Id | None = None
    state: CallbackState | None = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | None = None


class CallbackView(Told):
    """Somebody who waits for a call, or did."""

    id: UUID
    branch_id: UUID
    name: str
    phone: str
    topic: str
    reason: str = Field(description="Why it could not be settled otherwise.")
    state: CallbackState
    due_at: datetime
    created_at: datetime


async def create_callback(ask: Ask[Nothing, Nothing, CallbackIn]) -> Answer:
    """Note it; only now may it be promised."""
    wish, counter = ask.body, ask.counter
    salon = await counter.branch(ask.company_id, wish.branch_id)
    key = "api:" + hashlib.sha256(ask.key.encode()).hexdigest()
    await counter.core.call_back(
        RequestCallback(
            key=key,
            branch_id=salon.branch.id,
            phone=wish.phone,
            name=(wish.name or "").strip(),
            topic=wish.topic or "",
            reason="api",
        )
    )
    return Answer(status=201, body=await _by_key(counter, salon.branch.id, key))


async def list_callbacks(ask: Ask[Nothing, CallbackFilter, Nothing]) -> Answer:
    """A page of requests, the most urgent first."""
    own = await ask.counter.branches(ask.company_id)
    if ask.query.branch_id:
        own = [ask.counter.of(own, ask.query.branch_id)]
    columns, limit = callback_request.c, ask.query.limit
    where: list[ColumnElement[bool]] = [columns.branch_id.in_([salon.branch.id for salon in own])]
    if ask.query.state:
        where.append(columns.state == ask.query.state)
    if ask.query.cursor:
        where.append(_behind(ask.query.cursor))
    query = (
        select(callback_request).where(*where).order_by(columns.due_at, columns.id).limit(limit + 1)
    )
    async with ask.counter.engine.connect() as connection:
        rows = (await connection.execute(query)).all()
    views = [_view(row._asdict()) for row in rows[:limit]]
    cursor = next_of(rows[limit - 1].due_at, str(rows[limit - 1].id)) if len(rows) > limit else None
    return Answer(body=Page[CallbackView](items=views, next_cursor=cursor))


async def _by_key(counter: Counter, branch_id: UUID, key: str) -> CallbackView:
    columns = callback_request.c
    query = select(callback_request).where(columns.branch_id == branch_id, columns.key == key)
    async with counter.engine.connect() as connection:
        row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise Problem(Code.NOT_FOUND)
    return _view(row._asdict())


def _behind(cursor: str) -> ColumnElement[bool]:
    at, last_id = read_cursor(cursor)
    if not (last_id.isascii() and last_id.isdigit() and len(last_id) < 19):  # noqa: PLR2004 - a bigint
        raise invalid("query.cursor", "ist kein Zeiger dieser Liste")
    columns = callback_request.c
    return tuple_(columns.due_at, columns.id) > (at, int(last_id))


def _view(row: Mapping[str, Any]) -> CallbackView:
    return CallbackView(
        id=uuid5(NAMESPACE, str(row["id"])),
        branch_id=row["branch_id"],
        name=row["name"],
        phone=row["phone"],
        topic=row["topic"],
        reason=row["reason"],
        state=CallbackState(row["state"]),
        due_at=row["due_at"],
        created_at=row["created_at"],
    )


TAG: Final = "Callbacks"
ENDPOINTS: Final[tuple[AnyEndpoint, ...]] = (
    Endpoint(
        method="POST",
        path="/callbacks",
        tag=TAG,
        summary="Have the salon call somebody back",
        scope=Scope.BOOK,
        handle=create_callback,
        body=CallbackIn,
        answers={201: CallbackView},
        problems=(Code.BRANCH_REQUIRED, Code.NOT_FOUND),
        keyed=True,
    ),
    Endpoint(
        method="GET",
        path="/callbacks",
        tag=TAG,
        summary="List who is to be called back",
        description=CURSOR_DOC,
        scope=Scope.READ,
        handle=list_callbacks,
        query=CallbackFilter,
        answers={200: Page[CallbackView]},
        problems=(Code.NOT_FOUND,),
    ),
)
