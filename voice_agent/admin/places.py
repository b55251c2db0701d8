"""Chairs, basins and rooms: what there is of each kind, and what each is called."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from uuid import uuid5

from aiohttp import web

from booking_core.adapters.salon_file.build import NAMESPACE
from booking_core.domain.catalogue import Resource
from voice_agent.admin.able import word_of
from voice_agent.admin.audit import Change
from voice_agent.admin.catalogue_saving import change_salon, current
from voice_agent.admin.guard import as_uuid
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.service_reading import Fault, Faults
from voice_agent.admin.showing import show

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from booking_core.domain.catalogue import Salon

HERE: Final = "/admin/staff/places"
KINDS: Final = ("chair", "basin", "room", "device")
KIND: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
NAME_MOST: Final = 60
MOST: Final = 200


class Wrong(Exception):
    """What was typed cannot be saved."""

    def __init__(self, faults: Faults) -> None:
        super().__init__("wrong fields")
        self.faults = faults


async def places(request: web.Request) -> web.StreamResponse:
    """All of them, kind by kind."""
    salon = await current(office_of(request), visitor_of(request))
    return _page(request, salon)


async def add_place(request: web.Request) -> web.StreamResponse:
    """One more."""
    posted = await request.post()
    kind, name = (str(posted.get(field, "")).strip() for field in ("kind", "name"))

    def alter(salon: Salon) -> tuple[Salon, Change]:
        _check(kind, name, salon, None)
        key = _key(kind, salon)
        unit = Resource(
            id=uuid5(NAMESPACE, f"{salon.branch.key}/resource/{key}"), key=key, kind=kind, name=name
        )
        after = {"kind": kind, "name": name}
        change = Change(action="place.added", subject=name, subject_id=str(unit.id), after=after)
        return replace(salon, resources=(*salon.resources, unit)), change

    return await _changed(request, alter, {"kind": kind, "name": name}, "")


async def change_place(request: web.Request) -> web.StreamResponse:
    """Another name, or no such place any more; visits that are booked there stay."""
    unit_id = as_uuid(request.match_info["id"])
    posted = await request.post()
    name, gone = str(posted.get("name", "")).strip(), bool(posted.get("gone"))

    def alter(salon: Salon) -> tuple[Salon, Change]:
        unit = next((one for one in salon.resources if one.id == unit_id), None)
        if unit is None:
            raise web.HTTPNotFound
        kept = tuple(one for one in salon.resources if one.id != unit_id)
        was = {"kind": unit.kind, "name": unit.name}
        if gone:
            _check_still_enough(unit, kept, salon)
            change = Change(
                action="place.removed", subject=unit.name, subject_id=str(unit_id), before=was
            )
            return replace(salon, resources=kept), change
        _check(unit.kind, name, salon, unit_id)
        renamed = tuple(
            replace(one, name=name) if one.id == unit_id else one for one in salon.resources
        )
        change = Change(
            action="place.changed",
            subject=name,
            subject_id=str(unit_id),
            before=was,
            after={**was, "name": name},
        )
        return replace(salon, resources=renamed), change

    return await _changed(request, alter, {"name": name}, str(unit_id))


async def _changed(
    request: web.Request, alter: object, typed: Mapping[str, str], where: str
) -> web.StreamResponse:
    office, visitor = office_of(request), visitor_of(request)
    try:
        await change_salon(office, visitor, alter)  # type: ignore[arg-type]  # one of the two above
    except Wrong as wrong:
        salon = await current(office, visitor)
        return _page(request, salon, typed=typed, faults=wrong.faults, where=where)
    return web.Response(status=303, headers={"Location": HERE})


def _page(
    request: web.Request,
    salon: Salon,
    *,
    typed: Mapping[str, str] | None = None,
    faults: Faults | None = None,
    where: str = "",
) -> web.StreamResponse:
    """`where` = the place whose form was wrong; empty = that of a new one."""
    texts = visitor_of(request).texts
    kinds = tuple(dict.fromkeys((*(one.kind for one in salon.resources), *KINDS)))
    return show(
        request,
        "staff/places.html",
        status=422 if faults else 200,
        groups=[(word_of(texts, "kind", one), salon.units(one)) for one in kinds],
        kinds=[(one, word_of(texts, "kind", one)) for one in kinds],
        typed=typed or {},
        faults=faults or {},
        where=where,
        may_change=visitor_of(request).user.is_owner,
    )


def _check(kind: str, name: str, salon: Salon, unit_id: UUID | None) -> None:
    faults: Faults = {}
    if not KIND.fullmatch(kind):
        faults["kind"] = Fault("svc_choose")
    if not name:
        faults["name"] = Fault("svc_empty")
    elif len(name) > NAME_MOST:
        faults["name"] = Fault("svc_too_long", {"most": NAME_MOST})
    if any(one.name.casefold() == name.casefold() for one in salon.resources if one.id != unit_id):
        faults["name"] = Fault("svc_taken_by", {"name": name})
    if len(salon.resources) >= MOST:
        faults["name"] = Fault("staff_enough_places")
    if faults:
        raise Wrong(faults)


def _check_still_enough(unit: Resource, kept: tuple[Resource, ...], salon: Salon) -> None:
    """The last of a kind stays as long as a service that is offered needs one."""
    if any(one.kind == unit.kind for one in kept):
        return
    for service in salon.services:
        if service.active and any(unit.kind in part.resources for part in service.segments):
            raise Wrong({"gone": Fault("staff_last_place", {"name": service.name})})


def _key(kind: str, salon: Salon) -> str:
    taken = {one.key for one in salon.resources}
    return next(f"{kind}-{n}" for n in range(1, len(taken) + 2) if f"{kind}-{n}" not in taken)
