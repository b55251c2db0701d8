"""Where each company's Cal.com writes to, and what it signs its letters with.

A company with a Cal.com of its own has an address and a secret of its own: whoever knows the secret
of one company can give no reason to look into another's calendars.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from booking_core.adapters.cipher import SecretUnreadable
from booking_core.domain.errors import CalendarRefused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from booking_core.adapters.calcom.stored_accounts import PostgresCalendarAccounts
    from booking_core.domain.catalogue import Salon


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """An address of ours, and the secret that belongs to it."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What the settings say."""

    common: str | None = field(default=None, repr=False)
    """Of the Cal.com that all companies without their own share; None = derived."""
    seeds: tuple[str, ...] = field(default=(), repr=False)
    """From which secrets are derived where none is set, the newest first."""


class Letterboxes:
    """Tells addresses and secrets; `url` is the common address, None where nobody can reach us."""

    def __init__(
        self, accounts: PostgresCalendarAccounts, secrets: Secrets, *, url: str | None = None
    ) -> None:
        self._accounts = accounts
        self._secrets = secrets
        self._url = url

    async def secrets_of(self, company_id: UUID | None) -> Sequence[str]:
        """All that a letter may be signed with; None = to the common address, none = nobody can."""
        if company_id is None:
            return self._of_all()
        try:
            account = await self._accounts.of(company_id)
        except SecretUnreadable:
            return ()
        if account is None:
            return ()
        if account.webhook_secret:
            return (account.webhook_secret,)
        return [_derived(seed, company_id) for seed in self._secrets.seeds]

    async def of(self, salon: Salon) -> Letterbox | None:
        """Where the salon's Cal.com shall write to; None = it shall not."""
        if self._url is None:
            return None
        company_id = salon.company.id
        own = company_id in await self._accounts.company_ids()
        secrets = await self.secrets_of(company_id if own else None)
        if not secrets:
            raise CalendarRefused(reason="no secret for webhooks", salon=salon.branch.key)
        url = f"{self._url}/{company_id}" if own else self._url
        return Letterbox(url=url, secret=secrets[0])

    def _of_all(self) -> Sequence[str]:
        if self._secrets.common:
            return (self._secrets.common,)
        return [_derived(seed) for seed in self._secrets.seeds]


def _derived(seed: str, company_id: UUID | None = None) -> str:
    """Nobody has to keep it: the same seed gives the same secret again."""
    purpose = "calcom webhooks" if company_id is None else f"calcom webhooks/{company_id}"
    return hmac.new(seed.encode(), purpose.encode(), hashlib.sha256).hexdigest()
