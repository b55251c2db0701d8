"""`voice-agent calcom connect`: keys come in unseen, are tried, and are stored sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from booking_core.adapters.calcom.stored_accounts import PURPOSE, PostgresCalendarAccounts
from booking_core.adapters.cipher import Cipher

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.calcom.stored_accounts import StoredAccount
    from booking_core.domain.catalogue import Salon

SECRET_KEY = "ein langer Zufallstext nur dieser Tests"


@pytest.fixture
def connect(shell: Any, saved_salon: Salon) -> Any:
    """Runs the command for the company of the salon."""
    shell.env["SECRET_KEY"] = SECRET_KEY

    async def go(*more: str, stdin: str = "") -> Any:
        company = ("--company", saved_salon.company.key)
        return await shell(
            "calcom", "connect", *company, "--url", shell.sandbox.url, *more, stdin=stdin
        )

    return go


@pytest.fixture
def account(engine: AsyncEngine, saved_salon: Salon) -> Any:
    """What is stored."""

    async def read() -> StoredAccount | None:
        stored = PostgresCalendarAccounts(engine, Cipher.of(SECRET_KEY, purpose=PURPOSE))
        return await stored.of(saved_salon.company.id)

    return read


async def test_keys_from_standard_input_are_tried_and_stored_sealed(
    connect: Any, shell: Any, account: Any, engine: AsyncEngine
) -> None:
    lines = "\n".join(f"{user}={key}" for user, key in shell.accounts.keys.items())

    done = await connect("--per-minute", "60", stdin=lines)

    stored = await account()
    assert done.status == 0, done.complained
    assert "5 of 5 people have a key" in done.said
    assert stored.accounts == shell.accounts
    assert (stored.base_url, stored.requests_per_minute) == (shell.sandbox.url, 60)
    assert len(stored.webhook_secret) > 32
    async with engine.connect() as connection:
        rows = (await connection.execute(text("SELECT * FROM calcom_key"))).all()
    assert not [key for key in shell.accounts.keys.values() if key in f"{rows}{done}"]


async def test_a_second_run_keeps_the_secret_and_forgets_keys_that_are_not_given(
    connect: Any, shell: Any, account: Any
) -> None:
    shell.env["CALCOM_CONNECT_KEYS"] = f"emma={shell.accounts.keys['emma']}"
    await connect()
    before = await account()
    shell.env["CALCOM_CONNECT_KEYS"] = f"jule={shell.accounts.keys['jule']}"

    done = await connect()

    after = await account()
    assert "no key for emma" in done.said
    assert set(after.accounts.keys) == {"jule"}
    assert after.webhook_secret == before.webhook_secret


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("emma=cal_erfunden", "the key of emma does not open"),
        ("emma={jule}", "the key of emma is that of jule"),
        ("", "no key"),
        ("emma=", "CALCOM_API_KEY is one key"),
    ],
)
async def test_a_wrong_key_is_told_of_and_nothing_is_stored(
    connect: Any, shell: Any, account: Any, keys: str, why: str
) -> None:
    done = await connect(stdin=keys.format(**shell.accounts.keys))

    assert done.status != 0
    assert why in done.complained
    assert "cal_" not in done.complained.replace("CALCOM_", "")
    assert await account() is None


async def test_a_company_goes_back_to_the_cal_com_of_the_settings(
    connect: Any, shell: Any, account: Any
) -> None:
    await connect(stdin=shell.accounts.keys["emma"])
    before = await account()

    done = await connect("--forget")

    assert before.accounts.single == shell.accounts.keys["emma"]
    assert done.status == 0
    assert await account() is None


async def test_what_cannot_be_sealed_is_not_stored(connect: Any, shell: Any, account: Any) -> None:
    del shell.env["SECRET_KEY"]

    done = await connect(stdin=shell.accounts.keys["emma"])

    assert done.status == 1
    assert "SECRET_KEY is not set" in done.complained
    assert await account() is None


async def test_a_company_that_does_not_exist_is_told_with_those_that_do(
    shell: Any, saved_salon: Salon
) -> None:
    shell.env["SECRET_KEY"] = SECRET_KEY

    done = await shell("calcom", "connect", "--company", "kranz")

    assert done.status == 1
    assert "there is no company kranz" in done.complained
    assert saved_salon.company.key in done.complained
