"""Who has access: owners add, change and stop users; everybody may choose their own password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import uuid4

from aiohttp import web
from sqlalchemy.exc import IntegrityError

from voice_agent.admin import user_queries
from voice_agent.admin.accounts import OPERATOR, Accounts, Role
from voice_agent.admin.audit import Change, write_down
from voice_agent.admin.guard import as_uuid, owners_only
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.passwords import complaint_about, hashed, is_right
from voice_agent.admin.settings_frame import (
    BASE,
    UNPROCESSABLE,
    saved,
    settings_page,
    texts_of,
)
from voice_agent.admin.settings_reading import Reading
from voice_agent.admin.sign_in import mail_link
from voice_agent.admin.user_queries import Person

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ADDRESS: Final = f"{BASE}/users"


async def page(request: web.Request) -> web.StreamResponse:
    """Everybody with access, for owners; one's own password, for all."""
    return await _page(request)


@owners_only
async def add(request: web.Request) -> web.StreamResponse:
    """Give somebody access."""
    office, visitor = office_of(request), visitor_of(request)
    reading = Reading(await texts_of(request))
    wanted = Person(
        id=uuid4(),
        name=reading.text("name"),
        email=(reading.email("email") or "").lower(),
        role=reading.one_of("role", Role),
        active=True,
        has_password=False,
    )
    if not wanted.email:
        reading.wrong.setdefault("email", "wrong_missing")
    if reading.wrong:
        return await _page(request, reading.texts, reading.wrong)
    change = _change("user.added", wanted, after={"role": wanted.role.value})
    try:
        async with office.engine.begin() as connection:
            await user_queries.add(connection, visitor.salon.company.id, wanted)
            await write_down(connection, visitor, change)
    except IntegrityError:
        return await _page(request, reading.texts, {"email": "wrong_email_taken"})
    return saved(ADDRESS)


@owners_only
async def alter(request: web.Request) -> web.StreamResponse:
    """Another role, or no access any more, or again."""
    office, visitor = office_of(request), visitor_of(request)
    user_id = as_uuid(request.match_info["user"])
    given = await texts_of(request)
    company_id = visitor.salon.company.id
    async with office.engine.begin() as connection:
        found = await user_queries.person(connection, company_id, user_id)
        if found is None:
            raise web.HTTPNotFound
        role = Role(given["role"]) if given.get("role") in {*Role} else found.role
        active = {"stop": False, "start": True}.get(given.get("access", ""), found.active)
        stays_owner = active and role is Role.OWNER
        if not stays_owner and not await user_queries.other_owners(connection, company_id, user_id):
            return await _page(request, {}, {"people": "wrong_last_owner"})
        await user_queries.alter(connection, user_id, role=role, active=active)
        before = {"role": found.role.value, "active": found.active}
        after = {"role": role.value, "active": active}
        change = _change("user.changed", found, before=before, after=after)
        await write_down(connection, visitor, change)
    return saved(ADDRESS)


@owners_only
async def send_link(request: web.Request) -> web.StreamResponse:
    """Mail somebody a link that signs them in once."""
    office, visitor = office_of(request), visitor_of(request)
    user = await Accounts(office.engine).by_id(as_uuid(request.match_info["user"]))
    if user is None or user.company_id != visitor.salon.company.id or office.mailer is None:
        raise web.HTTPNotFound
    await mail_link(office, request, user)
    return saved(ADDRESS, "sent")


async def own_password(request: web.Request) -> web.StreamResponse:
    """A new password for whoever asks; the old one first, where there is one."""
    office, user = office_of(request), visitor_of(request).user
    if user.id == OPERATOR.id:
        raise web.HTTPForbidden
    given = await texts_of(request)
    accounts = Accounts(office.engine)
    known = await accounts.by_email(user.email)
    stored = known[1] if known else None
    wrong = {}
    if stored is not None and not await is_right(given.get("old", ""), stored):
        wrong["old"] = "wrong_old_password"
    if complaint := complaint_about(given.get("new", "")):
        wrong["new"] = complaint
    if wrong:
        return await _page(request, {}, wrong)
    await accounts.set_password(user.id, await hashed(given["new"]))
    return web.Response(status=303, headers={"Location": "/admin/sign-in"})


async def _page(
    request: web.Request,
    texts: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
) -> web.Response:
    office, visitor = office_of(request), visitor_of(request)
    people: Sequence[Person] = ()
    if visitor.user.is_owner:
        async with office.engine.connect() as connection:
            people = await user_queries.people(connection, visitor.salon.company.id)
    return settings_page(
        request,
        "users",
        status=UNPROCESSABLE if wrong else 200,
        given=texts or {},
        wrong=wrong or {},
        people=people,
        roles=[role.value for role in Role],
        links=office.mailer is not None,
        is_operator=visitor.user.id == OPERATOR.id,
    )


def _change(
    action: str,
    person: Person,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> Change:
    return Change(
        action=action,
        subject=person.name,
        subject_id=str(person.id),
        before=before,
        after=after,
    )


ROUTES: Sequence[web.RouteDef] = (
    web.get("/settings/users", page),
    web.post("/settings/users", add),
    web.post("/settings/users/password", own_password),
    web.post("/settings/users/{user}", alter),
    web.post("/settings/users/{user}/link", send_link),
)
