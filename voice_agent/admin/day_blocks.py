"""The blocks of a day: what is drawn in which column from when until when. Pure.

A visit is one object: each of its segments is a block of its own, pauses lie between them, and a
thread runs through all of it in each column. What lies in the background can be clicked through.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from booking_core.adapters.postgres.claims import CALL
from booking_core.domain.appointment import AppointmentState
from booking_core.domain.interval import Span, subtract
from booking_core.domain.plan import ClaimKind
from voice_agent.admin.day_queries import is_late
from voice_agent.admin.wall_time import clock, local, wall_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Branch, Salon
    from booking_core.domain.plan import PlannedPause, PlannedSegment
    from voice_agent.admin.day_queries import Diary, Hold, Visit
    from voice_agent.admin.rendering import Texts

HUES: Final = 8
"""How many fills there are for categories; further ones begin again."""
NOW_MINUTES: Final = 2
ROOM_FOR_TWO: Final = 20
"""Minutes that are high enough for two lines; less is written in one."""
OPENS: Final = 9
CLOSES: Final = 18
END_OF_DAY: Final = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One rectangle."""

    kind: str
    """Of the style sheet, too: segment, pause, blocked, rest, guard, thread, hold, off, away."""
    columns: tuple[str, ...]
    span: Span
    title: str = ""
    behind: bool = True
    """In the background: what lies there is clicked through."""
    movable: bool = False
    classes: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


def as_event(block: Block, salon: Salon) -> dict[str, Any]:
    """The block for the calendar in the browser; times are text of the salon's wall clock."""
    return {
        "resourceIds": list(block.columns),
        "start": wall_text(block.span.start, salon.branch),
        "end": wall_text(block.span.end, salon.branch),
        "title": block.title,
        "display": "background" if block.behind else "auto",
        "startEditable": block.movable,
        "classNames": [f"b-{block.kind}", *block.classes],
        "extendedProps": {"kind": block.kind, **block.facts},
    }


