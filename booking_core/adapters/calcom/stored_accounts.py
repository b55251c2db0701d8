"""Each company's own Cal.com, in PostgreSQL; its keys are sealed and never leave in any export.

Whoever stores one makes it so for every process, without a restart: what is known of the Cal.com
before is forgotten in the same transaction, so that nothing is offered or booked with ids of
another server, and a job brings the new one up to date as soon as all processes have noticed.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from booking_core.adapters.calcom.account_tables import account as accounts_table
from booking_core.adapters.calcom.account_tables import key as keys_table
from booking_core.adapters.calcom.accounts import Accounts
from booking_core.adapters.calcom.tables import event_map, leftover, schedule
from booking_core.adapters.calcom.versions import Versions
from booking_core.adapters.cipher import SecretUnreadable
from booking_core.adapters.postgres.mirror_tables import calendar_day
from booking_core.adapters.postgres.salon_tables import branch

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping
    from typing import Protocol
    from uuid import UUID

    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from booking_core.adapters.cipher import Cipher

    class KeepLater(Protocol):
        """Has a branch's calendar brought up to date after the transaction, in so many seconds."""

        def __call__(
            self, connection: AsyncConnection, branch_id: UUID, *, in_s: float
        ) -> Awaitable[None]:
            """Not before."""
            ...


PURPOSE = "calcom keys"
EVERYBODY = ""
"""Cal.com has no user without a name."""
NOTICED_S = 5.0
"""Every process reads anew whose key it is to use after so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAccount:
    """One company's Cal.com."""

    base_url: str
    accounts: Accounts
    versions: Versions = field(default_factory=Versions)
    requests_per_minute: int | None = None
    """None = as many as Cal.com says that it allows."""
    webhook_secret: str | None = field(default=None, repr=False)
    """None = one that is derived from SECRET_KEY."""


class PostgresCalendarAccounts:
    """Accounts by company; `cipher` is None where no SECRET_KEY is set."""

    def __init__(
        self, engine: AsyncEngine, cipher: Cipher | None, *, keep_later: KeepLater | None = None
    ) -> None:
        """With `keep_later`, a change has the calendars of the company brought up to date."""
        self._engine = engine
        self._cipher = cipher
        self._keep_later = keep_later

    async def of(self, company_id: UUID) -> StoredAccount | None:
        """What is stored; None = the company uses the one of the environment."""
        async with self._engine.connect() as connection:
            wanted = select(accounts_table).where(accounts_table.c.company_id == company_id)
            row = (await connection.execute(wanted)).one_or_none()
            if row is None:
                return None
            sealed = await _sealed(connection, company_id)
        return StoredAccount(
            base_url=row.base_url,
            accounts=self._unsealed(company_id, sealed),
            versions=Versions.of(row.versions),
            requests_per_minute=row.requests_per_minute,
            webhook_secret=self._opened(company_id, row.webhook_secret),
        )

    async def company_ids(self) -> frozenset[UUID]:
        """Companies that have a Cal.com of their own."""
        async with self._engine.connect() as connection:
            return frozenset(await connection.scalars(select(accounts_table.c.company_id)))

    async def save(self, company_id: UUID, account: StoredAccount) -> None:
        """Make this the company's account; keys that are not in it are forgotten."""
        keys = self._sealed_keys(company_id, account.accounts)
        secret = self._closed(company_id, account.webhook_secret)
        async with self._engine.begin() as connection:
            if await _address(connection, company_id) != account.base_url:
                await _begin_anew(connection, company_id)
            await connection.execute(_upsert(company_id, account, sealed=secret))
            await connection.execute(
                delete(keys_table).where(keys_table.c.company_id == company_id)
            )
            if keys:
                await connection.execute(insert(keys_table), keys)
            await self._keep(connection, company_id)

    async def forget(self, company_id: UUID) -> None:
        """Back to the one of the environment."""
        mine = accounts_table.c.company_id == company_id
        async with self._engine.begin() as connection:
            if (await connection.execute(delete(accounts_table).where(mine))).rowcount:
                await _begin_anew(connection, company_id)
                await self._keep(connection, company_id)

    async def reseal(self) -> int:
        """Put everything sealed under the first secret of SECRET_KEY; how much there is."""
        cipher = self._needed()
        async with self._engine.begin() as connection:
            rows = (await connection.execute(select(keys_table).with_for_update())).all()
            for row in rows:
                mine = (keys_table.c.company_id == row.company_id) & (
                    keys_table.c.calendar_user == row.calendar_user
                )
                sealed = cipher.resealed(row.sealed)
                await connection.execute(update(keys_table).where(mine).values(sealed=sealed))
            return len(rows) + await _resealed_secrets(connection, cipher)

    async def _keep(self, connection: AsyncConnection, company_id: UUID) -> None:
        """Later: whoever began now could still use the key before."""
        if self._keep_later is None:
            return
        for branch_id in await connection.scalars(_branches(company_id)):
            await self._keep_later(connection, branch_id, in_s=NOTICED_S + 1)

    def _sealed_keys(self, company_id: UUID, accounts: Accounts) -> list[dict[str, object]]:
        keys = dict(accounts.keys)
        if accounts.single:
            keys[EVERYBODY] = accounts.single
        return [
            {
                "company_id": company_id,
                "calendar_user": user,
                "sealed": self._needed().seal(key, owner=_owner(company_id, user)),
            }
            for user, key in keys.items()
        ]

    def _unsealed(self, company_id: UUID, sealed: Mapping[str, str]) -> Accounts:
        keys = {
            user: self._needed().unseal(text, owner=_owner(company_id, user))
            for user, text in sealed.items()
        }
        return Accounts(single=keys.pop(EVERYBODY, None), keys=keys)

    def _closed(self, company_id: UUID, secret: str | None) -> str | None:
        return secret and self._needed().seal(secret, owner=_letters(company_id))

    def _opened(self, company_id: UUID, sealed: str | None) -> str | None:
        return sealed and self._needed().unseal(sealed, owner=_letters(company_id))

    def _needed(self) -> Cipher:
        if self._cipher is None:
            raise SecretUnreadable("keys are stored, but SECRET_KEY is not set")
        return self._cipher


