"""Every address of the site, tried by somebody of another company and by somebody at the desk.

The addresses come from the route table: a new one is tried without being asked for, and fails here
until it is known what its ids stand for and whether the desk may go there.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientSession, CookieJar, WSServerHandshakeError
from sqlalchemy import insert, select, text

from booking_core.adapters.postgres.admin_tables import admin_user, audit_entry
from booking_core.adapters.postgres.api_tables import api_token
from booking_core.adapters.postgres.attention_tables import callback_request
from booking_core.adapters.postgres.booking_tables import appointment
from booking_core.adapters.postgres.call_tables import call, call_turn
from booking_core.adapters.postgres.metadata import metadata
from booking_core.adapters.postgres.salon_tables import customer
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.postgres.waiting_tables import waiting_list_entry
from booking_core.domain.requests import JoinWaitingList, RequestCallback
from voice_agent.admin.accounts import Accounts, Role
from voice_agent.admin.passwords import hashed
from voice_agent.admin.site import ROUTES
from voice_agent.api.tokens import ApiTokens, Scope

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon

WORD: Final = "Quitte"
"""In the name of everything of ours; nobody of another company ever reads it."""
PHRASE: Final = "a long enough phrase"
PHONE: Final = "+493023125099"
DAY: Final = "2026-11-26"
PARAMETER: Final = re.compile(r"\{(\w+)\}")
FOR_ALL: Final = frozenset(
    {
        ("GET", ""),
        ("GET", "/"),
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
        ("POST", "/sign-in/link"),
        ("POST", "/sign-out"),
        ("POST", "/switch"),
        ("GET", "/static/{digest}/{name:.+}"),
    }
)
"""Whoever they are: tried in test_sign_in and test_frame."""
FOR_THE_DESK: Final = frozenset(
    {
        ("GET", "/day"),
        ("GET", "/day/events"),
        ("GET", "/day/list"),
        ("GET", "/week"),
        ("GET", "/live"),
        ("GET", "/visits/{id}"),
        ("GET", "/visits/{id}/look"),
        ("POST", "/visits/{id}/move"),
        ("POST", "/visits/{id}/undo"),
        ("POST", "/visits/{id}/cancel"),
        ("POST", "/visits/{id}/note"),
        ("POST", "/visits/{id}/mail"),
        ("POST", "/visits/{id}/mark"),
        ("GET", "/book"),
        ("POST", "/book"),
        ("GET", "/customers/known"),
        ("GET", "/calls"),
        ("GET", "/calls/{call_id}"),
        ("GET", "/calls/{call_id}/replay"),
        ("GET", "/callbacks"),
        ("POST", "/callbacks/{number}"),
        ("GET", "/waiting"),
        ("POST", "/waiting/{number}"),
        ("GET", "/health"),
        ("GET", "/statistics"),
        ("GET", "/statistics.csv"),
        ("GET", "/try"),
        ("GET", "/try/line/{call_id}"),
        ("GET", "/try/turns"),
        ("GET", "/try/left"),
        ("POST", "/try/reset"),
        ("POST", "/try/mode"),
        ("GET", "/settings/users"),
        ("POST", "/settings/users/password"),
        ("GET", "/services"),
        ("GET", "/services/{id}"),
        ("GET", "/services/{id}/calendar"),
        ("GET", "/staff"),
        ("GET", "/staff/{id}"),
        ("GET", "/staff/skills"),
        ("GET", "/staff/hear"),
        ("GET", "/staff/places"),
    }
)
"""Everything else is for owners."""
STREAM, LINE = "/live", "/try/line/{call_id}"
ASKED: Final = {
    "/day": f"date={DAY}",
    "/day/events": f"date={DAY}",
    "/day/list": f"date={DAY}",
    "/week": f"date={DAY}",
    "/calls": "words=Quitt",
    "/customers/known": "name=Quitt",
    "/settings/privacy": "search=Quitt",
    "/services": "q=Quitt",
    "/services/new": "template=beauty_complete",
    "/staff/hear": "said=Quittanella",
    "/visits/{id}/look": "minutes=30&index=1",
}
"""What is asked of pages that show something only when they are asked; less than the whole word."""


def walked() -> list[tuple[str, str]]:
    return [one for route in ROUTES if (one := (route.method, route.path)) not in FOR_ALL]


def named(salon: Salon) -> Salon:
    """The demo salon, with the word on whatever has a name."""
    first, *others = salon.services
    return replace(
        salon,
        company=replace(salon.company, name=f"{WORD} & Co."),
        branch=replace(salon.branch, name=f"Salon {WORD}"),
        staff=(replace(salon.staff[0], first_name=f"{WORD}nella"), *salon.staff[1:]),
        services=(replace(first, name=f"{WORD}nschnitt", spoken_name=f"{WORD}nschnitt"), *others),
        resources=(replace(salon.resources[0], name=f"{WORD}nplatz"), *salon.resources[1:]),
    )


def twin_of(salon: Salon) -> Salon:
    """The same salon once more, of another company."""

    def other(one: UUID) -> UUID:
        return UUID(int=one.int ^ 1)

    return replace(
        salon,
        company=replace(salon.company, id=other(salon.company.id), key="zwilling"),
        branch=replace(
            salon.branch,
            id=other(salon.branch.id),
            key="zwilling",
            name="Salon Zwilling",
            phone_numbers=("+493023125777",),
        ),
        staff=tuple(replace(one, id=other(one.id)) for one in salon.staff),
        resources=tuple(replace(one, id=other(one.id)) for one in salon.resources),
        services=tuple(replace(one, id=other(one.id)) for one in salon.services),
    )


@pytest.fixture
async def ids(house: Any, owner: Any, engine: AsyncEngine) -> dict[str, str]:
    """What there is at our salon: for each parameter of an address, by its folder."""
    ours = named(house.salon)
    await PostgresSalons(engine).save(ours)
    salon = await PostgresSalons(engine).by_id(ours.branch.id)
    member = next(one.id for one in salon.staff if one.key == "oliver")
    form = {"date": DAY, "time": "14:00", "name": f"Ina {WORD}", "phone": PHONE, "staff": member}
    status, page = await owner.send("/admin/book", form | {"service": salon.services[0].id})
    assert status == 200, page
    await _called(engine, house)
    branch = {"branch_id": salon.branch.id, "phone": PHONE, "name": f"Ina {WORD}"}
    await house.do(
        house.runtime.core.call_back(
            RequestCallback(key="one", topic="?", reason="other", **branch)
        )
    )
    waiting = JoinWaitingList(key="one", services=(salon.services[0].id,), **branch)
    entry = await house.do(house.runtime.core.join_waiting_list(waiting))
    user = await _somebody(engine, salon, "ina@example.com", Role.DESK, f"Ina {WORD}")
    await ApiTokens(engine).create(salon.company.id, name=f"{WORD}nkasse", scopes=[Scope.ADMIN])
    async with engine.connect() as connection:
        visit = await connection.scalar(select(appointment.c.id))
        callback = await connection.scalar(text("SELECT id FROM callback_request"))
        token = await connection.scalar(text("SELECT id FROM api_token"))
    return {
        "/visits/id": str(visit),
        "/calls/call_id": "call_quitte",
        "/callbacks/number": str(callback),
        "/waiting/number": str(entry.id),
        "/settings/users/user": str(user.id),
        "/settings/access/tokens/token": str(token),
        "/settings/sentences/language": "de",
        "/settings/sentences/de/key": "greeting",
        "/services/id": str(salon.services[0].id),
        "/staff/id": str(salon.staff[0].id),
        "/staff/places/id": str(salon.resources[0].id),
        "/try/line/call_id": f"try_{salon.branch.id.hex}_{uuid4()}",
    }


async def _called(engine: AsyncEngine, house: Any) -> None:
    at = house.runtime.services.clock.now() - timedelta(hours=1)
    row = {"id": "call_quitte", "branch_id": house.salon.branch.id, "caller_number": PHONE}
    said = {
        "call_id": "call_quitte",
        "turn": 1,
        "at": at,
        "response_id": 1,
        "kind": "speech",
        "ended": "answered",
        "caller_text": f"Ina {WORD} hier",
        "agent_text": "Guten Tag",
        "understanding": {},
        "actions": [],
    }
    async with engine.begin() as connection:
        await connection.execute(insert(call).values(row | {"started_at": at, "ended_at": at}))
        await connection.execute(insert(call_turn).values(said))


async def _somebody(engine: AsyncEngine, salon: Salon, email: str, role: Role, name: str) -> Any:
    return await Accounts(engine).add(
        company_id=salon.company.id,
        email=email,
        name=name,
        role=role,
        password_hash=await hashed(PHRASE),
    )


@pytest.fixture
async def signed_in(house: Any, owner: Any) -> AsyncIterator[Any]:
    """Signs in: `await signed_in("ina@example.com")`."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:

        async def enter(email: str) -> Any:
            visiting = type(owner)(http, house.url)
            await visiting.sign_in(email=email, password=PHRASE)
            return visiting

        yield enter


