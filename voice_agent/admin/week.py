"""The week, compressed: each day's visits in order, and how full it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from booking_core.adapters.public_holidays import public_holidays
from booking_core.domain.appointment import AppointmentState
from booking_core.domain.rules import day_span, opening_on, today
from voice_agent.admin.day import date_of
from voice_agent.admin.day_blocks import Drawing
from voice_agent.admin.day_queries import DayQueries
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.showing import show
from voice_agent.admin.wall_time import WEEK_DAYS, clock, local, short_day, week_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from booking_core.domain.catalogue import Salon
    from voice_agent.admin.day_queries import Stay


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One visit in a narrow column."""

    visit: str
    time: str
    customer: str
    what: str
    people: str
    hue: int
    states: tuple[str, ...]
    """Keys of `state_...`; none when it is just booked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One day of it."""

    day: date
    title: str
    holiday: str | None
    is_open: bool
    is_today: bool
    entries: tuple[Entry, ...]


async def week(request: web.Request) -> web.StreamResponse:
    """Seven days from Monday on."""
    office, visitor = office_of(request), visitor_of(request)
    salon, now = visitor.salon, visitor.now(office)
    asked = date_of(request, now, salon)
    days = week_of(asked)
    queries = DayQueries(office.engine, salon.branch.id)
    stays = await queries.stays(day_span(days[0], days[-1], salon.branch))
    holidays = public_holidays(salon.branch.land)
    entries = _by_day(stays, salon, Drawing(salon, visitor.texts))
    columns = []
    for day in days:
        opening = opening_on(salon, day, holidays)
        columns.append(
            Column(
                day=day,
                title=short_day(visitor.texts, day),
                holiday=opening.holiday,
                is_open=bool(opening.hours),
                is_today=day == today(salon.branch, now),
                entries=tuple(entries.get(day, ())),
            )
        )
    return show(
        request,
        "day/week.html",
        columns=columns,
        date=asked,
        today=today(salon.branch, now),
        before=asked - timedelta(days=WEEK_DAYS),
        after=asked + timedelta(days=WEEK_DAYS),
        heading=visitor.texts("week_title", first=columns[0].title, last=columns[-1].title),
    )


def _by_day(stays: Sequence[Stay], salon: Salon, drawing: Drawing) -> dict[date, list[Entry]]:
    hues = {service.name: drawing.hue(service.id) for service in salon.services}
    names = {member.id: member.first_name for member in salon.staff}
    found: dict[date, list[Entry]] = {}
    for stay in stays:
        start = local(stay.start, salon.branch)
        found.setdefault(start.date(), []).append(
            Entry(
                visit=str(stay.id),
                time=clock(stay.start, salon.branch),
                customer=stay.customer,
                what=", ".join(stay.services),
                people=", ".join(names.get(one, "?") for one in stay.staff_ids),
                hue=hues.get(stay.services[0], 0),
                states=_states(stay),
            )
        )
    return found


def _states(stay: Stay) -> tuple[str, ...]:
    said = [] if stay.state is AppointmentState.BOOKED else [stay.state.value]
    if stay.mark:
        return (*said, stay.mark.value)
    return (*said, "late") if stay.late else tuple(said)


ROUTES: Sequence[web.RouteDef] = (web.get("/week", week),)
