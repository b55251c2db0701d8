"""Which visit a form is about, what it says, and how somebody is told what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from aiohttp import web

from voice_agent.admin.guard import as_uuid
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.visit_queries import VisitQueries
from voice_agent.admin.visits import with_message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from booking_core.domain.appointment import Appointment


def queries_of(request: web.Request) -> VisitQueries:
    """Reads visits of the salon that is looked at."""
    return VisitQueries(office_of(request).engine, visitor_of(request).salon.branch.id)


async def visit_of(request: web.Request) -> Appointment:
    """The visit in the address; 404 when this salon has none of this id."""
    visit = await queries_of(request).visit(as_uuid(request.match_info["id"]))
    if visit is None:
        raise web.HTTPNotFound
    return visit


async def form_of(request: web.Request) -> Mapping[str, str]:
    """What was filled in, without files."""
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def key_of(form: Mapping[str, str]) -> str:
    """One for each attempt; what is no such key is as good as none."""
    try:
        return UUID(form.get("key", "")).hex
    except ValueError:
        return uuid4().hex


async def told(
    request: web.Request,
    visit: Appointment,
    message: str,
    status: int,
    *,
    field: str = "",
    box: str = "",
) -> web.StreamResponse:
    """For scripts as facts; for people the visit's page, where they can read what came of it.

    With a `field` it is said beside that one, which keeps what was typed; with a `box` there is
    one of this name to be ticked.
    """
    if wants_json(request):
        return web.json_response({"message": message}, status=status)
    return await with_message(request, visit.id, message, status, field=field, box=box)


def wants_json(request: web.Request) -> bool:
    """Whether a script asks, not a form."""
    return "application/json" in request.headers.get("Accept", "")
