"""The team: who works when and can do what, who is away, and how the agent hears their names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from aiohttp import web

from booking_core.domain.catalogue import Level
from voice_agent.admin.able import skills_of, word_of
from voice_agent.admin.absences import (
    FIELDS,
    affected,
    name_of,
    read_absence,
    with_absence,
    without_absence,
)
from voice_agent.admin.audit import Change
from voice_agent.admin.catalogue_saving import change_salon, current
from voice_agent.admin.guard import as_uuid, owners_only
from voice_agent.admin.hearing import heard
from voice_agent.admin.matrix import matrix
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.places import add_place, change_place, places
from voice_agent.admin.showing import show
from voice_agent.admin.staff_form import (
    WEEKDAYS,
    blank,
    breaks_in,
    form_of,
    meaning,
    plain_fields,
    posted_form,
)
from voice_agent.admin.staff_reading import read_staff
from voice_agent.admin.wall_time import moment_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.domain.catalogue import Absence, Salon, Staff
    from voice_agent.admin.service_reading import Faults
    from voice_agent.admin.staff_form import Fields

HERE = "/admin/staff"
UNPROCESSABLE, CONFLICT = 422, 409


@dataclass(eq=False)
class Wrong(Exception):
    """The form cannot be saved as it stands."""

    faults: Faults


@dataclass(eq=False)
class Disagreement(Exception):
    """Somebody else has saved this person since the form was shown."""

    theirs: Fields


async def listed(request: web.Request) -> web.StreamResponse:
    """Everybody, those who work here first."""
    visitor, now = visitor_of(request), visitor_of(request).now(office_of(request))
    salon = visitor.salon
    return show(
        request,
        "staff/list.html",
        people=sorted(salon.staff, key=lambda one: not one.active),
        away={
            one.id: [
                moment_words(visitor.texts, a.span.end, salon.branch)
                for a in one.absences
                if a.span.start <= now < a.span.end
            ]
            for one in salon.staff
        },
        skill=lambda key: word_of(visitor.texts, "skill", key),
        weekdays=WEEKDAYS,
    )


async def who_can_what(request: web.Request) -> web.StreamResponse:
    """Every segment with everybody: who can do it, and whether it can be booked with them."""
    office, salon = office_of(request), visitor_of(request).salon
    people = [one for one in salon.staff if one.active]
    gaps = await office.core.unbookable(salon)
    return show(
        request,
        "staff/matrix.html",
        people=people,
        lines=[*matrix(salon, people, gaps)],
        gaps=len(gaps),
        external=office.core.keeper is not None,
    )


async def hear(request: web.Request) -> web.StreamResponse:
    """What the agent makes of a name that was said."""
    visitor, office = visitor_of(request), office_of(request)
    said = request.query.get("said", "").strip()
    found = heard(said, visitor.salon, visitor.now(office)) if said else []
    template = "staff/heard.html" if request.headers.get("HX-Request") else "staff/hear.html"
    return show(request, template, said=said, found=found)


async def look(request: web.Request) -> web.StreamResponse:
    """The page of a person."""
    member, salon = await _asked(request)
    form = form_of(member)
    return await _page(request, salon, form, member=member, base=form)


async def new(request: web.Request) -> web.StreamResponse:
    """The page of somebody who is not here yet."""
    return await _page(request, visitor_of(request).salon, blank())


async def save(request: web.Request) -> web.StreamResponse:
    """Keep a person, new or changed."""
    known = as_uuid(request.match_info["id"]) if "id" in request.match_info else None
    if known:
        await _asked(request)
    posted = await request.post()
    salon = await current(office_of(request), visitor_of(request))
    form = posted_form(posted, skills_of(salon))
    base = plain_fields(str(posted.get("base", ""))) if known else None
    made: list[Staff] = []

    def alter(salon: Salon) -> tuple[Salon, Change]:
        member = next((one for one in salon.staff if one.id == known), None)
        wanted, change = _altered(salon, form, member, base)
        made[:] = [wanted]
        return _with(salon, wanted), change

    try:
        await change_salon(office_of(request), visitor_of(request), alter)
    except Wrong as wrong:
        member = salon.member(known) if known else None
        return await _page(request, salon, form, member=member, base=base, faults=wrong.faults)
    except Disagreement as other:
        salon = await current(office_of(request), visitor_of(request))
        member = salon.member(known) if known else None
        return await _page(
            request, salon, form, member=member, base=other.theirs, theirs=other.theirs
        )
    return web.Response(status=303, headers={"Location": f"{HERE}/{made[0].id}?saved=1"})


async def add_absence(request: web.Request) -> web.StreamResponse:
    """Somebody will be away; whose visits stand in that time is shown then."""
    member, salon = await _asked(request)
    posted = await request.post()
    fields = {name: str(posted.get(name, "")).strip() for name in FIELDS}
    absence, faults = read_absence(
        fields, salon.branch, visitor_of(request).now(office_of(request))
    )
    if absence is None:
        form = form_of(member)
        return await _page(
            request, salon, form, member=member, base=form, faults=faults, typed=fields
        )
    wanted = absence
    await _with_member(
        request, member, lambda one: with_absence(one, wanted), ("staff.away", None, _told(wanted))
    )
    place = f"{HERE}/{member.id}?away={name_of(absence)}#absences"
    return web.Response(status=303, headers={"Location": place})


async def drop_absence(request: web.Request) -> web.StreamResponse:
    """Somebody will be there after all."""
    member, _ = await _asked(request)
    name = str((await request.post()).get("absence", ""))
    gone = next((one for one in member.absences if name_of(one) == name), None)
    if gone is not None:
        await _with_member(
            request,
            member,
            lambda one: without_absence(one, name),
            ("staff.back", _told(gone), None),
        )
    return web.Response(status=303, headers={"Location": f"{HERE}/{member.id}#absences"})


async def _with_member(request: web.Request, member: Staff, alter: Any, told: Any) -> None:  # noqa: ANN401 - a change, and its words
    action, before, after = told

    def altered(salon: Salon) -> tuple[Salon, Change]:
        change = Change(
            action=action,
            subject=member.name,
            subject_id=str(member.id),
            before=before,
            after=after,
        )
        return _with(salon, alter(salon.member(member.id))), change

    await change_salon(office_of(request), visitor_of(request), altered)


def _altered(
    salon: Salon, form: Fields, member: Staff | None, base: Fields | None
) -> tuple[Staff, Change]:
    stored = form_of(member) if member else {}
    if member and base is not None and meaning(base) != meaning(stored):
        raise Disagreement(stored)
    wanted, faults = read_staff(form, salon, member, skills_of(salon))
    if wanted is None:
        raise Wrong(faults)
    was, now = meaning(stored), meaning(form_of(wanted))
    names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
    return wanted, Change(
        action="staff.changed" if member else "staff.added",
        subject=wanted.name,
        subject_id=str(wanted.id),
        before={name: was.get(name, "") for name in names} if member else None,
        after={name: now.get(name, "") for name in names},
    )


def _with(salon: Salon, member: Staff) -> Salon:
    if all(one.id != member.id for one in salon.staff):
        return replace(salon, staff=(*salon.staff, member))
    staff = tuple(member if one.id == member.id else one for one in salon.staff)
    return replace(salon, staff=staff)


async def _page(  # noqa: PLR0913 - what the page shows
    request: web.Request,
    salon: Salon,
    form: Fields,
    *,
    member: Staff | None = None,
    base: Fields | None = None,
    faults: Faults | None = None,
    theirs: Fields | None = None,
    typed: Fields | None = None,
) -> web.StreamResponse:
    visitor, office = visitor_of(request), office_of(request)
    now, texts = visitor.now(office), visitor.texts
    coming = [one for one in member.absences if one.span.end > now] if member else []
    status = CONFLICT if theirs else UNPROCESSABLE if faults else 200
    return show(
        request,
        "staff/person.html",
        status=status,
        member=member,
        form=form,
        base=base,
        faults=faults or {},
        differing=_differing(form, theirs),
        saved=request.query.get("saved") == "1" and request.method == "GET",
        skills=[(one, word_of(texts, "skill", one)) for one in skills_of(salon)],
        weekdays=WEEKDAYS,
        breaks={day: breaks_in(form, day) for day in WEEKDAYS},
        levels=[*Level],
        absences=[(name_of(one), one, _span_words(one, salon, request)) for one in coming],
        affected=await affected(office.engine, salon.branch.id, member, coming) if member else {},
        typed=typed or dict.fromkeys(FIELDS, ""),
        when=lambda moment: moment_words(texts, moment, salon.branch),
        may_change=visitor.user.is_owner,
        address=f"{HERE}/{member.id}" if member else f"{HERE}/new",
    )


def _differing(form: Fields, theirs: Fields | None) -> Sequence[tuple[str, str, str]]:
    """Fields, and what mine and theirs say; nothing when nobody else has saved."""
    if theirs is None:
        return ()
    mine, other = meaning(form), meaning(theirs)
    names = {**mine, **other}
    return [
        (name, mine.get(name, ""), other.get(name, ""))
        for name in names
        if mine.get(name, "") != other.get(name, "")
    ]


def _span_words(absence: Absence, salon: Salon, request: web.Request) -> str:
    texts, branch = visitor_of(request).texts, salon.branch
    ends = (absence.span.start, absence.span.end)
    return " – ".join(moment_words(texts, moment, branch) for moment in ends)


def _told(absence: Absence) -> dict[str, str]:
    """The reason stays with the person: nobody else has to know."""
    return {"from": absence.span.start.isoformat(), "to": absence.span.end.isoformat()}


async def _asked(request: web.Request) -> tuple[Staff, Salon]:
    salon = await current(office_of(request), visitor_of(request))
    try:
        return salon.member(as_uuid(request.match_info["id"])), salon
    except KeyError:
        raise web.HTTPNotFound from None


ROUTES: Sequence[web.RouteDef] = (
    web.get("/staff", listed),
    web.get("/staff/new", owners_only(new)),
    web.post("/staff/new", owners_only(save)),
    web.get("/staff/skills", who_can_what),
    web.get("/staff/hear", hear),
    web.get("/staff/places", places),
    web.post("/staff/places", owners_only(add_place)),
    web.post("/staff/places/{id}", owners_only(change_place)),
    web.get("/staff/{id}", look),
    web.post("/staff/{id}", owners_only(save)),
    web.post("/staff/{id}/absences", owners_only(add_absence)),
    web.post("/staff/{id}/absences/drop", owners_only(drop_absence)),
)
