"""What people at the desk do to a visit: move it, undo that, cancel, note, mail once more."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from aiohttp import web

from booking_core.adapters.postgres.appointments import PostgresAppointments
from booking_core.domain.errors import InvalidRequest
from booking_core.domain.interval import shift
from booking_core.domain.orders import (
    CancelAppointment,
    Cancelled,
    Cancelling,
    NotBooked,
    OrderedBy,
    TooLate,
    UnderWay,
)
from booking_core.domain.rules import zone
from booking_core.workflows.note_late import NoteLateness
from voice_agent.admin.audit import Change, write_down
from voice_agent.admin.guard import as_uuid
from voice_agent.admin.moving import Mover, MoveWish, is_lead, leads
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.visit_queries import VisitQueries
from voice_agent.admin.visits import with_message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.orders import CancelResult
    from voice_agent.admin.moving import Outcome
    from voice_agent.admin.office import Visitor

MOST_MINUTES: Final = 240
LONGEST_TEXT: Final = 400
MOST_DAYS: Final = 400


class FormBroken(ValueError):
    """Fields that no page of ours sends."""


async def move(request: web.Request) -> web.StreamResponse:
    """By dragging (minutes, and another column), or by the form of the visit's page."""
    visit, form = await _visit(request), await _form(request)
    visitor = visitor_of(request)
    try:
        wish = _wish(form, visit, visitor.salon)
    except FormBroken:
        return await _told(request, visit, visitor.texts("form_broken"), 422)
    if wish is None:
        return await _told(request, visit, visitor.texts("move_assist"), 409)
    outcome = await Mover(office_of(request), visitor).move(visit, wish)
    return await _moved(request, visit, outcome, undo=True)


async def undo(request: web.Request) -> web.StreamResponse:
    """Back to where it was before the version that was just made."""
    visit, form = await _visit(request), await _form(request)
    visitor = visitor_of(request)
    if form.get("version") != str(visit.version):
        return await _told(request, visit, visitor.texts("move_outdated"), 409)
    before = await _queries(request).as_in(visit.id, visit.version - 1)
    if before is None:
        return await _told(request, visit, visitor.texts("move_not_booked"), 409)
    mover, quiet = Mover(office_of(request), visitor), bool(form.get("quiet"))
    outcome = await mover.undo(visit, before, _key(form), quiet=quiet)
    return await _moved(request, visit, outcome, undo=False)


async def cancel(request: web.Request) -> web.StreamResponse:
    """All of it; in spite of the limit only on purpose, which is written down."""
    visit, form = await _visit(request), await _form(request)
    office, visitor = office_of(request), visitor_of(request)
    waived, quiet = bool(form.get("waive")), bool(form.get("quiet"))
    try:
        order = CancelAppointment(
            key=f"desk:{visitor.user.id}:{_key(form)}",
            branch_id=visit.branch_id,
            appointment_id=visit.id,
            reason=form.get("reason", "")[:LONGEST_TEXT].strip(),
            by=OrderedBy.DESK,
            waive_limit=waived,
            quiet=quiet,
        )
        result = await office.core.cancel(order)
    except InvalidRequest:
        return await _told(request, visit, visitor.texts("form_broken"), 422)
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
    return await _told(request, visit, message, status)


