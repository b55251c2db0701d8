"""Who changed what, newest first, by person, kind and date."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web
from sqlalchemy import func, select

from booking_core.adapters.postgres.admin_tables import audit_entry
from booking_core.domain.rules import day_span
from voice_agent.admin.guard import owners_only
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.settings_frame import settings_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from booking_core.domain.catalogue import Salon

MOST: Final = 100
ALL_TIMES: Final = timedelta(days=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change."""

    at: datetime
    actor: str
    action: str
    subject: str
    before: str
    after: str


@owners_only
async def page(request: web.Request) -> web.StreamResponse:
    """The newest entries that fit the filter, and the way to older ones."""
    office, visitor = office_of(request), visitor_of(request)
    wanted = {name: request.query.get(name, "").strip() for name in ("who", "what", "day", "older")}
    columns = audit_entry.c
    mine = columns.company_id == visitor.salon.company.id
    query = (
        select(audit_entry)
        .where(mine, *_conditions(wanted, visitor.salon))
        .order_by(columns.id.desc())
        .limit(MOST + 1)
    )
    names = select(
        func.array_agg(columns.actor.distinct()), func.array_agg(columns.action.distinct())
    ).where(mine)
    async with office.engine.connect() as connection:
        rows = (await connection.execute(query)).all()
        actors, actions = (await connection.execute(names)).one()
    zone = ZoneInfo(visitor.salon.branch.timezone)
    return settings_page(
        request,
        "audit",
        given=wanted,
        entries=[_entry(row, zone) for row in rows[:MOST]],
        older=rows[MOST - 1].id if len(rows) > MOST else None,
        actors=sorted(actors or ()),
        actions=sorted(actions or ()),
    )


def _conditions(wanted: Mapping[str, str], salon: Salon) -> list[ColumnElement[bool]]:
    columns = audit_entry.c
    found: list[ColumnElement[bool]] = []
    if wanted["who"]:
        found.append(columns.actor == wanted["who"])
    if wanted["what"]:
        found.append(columns.action == wanted["what"])
    if wanted["older"].isdecimal() and len(wanted["older"]) < 19:  # noqa: PLR2004 - digits of a bigint
        found.append(columns.id < int(wanted["older"]))
    if day := _day(wanted["day"]):
        span = day_span(day, day, salon.branch)
        found += [columns.at >= span.start, columns.at < span.end]
    return found


def _day(text: str) -> date | None:
    """A date of the form; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date.min + ALL_TIMES < day < date.max - ALL_TIMES else None


def _entry(row: Any, zone: ZoneInfo) -> Entry:  # noqa: ANN401 - a row
    return Entry(
        at=row.at.astimezone(zone),
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        before=_shown(row.before),
        after=_shown(row.after),
    )


def _shown(facts: Mapping[str, Any] | None) -> str:
    lines = ((name, _plain(value)) for name, value in (facts or {}).items())
    return "\n".join(f"{name}: {value}" for name, value in lines)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


ROUTES: Sequence[web.RouteDef] = (web.get("/settings/audit", page),)
