"""Statistics: what the telephone has brought, as charts, tables and a file."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from booking_core.domain.rules import day_span, today
from voice_agent.admin.charts import chart, rows
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.refusals import kinds
from voice_agent.admin.showing import show
from voice_agent.admin.statistics_queries import read_figures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice_agent.admin.charts import Chart

PERIODS = (7, 30, 90)
ENDED_WELL = ("booked", "changed", "cancelled", "callback", "waiting_list", "transferred")
"""Outcomes in which the caller got something done."""


async def statistics(request: web.Request) -> web.StreamResponse:
    """The page, for the last days."""
    days = _days(request)
    charts, facts = await _figures(request, days)
    return show(
        request, "statistics/statistics.html",
        days=days, periods=PERIODS, charts=charts, facts=facts,
    )  # fmt: skip


async def as_csv(request: web.Request) -> web.StreamResponse:
    """The same figures for a spreadsheet."""
    visitor = visitor_of(request)
    charts, facts = await _figures(request, _days(request))
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";")
    for one in charts:
        title = visitor.texts(one.key)
        writer.writerows((title, bar.label, bar.shown) for bar in one.bars)
    writer.writerows((name, "", value) for name, value in facts)
    return web.Response(
        text=file.getvalue(),
        content_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="statistics.csv"'},
    )


async def _figures(request: web.Request, days: int) -> tuple[list[Chart], list[tuple[str, str]]]:
    office, visitor = office_of(request), visitor_of(request)
    branch, texts = visitor.salon.branch, visitor.texts
    now = office.clock.now()
    last = today(branch, now)
    first = last - timedelta(days=days - 1)
    window = day_span(first, last, branch)
    found = await read_figures(office.engine, branch.id, window, zone=branch.timezone, now=now)
    days_of = [(_day(one), found.by_day.get(one, 0)) for one in _every(first, days)]
    outcomes, refused = found.outcomes, kinds(found.refusals)
    charts = [
        chart("statistics_calls", days_of),
        rows("statistics_outcomes", [(texts(f"outcome_{k}"), v) for k, v in outcomes.items()]),
        rows("statistics_refusals", [(texts(f"refusal_{k}"), v) for k, v in refused.items()]),
        chart("statistics_turns", [(str(k), v) for k, v in found.turns.items()]),
    ]
    calls = sum(outcomes.values())
    well = sum(outcomes.get(one, 0) for one in ENDED_WELL)
    minutes = round(found.minutes_in_pauses)
    facts = [
        (texts("statistics_number"), str(sum(found.by_day.values()))),
        (texts("statistics_booked"), _share(outcomes.get("booked", 0), calls)),
        (texts("statistics_well"), _share(well, calls)),
        (texts("statistics_pauses"), texts("statistics_minutes", minutes=minutes)),
        (texts("statistics_missed"), _share(found.missed, found.visits)),
    ]
    return charts, facts


def _days(request: web.Request) -> int:
    asked = request.query.get("days", "")
    return int(asked) if asked in {str(period) for period in PERIODS} else PERIODS[1]


def _every(first: date, days: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(days)]


def _day(day: date) -> str:
    return f"{day.day}.{day.month}."


def _share(part: int, whole: int) -> str:
    return f"{part} ({round(100 * part / whole)} %)" if whole else "0"


ROUTES: Sequence[web.RouteDef] = (
    web.get("/statistics", statistics),
    web.get("/statistics.csv", as_csv),
)
