"""`voice-agent calcom connect`: a company's own Cal.com, and keys that nobody else gets to see.

Keys come from standard input or the environment, never from the command line, which every process
of the machine may read. Each is tried before anything is stored.
"""

from __future__ import annotations

import os
import secrets
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from getpass import getpass
from typing import TYPE_CHECKING

from rich.console import Console

from booking_core.adapters.calcom.accounts import parse_accounts
from booking_core.adapters.calcom.client import CalcomClient
from booking_core.adapters.calcom.stored_accounts import StoredAccount
from booking_core.adapters.calcom.versions import Versions
from booking_core.adapters.postgres.engine import make_engine
from booking_core.adapters.postgres.migrate import upgrade
from booking_core.adapters.postgres.salons import PostgresSalons
from booking_core.domain.errors import CalendarError
from booking_core.domain.event_type import calendar_user
from booking_core.workflows.patience import reason
from voice_agent.calendars import stored_accounts
from voice_agent.commands.running import FAILED, OK, USAGE, complain, run
from voice_agent.config import Settings
from voice_agent.embedded import servers
from voice_agent.telemetry import set_up

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping, Sequence

    from booking_core.adapters.calcom.accounts import Accounts
    from booking_core.adapters.calcom.stored_accounts import PostgresCalendarAccounts
    from booking_core.domain.catalogue import Salon

HOSTED = "https://api.cal.com"
KEYS, SECRET = "CALCOM_CONNECT_KEYS", "CALCOM_CONNECT_WEBHOOK_SECRET"
"""Not the names of the settings: a server that is started beside it does not use the same keys."""
SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be stored."""

    company: str
    url: str = HOSTED
    requests_per_minute: int | None = None
    forget: bool = False
    """Back to the Cal.com of the settings."""


@dataclass(frozen=True, slots=True)
class Books:
    """The branches of one company, and where its account is kept."""

    branches: Sequence[Salon]
    stored: PostgresCalendarAccounts

    @property
    def users(self) -> Sequence[str]:
        """Everybody at Cal.com who works in one of them."""
        every = {
            calendar_user(salon, member)
            for salon in self.branches
            for member in salon.staff
            if member.active
        }
        return sorted(every)


def connect(wish: Wish) -> int:
    """Store a company's own base URL, keys and webhook secret, or forget them."""
    return run(lambda: _connect(wish))


async def _connect(wish: Wish) -> int:
    out = Console(highlight=False, soft_wrap=True, markup=False)
    async with _opened(wish.company) as books:
        company = books.branches[0].company
        if wish.forget:
            await books.stored.forget(company.id)
            out.print(f"{company.key}: uses the Cal.com of the settings from now on")
            return OK
        text = _keys(os.environ)
        if not text:
            complain("no key", f"write one key, or lines of user=key, to standard input or {KEYS}")
            return USAGE
        account = _account(wish, parse_accounts(text), await books.stored.of(company.id))
        wrong = [line async for line in _tried(account)]
        for line in wrong:
            complain(company.key, line)
        if wrong:
            return FAILED
        await books.stored.save(company.id, account)
        for line in _told(books, account):
            out.print(f"{company.key}: {line}")
    return OK


def _keys(environment: Mapping[str, str]) -> str:
    """As `CALCOM_API_KEY` has them; a line each is fine as well."""
    given = environment.get(KEYS)
    if given is None and sys.stdin.isatty():
        given = getpass("Cal.com key, or user=key,user=key (not shown): ")
    elif given is None:
        given = sys.stdin.read()
    return ",".join(line.strip() for line in given.splitlines() if line.strip())


def _account(wish: Wish, accounts: Accounts, known: StoredAccount | None) -> StoredAccount:
    """With a webhook secret of its own, the same as before unless another one is given."""
    before = known.webhook_secret if known else None
    secret = os.environ.get(SECRET) or before or secrets.token_urlsafe(SECRET_BYTES)
    account = StoredAccount(
        base_url=wish.url.rstrip("/").removesuffix("/v2"),
        accounts=accounts,
        versions=known.versions if known else Versions(),
        webhook_secret=secret,
    )
    return replace(account, requests_per_minute=wish.requests_per_minute)


async def _tried(account: StoredAccount) -> AsyncIterator[str]:
    """What is wrong with the keys; each must be that of the user it is said to be of."""
    keys = dict(account.accounts.keys) or {"": account.accounts.key("")}
    async with CalcomClient(account.base_url, versions=account.versions) as client:
        for user, key in keys.items():
            try:
                me = await client.me(key)
            except CalendarError as error:
                yield f"the key of {user or 'everybody'} does not open: {reason(error)}"
                continue
            if user and me.username != user:
                yield f"the key of {user} is that of {me.username}"


def _told(books: Books, account: StoredAccount) -> Iterator[str]:
    users = books.users
    covered = users if account.accounts.single else [u for u in users if u in account.accounts.keys]
    yield f"{account.base_url}, {len(covered)} of {len(users)} people have a key"
    if account.accounts.single and len(users) > 1:
        yield "one key for all: nobody can be booked while anybody is; give each person a key"
    yield from (f"no key for {user}" for user in users if user not in covered)
    yield "running servers use it soon; without one, next: voice-agent calcom sync"


@asynccontextmanager
async def _opened(company: str) -> AsyncIterator[Books]:
    set_up(level="warning")
    settings = Settings()
    if settings.secret_key is None:
        raise ValueError("SECRET_KEY is not set: keys are stored sealed, or not at all")
    async with AsyncExitStack() as stack:
        endpoints = await stack.enter_async_context(servers(settings))
        await upgrade(endpoints.database_url)
        engine = make_engine(endpoints.database_url)
        stack.push_async_callback(engine.dispose)
        every = await PostgresSalons(engine).all()
        branches = [salon for salon in every if salon.company.key == company]
        if not branches:
            known = ", ".join(sorted({salon.company.key for salon in every})) or "none"
            raise ValueError(f"there is no company {company}; known: {known}")
        yield Books(branches, stored_accounts(settings, engine))
