"""Move a visit to another time or person, and say in a sentence what came of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from booking_core.domain.booking import AlreadyThere, Failed, Taken
from booking_core.domain.catalogue import Role
from booking_core.domain.errors import InvalidRequest
from booking_core.domain.interval import Span
from booking_core.domain.orders import (
    Moved,
    NotBooked,
    OrderedBy,
    Outdated,
    RescheduleAppointment,
    TooLate,
    Unchanged,
    UnderWay,
)
from booking_core.domain.override import Override
from booking_core.domain.plan import VisitRequest
from booking_core.domain.slots import NoSlots, Obstacle, SlotQuery, TimeWish
from voice_agent.admin.audit import Change, write_down
from voice_agent.admin.wall_time import moment_words, wall_text
from voice_agent.admin.why_words import why

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from booking_core.domain.orders import RescheduleResult
    from booking_core.domain.plan import Plan, PlannedSegment
    from voice_agent.admin.office import Office, Visitor

DONE, REFUSED = 200, 409
REFUSALS: Final = {
    TooLate: "move_past",
    Taken: "book_overtaken",
    Unchanged: "move_unchanged",
    NotBooked: "move_not_booked",
    Outdated: "move_outdated",
    UnderWay: "move_under_way",
}
"""What is said of results that say it all by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveWish:
    """Where a visit is to be."""

    key: str
    """One for each attempt: sent twice, it is carried out once."""
    version: int
    """Of the visit that was looked at."""
    start: datetime
    staff: UUID | None
    """Whoever leads it; None = whoever can."""
    waive: bool = False
    """In spite of the limit."""
    quiet: bool = False
    """The desk tells the customer itself: no mail."""
    twice: bool = False
    """In spite of another visit of the same customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What is said, and whether anything has changed."""

    status: int
    message: str
    ask: str = ""
    """A field that the same wish needs to be carried out all the same."""
    in_form: str = ""
    """What is said instead where that field is a box to be ticked."""
    moved: Appointment | None = None


