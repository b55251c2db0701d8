"""Talking to one's own agent in the browser, on a copy of the calendar.

The page itself plays Retell: it opens the same kind of websocket, with the same frames. Who may
open it is decided by the sign-in, so that no secret has to be in the page.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from aiohttp import web

from voice_agent.admin import session as sessions
from voice_agent.admin.guard import secure
from voice_agent.admin.office import OFFICE, visitor_of
from voice_agent.admin.showing import show
from voice_agent.admin.trial import TRIAL, branch_of, call_prefix
from voice_agent.admin.try_queries import TryQueries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_agent.admin.trial import Stage
    from voice_agent.admin.try_queries import Turn

JOURNAL_TRIES: Final = 20
JOURNAL_S: Final = 0.05
"""Between looks for a turn: the journal is written beside the call."""


async def page(request: web.Request) -> web.StreamResponse:
    """The conversation, and what is left of earlier ones."""
    visitor = visitor_of(request)
    await _stage(request)
    language = visitor.salon.branch.language
    return show(
        request,
        "try/try.html",
        prefix=call_prefix(visitor.salon),
        spoken={"de": "de-DE", "en": "en-GB"}.get(language, language),
        **await _left(request),
    )


async def line(request: web.Request) -> web.StreamResponse:
    """The websocket, for pages of ours and for the salon that is looked at."""
    _refuse_other_pages(request)
    if branch_of(request.match_info["call_id"]) != visitor_of(request).salon.branch.id:
        raise web.HTTPNotFound
    stage = await _stage(request)
    return await stage.door.open(request)


async def turns(request: web.Request) -> web.StreamResponse:
    """What was understood and decided so far in this call."""
    stage, visitor = await _stage(request), visitor_of(request)
    queries = TryQueries(stage.engine, visitor.salon)
    call_id = request.query.get("call", "")
    wanted = int(given) if (given := request.query.get("response", "")).isdecimal() else 0
    found = await queries.turns(call_id, visitor.texts)
    for _ in range(JOURNAL_TRIES):
        if _has(found, wanted):
            break
        await asyncio.sleep(JOURNAL_S)
        found = await queries.turns(call_id, visitor.texts)
    return show(request, "try/turns.html", turns=found)


async def left(request: web.Request) -> web.StreamResponse:
    """Visits and mails that came of it."""
    return show(request, "try/left.html", **await _left(request))


async def reset(request: web.Request) -> web.StreamResponse:
    """Begin with a fresh copy."""
    await request.config_dict[TRIAL].begin_anew(visitor_of(request).salon)
    return web.Response(status=303, headers={"Location": "/admin/try"})


async def mode(request: web.Request) -> web.StreamResponse:
    """Look at the copy on all pages, or at real life again."""
    given = await request.post()
    signer = request.config_dict[OFFICE].signer(sessions.PURPOSE)
    session = sessions.read(request, signer)
    assert session is not None, "the guard has read it"
    place = "/admin/try"
    if str(given.get("next", "")).startswith("/admin/day"):
        place = str(given["next"])
    response = web.Response(status=303, headers={"Location": place})
    changed = replace(session, trial=given.get("on") == "yes")
    sessions.write(response, changed, signer, secure=secure(request))
    return response


async def _stage(request: web.Request) -> Stage:
    return await request.config_dict[TRIAL].of(visitor_of(request).salon)


async def _left(request: web.Request) -> dict[str, Any]:
    stage, visitor = await _stage(request), visitor_of(request)
    queries = TryQueries(stage.engine, visitor.salon)
    zone = ZoneInfo(visitor.salon.branch.timezone)
    visits = [
        replace(visit, start=visit.start.astimezone(zone)) for visit in await queries.visits()
    ]
    return {"visits": visits, "mails": await queries.mails()}


def _has(found: Sequence[Turn], wanted: int) -> bool:
    return any(turn.response_id >= wanted for turn in found)


def _refuse_other_pages(request: web.Request) -> None:
    """A websocket brings the cookie along from any page: only ours may open it."""
    origin = request.headers.get("Origin")
    public = request.config_dict[OFFICE].settings.public_url
    allowed = {request.host} | ({urlsplit(public).netloc} if public else set())
    if origin is None or urlsplit(origin).netloc not in allowed:
        raise web.HTTPForbidden


ROUTES: Sequence[web.RouteDef] = (
    web.get("/try", page),
    web.get("/try/line/{call_id}", line),
    web.get("/try/turns", turns),
    web.get("/try/left", left),
    web.post("/try/reset", reset),
    web.post("/try/mode", mode),
)