async def _address(connection: AsyncConnection, company_id: UUID) -> str | None:
    """Which Cal.com it has used so far; None = the common one."""
    known = select(accounts_table.c.base_url).where(accounts_table.c.company_id == company_id)
    return await connection.scalar(known.with_for_update())


async def _begin_anew(connection: AsyncConnection, company_id: UUID) -> None:
    """Nothing that is known of one Cal.com holds at another: its numbers count something else."""
    branches = _branches(company_id).scalar_subquery()
    unknown = {"event_type_id": None, "sync_status": "pending", "last_error": None}
    await connection.execute(
        update(event_map).where(event_map.c.branch_id.in_(branches)).values(unknown)
    )
    for table in (leftover, schedule, calendar_day):
        await connection.execute(delete(table).where(table.c.branch_id.in_(branches)))


def _branches(company_id: UUID) -> Select[Any]:
    return select(branch.c.id).where(branch.c.company_id == company_id)


async def _sealed(connection: AsyncConnection, company_id: UUID) -> dict[str, str]:
    columns = (keys_table.c.calendar_user, keys_table.c.sealed)
    rows = await connection.execute(select(*columns).where(keys_table.c.company_id == company_id))
    return {row.calendar_user: row.sealed for row in rows}


async def _resealed_secrets(connection: AsyncConnection, cipher: Cipher) -> int:
    account = accounts_table.c
    stored = select(account.company_id, account.webhook_secret).where(
        account.webhook_secret.is_not(None)
    )
    rows = (await connection.execute(stored.with_for_update())).all()
    for row in rows:
        sealed = cipher.resealed(row.webhook_secret)
        mine = account.company_id == row.company_id
        await connection.execute(update(accounts_table).where(mine).values(webhook_secret=sealed))
    return len(rows)


def _upsert(company_id: UUID, account: StoredAccount, *, sealed: str | None) -> Any:  # noqa: ANN401 - SQLAlchemy's generics
    values = {
        "webhook_secret": sealed,
        "base_url": account.base_url,
        "versions": _changed(account.versions),
        "requests_per_minute": account.requests_per_minute,
    }
    return (
        insert(accounts_table)
        .values(company_id=company_id, **values)
        .on_conflict_do_update(
            index_elements=["company_id"], set_={**values, "changed_at": func.now()}
        )
    )


def _changed(versions: Versions) -> dict[str, str]:
    """Only what differs from the recorded ones: those may be raised by a later release of ours."""
    recorded = {one.name: one.default for one in fields(Versions)}
    return {name: value for name, value in asdict(versions).items() if value != recorded[name]}


def _owner(company_id: UUID, user: str) -> str:
    return f"{company_id}/{user}"


def _letters(company_id: UUID) -> str:
    return f"{company_id}//webhooks"  # no user name has a slash