@pytest.fixture
async def neighbour(ids: dict[str, str], house: Any, engine: AsyncEngine, signed_in: Any) -> Any:
    """The owner of another company, whose salon looks the same."""
    assert ids
    twin = twin_of(house.salon)
    await PostgresSalons(engine).save(twin)
    await _somebody(engine, twin, "otto@example.com", Role.OWNER, "Otto")
    return await signed_in("otto@example.com")


def filled(path: str, ids: dict[str, str]) -> str:
    """The address with our ids in it; a parameter that nobody knows fails."""
    while found := PARAMETER.search(path):
        folder = path[: found.start()]
        path = f"{folder}{ids[_kind(folder, ids) + found[1]]}{path[found.end() :]}"
    return path


def _kind(folder: str, ids: dict[str, str]) -> str:
    """What an address is about, whatever ids are in it."""
    for one in ids.values():
        folder = folder.replace(f"/{one}/", "/") if one != "de" else folder
    return folder


async def ours(engine: AsyncEngine, salon: Salon) -> dict[str, str]:
    """All rows of our salon and our company, table by table."""
    found = {}
    async with engine.connect() as connection:
        for table in metadata.sorted_tables:
            column = next((c for c in ("branch_id", "company_id") if c in table.c), None)
            if column is None or table.name == "calendar_day":
                continue
            own = salon.branch.id if column == "branch_id" else salon.company.id
            rows = await connection.execute(select(table).where(table.c[column] == own))
            found[table.name] = str(sorted(map(str, rows)))
    return found


