"""Services: what a salon sells, segment by segment, and how it stands at the external calendar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web

from booking_core.adapters.urgency import in_background
from booking_core.domain.errors import CalendarError
from booking_core.domain.preflight import Flaw
from booking_core.workflows.patience import reason
from voice_agent.admin.calendar_state import calendar_state, of_service
from voice_agent.admin.catalogue_saving import current
from voice_agent.admin.guard import as_uuid, owners_only
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.service_editor import (
    create,
    duplicate,
    edit,
    look,
    merge,
    new,
    shown_preview,
    turn,
)
from voice_agent.admin.showing import show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.domain.catalogue import Salon, Service
    from booking_core.workflows.keep_calendar import KeepCalendar

HERE = "/admin/services"
COUNTED = ("new", "gone")


async def listed(request: web.Request) -> web.StreamResponse:
    """All services, or those in whose name or words something stands."""
    office, visitor = office_of(request), visitor_of(request)
    wanted = request.query.get("q", "").strip()
    gaps = await office.core.unbookable(visitor.salon)
    found = [one for one in visitor.salon.services if _says(one, wanted)]
    return show(
        request,
        "services/list.html",
        wanted=wanted,
        found=sorted(found, key=lambda one: (not one.active, one.category, one.number)),
        gaps={one.service_id for one in gaps},
        without_key=any(one.flaw is Flaw.NO_KEY for one in gaps),
    )


async def at_calendar(request: web.Request) -> web.StreamResponse:
    """How a service stands at the external calendar; asks again while something is under way."""
    service, salon = await _found(request)
    return await _calendar(request, service, salon)


async def drift(request: web.Request) -> web.StreamResponse:
    """What somebody has changed over there."""
    service, salon = await _found(request)
    try:
        with in_background():
            report = await _keeper(request).drift(salon.branch.id)
    except CalendarError as error:
        return await _calendar(request, service, salon, trouble=reason(error))
    found = of_service(report.deviations, service, salon)
    return await _calendar(request, service, salon, deviations=found)


async def repair(request: web.Request) -> web.StreamResponse:
    """Make it as the salon says, whoever changed it."""
    service, salon = await _found(request)
    try:
        with in_background():
            repairs = await _keeper(request).repair(salon.branch.id)
    except CalendarError as error:
        return await _calendar(request, service, salon, trouble=reason(error))
    types = repairs.run.event_types
    left = of_service(repairs.after.deviations, service, salon)
    done = {"created": types.created, "changed": types.changed, "left": len(left)}
    return await _calendar(request, service, salon, deviations=left, done=done)


async def _calendar(
    request: web.Request,
    service: Service,
    salon: Salon,
    **more: Any,  # noqa: ANN401 - what the fragment shows
) -> web.StreamResponse:
    office = office_of(request)
    counted = {name: _count(request.query.get(name, "")) for name in COUNTED}
    kept = {name: n or 0 for name, n in counted.items()}
    return show(
        request,
        "services/calendar.html",
        service=service,
        external=office.core.keeper is not None,
        state=await calendar_state(service, salon, office.core, office.engine),
        counted=kept,
        again=f"{HERE}/{service.id}/calendar?{urlencode(kept)}",
        **{"deviations": None, "done": None, "trouble": None, **more},
    )


async def _found(request: web.Request) -> tuple[Service, Salon]:
    salon = await current(office_of(request), visitor_of(request))
    try:
        return salon.service(as_uuid(request.match_info["id"])), salon
    except KeyError:
        raise web.HTTPNotFound from None


def _keeper(request: web.Request) -> KeepCalendar:
    keeper = office_of(request).core.keeper
    if keeper is None:
        raise web.HTTPNotFound
    return keeper


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None  # noqa: PLR2004 - digits of a count


def _says(service: Service, wanted: str) -> bool:
    words = service.synonyms
    every = (
        str(service.number),
        service.name,
        service.spoken_name,
        service.code,
        service.category,
        *words.sure,
        *words.weak,
        *words.heard,
    )
    return all(any(part in one.casefold() for one in every) for part in wanted.casefold().split())


ROUTES: Sequence[web.RouteDef] = (
    web.get("/services", listed),
    web.get("/services/new", owners_only(new)),
    web.post("/services/new", owners_only(create)),
    web.post("/services/preview", owners_only(shown_preview)),
    web.get("/services/{id}", look),
    web.post("/services/{id}", owners_only(edit)),
    web.get("/services/{id}/copy", owners_only(duplicate)),
    web.post("/services/{id}/merge", owners_only(merge)),
    web.post("/services/{id}/active", owners_only(turn)),
    web.get("/services/{id}/calendar", at_calendar),
    web.post("/services/{id}/drift", owners_only(drift)),
    web.post("/services/{id}/repair", owners_only(repair)),
)
