from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession, CookieJar
from sqlalchemy import text

from voice_agent.admin.accounts import Accounts, Role
from voice_agent.admin.passwords import hashed

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncEngine

PHRASE = "a long enough phrase"


@pytest.fixture
async def colleague(house: Any, engine: AsyncEngine) -> Any:
    accounts = Accounts(engine)
    return await accounts.add(
        company_id=house.salon.company.id,
        email="Nele@Example.com",
        name="Nele Brandt",
        role=Role.DESK,
        password_hash=await hashed(PHRASE),
    )


async def test_a_page_is_shown_to_nobody_who_is_not_signed_in(stranger: Any) -> None:
    async with stranger.http.get(
        f"{stranger.url}/admin/day?date=2026-11-24", allow_redirects=False
    ) as answer:
        assert answer.status == 303
        place = answer.headers["Location"]

    assert place == "/admin/sign-in?next=%2Fadmin%2Fday%3Fdate%3D2026-11-24"


async def test_a_fragment_leads_the_whole_page_to_the_form(stranger: Any) -> None:
    async with stranger.http.get(
        f"{stranger.url}/admin/day", headers={"HX-Request": "true"}
    ) as answer:
        assert answer.status == 401
        assert answer.headers["HX-Redirect"].startswith("/admin/sign-in")


async def test_the_operator_signs_in_without_an_address(stranger: Any) -> None:
    await stranger.sign_in()

    status, text = await stranger.get("/admin/day")

    assert status == 200
    assert "Operator" in text


async def test_somebody_of_the_salon_signs_in_with_address_and_password(
    stranger: Any, colleague: Any
) -> None:
    await stranger.sign_in(email=" nele@example.COM", password=PHRASE)

    _, text = await stranger.get("/admin/day")

    assert colleague.name in text


@pytest.mark.parametrize(
    ("email", "password"),
    [("", "wrong"), ("", ""), ("nele@example.com", "wrong"), ("nobody@example.com", PHRASE)],
)
async def test_who_is_wrong_hears_the_same_whatever_was_wrong(
    stranger: Any, colleague: Any, email: str, password: str
) -> None:
    assert colleague.name == "Nele Brandt"
    form = {"email": email, "password": password}

    status, text = await stranger.post("/admin/sign-in", form)

    assert status == 422
    assert "Adresse oder Passwort stimmt nicht." in text


async def test_a_slip_does_not_lose_where_somebody_wanted_to_go(
    stranger: Any, colleague: Any
) -> None:
    form = {"email": colleague.email, "password": "wrong", "next": "/admin/week"}

    _, text = await stranger.post("/admin/sign-in", form)

    assert 'name="next" value="/admin/week"' in text
    assert f'value="{colleague.email}"' in text
    assert 'name="password" value' not in text


async def test_guessing_ends_after_ten_tries(stranger: Any) -> None:
    form = {"email": "nele@example.com", "password": "guess"}
    statuses = [(await stranger.post("/admin/sign-in", form))[0] for _ in range(11)]

    assert statuses == [422] * 10 + [429]


async def test_a_link_signs_in_once(house: Any, stranger: Any, colleague: Any) -> None:
    await stranger.post("/admin/sign-in/link", {"email": "nele@example.com"})
    mails = list((house.runtime.mail_dir).glob("*.eml"))
    words = mails[0].read_text().replace("=\n", "").replace("=3D", "=")
    token = words.split("token=")[1].split()[0]

    status, shown = await stranger.get(f"/admin/sign-in?token={token}")
    first, page = await stranger.post("/admin/sign-in", {"token": token})
    second, _ = await stranger.post("/admin/sign-in", {"token": token})

    assert (status, first, second) == (200, 200, 422)
    assert "Jetzt anmelden" in shown
    assert colleague.name in page


