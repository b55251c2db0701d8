"""Calls: the list with those that go on on top, and a call with everything that was made of it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

from booking_core.domain.rules import day_span
from voice_agent.admin.call_queries import CallQueries, Wish
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.showing import show
from voice_agent.admin.understood import deeds, meaning
from voice_agent.admin.wall_time import clock, moment_words
from voice_agent.journal import Outcome
from voice_agent.simulator.from_retell import from_retell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from voice_agent.admin.call_queries import CallPage
    from voice_agent.admin.office import Visitor

LONGEST_CALL = timedelta(hours=2)
"""Retell ends every call by then: one that has not ended was lost."""


async def calls(request: web.Request) -> web.StreamResponse:
    """The list; a search, an outcome and a day narrow it."""
    office, visitor = office_of(request), visitor_of(request)
    queries = _queries(request)
    wish = _wish(request, visitor)
    lines, more = await queries.page(wish)
    since = office.clock.now() - LONGEST_CALL
    first_page = wish == Wish()
    return show(
        request,
        "calls/list_fragment.html" if request.headers.get("HX-Request") else "calls/list.html",
        going_on=await queries.going_on(since) if first_page else [],
        lines=lines,
        more=_cursor(lines[-1].started_at, lines[-1].id) if more else None,
        outcomes=[one.value for one in Outcome],
        asked=request.query,
        when=lambda moment: moment_words(visitor.texts, moment, visitor.salon.branch),
        lasted=_lasted,
    )


async def one_call(request: web.Request) -> web.StreamResponse:
    """What was said as bubbles; beside it what was understood, decided, and how long it took."""
    visitor = visitor_of(request)
    page = await _found(request)
    return show(
        request,
        "calls/call.html",
        call=page,
        talk=[
            (
                turn,
                meaning(turn.understanding, visitor.salon, visitor.texts),
                deeds(turn.actions, visitor.texts),
            )
            for turn in page.turns
        ],
        when=lambda moment: moment_words(visitor.texts, moment, visitor.salon.branch),
        at=lambda moment: clock(moment, visitor.salon.branch),
        lasted=_lasted,
        cost=_cost(page.report),
    )


async def as_replay(request: web.Request) -> web.StreamResponse:
    """The call as a test: a replay file in which nobody is to be recognised."""
    visitor, page = visitor_of(request), await _found(request)
    if not page.turns:
        raise web.HTTPNotFound
    text = from_retell(json.dumps(_as_recorded(page)), visitor.salon)
    return web.Response(
        text=text,
        content_type="application/yaml",
        headers={"Content-Disposition": 'attachment; filename="recorded.call.yaml"'},
    )


def _queries(request: web.Request) -> CallQueries:
    return CallQueries(office_of(request).engine, visitor_of(request).salon.branch.id)


async def _found(request: web.Request) -> CallPage:
    page = await _queries(request).one(request.match_info["call_id"])
    if page is None:
        raise web.HTTPNotFound
    return page


def _wish(request: web.Request, visitor: Visitor) -> Wish:
    asked = request.query
    return Wish(
        words=asked.get("words", "").strip(),
        outcome=asked.get("outcome", ""),
        during=_during(asked.get("date", ""), visitor),
        after=_after(asked.get("after", "")),
    )


def _during(text: str, visitor: Visitor) -> Any:  # noqa: ANN401 - a Span or None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day_span(day, day, visitor.salon.branch)


def _cursor(at: datetime, call_id: str) -> str:
    return f"{at.astimezone(UTC).isoformat()}~{call_id}"


def _after(text: str) -> tuple[datetime, str] | None:
    at, found, call_id = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, call_id) if found and moment.tzinfo else None


def _lasted(start: datetime, end: datetime | None) -> str:
    """2:05, in minutes and seconds; empty while it lasts."""
    if end is None:
        return ""
    seconds = max(0, round((end - start).total_seconds()))
    return f"{seconds // 60}:{seconds % 60:02}"


def _cost(report: Mapping[str, Any]) -> float | None:
    """In dollars, as the platform bills."""
    cents = (report.get("cost") or {}).get("combined_cost")
    return None if cents is None else round(float(cents) / 100, 3)


def _as_recorded(page: CallPage) -> dict[str, Any]:
    said: list[dict[str, str]] = []
    for turn in page.turns:
        if turn.caller_text:
            said.append({"role": "user", "content": turn.caller_text})
        if turn.agent_text:
            said.append({"role": "agent", "content": turn.agent_text})
    return {
        "from_number": page.number,
        "start_timestamp": round(page.started_at.timestamp() * 1000),
        "transcript_object": said,
        "disconnection_reason": page.report.get("disconnection_reason"),
    }


ROUTES: Sequence[web.RouteDef] = (
    web.get("/calls", calls),
    web.get("/calls/{call_id}", one_call),
    web.get("/calls/{call_id}/replay", as_replay),
)
