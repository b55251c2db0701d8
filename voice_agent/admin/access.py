"""Keys: the company's Cal.com key, which nobody can read again, and tokens for the REST API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from aiohttp import web

from booking_core.adapters.calcom.accounts import Accounts
from booking_core.adapters.calcom.stored_accounts import StoredAccount
from booking_core.adapters.cipher import SecretUnreadable
from voice_agent.admin.audit import Change, write_down
from voice_agent.admin.guard import as_uuid, owners_only
from voice_agent.admin.office import office_of, visitor_of
from voice_agent.admin.settings_frame import (
    BASE,
    UNPROCESSABLE,
    saved,
    settings_page,
    texts_of,
)
from voice_agent.admin.settings_reading import Reading
from voice_agent.api.tokens import ApiTokens, Scope
from voice_agent.calendars import stored_accounts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from voice_agent.api.tokens import NewToken

ADDRESS: Final = f"{BASE}/access"
CALCOM: Final = "https://api.cal.com"


@owners_only
async def page(request: web.Request) -> web.StreamResponse:
    """What there is, without anything secret."""
    return await _page(request)


@owners_only
async def new_token(request: web.Request) -> web.StreamResponse:
    """Make a token; this answer is the only place where it can be read."""
    office, visitor = office_of(request), visitor_of(request)
    reading = Reading(await texts_of(request))
    name, scope = reading.text("token_name"), reading.one_of("scope", Scope)
    if reading.wrong:
        return await _page(request, reading.texts, reading.wrong)
    made = await ApiTokens(office.engine).create(
        visitor.salon.company.id, name=name, scopes=[scope]
    )
    change = Change(
        action="token.made", subject=name, subject_id=str(made.token.id), after={"scope": scope}
    )
    async with office.engine.begin() as connection:
        await write_down(connection, visitor, change)
    return await _page(request, made=made)


@owners_only
async def revoke_token(request: web.Request) -> web.StreamResponse:
    """From now on it opens nothing."""
    office, visitor = office_of(request), visitor_of(request)
    token_id = as_uuid(request.match_info["token"])
    tokens = ApiTokens(office.engine)
    if not await tokens.revoke(visitor.salon.company.id, token_id):
        raise web.HTTPNotFound
    name = next(
        one.name for one in await tokens.all(visitor.salon.company.id) if one.id == token_id
    )
    change = Change(action="token.revoked", subject=name, subject_id=str(token_id))
    async with office.engine.begin() as connection:
        await write_down(connection, visitor, change)
    return saved(ADDRESS, "gone")


@owners_only
async def calcom(request: web.Request) -> web.StreamResponse:
    """Store the company's key, or forget it."""
    office, visitor = office_of(request), visitor_of(request)
    reading = Reading(await texts_of(request))
    company = visitor.salon.company
    stored = stored_accounts(office.settings, office.engine)
    if "forget" in reading.texts:
        await stored.forget(company.id)
        await _note_calcom(request, "calcom.forgotten")
        return saved(ADDRESS, "gone")
    key, url = reading.text("calcom_key"), reading.text("calcom_url") or CALCOM
    if not _is_address(url):
        reading.wrong["calcom_url"] = "wrong_address"
    if reading.wrong:
        return await _page(request, {"calcom_url": url}, reading.wrong)
    try:
        account = StoredAccount(base_url=url.rstrip("/"), accounts=Accounts(single=key))
        await stored.save(company.id, account)
    except SecretUnreadable:
        return await _page(request, {"calcom_url": url}, {"calcom_key": "wrong_no_secret_key"})
    await _note_calcom(request, "calcom.key_stored")
    return saved(ADDRESS)


async def _note_calcom(request: web.Request, action: str) -> None:
    office, visitor = office_of(request), visitor_of(request)
    company = visitor.salon.company
    change = Change(action=action, subject=company.name, subject_id=str(company.id))
    async with office.engine.begin() as connection:
        await write_down(connection, visitor, change)


async def _page(
    request: web.Request,
    texts: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    made: NewToken | None = None,
) -> web.Response:
    office, visitor = office_of(request), visitor_of(request)
    company_id = visitor.salon.company.id
    own = await stored_accounts(office.settings, office.engine).company_ids()
    return settings_page(
        request,
        "access",
        status=UNPROCESSABLE if wrong else 200,
        given={"calcom_url": CALCOM, "scope": Scope.READ.value} | dict(texts or {}),
        wrong=wrong or {},
        made=made,
        tokens=await ApiTokens(office.engine).all(company_id),
        scopes=[scope.value for scope in Scope],
        has_calcom=company_id in own,
    )


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


ROUTES: Sequence[web.RouteDef] = (
    web.get("/settings/access", page),
    web.post("/settings/access/tokens", new_token),
    web.post("/settings/access/tokens/{token}/revoke", revoke_token),
    web.post("/settings/access/calcom", calcom),
)
