"""The day of the salon at a glance: one column per person, or per chair and basin."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from aiohttp import web

from booking_core.adapters.public_holidays import public_holidays
from booking_core.domain.rules import day_span, opening_on, today
from voice_agent.admin.day_blocks import Drawing, as_event, hours_to_show
from voice_agent.admin.day_list import listed
from voice_agent.admin.day_queries import DayQueries, Diary
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.showing import show
from voice_agent.admin.wall_time import day_words
from voice_agent.admin.working_time import open_spans, working_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.domain.catalogue import Salon
    from booking_core.domain.interval import Span
    from booking_core.domain.rules import Opening
    from voice_agent.admin.day_blocks import Block
    from voice_agent.admin.office import Visitor

PEOPLE, PLACES = "people", "places"
STEP = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One date of one salon, read."""

    salon: Salon
    day: date
    now: datetime
    opening: Opening
    diary: Diary

    @property
    def window(self) -> Span:
        """All of it."""
        return day_span(self.day, self.day, self.salon.branch)

    @property
    def is_today(self) -> bool:
        """By the salon's clock."""
        return self.day == today(self.salon.branch, self.now)


async def day(request: web.Request) -> web.StreamResponse:
    """The page: a calendar where there is room and script, a list everywhere."""
    read, visitor = await _read(request), visitor_of(request)
    wanted = _columns_of(request)
    drawing = Drawing(read.salon, visitor.texts)
    return show(
        request,
        "day/day.html",
        date=read.day,
        today=today(read.salon.branch, read.now),
        before=read.day - STEP,
        after=read.day + STEP,
        heading=day_words(visitor.texts, read.day),
        holiday=read.opening.holiday,
        is_closed=not read.opening.hours,
        columns=wanted,
        as_list=_as_list(request),
        board=_board(read, visitor, wanted),
        hues=drawing.hues,
        lines=listed(read, visitor.texts, drawing),
    )


async def events(request: web.Request) -> web.StreamResponse:
    """The same for a calendar that is open already."""
    read = await _read(request)
    board = _board(read, visitor_of(request), _columns_of(request))
    # In the order in which templates write it: a browser compares both.
    return web.json_response(board, dumps=partial(json.dumps, sort_keys=True))


async def lines(request: web.Request) -> web.StreamResponse:
    """The same for a list that is open already."""
    read, visitor = await _read(request), visitor_of(request)
    drawing = Drawing(read.salon, visitor.texts)
    return show(
        request,
        "day/list.html",
        lines=listed(read, visitor.texts, drawing),
        date=read.day,
        as_list=_as_list(request),
    )


def date_of(request: web.Request, now: datetime, salon: Salon) -> date:
    """The date that is asked for; today when there is none, 404 when it is none."""
    text = request.query.get("date")
    if not text:
        return today(salon.branch, now)
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise web.HTTPNotFound from None
    if not date.min + 8 * STEP < found < date.max - 8 * STEP:
        raise web.HTTPNotFound
    return found


async def _read(request: web.Request) -> Day:
    office, visitor = office_of(request), visitor_of(request)
    salon, now = visitor.salon, visitor.now(office)
    asked = date_of(request, now, salon)
    queries = DayQueries(office.engine, salon.branch.id)
    return Day(
        salon=salon,
        day=asked,
        now=now,
        opening=opening_on(salon, asked, public_holidays(salon.branch.land)),
        diary=await queries.diary(day_span(asked, asked, salon.branch), (asked, asked)),
    )


def _columns_of(request: web.Request) -> str:
    return PLACES if request.query.get("columns") == PLACES else PEOPLE


def _as_list(request: web.Request) -> bool:
    return request.query.get("view") == "list"


def _board(read: Day, visitor: Visitor, wanted: str) -> dict[str, Any]:
    """Columns and blocks, and which hours of the day they need."""
    drawing = Drawing(read.salon, visitor.texts)
    open_ = open_spans(read.opening, read.salon.branch)
    if wanted == PLACES:
        columns = [(str(unit.id), unit.name) for unit in read.salon.resources]
        shown = list(drawing.places(read.diary))
        shown += drawing.closed([one for one, _ in columns], read.window, open_)
    else:
        columns = _people(read)
        shown = [*drawing.people(read.diary), *drawing.absences(read.window)]
        shown += chain.from_iterable(
            drawing.closed([str(member.id)], read.window, working_spans(read.salon, member, open_))
            for member in read.salon.staff
        )
    if read.is_today:
        shown.append(drawing.now([one for one, _ in columns], read.now))
    return _facts(read, columns, shown, open_)


def _facts(
    read: Day, columns: Sequence[tuple[str, str]], shown: Sequence[Block], open_: Sequence[Span]
) -> dict[str, Any]:
    window = read.window
    busy = [block.span for block in shown if block.kind in {"segment", "hold"}]
    seen = [span for span in busy if span.overlaps(window)] + list(open_)
    first, last = hours_to_show(seen, read.day, read.salon.branch)
    left_s = [hold.left_s for hold in read.diary.holds]
    known = {one for one, _ in columns}
    return {
        "date": read.day.isoformat(),
        "from": f"{first:02}:00",
        "to": f"{last:02}:00",
        "columns": [{"id": one, "title": name} for one, name in columns],
        "events": [
            as_event(block, read.salon) for block in shown if known.intersection(block.columns)
        ],
        "again_in_s": round(max(1.0, min(left_s) + 0.5), 1) if left_s else None,
        "now": read.now.isoformat(timespec="seconds"),
    }


def _people(read: Day) -> list[tuple[str, str]]:
    """Who works here, and who has something to do that day all the same."""
    busy = {
        part.staff_id for visit in read.diary.visits for part in visit.appointment.plan.segments
    }
    return [
        (str(member.id), member.first_name)
        for member in read.salon.staff
        if member.active or member.id in busy
    ]


ROUTES: Sequence[web.RouteDef] = (
    web.get("/day", day),
    web.get("/day/events", events),
    web.get("/day/list", lines),
)