class Mover:
    """Moves visits for one person at the desk."""

    def __init__(self, office: Office, visitor: Visitor) -> None:
        self._office = office
        self._visitor = visitor

    async def move(self, visit: Appointment, wish: MoveWish) -> Outcome:
        """Look for a plan at that start, hold it, and let it take the place of the old one."""
        owner = self._owner(wish.key)
        try:
            answer = await self._office.core.offer_slots(self._query(visit, wish))
        except InvalidRequest:
            return self._said("form_broken")
        if isinstance(answer, NoSlots):
            return self._told(answer.obstacle)
        order = self._order(visit, answer.offers[0].plan, owner)
        as_wished = replace(
            order,
            version=wish.version,
            waive_limit=wish.waive,
            quiet=wish.quiet,
            on_purpose=wish.twice,
        )
        outcome = await self._carried_out(visit, as_wished)
        if outcome.moved is None:
            await self._office.core.release_holds(owner)
        return outcome

    async def look(self, visit: Appointment, wish: MoveWish) -> Outcome:
        """What would come of it right now; nothing is held and nothing changes."""
        try:
            answer = await self._office.core.find_slots(self._query(visit, wish))
        except InvalidRequest:
            return self._said("form_broken")
        if isinstance(answer, NoSlots):
            return self._told(answer.obstacle)
        return Outcome(status=DONE, message="")

    async def undo(
        self, visit: Appointment, before: Appointment, key: str, *, quiet: bool = False
    ) -> Outcome:
        """Back to the very plan that it had; what one has just done oneself needs no notice."""
        order = self._order(visit, before.plan, self._owner(key))
        order = replace(
            order, version=visit.version, waive_limit=True, quiet=quiet, on_purpose=True
        )
        return await self._carried_out(visit, order, done="move_undone")

    def _owner(self, key: str) -> str:
        return f"desk:{self._visitor.user.id}:{key}"

    def _query(self, visit: Appointment, wish: MoveWish) -> SlotQuery:
        return SlotQuery(
            branch_id=visit.branch_id,
            visit=VisitRequest(services=visit.plan.services, staff=wish.staff),
            owner=self._owner(wish.key),
            wishes=(TimeWish(window=Span.of_minutes(wish.start, 5), at=wish.start),),
            limit=1,
            strict=True,
            moving=visit.id,
            at_desk=True,
        )

    def _order(self, visit: Appointment, plan: Plan, owner: str) -> RescheduleAppointment:
        override = None
        if plan.local_segments:
            reason = self._visitor.texts("day_undo")
            override = Override(author=self._visitor.user.name, reason=reason)
        return RescheduleAppointment(
            key=owner,
            owner=owner,
            branch_id=visit.branch_id,
            appointment_id=visit.id,
            plan=plan,
            by=OrderedBy.DESK,
            override=override,
        )

    async def _carried_out(
        self, visit: Appointment, order: RescheduleAppointment, *, done: str = "move_done"
    ) -> Outcome:
        try:
            result = await self._office.core.reschedule(order)
        except InvalidRequest:
            return self._said("move_past")
        if isinstance(result, Moved):
            await self._write_down(visit, result, order)
            return self._done(result, done)
        return self._refused(result)

    def _done(self, result: Moved, key: str) -> Outcome:
        salon, texts = self._visitor.salon, self._visitor.texts
        about = result.appointment
        if key == "move_done" and result.mail_to:
            key = "move_done_mail"
        message = texts(
            key,
            name=about.customer.name,
            moment=moment_words(texts, about.plan.start, salon.branch),
            who=lead_names(about, salon),
        )
        return Outcome(status=DONE, message=message, moved=about)

    def _refused(self, result: RescheduleResult) -> Outcome:
        match result:
            case TooLate(limit_hours=hours) if hours:
                return self._asked("waive", "move_limit", hours=hours)
            case AlreadyThere(appointment=other):
                branch = self._visitor.salon.branch
                moment = moment_words(self._visitor.texts, other.plan.start, branch)
                return self._asked("twice", "move_twice", name=other.customer.name, moment=moment)
            case Taken(obstacle=Obstacle() as obstacle):
                return self._told(obstacle)
            case Failed(cause=cause):
                return self._said(f"failed_{cause.value}")
            case _:
                return self._said(REFUSALS[type(result)])

    def _told(self, obstacle: Obstacle) -> Outcome:
        message = why(obstacle, self._visitor.salon, self._visitor.texts)
        return Outcome(status=REFUSED, message=message)

    def _asked(self, field: str, key: str, **values: object) -> Outcome:
        in_form = self._visitor.texts(f"{key}_form", **values)
        return replace(self._said(key, **values), ask=field, in_form=in_form)

    def _said(self, key: str, **values: object) -> Outcome:
        return Outcome(status=REFUSED, message=self._visitor.texts(key, **values))

    async def _write_down(
        self, visit: Appointment, result: Moved, order: RescheduleAppointment
    ) -> None:
        salon = self._visitor.salon
        facts = {"limit_waived": order.waive_limit, "no_mail": order.quiet}
        change = Change(
            action="visit.moved",
            subject=visit.code,
            subject_id=str(visit.id),
            before=_place(visit, salon),
            after=_place(result.appointment, salon)
            | {name: True for name, is_so in facts.items() if is_so},
        )
        async with self._office.engine.begin() as connection:
            await write_down(connection, self._visitor, change)


def leads(visit: Appointment, salon: Salon) -> tuple[UUID, ...]:
    """Who leads it, each once, in order."""
    return tuple(dict.fromkeys(p.staff_id for p in visit.plan.segments if is_lead(p, salon)))


def is_lead(part: PlannedSegment, salon: Salon) -> bool:
    """Whether a segment goes with the visit's own person; those that are not known do."""
    service = next((one for one in salon.services if one.id == part.service_id), None)
    roles = [one.role for one in service.segments if one.name == part.name] if service else []
    return Role.ASSIST not in roles


def lead_names(visit: Appointment, salon: Salon) -> str:
    """As they are called in the salon."""
    names = {member.id: member.first_name for member in salon.staff}
    return ", ".join(names.get(one, "?") for one in leads(visit, salon))


def _place(visit: Appointment, salon: Salon) -> dict[str, object]:
    return {
        "start": wall_text(visit.plan.start, salon.branch)[:16],
        "staff": lead_names(visit, salon),
        "version": visit.version,
    }
