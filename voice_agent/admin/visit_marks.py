"""Who came and who did not: one click at the desk, taken back with another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from booking_core.domain.appointment import Mark
from booking_core.domain.orders import NotBooked, Outdated
from booking_core.workflows.mark_visit import Marked, MarkVisit, TooEarly
from voice_agent.admin.audit import Change, write_down
from voice_agent.admin.day_list import NO_MARK
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.visit_asked import form_of, told, visit_of
from voice_agent.admin.visits import DONE
from voice_agent.admin.wall_time import local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.domain.appointment import Appointment
    from booking_core.workflows.mark_visit import MarkResult


async def mark(request: web.Request) -> web.StreamResponse:
    """Of the version that was looked at; from a list of the day, back to it."""
    visit, form = await visit_of(request), await form_of(request)
    office, visitor = office_of(request), visitor_of(request)
    wanted, _, version = form.get("mark", "").partition(" ")
    if wanted not in {NO_MARK, *Mark} or not version.isdecimal():
        return await told(request, visit, visitor.texts("form_broken"), 422)
    result = await office.core.mark_visit(
        MarkVisit(
            branch_id=visit.branch_id,
            appointment_id=visit.id,
            version=int(version),
            mark=None if wanted == NO_MARK else Mark(wanted),
        )
    )
    if isinstance(result, Marked):
        change = _change(visit, result.mark)
        async with office.engine.begin() as connection:
            await write_down(connection, visitor, change)
    status, key = _said(result)
    if status == DONE and "back" in form:
        day = local(visit.plan.start, visitor.salon.branch).date()
        view = "&view=list" if form["back"] == "list" else ""
        raise web.HTTPSeeOther(f"/admin/day?date={day}{view}")
    return await told(request, visit, visitor.texts(key, name=visit.customer.name), status)


def _change(visit: Appointment, now: Mark | None) -> Change:
    return Change(
        action="visit.marked",
        subject=visit.code,
        subject_id=str(visit.id),
        before={"mark": visit.mark.value if visit.mark else NO_MARK},
        after={"mark": now.value if now else NO_MARK},
    )


def _said(result: MarkResult) -> tuple[int, str]:
    match result:
        case Marked(mark=said):
            return DONE, f"mark_{said.value if said else NO_MARK}"
        case TooEarly():
            return 409, "mark_too_early"
        case Outdated():
            return 409, "move_outdated"
        case NotBooked():
            return 409, "move_not_booked"


ROUTES: Sequence[web.RouteDef] = (web.post("/visits/{id}/mark", mark),)
