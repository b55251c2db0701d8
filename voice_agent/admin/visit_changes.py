"""What people at the desk do to a visit: move it, undo that, cancel, note, mail once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import web

from booking_core.adapters.postgres.appointments import PostgresAppointments
from booking_core.domain.errors import InvalidRequest
from booking_core.domain.orders import (
    CancelAppointment,
    Cancelled,
    Cancelling,
    NotBooked,
    OrderedBy,
    TooLate,
    UnderWay,
)
from booking_core.workflows.note_late import NoteLateness
from voice_agent.admin.audit import Change, write_down
from voice_agent.admin.move_wish import FormBroken, wish_of
from voice_agent.admin.moving import DONE, Mover
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.visit_asked import (
    form_of,
    key_of,
    queries_of,
    told,
    visit_of,
    wants_json,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.orders import CancelResult
    from voice_agent.admin.moving import Outcome
    from voice_agent.admin.office import Visitor

MOST_MINUTES: Final = 240
LONGEST_TEXT: Final = 400


async def move(request: web.Request) -> web.StreamResponse:
    """By dragging (minutes, and another column), or by the form of the visit's page."""
    visit, form = await visit_of(request), await form_of(request)
    visitor = visitor_of(request)
    try:
        wish = wish_of(form, visit, visitor.salon)
    except FormBroken as broken:
        key = "book_wrong_time" if broken.field else "form_broken"
        return await told(request, visit, visitor.texts(key), 422, field=broken.field)
    if wish is None:
        return await told(request, visit, visitor.texts("move_assist"), 409)
    outcome = await Mover(office_of(request), visitor).move(visit, wish)
    return await _moved(request, visit, outcome, undo=True)


async def look(request: web.Request) -> web.StreamResponse:
    """What would stand against dropping it there, told while it is still being dragged."""
    visit = await visit_of(request)
    visitor = visitor_of(request)
    try:
        wish = wish_of(request.query, visit, visitor.salon)
    except FormBroken:
        return web.json_response({"message": visitor.texts("form_broken")}, status=422)
    if wish is None:
        return web.json_response({"free": False, "message": visitor.texts("move_assist")})
    outcome = await Mover(office_of(request), visitor).look(visit, wish)
    return web.json_response({"free": outcome.status == DONE, "message": outcome.message})


async def undo(request: web.Request) -> web.StreamResponse:
    """Back to where it was before the version that was just made."""
    visit, form = await visit_of(request), await form_of(request)
    visitor = visitor_of(request)
    if form.get("version") != str(visit.version):
        return await told(request, visit, visitor.texts("move_outdated"), 409)
    before = await queries_of(request).as_in(visit.id, visit.version - 1)
    if before is None:
        return await told(request, visit, visitor.texts("move_not_booked"), 409)
    mover, quiet = Mover(office_of(request), visitor), bool(form.get("quiet"))
    outcome = await mover.undo(visit, before, key_of(form), quiet=quiet)
    return await _moved(request, visit, outcome, undo=False)


async def cancel(request: web.Request) -> web.StreamResponse:
    """All of it; in spite of the limit only on purpose, which is written down."""
    visit, form = await visit_of(request), await form_of(request)
    office, visitor = office_of(request), visitor_of(request)
    waived, quiet = bool(form.get("waive")), bool(form.get("quiet"))
    try:
        order = CancelAppointment(
            key=f"desk:{visitor.user.id}:{key_of(form)}",
            branch_id=visit.branch_id,
            appointment_id=visit.id,
            reason=form.get("reason", "")[:LONGEST_TEXT].strip(),
            by=OrderedBy.DESK,
            waive_limit=waived,
            quiet=quiet,
        )
        result = await office.core.cancel(order)
    except InvalidRequest:
        return await told(request, visit, visitor.texts("form_broken"), 422)
    if isinstance(result, Cancelled | Cancelling):
        change = Change(
            action="visit.cancelled",
            subject=visit.code,
            subject_id=str(visit.id),
            before={"start": visit.plan.start.isoformat()},
            after={"limit_waived": waived, "no_mail": quiet, "reason": order.reason},
        )
        async with office.engine.begin() as connection:
            await write_down(connection, visitor, change)
    status, message = _cancelled(result, visitor)
    return await told(request, visit, message, status)