async def statuses(visitor: Any, routes: Iterable[tuple[str, str]], ids: dict[str, str]) -> Any:
    """What is answered to each, with our ids and forms that say nothing; and what can be read."""
    csrf = await visitor.csrf()
    for method, path in routes:
        address = f"/admin{filled(path, ids)}"
        if path == STREAM:
            async with visitor.http.get(visitor.url + address) as answer:
                yield (method, path), answer.status, ""
        elif path == LINE:
            yield (method, path), await _line(visitor, address), ""
        elif method == "GET":
            yield (method, path), *await visitor.get(f"{address}?{ASKED.get(path, '')}")
        else:
            person = {"name": f"Ina {WORD}", "phone": PHONE} if "/person/" in path else {}
            yield (method, path), *await visitor.post(address, {"csrf": csrf} | person)


async def _line(visitor: Any, address: str) -> int:
    try:
        headers = {"Origin": visitor.url}
        async with visitor.http.ws_connect(visitor.url + address, headers=headers):
            return 101
    except WSServerHandshakeError as refused:
        return refused.status


async def test_nobody_of_another_company_reads_or_changes_anything_of_ours(
    neighbour: Any, ids: dict[str, str], house: Any, engine: AsyncEngine
) -> None:
    before = await ours(engine, house.salon)

    wrong = []
    async for (method, path), status, page in statuses(neighbour, walked(), ids):
        is_about_ours = bool(PARAMETER.search(path)) and "/sentences/" not in path
        is_found = status != 404 or "/person/" in path
        if is_found is is_about_ours or status >= 500:
            wrong.append((method, path, status))
        if WORD.casefold() in page.casefold():
            wrong.append((method, path, "reads of us"))

    assert wrong == []
    assert await ours(engine, house.salon) == before


async def test_nobody_of_another_company_switches_to_our_salon(
    neighbour: Any, ids: dict[str, str], house: Any
) -> None:
    await neighbour.send("/admin/switch", {"branch": house.salon.branch.id, "next": "/admin/day"})

    _, page = await neighbour.get(f"/admin/day?date={DAY}")
    _, turns = await neighbour.get(f"/admin/try/turns?call={ids['/calls/call_id']}&response=1")
    form = {"service": ids["/services/id"], "date": DAY, "time": "15:00", "name": "Otto"}
    status, _ = await neighbour.send("/admin/book", form)

    assert "Salon Zwilling" in page
    assert WORD not in page + turns
    assert status == 422


async def test_our_own_people_read_all_of_that(owner: Any, ids: dict[str, str], house: Any) -> None:
    pages = [route for route in walked() if route[0] == "GET" and route[1] not in {STREAM, LINE}]
    silent = {
        "/calls/{call_id}/replay",  # its names are taken out
        "/services/{id}/calendar",
        "/services/new",
        "/staff/new",
        "/statistics.csv",
        "/try/left",
        "/try/turns",
        "/visits/{id}/look",
    }

    wrong = []
    async for (_, path), status, page in statuses(owner, pages, ids):
        if status != 200 or (WORD not in page and path not in silent):
            wrong.append((path, status))

    assert wrong == []
    del house


async def test_the_desk_goes_where_it_works_and_nowhere_else(
    ids: dict[str, str], signed_in: Any, house: Any
) -> None:
    desk = await signed_in("ina@example.com")

    refused, broken = set(), []
    async for route, status, _ in statuses(desk, walked(), ids):
        if status == 403:
            refused.add(route)
        elif status >= 500 or (route[0] == "GET" and status not in {101, 200, 422}):
            broken.append((*route, status))

    assert broken == []
    assert refused == set(walked()) - FOR_THE_DESK
    assert set(walked()) >= FOR_THE_DESK
    del house