class Drawing:
    """Draws visits, holds and everything else of one salon's day."""

    def __init__(self, salon: Salon, texts: Texts) -> None:
        self._salon = salon
        self._texts = texts
        services = salon.services
        names = sorted({service.category for service in services})
        self._hues = {name: n % HUES for n, name in enumerate(names)}
        self._categories = {service.id: service.category for service in services}

    @property
    def hues(self) -> dict[str, int]:
        """The fill of each category, for the legend."""
        return self._hues

    def people(self, diary: Diary) -> Iterator[Block]:
        """In columns of people."""
        for visit in diary.visits:
            yield from self._visit(visit)
        for hold in diary.holds:
            if hold.kind is not ClaimKind.SEAT:
                yield self._hold(hold)
        for staff_id, spans in (diary.elsewhere or {}).items():
            for span in spans:
                yield Block(
                    kind="elsewhere",
                    columns=(str(staff_id),),
                    span=span,
                    title=self._texts("day_elsewhere"),
                )

    def places(self, diary: Diary) -> Iterator[Block]:
        """In columns of chairs, basins and rooms."""
        for visit in diary.visits:
            yield from self._seats(visit)
        for hold in diary.holds:
            if hold.kind is ClaimKind.SEAT:
                yield self._hold(hold)

    def absences(self, window: Span) -> Iterator[Block]:
        """Who is away; the reason is nobody's business."""
        for member in self._salon.staff:
            for absence in member.absences:
                if span := absence.span.clip(window):
                    title = self._texts("day_away")
                    yield Block(kind="away", columns=(str(member.id),), span=span, title=title)

    def closed(
        self, columns: Sequence[str], window: Span, open_: Sequence[Span]
    ) -> Iterator[Block]:
        """What is left of the window outside these hours."""
        for span in subtract(window, open_):
            yield Block(kind="off", columns=tuple(columns), span=span)

    def now(self, columns: Sequence[str], moment: datetime) -> Block:
        """A line through all columns."""
        span = Span.of_minutes(moment.replace(second=0, microsecond=0), NOW_MINUTES)
        return Block(
            kind="now", columns=tuple(columns), span=span, title=clock(moment, self._salon.branch)
        )

    def states(self, visit: Visit) -> tuple[str, ...]:
        """What is said of a visit besides who comes for what: keys of `state_...`."""
        about = visit.appointment
        stands = about.state is AppointmentState.BOOKED
        found = [] if stands else [about.state.value]
        if visit.changing and stands:
            found.append("moving")
        if about.mark:
            found.append(about.mark.value)
        elif is_late(about.note):
            found.append("late")
        if visit.on_purpose:
            found.append("on_purpose")
        return (*(found or ["booked"]), *(["anyone"] if about.anyone and stands else []))

    def hue(self, service_id: UUID) -> int:
        """The fill of a service, by its category."""
        return self._hues.get(self._categories.get(service_id, ""), 0)

    def _visit(self, visit: Visit) -> Iterator[Block]:
        about = visit.appointment
        facts = {"visit": str(about.id)}
        states = self.states(visit)
        said = facts | {"version": about.version, "states": self._words(states)}
        movable = about.state is AppointmentState.BOOKED and not visit.changing
        yield from self._threads(about, facts)
        for segment in about.plan.segments:
            yield Block(
                kind="segment",
                columns=(str(segment.staff_id),),
                span=segment.span,
                title=about.customer.name,
                behind=False,
                movable=movable,
                classes=(
                    f"hue-{self.hue(segment.service_id)}",
                    *_state_classes(states),
                    *(("is-brief",) if segment.span.minutes < ROOM_FOR_TWO else ()),
                ),
                facts=said | {"index": segment.index, **self._doing(about, segment)},
            )
            if segment.pause:
                yield self._pause(segment.pause, str(segment.staff_id), facts)
        for claim in about.plan.claims:
            if claim.kind is ClaimKind.GUARD:
                column = str(claim.resource_id)
                yield Block(kind="guard", columns=(column,), span=claim.span, facts=facts)

    def _threads(self, about: Appointment, facts: dict[str, Any]) -> Iterator[Block]:
        hue = f"hue-{self.hue(about.plan.segments[0].service_id)}"
        for staff_id in dict.fromkeys(part.staff_id for part in about.plan.segments):
            own = [part for part in about.plan.segments if part.staff_id == staff_id]
            span = Span(own[0].span.start, own[-1].span.end)
            yield Block(
                kind="thread", columns=(str(staff_id),), span=span, classes=(hue,), facts=facts
            )

    def _doing(self, about: Appointment, segment: PlannedSegment) -> dict[str, str]:
        """Ansatzfärbung: Auswaschen (2 von 4); and in a narrow column, Auswaschen (2 von 4)."""
        services, names = about.plan.services, about.service_names
        place = services.index(segment.service_id) if segment.service_id in services else 0
        service = names[place]
        if segment.of == 1:
            return {"doing": service, "part": service}
        part = self._texts("day_part", name=segment.name, index=segment.index, of=segment.of)
        return {"doing": f"{service}: {part}", "part": part}

    def _pause(self, pause: PlannedPause, column: str, facts: dict[str, Any]) -> Block:
        kind = "rest" if pause.rest else "blocked" if pause.occupied else "pause"
        title = self._texts(f"pause_{kind}")
        return Block(kind=kind, columns=(column,), span=pause.span, title=title, facts=facts)

    def _hold(self, hold: Hold) -> Block:
        by = "phone" if hold.holder.startswith(CALL) else "desk"
        return Block(
            kind="hold",
            columns=(str(hold.resource_id),),
            span=hold.span,
            title=self._texts(f"hold_{by}"),
            facts={"by": by},
        )

    def _seats(self, visit: Visit) -> Iterator[Block]:
        about = visit.appointment
        hue = f"hue-{self.hue(about.plan.segments[0].service_id)}"
        states = self.states(visit)
        facts = {
            "visit": str(about.id),
            "doing": ", ".join(about.service_names),
            "part": ", ".join(about.service_names),
            "states": self._words(states),
        }
        for claim in about.plan.claims:
            if claim.kind is ClaimKind.SEAT:
                yield Block(
                    kind="segment",
                    columns=(str(claim.resource_id),),
                    span=claim.span,
                    title=about.customer.name,
                    behind=False,
                    classes=(hue, *_state_classes(states)),
                    facts=facts,
                )

    def _words(self, states: Sequence[str]) -> list[str]:
        return [self._texts(f"state_{name}") for name in states]


def hours_to_show(seen: Sequence[Span], day: date, branch: Branch) -> tuple[int, int]:
    """From which to which full hour of the wall clock these times are; a working day if none."""
    first, last = OPENS, CLOSES
    if seen:
        start = local(min(span.start for span in seen), branch)
        end = local(max(span.end for span in seen), branch)
        first = start.hour if start.date() == day else 0
        last = end.hour + (end.minute > 0) if end.date() == day else END_OF_DAY
    return first, max(last, first + 1)


def _state_classes(states: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"is-{state}" for state in states)
