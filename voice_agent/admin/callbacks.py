"""Callbacks and the waiting list: whom somebody has to call, and who has been."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from voice_agent.admin.audit import Change, write_down
from voice_agent.admin.callback_queries import CallbackQueries
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.showing import show
from voice_agent.admin.wall_time import moment_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from booking_core.domain.requests import WaitingEntry
    from voice_agent.admin.office import Visitor

STATES = ("open", "done", "obsolete")


async def callbacks(request: web.Request) -> web.StreamResponse:
    """Open ones by how soon they are due; what is done can be looked up."""
    office, visitor = office_of(request), visitor_of(request)
    queries = CallbackQueries(office.engine, visitor.salon.branch.id)
    state = request.query.get("state", "open")
    state = state if state in STATES else "open"
    return show(
        request,
        "requests/callbacks.html",
        state=state,
        states=STATES,
        counts=await queries.counts(),
        callbacks=await queries.callbacks(state),
        now=office.clock.now(),
        when=lambda moment: moment_words(visitor.texts, moment, visitor.salon.branch),
        wish_words=lambda wish: wish_words(wish, visitor),
        reason_words=lambda reason: _reason(reason, visitor),
    )


async def settle_callback(request: web.Request) -> web.StreamResponse:
    """Somebody has called, or it has to be done again."""
    office, visitor = office_of(request), visitor_of(request)
    state = str((await request.post()).get("state", "done"))
    if state not in STATES:
        raise web.HTTPBadRequest
    queries = CallbackQueries(office.engine, visitor.salon.branch.id)
    if not await queries.put(_number(request), state, visitor):
        raise web.HTTPNotFound
    return web.Response(status=303, headers={"Location": "/admin/callbacks"})


async def waiting(request: web.Request) -> web.StreamResponse:
    """Those whose place became free first."""
    office, visitor = office_of(request), visitor_of(request)
    entries = await office.core.waiting_list(visitor.salon.branch.id)
    return show(
        request,
        "requests/waiting.html",
        entries=[(entry, entry_words(entry, visitor)) for entry in entries],
        when=lambda moment: moment_words(visitor.texts, moment, visitor.salon.branch),
    )


async def settle_waiting(request: web.Request) -> web.StreamResponse:
    """The salon has called whoever waited."""
    office, visitor = office_of(request), visitor_of(request)
    number = _number(request)
    if not await office.core.settle_waiting(visitor.salon.branch.id, number):
        raise web.HTTPNotFound
    async with office.engine.begin() as connection:
        done = Change(action="waiting.done", subject="waiting list", subject_id=str(number))
        await write_down(connection, visitor, done)
    return web.Response(status=303, headers={"Location": "/admin/waiting"})


def entry_words(entry: WaitingEntry, visitor: Visitor) -> Mapping[str, Any]:
    """Services, person and windows as the salon calls them."""
    wish, branch = entry.wish, visitor.salon.branch
    names = {service.id: service.name for service in visitor.salon.services}
    team = {member.id: member.name for member in visitor.salon.staff}
    return {
        "services": ", ".join(names.get(one, "?") for one in wish.services),
        "staff": team.get(wish.staff, "") if wish.staff else "",
        "windows": [
            f"{moment_words(visitor.texts, span.start, branch)} - "
            f"{moment_words(visitor.texts, span.end, branch)}"
            for span in wish.windows
        ],
    }


def wish_words(wish: Mapping[str, Any], visitor: Visitor) -> str:
    """What is known of a wish: plain values of whatever was said."""
    parts = []
    for value in wish.values():
        items = value if isinstance(value, list) else [value]
        parts += [_named(str(item), visitor) for item in items if item not in {None, ""}]
    return ", ".join(parts)


def _named(word: str, visitor: Visitor) -> str:
    known = {str(one.id): one.name for one in visitor.salon.services} | {
        str(one.id): one.name for one in visitor.salon.staff
    }
    return known.get(word, word)


def _reason(reason: str, visitor: Visitor) -> str:
    key = f"request_reason_{reason}"
    return visitor.texts(key) if key in visitor.texts.sentences else reason


def _number(request: web.Request) -> int:
    text = request.match_info["number"]
    if not text.isdigit() or len(text) > len(str(2**62)):
        raise web.HTTPNotFound
    return int(text)


ROUTES: Sequence[web.RouteDef] = (
    web.get("/callbacks", callbacks),
    web.post("/callbacks/{number}", settle_callback),
    web.get("/waiting", waiting),
    web.post("/waiting/{number}", settle_waiting),
)
