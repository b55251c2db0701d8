"""One visit: its course, who comes, what the calendar and the mails know, and how it came about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from aiohttp import web
from itsdangerous import BadData

from booking_core.domain.appointment import Mark
from booking_core.domain.interval import shift
from booking_core.workflows.mark_visit import may_be
from voice_agent.admin.guard import as_uuid
from voice_agent.admin.moving import lead_names
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.showing import show
from voice_agent.admin.visit_queries import VisitQueries
from voice_agent.admin.visit_view import view_of
from voice_agent.admin.wall_time import local

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon

TOLD: Final = "told"
DONE: Final = 200
TOLD_FOR_S: Final = 60


async def visit(request: web.Request) -> web.StreamResponse:
    """The page."""
    message = _signed_message(request)
    return await _page(request, as_uuid(request.match_info["id"]), message, DONE)


async def with_message(
    request: web.Request,
    visit_id: UUID,
    message: str,
    status: int,
    *,
    field: str = "",
    box: str = "",
) -> web.StreamResponse:
    """What came of a form: told on the visit's page, which a reload does not send again."""
    if status != DONE:
        return await _page(request, visit_id, message, status, field=field, box=box)
    signed = office_of(request).signer(TOLD).dumps(message)
    raise web.HTTPSeeOther(f"/admin/visits/{visit_id}?{TOLD}={signed}")


async def _page(
    request: web.Request,
    visit_id: UUID,
    message: str,
    status: int,
    *,
    field: str = "",
    box: str = "",
) -> web.StreamResponse:
    office, visitor = office_of(request), visitor_of(request)
    salon, now = visitor.salon, visitor.now(office)
    record = await VisitQueries(office.engine, salon.branch.id).record(visit_id)
    if record is None:
        raise web.HTTPNotFound
    about = record.appointment
    view = view_of(record, salon, visitor.texts)
    typed = await request.post() if request.method == "POST" else {}
    return show(
        request,
        "visits/visit.html",
        status=status,
        about=about,
        view=view,
        record=record,
        day=local(about.plan.start, salon.branch).date(),
        time=local(about.plan.start, salon.branch).strftime("%H:%M"),
        who=lead_names(about, salon),
        people=[member for member in salon.staff if member.active],
        can_change=about.state.value == "booked" and about.plan.start > now,
        is_late=_is_late(about, salon, now),
        message="" if field else message,
        wrong={field: message} if field else {},
        marks=[mark.value for mark in Mark if may_be(mark, about, salon.branch, now)],
        is_good=status == DONE,
        typed=typed,
        box=box,
        key=uuid4().hex,
    )


def _is_late(about: Appointment, salon: Salon, now: datetime) -> bool:
    """Whether the limit to cancel and to move has passed."""
    return now > shift(about.plan.start, -60 * salon.branch.cancel_limit_hours)


def _signed_message(request: web.Request) -> str:
    """Only what we have said ourselves, and not long ago."""
    try:
        said = (
            office_of(request).signer(TOLD).loads(request.query.get(TOLD, ""), max_age=TOLD_FOR_S)
        )
    except BadData:
        return ""
    return str(said)


ROUTES: Sequence[web.RouteDef] = (web.get("/visits/{id}", visit),)
