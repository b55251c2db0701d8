"""The day as a list: what a phone shows, a screen reader reads and a printer prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from booking_core.adapters.postgres.claims import CALL
from booking_core.domain.appointment import AppointmentState, Mark
from booking_core.domain.plan import ClaimKind
from booking_core.workflows.mark_visit import may_be
from voice_agent.admin.wall_time import clock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon
    from voice_agent.admin.day import Day
    from voice_agent.admin.day_blocks import Drawing
    from voice_agent.admin.day_queries import Hold, Visit
    from voice_agent.admin.rendering import Texts


NO_MARK = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One visit, or what somebody holds."""

    since: datetime
    start: str
    end: str
    title: str
    what: str = ""
    people: str = ""
    states: tuple[str, ...] = ()
    visit: str = ""
    """Its id; empty for what is only held."""
    version: int = 0
    hue: int | None = None
    marks: tuple[str, ...] = ()
    """What may be said of whether they came; `none` takes back what was."""
    rests: tuple[tuple[str, str, str], ...] = ()
    """Pauses in which the person is free: from, to, and who."""


def listed(read: Day, texts: Texts, drawing: Drawing) -> Sequence[Line]:
    """In order of their starts."""
    lines = [_visit(visit, read, texts, drawing) for visit in read.diary.visits]
    lines += _held(read.diary.holds, read.salon, texts)
    return sorted(lines, key=lambda line: (line.since, line.visit))


def _visit(visit: Visit, read: Day, texts: Texts, drawing: Drawing) -> Line:
    plan, salon, branch = visit.appointment.plan, read.salon, read.salon.branch
    names = {member.id: member.first_name for member in salon.staff}
    who = dict.fromkeys(names.get(part.staff_id, "?") for part in plan.segments)
    rests = [
        (
            clock(part.pause.span.start, branch),
            clock(part.pause.span.end, branch),
            names.get(part.staff_id, "?"),
        )
        for part in plan.segments
        if part.pause and not part.pause.occupied
    ]
    return Line(
        since=plan.start,
        start=clock(plan.start, branch),
        end=clock(plan.end, branch),
        title=visit.appointment.customer.name,
        what=", ".join(visit.appointment.service_names),
        people=", ".join(who),
        states=tuple(texts(f"state_{name}") for name in drawing.states(visit)),
        visit=str(visit.appointment.id),
        version=visit.appointment.version,
        marks=_marks(visit.appointment, read),
        hue=drawing.hue(plan.segments[0].service_id),
        rests=tuple(rests),
    )


def _marks(about: Appointment, read: Day) -> tuple[str, ...]:
    if about.state is not AppointmentState.BOOKED:
        return ()
    if about.mark:
        return (NO_MARK,)
    return tuple(one.value for one in Mark if may_be(one, about, read.salon.branch, read.now))


def _held(holds: Sequence[Hold], salon: Salon, texts: Texts) -> list[Line]:
    """One line for everything of one holder: two offers are alternatives to each other."""
    names = {member.id: member.first_name for member in salon.staff}
    by_holder: dict[str, list[Hold]] = {}
    for hold in holds:
        if hold.kind is ClaimKind.WORK:
            by_holder.setdefault(hold.holder, []).append(hold)
    return [_holding(own, names, salon, texts) for own in by_holder.values()]


def _holding(own: Sequence[Hold], names: dict[UUID, str], salon: Salon, texts: Texts) -> Line:
    first = min(hold.span.start for hold in own)
    by = "phone" if own[0].holder.startswith(CALL) else "desk"
    return Line(
        since=first,
        start=clock(first, salon.branch),
        end=clock(max(hold.span.end for hold in own), salon.branch),
        title=texts(f"hold_{by}"),
        people=", ".join(dict.fromkeys(names.get(hold.resource_id, "?") for hold in own)),
    )
