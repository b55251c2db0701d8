from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from booking_core.adapters.calcom.accounts import Accounts
from booking_core.adapters.calcom.stored_accounts import (
    PURPOSE,
    PostgresCalendarAccounts,
    StoredAccount,
)
from booking_core.adapters.calcom.versions import Versions
from booking_core.adapters.cipher import Cipher, SecretUnreadable
from booking_core.adapters.jobs import keep_calendar_later
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.adapters.salon_file.dump import dump

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon

OLD = "an old secret of more than thirty characters"
NEW = "a new secret of more than thirty characters as well"
ACCOUNT = StoredAccount(
    base_url="https://api.cal.eu",
    accounts=Accounts(keys={"wanda": "cal_live_wanda", "soeren": "cal_live_soeren"}),
    versions=Versions(bookings="2026-02-25"),
    requests_per_minute=300,
)


def store(engine: AsyncEngine, setting: str | None = NEW) -> PostgresCalendarAccounts:
    cipher = Cipher.of(setting, purpose=PURPOSE) if setting else None
    return PostgresCalendarAccounts(engine, cipher, keep_later=keep_calendar_later)


async def known_ids(engine: AsyncEngine) -> set[int | None]:
    """Of event types at Cal.com."""
    async with engine.connect() as connection:
        return set(await connection.scalars(text("SELECT event_type_id FROM calcom_event_map")))


async def jobs(engine: AsyncEngine) -> int:
    """How often calendars are to be brought up to date, once every process has noticed."""
    later = (
        "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'calendar.keep'"
        " AND scheduled_at > now() + interval '1 second'"
    )
    async with engine.connect() as connection:
        return int(await connection.scalar(text(later)) or 0)


async def everything(engine: AsyncEngine) -> str:
    """What somebody with a dump of the tables has."""
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT * FROM calcom_account JOIN calcom_key USING (company_id)")
        )
        return str(rows.all())


async def test_an_account_is_read_back_as_it_was_saved(engine: AsyncEngine, saved: Salon) -> None:
    await store(engine).save(saved.company.id, ACCOUNT)

    assert await store(engine).of(saved.company.id) == ACCOUNT
    assert await store(engine).company_ids() == {saved.company.id}


async def test_one_key_for_everybody_is_read_back_too(engine: AsyncEngine, saved: Salon) -> None:
    single = StoredAccount(base_url="https://api.cal.com", accounts=Accounts(single="cal_live_1"))
    await store(engine).save(saved.company.id, ACCOUNT)
    await store(engine).save(saved.company.id, single)

    assert await store(engine).of(saved.company.id) == single


async def test_a_company_without_one_uses_that_of_the_environment(
    engine: AsyncEngine, saved: Salon
) -> None:
    await store(engine).save(saved.company.id, ACCOUNT)
    await store(engine).forget(saved.company.id)

    assert await store(engine).of(saved.company.id) is None
    assert await store(engine).company_ids() == frozenset()


async def test_a_dump_of_the_database_tells_no_key(engine: AsyncEngine, saved: Salon) -> None:
    await store(engine).save(saved.company.id, ACCOUNT)

    told = await everything(engine)

    assert "https://api.cal.eu" in told
    assert "cal_live" not in told


async def test_secrets_are_changed_in_three_steps_without_losing_a_key(
    engine: AsyncEngine, saved: Salon
) -> None:
    await store(engine, OLD).save(saved.company.id, ACCOUNT)

    both = store(engine, f"{NEW},{OLD}")
    assert await both.of(saved.company.id) == ACCOUNT
    assert await both.reseal() == 2

    assert await store(engine, NEW).of(saved.company.id) == ACCOUNT


@pytest.mark.parametrize("setting", [OLD, None])
async def test_without_the_right_secret_a_key_stays_closed(
    engine: AsyncEngine, saved: Salon, setting: str | None
) -> None:
    await store(engine).save(saved.company.id, ACCOUNT)

    with pytest.raises(SecretUnreadable) as unreadable:
        await store(engine, setting).of(saved.company.id)

    assert "cal_live" not in str(unreadable.value)


async def test_a_key_that_was_copied_to_another_user_does_not_open(
    engine: AsyncEngine, saved: Salon
) -> None:
    await store(engine).save(saved.company.id, ACCOUNT)
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE calcom_key SET calendar_user = 'x' WHERE calendar_user = 'wanda'")
        )

    with pytest.raises(SecretUnreadable):
        await store(engine).of(saved.company.id)


async def test_a_salon_file_neither_tells_keys_nor_takes_them_away(
    engine: AsyncEngine, saved: Salon
) -> None:
    await store(engine).save(saved.company.id, ACCOUNT)

    exported = dump(saved)
    await PostgresSalons(engine).save(saved)

    assert "cal_live" not in exported
    assert await store(engine).of(saved.company.id) == ACCOUNT


def test_nothing_of_a_key_shows_in_a_repr() -> None:
    assert "cal_live" not in repr(ACCOUNT)


async def test_versions_that_are_none_are_refused(engine: AsyncEngine, saved: Salon) -> None:
    await store(engine).save(saved.company.id, ACCOUNT)
    async with engine.begin() as connection:
        await connection.execute(
            text("""UPDATE calcom_account SET versions = '{"booking": "2026-02-25"}'""")
        )

    with pytest.raises(ValueError, match="not of \\['booking'\\]"):
        await store(engine).of(saved.company.id)


async def test_at_another_cal_com_nothing_that_was_known_holds_and_a_job_begins_anew(
    engine: AsyncEngine, saved: Salon, sync: Any
) -> None:
    await sync(saved)
    before = await known_ids(engine)

    await store(engine).save(saved.company.id, ACCOUNT)

    assert None not in before
    assert await known_ids(engine) == {None}
    assert await jobs(engine) == 1


async def test_with_another_key_at_the_same_cal_com_everything_stays_bookable(
    engine: AsyncEngine, saved: Salon, sync: Any
) -> None:
    await store(engine).save(saved.company.id, ACCOUNT)
    await sync(saved)
    before = await known_ids(engine)
    changed = Accounts(keys={**ACCOUNT.accounts.keys, "wanda": "cal_live_new"})

    await store(engine).save(saved.company.id, replace(ACCOUNT, accounts=changed))

    assert await known_ids(engine) == before != {None}
    assert await jobs(engine) == 2


async def test_back_at_the_cal_com_of_the_settings_all_begins_anew_too(
    engine: AsyncEngine, saved: Salon, sync: Any
) -> None:
    await store(engine).save(saved.company.id, ACCOUNT)
    await sync(saved)

    await store(engine).forget(saved.company.id)
    await store(engine).forget(saved.company.id)

    assert await known_ids(engine) == {None}
    assert await jobs(engine) == 2
