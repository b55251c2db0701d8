"""Tells other systems of events: signed, with a date, again and again until they have heard."""

from __future__ import annotations

import hmac
import json
import socket
import time
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector, ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from sqlalchemy import func, select, update

from booking_core.adapters.cipher import SecretUnreadable
from booking_core.adapters.postgres.api_tables import api_delivery, api_event, api_subscription
from booking_core.adapters.postgres.appointments import PostgresAppointments
from voice_agent.api.booking_view import booking_view
from voice_agent.api.subscriptions import cipher_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.ports import Salons

log = structlog.get_logger(__name__)

TIMEOUT_S: Final = 10.0
MOST_TRIES: Final = 50  # with growing waits that is about a day
SUCCESS: Final = range(200, 300)


class NotDelivered(Exception):
    """They have not heard; the job is repeated later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """What the job `api.deliver` does."""

    engine: AsyncEngine
    salons: Salons
    secrets: tuple[str, ...]
    may_stay_inside: bool
    """Whether addresses of this network are called: on a developer's machine only."""

    async def __call__(self, delivery_id: int) -> None:
        """Send one event to one address; NotDelivered = it is to be tried again."""
        row = await self._due(delivery_id)
        if row is None:
            return
        try:
            secret = cipher_of(self.secrets).unseal(row["secret"], owner=str(row["subscriber"]))
        except SecretUnreadable:
            await self._note(row, status=None, error="secret_unreadable", give_up=True)
            return
        body = await self._body(row)
        status, error = await self._posted(row, secret, body)
        is_heard = status is not None and status in SUCCESS
        is_last = row["tries"] + 1 >= MOST_TRIES
        await self._note(row, status=status, error=error, give_up=not is_heard and is_last)
        if not is_heard and not is_last:
            raise NotDelivered

    async def _due(self, delivery_id: int) -> Mapping[str, Any] | None:
        query = (
            select(
                api_delivery.c.id,
                api_delivery.c.tries,
                api_event.c.id.label("event_id"),
                api_event.c.kind,
                api_event.c.appointment_id,
                api_event.c.version,
                api_event.c.occurred_at,
                api_subscription.c.id.label("subscriber"),
                api_subscription.c.url,
                api_subscription.c.secret,
            )
            .join(api_event, api_event.c.id == api_delivery.c.event_id)
            .join(api_subscription, api_subscription.c.id == api_delivery.c.subscription_id)
            .where(api_delivery.c.id == delivery_id, api_delivery.c.state == "due")
            .where(api_subscription.c.active)
        )
        async with self.engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return row._asdict() if row else None

    async def _body(self, row: Mapping[str, Any]) -> bytes:
        """The same bytes at every try: the booking as it was in that version."""
        store = PostgresAppointments(self.engine)
        visit = await store.version(row["appointment_id"], row["version"])
        salon = await self.salons.by_id(visit.branch_id)
        told = {
            "id": str(row["event_id"]),
            "type": row["kind"],
            "occurred_at": row["occurred_at"].isoformat(),
            "data": {"booking": booking_view(visit, salon).model_dump(mode="json")},
        }
        return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()

    async def _posted(
        self, row: Mapping[str, Any], secret: str, body: bytes
    ) -> tuple[int | None, str | None]:
        """The status of the answer, or the kind of what kept it away."""
        if not self.may_stay_inside and not _is_outside(row["url"]):
            return None, "address_inside"
        headers = signed_headers(secret, body, at=int(time.time()))
        headers |= {"Webhook-Id": str(row["event_id"]), "Content-Type": "application/json"}
        connector = TCPConnector(resolver=None if self.may_stay_inside else OutsideOnly())
        timeout = ClientTimeout(total=TIMEOUT_S)
        try:
            async with (
                ClientSession(connector=connector, timeout=timeout) as http,
                http.post(row["url"], data=body, headers=headers, allow_redirects=False) as answer,
            ):
                return answer.status, None if answer.status in SUCCESS else "refused"
        except (ClientError, OSError, ValueError) as error:  # TimeoutError is an OSError
            return None, type(error).__name__

    async def _note(
        self, row: Mapping[str, Any], *, status: int | None, error: str | None, give_up: bool
    ) -> None:
        is_heard = status is not None and status in SUCCESS
        state = "delivered" if is_heard else "given_up" if give_up else "due"
        change = (
            update(api_delivery)
            .where(api_delivery.c.id == row["id"], api_delivery.c.state == "due")
            .values(
                state=state,
                tries=api_delivery.c.tries + 1,
                last_status=status,
                last_error=error,
                last_tried_at=func.clock_timestamp(),
                delivered_at=func.clock_timestamp() if is_heard else None,
            )
        )
        async with self.engine.begin() as connection:
            await connection.execute(change)
        level = log.info if is_heard else log.warning
        level("webhook_sent", id=str(row["event_id"]), state=state, status=status)


class OutsideOnly(AbstractResolver):
    """Names are looked up, and those of addresses inside our network lead nowhere."""

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of this name that anybody on the internet could reach."""
        found = await self._resolver.resolve(host, port, family)
        outside = [one for one in found if ip_address(one["host"]).is_global]
        if not outside:
            raise OSError("no address outside")
        return outside

    async def close(self) -> None:
        """Nothing is kept open."""
        await self._resolver.close()


def signed_headers(secret: str, body: bytes, *, at: int) -> dict[str, str]:
    """The date in seconds and the signature over both: an old delivery cannot be sent anew."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, sha256).hexdigest()
    return {"Webhook-Timestamp": str(at), "Webhook-Signature": f"v1={digest}"}


def _is_outside(url: str) -> bool:
    """Names are looked at when they are resolved; addresses are not resolved."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_global
    except ValueError:
        return host != "localhost"
