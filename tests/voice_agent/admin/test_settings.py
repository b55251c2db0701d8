"""The settings: what an owner may change, what is refused beside its field, and what is noted."""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from booking_core.adapters.postgres.admin_tables import audit_entry
from voice_agent.admin.accounts import Accounts, Role
from voice_agent.admin.passwords import hashed

if TYPE_CHECKING:
    from collections.abc import Callable

TABS = ("", "/hours", "/users", "/access", "/privacy", "/audit")
DESK_PASSWORD = "a desk's long password"


async def form_of(owner: Any, path: str) -> dict[str, str]:
    """The first form with fields of a page, as a browser would send it untouched."""
    _, page = await owner.get(path)
    form = re.search(rf'<form method="post" action="{path}".*?</form>', page, re.DOTALL)
    assert form, page
    given: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        name = re.search(r'name="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or "checked" in tag):
            given[name[1]] = value[1] if value else "on"
    given |= dict(
        re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form[0], re.DOTALL)
    )
    for name, options in re.findall(
        r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form[0], re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', options)
        given[name] = chosen[1] if chosen else ""
    del given["csrf"]
    return given


async def stored(house: Any) -> Any:
    return await house.do(house.runtime.salons.by_id(house.salon.branch.id))


async def trail(engine: Any) -> list[Any]:
    async with engine.connect() as connection:
        return list(
            (await connection.execute(select(audit_entry).order_by(audit_entry.c.id))).all()
        )


@pytest.fixture
async def desk(house: Any, engine: Any, stranger: Any) -> Any:
    """Somebody who may not change what the salon is."""
    await Accounts(engine).add(
        company_id=house.salon.company.id,
        email="desk@example.org",
        name="Mia Empfang",
        role=Role.DESK,
        password_hash=await hashed(DESK_PASSWORD),
    )
    await stranger.sign_in("desk@example.org", DESK_PASSWORD)
    return stranger


@pytest.mark.parametrize("path", ["", "/hours"])
async def test_a_page_saved_as_it_is_changes_nothing(owner: Any, house: Any, path: str) -> None:
    address = f"/admin/settings{path}"

    status, _ = await owner.send(address, await form_of(owner, address))

    assert status == 200
    assert await stored(house) == house.salon


async def test_the_branch_is_changed_and_noted(owner: Any, house: Any, engine: Any) -> None:
    form = await form_of(owner, "/admin/settings")

    await owner.send(
        "/admin/settings",
        form | {"cancel_limit_hours": "48", "transfer_number": "+49 30 7654321", "flush": "on"},
    )

    branch = (await stored(house)).branch
    assert (branch.cancel_limit_hours, branch.transfer_number) == (48, "+49307654321")
    assert branch.gaps.flush
    [entry] = await trail(engine)
    assert entry.action == "branch.changed"
    assert entry.before["cancel_limit_hours"] == "24"
    assert entry.after["cancel_limit_hours"] == "48"


@pytest.mark.parametrize(
    ("field", "value", "complaint"),
    [
        ("name", "", "wrong_missing"),
        ("phone_numbers", "030 123", "Ländervorwahl"),
        ("horizon_days", "0", "geht hier nicht"),
        ("step_minutes", "7", "Schritten von 5"),
        ("lead_minutes", "soon", "ganze Zahl"),
        ("email", "nobody", "keine E-Mail-Adresse"),
        ("anchors", "9:00", "Ankerzeiten gehören"),
    ],
)
async def test_what_is_wrong_is_told_beside_its_field_and_kept(
    owner: Any, house: Any, field: str, value: str, complaint: str
) -> None:
    form = await form_of(owner, "/admin/settings")

    status, page = await owner.send("/admin/settings", form | {field: value})

    told = re.search(rf'id="{field}-wrong">([^<]*)<', page)
    assert status == 422
    assert told
    assert complaint in told[1] or complaint == "wrong_missing"
    assert value in page
    assert await stored(house) == house.salon


async def test_hours_and_special_days_are_read_as_people_write_them(owner: Any, house: Any) -> None:
    form = await form_of(owner, "/admin/settings/hours")
    row = next(n for n in range(60) if form.get(f"special_day_{n}") == "")

    await owner.send(
        "/admin/settings/hours",
        form
        | {"day_1": "9-13, 14.30 bis 20", f"special_day_{row}": "6.12.2026"}
        | {f"special_hours_{row}": "10-14"},
    )

    branch = (await stored(house)).branch
    assert [(h.start, h.end) for h in branch.opening_hours if h.weekday == 1] == [
        (time(9), time(13)),
        (time(14, 30), time(20)),
    ]
    [special] = [one for one in branch.special_days if one.year == 2026]
    assert (special.month, special.day, special.opens, special.closes) == (
        12,
        6,
        time(10),
        time(14),
    )


async def test_overlapping_hours_are_refused(owner: Any, house: Any) -> None:
    form = await form_of(owner, "/admin/settings/hours")

    status, page = await owner.send("/admin/settings/hours", form | {"day_2": "9-13, 12-18"})

    assert status == 422
    assert 'id="day_2-wrong"' in page
    assert await stored(house) == house.salon


async def test_the_holidays_of_the_year_to_come_are_listed(owner: Any) -> None:
    _, page = await owner.get("/admin/settings/hours")

    assert "25.12.2026" in page
    assert "Frauentag" in page  # a holiday of Berlin


async def test_the_desk_may_change_nothing_but_its_own_password(desk: Any) -> None:
    for tab in ("", "/hours", "/access", "/privacy", "/audit"):
        status, _ = await desk.get(f"/admin/settings{tab}")
        assert status == 403, tab
    status, _ = await desk.send("/admin/settings/users", {"name": "X", "email": "x@y.de"})
    assert status == 403

    wrong, _ = await desk.send(
        "/admin/settings/users/password", {"old": "not this one", "new": "another long one"}
    )
    right, _ = await desk.send(
        "/admin/settings/users/password", {"old": DESK_PASSWORD, "new": "another long one"}
    )

    assert (wrong, right) == (422, 200)
    await desk.sign_in("desk@example.org", "another long one")


async def test_somebody_gets_access_another_role_and_loses_it(owner: Any, engine: Any) -> None:
    await owner.send(
        "/admin/settings/users",
        {"name": "Ada Inhaberin", "email": "Ada@example.org", "role": "owner"},
    )
    await owner.send(
        "/admin/settings/users", {"name": "Ben", "email": "ben@example.org", "role": "owner"}
    )
    accounts = Accounts(engine)
    ben = (await accounts.by_email("ben@example.org"))[0]  # type: ignore[index]  # it is there

    await owner.send(f"/admin/settings/users/{ben.id}", {"access": "stop"})

    assert await accounts.by_email("ben@example.org") is None
    assert await accounts.by_email("ada@example.org") is not None
    assert [entry.action for entry in await trail(engine)] == [
        "user.added",
        "user.added",
        "user.changed",
    ]


async def test_the_last_owner_stays(owner: Any, engine: Any) -> None:
    await owner.send(
        "/admin/settings/users", {"name": "Ada", "email": "ada@example.org", "role": "owner"}
    )
    ada = (await Accounts(engine).by_email("ada@example.org"))[0]  # type: ignore[index]  # there

    status, _ = await owner.send(f"/admin/settings/users/{ada.id}", {"role": "desk"})

    assert status == 422
    assert (await Accounts(engine).by_id(ada.id)).role is Role.OWNER  # type: ignore[union-attr]  # there


async def test_an_address_has_one_access_only(owner: Any) -> None:
    form = {"name": "Ada", "email": "ada@example.org", "role": "desk"}
    await owner.send("/admin/settings/users", form)

    status, page = await owner.send("/admin/settings/users", form)

    assert status == 422
    assert 'id="email-wrong"' in page


async def test_a_token_is_shown_once_and_can_be_revoked(owner: Any, engine: Any) -> None:
    _, made = await owner.send(
        "/admin/settings/access/tokens", {"token_name": "Website", "scope": "book"}
    )
    secret = re.search(r'class="secret">([^<]+)<', made)
    _, later = await owner.get("/admin/settings/access")
    token = re.search(r"tokens/([0-9a-f-]{36})/revoke", later)
    assert secret
    assert token

    await owner.send(f"/admin/settings/access/tokens/{token[1]}/revoke", {})

    assert secret[1] not in later
    _, page = await owner.get("/admin/settings/access")
    assert "entzogen" in page
    assert [entry.action for entry in await trail(engine)] == ["token.made", "token.revoked"]


async def test_a_key_is_not_stored_where_it_could_not_be_sealed(owner: Any) -> None:
    status, page = await owner.send(
        "/admin/settings/access/calcom",
        {"calcom_url": "https://api.cal.com", "calcom_key": "cal_live_secret"},
    )

    assert status == 422
    assert "SECRET_KEY" in page
    assert "cal_live_secret" not in page


async def test_the_trail_is_filtered(owner: Any) -> None:
    form = await form_of(owner, "/admin/settings")
    await owner.send("/admin/settings", form | {"step_minutes": "30"})
    await owner.send(
        "/admin/settings/users", {"name": "Ada", "email": "ada@example.org", "role": "owner"}
    )

    _, users = await owner.get("/admin/settings/audit?what=user.added")
    _, nobody = await owner.get("/admin/settings/audit?who=Nobody&day=2020-02-30")

    assert "step_minutes" not in users
    assert "<code>user.added</code>" in users
    assert "steht nichts" in nobody


async def test_the_salon_can_be_taken_along(owner: Any, house: Any) -> None:
    status, file = await owner.get("/admin/settings/privacy/salon")

    assert status == 200
    assert file.startswith("#") or "company:" in file
    assert house.salon.branch.name in file


async def test_settings_keep_nobody_out_and_fit_a_telephone(
    house: Any, look: Callable[..., Any], obstacles: Callable[..., Any]
) -> None:
    async with look(house, "/admin/settings", viewport={"width": 360, "height": 740}) as page:
        for tab in TABS:
            await page.goto(f"{house.url}/admin/settings{tab}")

            assert await obstacles(page) == [], tab
            assert await page.evaluate("document.documentElement.scrollWidth") <= 360, tab


async def test_pages_ask_the_database_little_however_much_there_is(
    owner: Any, house: Any, engine: Any, statements: Callable[..., Any]
) -> None:
    async with engine.begin() as connection:
        for number in range(150):
            await connection.execute(
                text(
                    "INSERT INTO audit_entry (company_id, actor, action, subject)"
                    " VALUES (:company, 'Ada', 'visit.moved', :number)"
                ),
                {"company": house.salon.company.id, "number": str(number)},
            )

    for tab in TABS:
        with statements() as asked:
            await owner.get(f"/admin/settings{tab}")
        assert 0 < len(asked) < 25, tab