async def note(request: web.Request) -> web.StreamResponse:
    """That the customer comes later, or anything else the salon wants to read there."""
    visit, form = await _visit(request), await _form(request)
    office, visitor = office_of(request), visitor_of(request)
    text, late = form.get("text", "").strip()[:LONGEST_TEXT], form.get("late", "").strip()
    if not text and not late:
        return await _told(request, visit, visitor.texts("note_missing"), 422)
    if late and not (late.isdecimal() and 1 <= int(late) <= MOST_MINUTES):
        return await _told(request, visit, visitor.texts("note_wrong"), 422)
    if late:
        await office.core.note_lateness(
            NoteLateness(
                key=f"desk:{_key(form)}",
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
    return await _told(request, visit, visitor.texts("note_saved"), 200)


async def mail_again(request: web.Request) -> web.StreamResponse:
    """The very same mail, once more."""
    visit, form = await _visit(request), await _form(request)
    office, visitor = office_of(request), visitor_of(request)
    version, kind = form.get("version", ""), form.get("kind", "")
    if not version.isdecimal() or not kind:
        return await _told(request, visit, visitor.texts("form_broken"), 422)
    sent = await office.core.send_again(visit.branch_id, visit.id, int(version), kind)
    if sent is None:
        return await _told(request, visit, visitor.texts("mail_again_not"), 409)
    change = Change(
        action="visit.mail_again",
        subject=visit.code,
        subject_id=str(visit.id),
        after={"kind": kind, "version": int(version)},
    )
    async with office.engine.begin() as connection:
        await write_down(connection, visitor, change)
    key = "mail_again_sent" if sent else "mail_again_waits"
    return await _told(request, visit, visitor.texts(key), 200)


def _queries(request: web.Request) -> VisitQueries:
    return VisitQueries(office_of(request).engine, visitor_of(request).salon.branch.id)


async def _visit(request: web.Request) -> Appointment:
    visit = await _queries(request).visit(as_uuid(request.match_info["id"]))
    if visit is None:
        raise web.HTTPNotFound
    return visit


async def _form(request: web.Request) -> Mapping[str, str]:
    return {name: value for name, value in (await request.post()).items() if isinstance(value, str)}


def _key(form: Mapping[str, str]) -> str:
    """One for each attempt; what is no such key is as good as none."""
    try:
        return UUID(form.get("key", "")).hex
    except ValueError:
        return uuid4().hex


def _wish(form: Mapping[str, str], visit: Appointment, salon: Salon) -> MoveWish | None:
    """Where it is to go; None when only a helper was dragged to somebody else."""
    own = leads(visit, salon)
    same = own[0] if len(own) == 1 else None
    version = form.get("version", str(visit.version))
    if not version.isdecimal():
        raise FormBroken
    if "minutes" in form:
        start, staff = _dragged(form, visit, salon, same)
        if staff is None and form.get("staff"):
            return None
    else:
        start, staff = _typed(form, visit, salon, same)
    return MoveWish(
        key=_key(form),
        version=int(version),
        start=start,
        staff=staff,
        waive=bool(form.get("waive")),
        quiet=bool(form.get("quiet")),
    )


def _dragged(
    form: Mapping[str, str], visit: Appointment, salon: Salon, same: UUID | None
) -> tuple[datetime, UUID | None]:
    """By so many minutes of the wall clock, and perhaps into somebody else's column."""
    try:
        minutes, index = int(form["minutes"]), int(form.get("index", "1"))
    except ValueError:
        raise FormBroken from None
    if abs(minutes) > MOST_DAYS * 24 * 60 or not 1 <= index <= len(visit.plan.segments):
        raise FormBroken
    start = shift(visit.plan.start.astimezone(zone(salon.branch)), minutes)
    if not form.get("staff"):
        return start, same
    if not is_lead(visit.plan.segments[index - 1], salon):
        return start, None
    return start, _member(form["staff"], salon)


def _typed(
    form: Mapping[str, str], visit: Appointment, salon: Salon, same: UUID | None
) -> tuple[datetime, UUID | None]:
    try:
        day = date.fromisoformat(form.get("date", ""))
        at = time.fromisoformat(form.get("time", ""))
    except ValueError:
        raise FormBroken from None
    if abs(day - visit.plan.start.date()) > timedelta(days=MOST_DAYS) or at.tzinfo:
        raise FormBroken
    start = datetime.combine(day, at, zone(salon.branch))
    match form.get("staff", ""):
        case "":
            return start, same
        case "anyone":
            return start, None
        case other:
            return start, _member(other, salon)


def _member(text: str, salon: Salon) -> UUID:
    found = next((member.id for member in salon.staff if str(member.id) == text), None)
    if found is None:
        raise FormBroken
    return found


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
    if not _wants_json(request):
        texts, salon = visitor_of(request).texts, visitor_of(request).salon
        message = outcome.message
        if outcome.ask:
            message = texts("move_limit_form", hours=salon.branch.cancel_limit_hours)
        return await _told(request, visit, message, outcome.status)
    facts: dict[str, object] = {"message": outcome.message}
    if outcome.ask:
        facts["ask"] = outcome.ask
    if outcome.moved and undo:
        facts["undo"] = f"/admin/visits/{visit.id}/undo"
        facts["version"] = outcome.moved.version
    return web.json_response(facts, status=outcome.status)


async def _told(
    request: web.Request, visit: Appointment, message: str, status: int
) -> web.StreamResponse:
    """For scripts as facts; for people the visit's page, where they can read what came of it."""
    if _wants_json(request):
        return web.json_response({"message": message}, status=status)
    return await with_message(request, visit.id, message, status)


def _wants_json(request: web.Request) -> bool:
    return "application/json" in request.headers.get("Accept", "")


ROUTES: Sequence[web.RouteDef] = (
    web.post("/visits/{id}/move", move),
    web.post("/visits/{id}/undo", undo),
    web.post("/visits/{id}/cancel", cancel),
    web.post("/visits/{id}/note", note),
    web.post("/visits/{id}/mail", mail_again),
)
