"""Whose calendar is opened with which key: Cal.com's availability is per user."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from booking_core.domain.errors import CalendarRefused
from booking_core.domain.event_type import calendar_user

if TYPE_CHECKING:
    from collections.abc import Mapping

    from booking_core.domain.catalogue import Salon, Staff

SANDBOX_PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Keys by user name, or one key for everything."""

    keys: Mapping[str, str] = field(default_factory=dict, repr=False)
    single: str | None = field(default=None, repr=False)
    """One user has all event types: fine for one person, wrong for two who work at once."""

    def key(self, user: str) -> str:
        """The key of a user; CalendarRefused when there is none."""
        key = self.keys.get(user) or self.single
        if key is None:
            raise CalendarRefused(reason="no key for this calendar user", user=user)
        return key

    def of(self, salon: Salon) -> Mapping[str, str]:
        """Keys of everybody who works in this salon, as far as there are any, by user name."""
        users = {calendar_user(salon, member) for member in salon.staff}
        if self.single:
            return {"": self.single}
        return {user: self.keys[user] for user in sorted(users) if user in self.keys}

    def __or__(self, other: Accounts) -> Accounts:
        return Accounts(keys={**self.keys, **other.keys}, single=other.single or self.single)


def parse_accounts(text: str) -> Accounts:
    """`CALCOM_API_KEY`: one key, or `user=key,user=key`.

    >>> sorted(parse_accounts("emma=cal_1, jule=cal_2").keys)
    ['emma', 'jule']
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) == 1 and "=" not in parts[0]:
        return Accounts(single=parts[0])
    if not parts or not all(_is_pair(part) for part in parts):
        raise ValueError("CALCOM_API_KEY is one key, or user=key,user=key")
    return Accounts(keys=dict(_pair(part) for part in parts))


async def sandbox_accounts(salon: Salon, base_url: str) -> Accounts:
    """A user for everybody who works here, made by the sandbox's back door."""
    async with httpx.AsyncClient(timeout=SANDBOX_PATIENCE_S, trust_env=False) as http:
        members = [member for member in salon.staff if member.active]
        made = await asyncio.gather(*(_made(http, base_url, salon, m) for m in members))
    return Accounts(keys=dict(made))


async def _made(
    http: httpx.AsyncClient, base_url: str, salon: Salon, member: Staff
) -> tuple[str, str]:
    user = calendar_user(salon, member)
    wish = {
        "action": "ensure_user",
        "username": user,
        "name": member.name,
        "email": f"{user}@{salon.branch.key}.invalid",
        "time_zone": salon.branch.timezone,
        "locale": salon.branch.language,
    }
    response = await http.post(f"{base_url.rstrip('/')}/_control", json=wish)
    response.raise_for_status()
    return user, str(response.json()["key"])


def _is_pair(part: str) -> bool:
    user, sign, key = part.partition("=")
    return bool(user.strip() and sign and key.strip())


def _pair(part: str) -> tuple[str, str]:
    user, _, key = part.partition("=")
    return user.strip(), key.strip()
