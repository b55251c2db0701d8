"""The editor of a service: filled in, rearranged, checked, saved, settled between two people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiohttp import web

from voice_agent.admin.able import kinds_of, skills_of, word_of
from voice_agent.admin.audit import Change
from voice_agent.admin.calendar_state import touched
from voice_agent.admin.catalogue_saving import change_salon, current
from voice_agent.admin.guard import as_uuid
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.service_difference import changes, differences, merged
from voice_agent.admin.service_form import (
    form_of,
    new_row,
    plain_form,
    posted_form,
    rearranged,
)
from voice_agent.admin.service_preview import preview
from voice_agent.admin.service_reading import read_service
from voice_agent.admin.service_templates import blank, copy_of, from_template, templates
from voice_agent.admin.showing import show

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon, Service
    from voice_agent.admin.service_difference import Difference
    from voice_agent.admin.service_form import ServiceForm
    from voice_agent.admin.service_reading import Faults

HERE = "/admin/services"
UNPROCESSABLE, CONFLICT = 422, 409
CHOICE = "take."
PLACEHOLDER = "NEW-ROW"  # a script puts a name of its own in its place


@dataclass(eq=False)
class Wrong(Exception):
    """The form cannot be saved as it stands."""

    faults: Faults


@dataclass(eq=False)
class Disagreement(Exception):
    """Somebody else has saved the service since this form was shown."""

    theirs: ServiceForm
    found: Sequence[Difference]


async def look(request: web.Request) -> web.StreamResponse:
    """The editor of a service that is there."""
    service, salon = await _asked(request)
    form = form_of(service)
    return _editor(request, salon, form, service=service, base=form)


async def new(request: web.Request) -> web.StreamResponse:
    """The editor of one that is not there yet, perhaps filled in from a template."""
    salon = visitor_of(request).salon
    key = request.query.get("template", "")
    try:
        form = from_template(key, salon) if key else blank(salon)
    except KeyError:
        raise web.HTTPNotFound from None
    return _editor(request, salon, form, chosen=key)


async def duplicate(request: web.Request) -> web.StreamResponse:
    """The editor of a new service that is like another one."""
    service, salon = await _asked(request)
    return _editor(request, salon, copy_of(service, salon))


async def shown_preview(request: web.Request) -> web.StreamResponse:
    """The timeline and what somebody should know, for what stands in the fields right now."""
    posted = await request.post()
    form, salon = posted_form(posted), visitor_of(request).salon
    known = str(posted.get("known", ""))
    return show(
        request,
        "services/preview.html",
        preview=preview(form, salon, as_uuid(known) if known else None),
        form=form,
    )


async def create(request: web.Request) -> web.StreamResponse:
    """Save a new service."""
    posted = await request.post()
    form = posted_form(posted)
    if wish := str(posted.get("do", "")):
        return _rearranged(request, form, wish, None, None)
    return await _save(request, form, None, None)


async def edit(request: web.Request) -> web.StreamResponse:
    """Save a changed one."""
    service, _ = await _asked(request)
    posted = await request.post()
    form, base = posted_form(posted), plain_form(str(posted.get("base", "")))
    if wish := str(posted.get("do", "")):
        return _rearranged(request, form, wish, service, base)
    return await _save(request, form, service.id, base)


async def merge(request: web.Request) -> web.StreamResponse:
    """Save what was chosen of two versions; asked again if there is a third by now."""
    service, _ = await _asked(request)
    posted = await request.post()
    mine, theirs = (plain_form(str(posted.get(name, ""))) for name in ("mine", "theirs"))
    choices = {
        name.removeprefix(CHOICE): str(whose)
        for name, whose in posted.items()
        if name.startswith(CHOICE)
    }
    return await _save(request, merged(mine, theirs, choices), service.id, theirs)


async def turn(request: web.Request) -> web.StreamResponse:
    """Offer a service, or offer it no longer; booked visits stay as they are."""
    service, _ = await _asked(request)
    wanted = "on" if (await request.post()).get("active") else ""
    form = form_of(service)
    return await _save(request, form.with_texts(active=wanted), service.id, form)


async def _save(
    request: web.Request, form: ServiceForm, known: UUID | None, base: ServiceForm | None
) -> web.StreamResponse:
    office, visitor = office_of(request), visitor_of(request)
    made: list[Salon] = []

    def alter(salon: Salon) -> tuple[Salon, Change]:
        wanted, change = _altered(salon, form, known, base)
        made[:] = [wanted]
        return wanted, change

    try:
        before = await change_salon(office, visitor, alter)
    except Wrong as wrong:
        salon = await current(office, visitor)
        service = salon.service(known) if known else None
        return _editor(request, salon, form, service=service, base=base, faults=wrong.faults)
    except Disagreement as other:
        salon = await current(office, visitor)
        return _choice(request, form, other, salon.service(known) if known else None)
    service_id = known or made[0].services[-1].id
    created, gone = touched(before, made[0], service_id)
    place = f"{HERE}/{service_id}?saved=1&new={created}&gone={gone}"
    return web.Response(status=303, headers={"Location": place})


def _altered(
    salon: Salon, form: ServiceForm, known: UUID | None, base: ServiceForm | None
) -> tuple[Salon, Change]:
    service = next((one for one in salon.services if one.id == known), None)
    stored = form_of(service) if service else None
    if stored and base and base.plain != stored.plain:
        found = differences(base, form, stored)
        if found:
            raise Disagreement(stored, found)
    reading = read_service(form, salon, service)
    if reading.service is None:
        raise Wrong(reading.faults)
    before, after = changes(stored, form_of(reading.service))
    change = Change(
        action="service.changed" if service else "service.added",
        subject=reading.service.name,
        subject_id=str(reading.service.id),
        before=before if service else None,
        after=after,
    )
    return _with(salon, reading.service), change


def _with(salon: Salon, service: Service) -> Salon:
    if all(one.id != service.id for one in salon.services):
        return replace(salon, services=(*salon.services, service))
    services = tuple(service if one.id == service.id else one for one in salon.services)
    return replace(salon, services=services)


def _rearranged(
    request: web.Request,
    form: ServiceForm,
    wish: str,
    service: Service | None,
    base: ServiceForm | None,
) -> web.StreamResponse:
    """Without script, the buttons of the rows send the form."""
    salon = visitor_of(request).salon
    return _editor(request, salon, rearranged(form, wish), service=service, base=base)


def _editor(
    request: web.Request,
    salon: Salon,
    form: ServiceForm,
    *,
    service: Service | None = None,
    base: ServiceForm | None = None,
    faults: Faults | None = None,
    chosen: str = "",
) -> web.StreamResponse:
    visitor, office = visitor_of(request), office_of(request)
    texts = visitor.texts
    return show(
        request,
        "services/editor.html",
        status=UNPROCESSABLE if faults else 200,
        form=form,
        base=base,
        service=service,
        faults=faults or {},
        saved=bool(request.query.get("saved")) and request.method == "GET",
        query=request.query_string,
        preview=preview(form, salon, service.id if service else None),
        skills=[(one, word_of(texts, "skill", one)) for one in skills_of(salon)],
        kinds=[(one, word_of(texts, "kind", one)) for one in _kinds(salon, form)],
        templates=[] if service else [*templates().values()],
        chosen=chosen,
        new_row=new_row(PLACEHOLDER),
        external=office.core.keeper is not None,
        policies=("free", "blocked", "flexible", "never"),
        genders=("f", "m", "n", "pl"),
        may_change=visitor.user.is_owner,
        address=f"{HERE}/{service.id}" if service else f"{HERE}/new",
    )


def _kinds(salon: Salon, form: ServiceForm) -> tuple[str, ...]:
    """Those of the salon, and those a template brought along."""
    typed = (kind for row in form.rows for kind in row.resources)
    return tuple(dict.fromkeys((*kinds_of(salon), *typed)))


def _choice(
    request: web.Request, form: ServiceForm, other: Disagreement, service: Service | None
) -> web.StreamResponse:
    return show(
        request,
        "services/difference.html",
        status=CONFLICT,
        service=service,
        form=form,
        theirs=other.theirs,
        found=other.found,
        address=f"{HERE}/{service.id}/merge" if service else HERE,
    )


async def _asked(request: web.Request) -> tuple[Service, Salon]:
    salon = await current(office_of(request), visitor_of(request))
    try:
        return salon.service(as_uuid(request.match_info["id"])), salon
    except KeyError:
        raise web.HTTPNotFound from None