async def test_a_link_that_is_too_old_signs_nobody_in(
    engine: AsyncEngine, stranger: Any, colleague: Any
) -> None:
    token = await Accounts(engine).new_link(colleague.id)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE sign_in_link SET expires_at = now()"))

    status, _ = await stranger.post("/admin/sign-in", {"token": token})

    assert status == 422


async def test_an_address_without_an_account_gets_no_mail_and_the_same_answer(
    house: Any, stranger: Any, colleague: Any
) -> None:
    _, known = await stranger.post("/admin/sign-in/link", {"email": "nele@example.com"})
    _, unknown = await stranger.post("/admin/sign-in/link", {"email": "else@example.com"})

    assert colleague.email in known
    assert known.replace("nele@", "else@") == unknown
    assert len(list(house.runtime.mail_dir.glob("*.eml"))) == 1


async def test_a_new_password_ends_the_sessions_of_the_old_one(
    engine: AsyncEngine, stranger: Any, colleague: Any
) -> None:
    await stranger.sign_in(email="nele@example.com", password=PHRASE)

    await Accounts(engine).set_password(colleague.id, await hashed("another one!"))

    _, text = await stranger.get("/admin/day")
    assert "Anmelden" in text


async def test_a_form_without_our_token_does_nothing(owner: Any) -> None:
    status, text = await owner.post("/admin/switch", {"language": "en"})

    assert status == 403
    assert "neu laden" in text


async def test_a_form_of_another_site_does_nothing(owner: Any) -> None:
    form = {"language": "en"}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        status, _ = await owner.send("/admin/switch", form, headers=headers)
        assert status == 403


async def test_a_forged_cookie_is_no_cookie(house: Any) -> None:
    async with (
        ClientSession(cookies={"voice_agent_admin": "e30.aaaa.bbbb"}) as http,
        http.get(f"{house.url}/admin/day", allow_redirects=False) as answer,
    ):
        assert answer.status == 303


async def test_the_pages_are_read_in_the_other_language(owner: Any) -> None:
    await owner.send("/admin/switch", {"language": "en", "next": "/admin/day"})

    _, text = await owner.get("/admin/day")

    assert "Sign out" in text


@pytest.mark.parametrize("wish", ["https://evil.example/", "//evil.example", "/admin/\\evil", "/x"])
async def test_signing_in_never_leads_to_another_site(stranger: Any, wish: str) -> None:
    form = {"password": "correct horse battery", "next": wish}
    async with stranger.http.post(
        f"{stranger.url}/admin/sign-in", data=form, allow_redirects=False
    ) as answer:
        assert answer.headers["Location"] == "/admin/day"


async def test_without_a_password_only_this_machine_comes_in(
    open_house: Callable[..., Any],
) -> None:
    async with (
        open_house(admin_password=None) as house,
        ClientSession(cookie_jar=CookieJar(unsafe=True)) as http,
    ):
        sign_in = f"{house.url}/admin/sign-in"
        forwarded = {"X-Forwarded-For": "203.0.113.7"}
        rebound = {"Host": "salon.example"}
        for headers in (forwarded, rebound):
            async with http.post(sign_in, data={"alone": "1"}, headers=headers) as answer:
                assert answer.status == 422
        async with http.post(sign_in, data={"alone": "1"}) as answer:
            assert answer.status == 200


async def test_every_answer_tells_the_browser_what_it_may_do(owner: Any) -> None:
    async with owner.http.get(f"{owner.url}/admin/day") as answer:
        policy = answer.headers["Content-Security-Policy"]
        kept = answer.headers["Cache-Control"]

    assert "default-src 'self'" in policy
    assert "script-src" not in policy  # as the default: files of ours
    assert "'unsafe-eval'" not in policy
    assert kept == "no-store"


async def test_whoever_opens_the_bare_address_comes_to_the_pages(stranger: Any) -> None:
    status, page = await stranger.get("/")

    assert status == 200
    assert 'action="/admin/sign-in"' in page