async def note(request: web.Request) -> web.StreamResponse:
    """That the customer comes later, or anything else the salon wants to read there."""
    visit, form = await visit_of(request), await form_of(request)
    office, visitor = office_of(request), visitor_of(request)
    text, late = form.get("text", "").strip()[:LONGEST_TEXT], form.get("late", "").strip()
    if not text and not late:
        return await told(request, visit, visitor.texts("note_missing"), 422, field="text")
    if late and not (late.isdecimal() and 1 <= int(late) <= MOST_MINUTES):
        return await told(request, visit, visitor.texts("note_wrong"), 422, field="late")
    if late:
        await office.core.note_lateness(
            NoteLateness(
                key=f"desk:{key_of(form)}",
                branch_id=visit.branch_id,
                appointment_id=visit.id,
                minutes=int(late),
            )
        )
    if text:
        line = " ".join(text.replace("\x00", "").split())
        await PostgresAppointments(office.engine).add_note(visit.branch_id, visit.id, line)
    change = Change(action="visit.noted", subject=visit.code, subject_id=str(visit.id))
    async with office.engine.begin() as connection:
        await write_down(connection, visitor, change)
    return await told(request, visit, visitor.texts("note_saved"), 200)


async def mail_again(request: web.Request) -> web.StreamResponse:
    """The very same mail, once more."""
    visit, form = await visit_of(request), await form_of(request)
    office, visitor = office_of(request), visitor_of(request)
    version, kind = form.get("version", ""), form.get("kind", "")
    if not version.isdecimal() or not kind:
        return await told(request, visit, visitor.texts("form_broken"), 422)
    sent = await office.core.send_again(visit.branch_id, visit.id, int(version), kind)
    if sent is None:
        return await told(request, visit, visitor.texts("mail_again_not"), 409)
    change = Change(
        action="visit.mail_again",
        subject=visit.code,
        subject_id=str(visit.id),
        after={"kind": kind, "version": int(version)},
    )
    async with office.engine.begin() as connection:
        await write_down(connection, visitor, change)
    key = "mail_again_sent" if sent else "mail_again_waits"
    return await told(request, visit, visitor.texts(key), 200)


def _cancelled(result: CancelResult, visitor: Visitor) -> tuple[int, str]:
    match result:
        case Cancelled(mail_to=mail_to):
            return 200, visitor.texts("cancel_done_mail" if mail_to else "cancel_done")
        case Cancelling():
            return 200, visitor.texts("cancel_on_its_way")
        case TooLate(limit_hours=0):
            return 409, visitor.texts("move_past")
        case TooLate(limit_hours=hours):
            return 409, visitor.texts("cancel_limit", hours=hours)
        case NotBooked():
            return 409, visitor.texts("move_not_booked")
        case UnderWay():
            return 409, visitor.texts("move_under_way")


async def _moved(
    request: web.Request, visit: Appointment, outcome: Outcome, *, undo: bool
) -> web.StreamResponse:
    if not wants_json(request):
        message = outcome.in_form or outcome.message
        return await told(request, visit, message, outcome.status, box=outcome.ask)
    facts: dict[str, object] = {"message": outcome.message}
    if outcome.ask:
        facts["ask"] = outcome.ask
    if outcome.moved and undo:
        facts["undo"] = f"/admin/visits/{visit.id}/undo"
        facts["version"] = outcome.moved.version
    return web.json_response(facts, status=outcome.status)


ROUTES: Sequence[web.RouteDef] = (
    web.post("/visits/{id}/move", move),
    web.get("/visits/{id}/look", look),
    web.post("/visits/{id}/undo", undo),
    web.post("/visits/{id}/cancel", cancel),
    web.post("/visits/{id}/note", note),
    web.post("/visits/{id}/mail", mail_again),
)
