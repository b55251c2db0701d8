"""How long things are kept, what there is of one person, and the whole salon as a file."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from booking_core.adapters.postgres.archive import PostgresArchive, keep
from booking_core.adapters.postgres.people import PostgresPeople
from booking_core.adapters.salon_file import dump
from booking_core.domain.privacy import Person, Retention
from booking_core.workflows.erase import erase
from voice_agent.admin.audit import Change, write_down
from voice_agent.admin.guard import owners_only
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.settings_frame import (
    BASE,
    UNPROCESSABLE,
    saved,
    settings_page,
    texts_of,
)
from voice_agent.admin.settings_reading import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from booking_core.domain.privacy import Traces

ADDRESS: Final = f"{BASE}/privacy"
TEN_YEARS: Final = 3650
SHORTEST_SEARCH: Final = 2


@owners_only
async def page(request: web.Request) -> web.StreamResponse:
    """The days, and a search for one person."""
    return await _page(request)


@owners_only
async def save_days(request: web.Request) -> web.StreamResponse:
    """Keep things for longer or shorter; the next night deletes."""
    office, visitor = office_of(request), visitor_of(request)
    reading = Reading(await texts_of(request))
    names = tuple(asdict(Retention()))
    read = {name: reading.optional_number(name, 1, TEN_YEARS) for name in names}
    if reading.wrong:
        return await _page(request, reading.texts, reading.wrong)
    branch = visitor.salon.branch
    before = asdict(await PostgresArchive(office.engine).of(branch.id))
    change = Change(
        action="retention.changed",
        subject=branch.name,
        subject_id=str(branch.id),
        before={name: before[name] for name in names if before[name] != read[name]},
        after={name: read[name] for name in names if before[name] != read[name]},
    )
    async with office.engine.begin() as connection:
        await keep(connection, branch.id, Retention(**read))
        await write_down(connection, visitor, change)
    return saved(ADDRESS)


@owners_only
async def export_person(request: web.Request) -> web.StreamResponse:
    """Everything about one person, as JSON."""
    office, visitor = office_of(request), visitor_of(request)
    person = _person(await texts_of(request))
    found = await PostgresPeople(office.engine).export(visitor.salon.branch.id, person)
    change = Change(action="person.exported", subject="")
    async with office.engine.begin() as connection:
        await write_down(connection, visitor, change)
    text = json.dumps(found, ensure_ascii=False, indent=2)
    return _file(text, "application/json", "person.json")


@owners_only
async def erase_person(request: web.Request) -> web.StreamResponse:
    """Erase one person; the trail says how much, and nothing about whom."""
    office, visitor = office_of(request), visitor_of(request)
    person = _person(await texts_of(request))

    async def beside(connection: AsyncConnection, traces: Traces) -> None:
        change = Change(action="person.erased", subject="", after=asdict(traces))
        await write_down(connection, visitor, change)

    people = PostgresPeople(office.engine)
    if not await erase(visitor.salon.branch.id, person, people=people, beside=beside):
        raise web.HTTPNotFound
    return saved(ADDRESS, "erased")


@owners_only
async def export_salon(request: web.Request) -> web.StreamResponse:
    """The salon's file, as the command exports it."""
    salon = visitor_of(request).salon
    text = await asyncio.to_thread(dump, salon)
    return _file(text, "application/yaml", f"{salon.branch.key}.yaml")


async def _page(
    request: web.Request,
    texts: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> web.Response:
    office, visitor = office_of(request), visitor_of(request)
    branch_id = visitor.salon.branch.id
    people = PostgresPeople(office.engine)
    words = request.query.get("search", "").strip()
    found = await people.search(branch_id, words) if len(words) >= SHORTEST_SEARCH else None
    person, traces = _wanted(request), None
    if person:
        traces = await people.traces(branch_id, person)
    days = asdict(await PostgresArchive(office.engine).of(branch_id))
    shown = {name: "" if value is None else str(value) for name, value in days.items()}
    return settings_page(
        request,
        "privacy",
        status=UNPROCESSABLE if wrong else 200,
        given=texts or shown,
        wrong=wrong or {},
        search=words,
        found=found,
        person=person,
        traces=asdict(traces) if traces else None,
    )


def _wanted(request: web.Request) -> Person | None:
    name = request.query.get("name", "")
    return Person(name=name, phone=request.query.get("phone") or None) if name else None


def _person(texts: Mapping[str, str]) -> Person:
    name = texts.get("name", "")
    if not name:
        raise web.HTTPNotFound
    return Person(name=name, phone=texts.get("phone") or None)


def _file(text: str, kind: str, name: str) -> web.Response:
    headers: dict[str, Any] = {"Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(text=text, content_type=kind, headers=headers)


ROUTES: Sequence[web.RouteDef] = (
    web.get("/settings/privacy", page),
    web.post("/settings/privacy", save_days),
    web.post("/settings/privacy/person/export", export_person),
    web.post("/settings/privacy/person/erase", erase_person),
    web.get("/settings/privacy/salon", export_salon),
)