async def test_what_the_desk_may_not_do_is_told_with_a_way_back(
    ids: dict[str, str], signed_in: Any
) -> None:
    desk = await signed_in("ina@example.com")

    status, page = await desk.get("/admin/settings")

    assert status == 403
    assert "Das dürfen Sie mit diesem Konto nicht" in page
    assert 'href="/admin/day"' in page
    assert ids


NO_PAGES: Final = frozenset(
    {
        "/calls/{call_id}/replay",
        "/customers/known",
        "/day/events",
        "/day/list",
        "/live",
        "/services/{id}/calendar",
        "/settings/privacy/salon",
        "/statistics.csv",
        "/try/left",
        "/try/line/{call_id}",
        "/try/turns",
        "/visits/{id}/look",
    }
)
"""Files, facts, and parts of pages."""
WINDOWS: Final = {
    "wide": {"viewport": {"width": 1280, "height": 900}},
    "narrow": {"viewport": {"width": 360, "height": 740}},
    "wide and dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
}
OVERHANG: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("window", WINDOWS)
async def test_no_page_keeps_anybody_out_or_is_wider_than_the_window(
    house: Any, ids: dict[str, str], look: Any, obstacles: Any, window: str
) -> None:
    paths = [path for method, path in walked() if method == "GET" and path not in NO_PAGES]
    found = {}

    async with look(house, "/admin/health", **WINDOWS[window]) as page:
        for path in paths:
            answer = await page.goto(f"{house.url}/admin{filled(path, ids)}?{ASKED.get(path, '')}")
            assert answer.status == 200, path
            if in_the_way := await obstacles(page):
                found[path] = in_the_way
            if await page.evaluate(OVERHANG) > 0:
                found[path] = [*found.get(path, []), "wider than the window"]

        await page.goto(f"{house.url}/admin/nowhere")
        found |= {"an error": lost} if (lost := await obstacles(page)) else {}

    assert len(paths) >= 25
    assert found == {}


MORE: Final = 7


async def copied(engine: AsyncEngine, table: Any) -> None:
    """Each row of the table so many times more, under ids, keys and names of their own."""
    async with engine.begin() as connection:
        rows = [dict(row) for row in (await connection.execute(select(table))).mappings()]
        for n, row in enumerate(rows * MORE):
            own = {name: row[name] for name in row if table.c[name].identity is None}
            for name in own.keys() & {"id", "code", "email", "key", "token_hash", "name"}:
                is_uuid = table.c[name].type.python_type is UUID
                own[name] = uuid4() if is_uuid else f"{n}@x.{n}"
            await connection.execute(insert(table).values(own))


def grown(salon: Salon) -> Salon:
    """The salon with more of everything."""
    service, member, place = salon.services[0], salon.staff[1], salon.resources[0]
    numbers = range(MORE)
    return replace(
        salon,
        staff=(
            *salon.staff,
            *(
                replace(
                    member,
                    id=uuid4(),
                    key=f"m{n}",
                    calendar_user=f"m{n}",
                    first_name=f"{member.first_name}{'abcdefg'[n]}",
                    nicknames=(),
                )
                for n in numbers
            ),
        ),
        services=(
            *salon.services,
            *(
                replace(service, id=uuid4(), number=900 + n, code=f"MEHR{n}", name=f"Mehr {n}")
                for n in numbers
            ),
        ),
        resources=(
            *salon.resources,
            *(replace(place, id=uuid4(), key=f"p{n}", name=f"Platz {n}0") for n in numbers),
        ),
    )


async def test_more_rows_are_no_more_questions_to_the_database_on_any_page(
    owner: Any, ids: dict[str, str], house: Any, engine: AsyncEngine, statements: Any
) -> None:
    routes = [(method, path) for method, path in walked() if method == "GET"]
    routes = [route for route in routes if route[1] not in {STREAM, LINE}]

    async def asked() -> dict[str, int]:
        counted = {}
        for route in routes:
            for _ in range(2):  # the first look reads what has changed at the salon
                with statements() as found:
                    async for _route, status, _page in statuses(owner, [route], ids):
                        assert status == 200, route
            counted[route[1]] = len(found)
        return counted

    before = await asked()
    for table in (
        admin_user,
        api_token,
        audit_entry,
        appointment,
        call,
        callback_request,
        customer,
        waiting_list_entry,
    ):
        await copied(engine, table)
    await PostgresSalons(engine).save(
        grown(await PostgresSalons(engine).by_id(house.salon.branch.id))
    )

    after = await asked()
    assert {path: (n, after[path]) for path, n in before.items() if after[path] > n} == {}
    assert max(before.values()) <= 20
