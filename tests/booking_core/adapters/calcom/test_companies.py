from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from booking_core.adapters.calcom.client import CalcomClient
from booking_core.adapters.calcom.companies import Companies, CompanyCalendars, Connection
from booking_core.adapters.calcom.sandbox import Options, Sandbox, running
from booking_core.adapters.calcom.stored_accounts import (
    PURPOSE,
    PostgresCalendarAccounts,
    StoredAccount,
)
from booking_core.adapters.cipher import Cipher
from booking_core.domain.errors import CalendarRefused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.domain.catalogue import Salon

SECRET = "a secret of more than thirty characters"


@dataclass
class Opened:
    """Clients that were made for stored accounts."""

    clients: list[CalcomClient] = field(default_factory=list)

    def __call__(self, account: StoredAccount) -> CalcomClient:
        self.clients.append(CalcomClient(account.base_url, versions=account.versions))
        return self.clients[-1]


@pytest.fixture
def stored(engine: AsyncEngine) -> PostgresCalendarAccounts:
    return PostgresCalendarAccounts(engine, Cipher.of(SECRET, purpose=PURPOSE))


@pytest.fixture
async def nobodys() -> AsyncIterator[Sandbox]:
    """The Cal.com of the environment, which no company of these tests uses."""
    async with running(Options()) as sandbox:
        yield sandbox


async def test_every_salon_books_at_its_own_companys_cal_com(
    sync: Any,
    saved: Salon,
    stored: PostgresCalendarAccounts,
    sandbox: Sandbox,
    nobodys: Sandbox,
    accounts: Accounts,
    visits: Any,
) -> None:
    await stored.save(saved.company.id, StoredAccount(base_url=sandbox.url, accounts=accounts))
    await sync(saved)
    async with CalcomClient(nobodys.url) as client:
        default = Connection(client=client, accounts=accounts)
        companies = Companies(stored, default=default, open_client=Opened())
        calendar = CompanyCalendars(companies, sync.event_map)

        segment = visits.segment("A", "10:00", 20)
        uid = await calendar.book(segment)
        found = await calendar.find(segment)
        await calendar.cancel(saved, uid, reason="krank")

        assert found == [uid]
        assert await calendar.find(segment) == []
        assert sandbox.control("dump")["requests"]["POST /v2/bookings"] == 1
        assert nobodys.control("dump")["requests"] == {}
        await companies.aclose()


async def test_a_company_without_its_own_uses_the_one_of_the_environment(
    stored: PostgresCalendarAccounts, saved: Salon, client: CalcomClient, accounts: Accounts
) -> None:
    default = Connection(client=client, accounts=accounts)
    companies = Companies(stored, default=default, open_client=Opened())

    assert await companies.of(saved) is default


async def test_a_company_without_any_is_refused(
    stored: PostgresCalendarAccounts, saved: Salon
) -> None:
    with pytest.raises(CalendarRefused) as refused:
        await Companies(stored, default=None, open_client=Opened()).of(saved)

    assert refused.value.facts["reason"] == "no Cal.com account"


async def test_keys_that_cannot_be_read_are_a_refusal_and_no_unknown_outcome(
    stored: PostgresCalendarAccounts, saved: Salon, accounts: Accounts, engine: AsyncEngine
) -> None:
    await stored.save(saved.company.id, StoredAccount(base_url="http://a", accounts=accounts))
    without_secret = PostgresCalendarAccounts(engine, None)

    with pytest.raises(CalendarRefused):
        await Companies(without_secret, default=None, open_client=Opened()).of(saved)


async def test_salons_that_speak_to_the_same_server_share_what_is_learned_about_it(
    stored: PostgresCalendarAccounts, saved: Salon, accounts: Accounts, engine: AsyncEngine
) -> None:
    other = replace(
        saved,
        company=replace(saved.company, id=uuid4(), key="zweig", code="ZWEI"),
    )
    async with engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO company (id, key, code, name) VALUES (:id, 'zweig', 'ZWEI', 'Z')"),
            {"id": other.company.id},
        )
    opened = Opened()
    companies = Companies(stored, default=None, open_client=opened)
    for salon in (saved, other):
        account = StoredAccount(base_url="http://127.0.0.1:9", accounts=accounts)
        await stored.save(salon.company.id, account)

    first, second = await companies.of(saved), await companies.of(other)

    assert first.client is second.client
    assert len(opened.clients) == 1
    await companies.aclose()


async def test_a_changed_key_is_used_soon(
    stored: PostgresCalendarAccounts, saved: Salon, accounts: Accounts
) -> None:
    account = StoredAccount(base_url="http://127.0.0.1:9", accounts=accounts)
    await stored.save(saved.company.id, account)
    companies = Companies(stored, default=None, open_client=Opened(), fresh_s=0)
    before = await companies.of(saved)
    changed = replace(accounts, keys={**accounts.keys, "wanda": "cal_new"})
    await stored.save(saved.company.id, replace(account, accounts=changed))

    after = await companies.of(saved)

    assert (before.accounts.key("wanda"), after.accounts.key("wanda")) == (
        accounts.key("wanda"),
        "cal_new",
    )
    await companies.aclose()
