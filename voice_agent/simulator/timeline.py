"""A staff member's day as text: every visit a row, its pauses visible, other visits inside them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Group
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date, datetime

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Salon, Staff
    from booking_core.domain.interval import Span
    from booking_core.domain.plan import PlannedSegment

STYLES = ("cyan", "magenta", "yellow", "green", "blue")
WORK, FREE, KEPT = "█", "░", "▒"
FINE_MINUTES, COARSE_MINUTES = 5, 10
FINE_UP_TO_MINUTES = 5 * 60  # wider than this does not fit beside the names in 80 columns
NAME_WIDTH = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """Where an instant stands on the axis."""

    first: datetime
    """A full hour."""
    cells: int
    minutes_per_cell: int

    def cell(self, moment: datetime) -> int:
        elapsed = moment.timestamp() - self.first.timestamp()
        return int(elapsed // 60) // self.minutes_per_cell

    def slots(self, span: Span) -> range:
        return range(self.cell(span.start), max(self.cell(span.end), self.cell(span.start) + 1))


def timeline(
    salon: Salon, member: Staff, day: date, appointments: Sequence[Appointment]
) -> Group | Text:
    """The visits this person works on that day, first as a chart, then as an agenda."""
    zone = ZoneInfo(salon.branch.timezone)
    visits = sorted(
        (a for a in appointments if _concerns(a, member, day, zone)), key=lambda a: a.plan.start
    )
    heading = Text(f"{member.name}, {day:%A, %d %B %Y}", style="bold")
    if not visits:
        return Text.assemble(heading, "\n  nothing booked")
    styles = dict(zip((a.id for a in visits), cycle(STYLES), strict=False))
    coloured = [(a, styles[a.id]) for a in visits]
    scale = _scale(visits, zone)
    rows = [_row(a, style, member, scale) for a, style in coloured]
    return Group(
        heading,
        _axis(scale),
        *rows,
        _summary(coloured, member, scale),
        Text(),
        _agenda(salon, coloured, member, zone),
    )


def _concerns(appointment: Appointment, member: Staff, day: date, zone: ZoneInfo) -> bool:
    on_day = appointment.plan.start.astimezone(zone).date() == day
    return on_day and any(s.staff_id == member.id for s in appointment.plan.segments)


def _scale(visits: Sequence[Appointment], zone: ZoneInfo) -> _Scale:
    first = min(a.plan.start for a in visits).astimezone(zone).replace(minute=0)
    minutes = int((max(a.plan.end for a in visits).timestamp() - first.timestamp()) // 60)
    per_cell = FINE_MINUTES if minutes <= FINE_UP_TO_MINUTES else COARSE_MINUTES
    return _Scale(first=first, cells=minutes // per_cell + 1, minutes_per_cell=per_cell)


def _axis(scale: _Scale) -> Text:
    per_hour = 60 // scale.minutes_per_cell
    hours = range(scale.first.hour, scale.first.hour + scale.cells // per_hour + 1)
    return _labelled("", "".join(f"{hour:<{per_hour}}" for hour in hours), "dim")


def _row(appointment: Appointment, style: str, member: Staff, scale: _Scale) -> Text:
    cells = [" "] * scale.cells
    for segment in appointment.plan.segments:
        if segment.pause:
            mark = KEPT if segment.pause.occupied else FREE
            _fill(cells, scale.slots(segment.pause.span), mark)
        if segment.staff_id == member.id:
            _fill(cells, scale.slots(segment.span), WORK)
            cells[scale.cell(segment.span.start)] = segment.key
        else:
            _fill(cells, scale.slots(segment.span), FREE)
    return _labelled(appointment.customer.name, "".join(cells), style)


def _summary(visits: Sequence[tuple[Appointment, str]], member: Staff, scale: _Scale) -> Text:
    """Everything this person does, in the colour of whom it is done for."""
    cells = [(" ", "")] * scale.cells
    for appointment, style in visits:
        for span in _busy(appointment, member):
            for cell in scale.slots(span):
                cells[cell] = (WORK, style)
    row = _labelled(member.first_name, "", "bold")
    for mark, style in cells:
        row.append(mark, style)
    return row


def _busy(appointment: Appointment, member: Staff) -> Iterator[Span]:
    for segment in appointment.plan.segments:
        if segment.staff_id == member.id:
            yield segment.calendar_span


def _fill(cells: list[str], slots: range, mark: str) -> None:
    for cell in slots:
        cells[cell] = mark


def _labelled(name: str, cells: str, style: str) -> Text:
    short = name if len(name) < NAME_WIDTH else f"{name[: NAME_WIDTH - 2]}…"
    return Text.assemble(f"  {short:<{NAME_WIDTH}}", (cells, style), overflow="crop")


def _agenda(
    salon: Salon, visits: Sequence[tuple[Appointment, str]], member: Staff, zone: ZoneInfo
) -> Table:
    """What happens when, visits inside a pause indented."""
    table = Table.grid(padding=(0, 2))
    for _ in range(3):
        table.add_column(no_wrap=True)
    lines = sorted(
        (line for visit, style in visits for line in _lines(salon, visit, style, member, visits)),
        key=lambda line: (line.at, line.indent),
    )
    for line in lines:
        shift = "    " * line.indent
        when = Text(f"  {shift}{line.at.astimezone(zone):%H:%M}", style=line.style)
        table.add_row(when, Text(line.what, style=line.style), Text(line.who, "dim"))
    return table


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line of the agenda."""

    at: datetime
    indent: int
    style: str
    what: str
    who: str = ""


def _lines(
    salon: Salon,
    visit: Appointment,
    style: str,
    member: Staff,
    visits: Sequence[tuple[Appointment, str]],
) -> Iterator[_Line]:
    host = next((o for o, _ in visits if o is not visit and _lies_in_pause_of(visit, o)), None)
    name = visit.customer.name
    own = f"{name}, in that pause" if host else name
    for segment in visit.plan.segments:
        helper = salon.member(segment.staff_id)
        yield _Line(
            at=segment.span.start,
            indent=int(host is not None),
            style=style,
            what=_title(visit, segment),
            who=own if helper.id == member.id else f"{name}, with {helper.first_name}",
        )
        if segment.pause:
            yield _Line(
                at=segment.pause.span.start,
                indent=int(host is not None),
                style="dim",
                what=_pause(segment, member),
            )


def _lies_in_pause_of(visit: Appointment, other: Appointment) -> bool:
    pauses = (segment.pause for segment in other.plan.segments)
    return any(pause and pause.span.covers(visit.plan.span) for pause in pauses)


def _title(visit: Appointment, segment: PlannedSegment) -> str:
    if segment.of == 1:
        return f"{segment.key}  {visit.service_names[0]}"
    return f"{segment.key}  {segment.name} ({segment.index} von {segment.of})"


def _pause(segment: PlannedSegment, member: Staff) -> str:
    pause = segment.pause
    if pause is None:
        return ""
    state = "stays" if pause.occupied else "is free"
    return f"-  {pause.span.minutes} min pause, {member.first_name} {state}"
