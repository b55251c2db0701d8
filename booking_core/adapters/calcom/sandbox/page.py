"""A page for the eye: who has what on which day, the pauses left open between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

from booking_core.domain.interval import Span

if TYPE_CHECKING:
    from datetime import date, datetime

    from jinja2 import Template

    from booking_core.adapters.calcom.sandbox.records import Booking, User
    from booking_core.adapters.calcom.sandbox.state import State

FIRST_HOUR, LAST_HOUR = 9, 18
MOST_DAYS = 14
GOLDEN_ANGLE = 137.508  # neighbours in the order of booking get hues far apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One booking on the timeline."""

    left: float
    """Percent of the day's width, like `width`."""
    width: float
    hue: int
    """The same for all segments of one appointment."""
    mark: str
    """Which part of its appointment it is: the key of the segment."""
    times: str
    title: str
    who: str
    collides: bool
    pending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One host's day."""

    host: str
    blocks: list[Block]


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of everybody."""

    label: str
    hours: list[int]
    rows: list[Row]


async def show(state: State, _: web.Request) -> web.Response:
    """The page, as things stand."""
    live = [booking for booking in state.records.bookings.values() if booking.is_live]
    counts = {
        "users": len(state.records.users),
        "event types": len(state.records.event_types),
        "live bookings": len(live),
        "cancelled": len(state.records.bookings) - len(live),
        "mails": len(state.records.mails),
    }
    text = _template().render(
        days=_days(state, live), counts=counts, now=state.now, trouble=state.faults.summary()
    )
    return web.Response(text=text, content_type="text/html")


@cache
def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=loader, autoescape=True).get_template("page.html.j2")


def _days(state: State, live: list[Booking]) -> list[Day]:
    hues = _hues(state)
    by_day: dict[date, list[Booking]] = {}
    for booking in sorted(live, key=lambda b: b.start):
        if booking.end > state.now - timedelta(days=1):
            by_day.setdefault(_local(state, booking).date(), []).append(booking)
    return [_day(state, day, by_day[day], hues) for day in sorted(by_day)[:MOST_DAYS]]


def _hues(state: State) -> dict[str, int]:
    """A colour for each appointment; a booking of nobody's is one of its own."""
    bookings = state.records.bookings.values()
    appointments = dict.fromkeys(_appointment(booking) for booking in bookings)
    return {one: int(place * GOLDEN_ANGLE + 30) % 360 for place, one in enumerate(appointments)}


def _appointment(booking: Booking) -> str:
    return booking.metadata.get("group") or booking.uid


def _day(state: State, day: date, bookings: list[Booking], hues: dict[str, int]) -> Day:
    starts = [_local(state, booking) for booking in bookings]
    ends = [start + timedelta(minutes=b.minutes) for start, b in zip(starts, bookings, strict=True)]
    first = min(FIRST_HOUR, *(start.hour for start in starts))
    last = max(LAST_HOUR, *(end.hour + bool(end.minute) for end in ends))
    hosts = [state.records.users[host] for host in sorted({b.host_id for b in bookings})]
    return Day(
        label=f"{day:%A, %d %B %Y}",
        hours=list(range(first, last)),
        rows=[
            _row(state, host, [b for b in bookings if b.host_id == host.id], hues, (first, last))
            for host in hosts
        ],
    )


def _row(
    state: State, host: User, own: list[Booking], hues: dict[str, int], hours: tuple[int, int]
) -> Row:
    blocks = [_block(state, booking, own, hues, hours) for booking in own]
    return Row(host=host.name, blocks=blocks)


def _block(
    state: State,
    booking: Booking,
    own: list[Booking],
    hues: dict[str, int],
    hours: tuple[int, int],
) -> Block:
    start = _local(state, booking)
    end = start + timedelta(minutes=booking.minutes)
    span = Span(booking.start, booking.end)
    event_type = state.records.event_types.get(booking.event_type_id)
    first, last = hours
    day = (last - first) * 60
    return Block(
        left=100 * (start.hour * 60 + start.minute - first * 60) / day,
        width=100 * booking.minutes / day,
        hue=hues[_appointment(booking)],
        mark=booking.metadata.get("segment", ""),
        times=f"{start:%H:%M}–{end:%H:%M}",
        title=event_type.title if event_type else booking.title,
        who=booking.attendees[0].name,
        collides=any(
            other is not booking and span.overlaps(Span(other.start, other.end)) for other in own
        ),
        pending=booking.status == "pending",
    )


def _local(state: State, booking: Booking) -> datetime:
    return booking.start.astimezone(ZoneInfo(state.records.users[booking.host_id].time_zone))
