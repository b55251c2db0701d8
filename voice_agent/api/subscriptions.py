"""Who is told of bookings, changes and cancellations, where, and how that went."""

from __future__ import annotations

import ipaddress
import secrets
from datetime import datetime  # noqa: TC003 - pydantic reads the annotations
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from pydantic import AfterValidator, Field
from sqlalchemy import delete, insert, select, tuple_

from booking_core.adapters.cipher import Cipher
from booking_core.adapters.postgres.api_tables import api_delivery, api_event, api_subscription
from voice_agent.api.cursors import (
    CURSOR_DOC,
    DEFAULT_LIMIT,
    Cursor,
    Limit,
    next_of,
    read_cursor,
)
from voice_agent.api.endpoint import Answer, AnyEndpoint, Ask, Endpoint, Nothing
from voice_agent.api.problems import Code, Problem
from voice_agent.api.reading import invalid
from voice_agent.api.shapes import Asked, Id, Page, Told, schema_examples
from voice_agent.api.tokens import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from voice_agent.api.counter import Counter

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - what a secret begins with
PURPOSE: Final = "api-webhooks"
MOST: Final = 20  # of one company


class EventKind(StrEnum):
    """What others are told of."""

    BOOKED = "booking.booked"
    CHANGED = "booking.changed"
    CANCELLED = "booking.cancelled"


class DeliveryState(StrEnum):
    """How far a delivery got."""

    DUE = "due"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


def web_address(url: str) -> str:
    """HTTPS, or plain HTTP to this very machine; without a password in it."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("not an address") from None
    if not host or parts.username or parts.password or parts.fragment:
        raise ValueError("an address with a host, without a password or a fragment")
    if parts.scheme != "https" and not _is_loopback(host):
        raise ValueError("https, but for this very machine")
    return url


class SubscriptionPath(Asked):
    """One subscription."""

    subscription_id: Id


class SubscriptionIn(Asked):
    """Where events go."""

    model_config = schema_examples(
        {"url": "https://example.com/hooks/salon", "events": ["booking.booked"]}
    )

    url: Annotated[
        str,
        Field(
            max_length=500,
            pattern=r"^(https://[A-Za-z0-9]|http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?/)[!-~]*$",
            description="https; http only for this very machine.",
            examples=["https://example.com/hooks/salon"],
        ),
        AfterValidator(web_address),
    ]
    events: list[EventKind] = Field(
        default_factory=lambda: list(EventKind), min_length=1, max_length=len(EventKind)
    )


class SubscriptionView(Told):
    """Where events go."""

    id: UUID
    url: str
    events: list[EventKind]
    created_at: datetime


class NewSubscription(SubscriptionView):
    """With the secret, which is told once."""

    secret: str = Field(description="Signs every delivery: HMAC-SHA256 of `timestamp.body`.")


class DeliveryFilter(Asked):
    """Which deliveries."""

    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | None = None


class DeliveryView(Told):
    """One event to one address."""

    event_id: UUID
    event: EventKind
    booking_id: UUID
    version: int
    occurred_at: datetime
    state: DeliveryState
    tries: int
    last_status: int | None = Field(description="Of HTTP; null = no answer.")
    last_error: str | None
    last_tried_at: datetime | None
    delivered_at: datetime | None


async def create_subscription(ask: Ask[Nothing, Nothing, SubscriptionIn]) -> Answer:
    """From now on; what has happened before is not told."""
    secret, new_id = SECRET_PREFIX + secrets.token_urlsafe(32), uuid4()
    values = {
        "id": new_id,
        "company_id": ask.company_id,
        "url": ask.body.url,
        "events": list(dict.fromkeys(one.value for one in ask.body.events)),
        "secret": cipher_of(ask.counter.secrets).seal(secret, owner=str(new_id)),
    }
    async with ask.counter.engine.begin() as connection:
        others = await connection.execute(
            select(api_subscription.c.id).where(api_subscription.c.company_id == ask.company_id)
        )
        if len(others.all()) >= MOST:
            raise Problem(Code.UNSUITABLE, f"Mehr als {MOST} Abonnements gibt es nicht.")
        statement = insert(api_subscription).values(values).returning(api_subscription)
        row = (await connection.execute(statement)).one()
    view = NewSubscription(**_facts(row._asdict()), secret=secret)
    return Answer(status=201, body=view, headers={"Location": f"/api/v2/webhooks/{new_id}"})


async def list_subscriptions(ask: Ask[Nothing, Nothing, Nothing]) -> Answer:
    """All of the company."""
    query = (
        select(api_subscription)
        .where(api_subscription.c.company_id == ask.company_id)
        .order_by(api_subscription.c.created_at)
    )
    async with ask.counter.engine.connect() as connection:
        rows = (await connection.execute(query)).all()
    views = [SubscriptionView(**_facts(row._asdict())) for row in rows]
    return Answer(body=Page[SubscriptionView](items=views, next_cursor=None))


async def get_subscription(ask: Ask[SubscriptionPath, Nothing, Nothing]) -> Answer:
    """One of the company."""
    return Answer(body=await _own(ask.counter, ask.company_id, ask.path.subscription_id))


async def delete_subscription(ask: Ask[SubscriptionPath, Nothing, Nothing]) -> Answer:
    """Nothing more is sent, not even what is due."""
    gone = delete(api_subscription).where(
        api_subscription.c.company_id == ask.company_id,
        api_subscription.c.id == ask.path.subscription_id,
    )
    async with ask.counter.engine.begin() as connection:
        if not (await connection.execute(gone)).rowcount:
            raise Problem(Code.NOT_FOUND)
    return Answer(status=204)


async def list_deliveries(ask: Ask[SubscriptionPath, DeliveryFilter, Nothing]) -> Answer:
    """What was sent to an address, the newest first."""
    own = await _own(ask.counter, ask.company_id, ask.path.subscription_id)
    limit, columns = ask.query.limit, api_delivery.c
    where = [columns.subscription_id == own.id]
    if ask.query.cursor:
        where.append(_behind(ask.query.cursor))
    query = (
        select(
            api_delivery,
            api_event.c.kind,
            api_event.c.appointment_id,
            api_event.c.version,
            api_event.c.occurred_at,
        )
        .join(api_event, api_event.c.id == columns.event_id)
        .where(*where)
        .order_by(columns.created_at.desc(), columns.id.desc())
        .limit(limit + 1)
    )
    async with ask.counter.engine.connect() as connection:
        rows = [row._asdict() for row in await connection.execute(query)]
    last = rows[limit - 1] if len(rows) > limit else None
    cursor = next_of(last["created_at"], str(last["id"])) if last else None
    views = [_delivery(row) for row in rows[:limit]]
    return Answer(body=Page[DeliveryView](items=views, next_cursor=cursor))


def cipher_of(keys: tuple[str, ...]) -> Cipher:
    """Seals the secrets of subscriptions; a short SECRET_KEY is stretched, not refused."""
    return Cipher([sha256(key.encode()).hexdigest() for key in keys], purpose=PURPOSE)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _own(counter: Counter, company_id: UUID, subscription_id: UUID) -> SubscriptionView:
    query = select(api_subscription).where(
        api_subscription.c.company_id == company_id, api_subscription.c.id == subscription_id
    )
    async with counter.engine.connect() as connection:
        row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise Problem(Code.NOT_FOUND)
    return SubscriptionView(**_facts(row._asdict()))


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in SubscriptionView.model_fields}


def _behind(cursor: str) -> ColumnElement[bool]:
    at, last_id = read_cursor(cursor)
    if not (last_id.isascii() and last_id.isdigit() and len(last_id) < 19):  # noqa: PLR2004 - a bigint
        raise invalid("query.cursor", "ist kein Zeiger dieser Liste")
    return tuple_(api_delivery.c.created_at, api_delivery.c.id) < (at, int(last_id))


def _delivery(row: Mapping[str, Any]) -> DeliveryView:
    return DeliveryView(
        event_id=row["event_id"],
        event=EventKind(row["kind"]),
        booking_id=row["appointment_id"],
        version=row["version"],
        occurred_at=row["occurred_at"],
        state=DeliveryState(row["state"]),
        tries=row["tries"],
        last_status=row["last_status"],
        last_error=row["last_error"],
        last_tried_at=row["last_tried_at"],
        delivered_at=row["delivered_at"],
    )


TAG: Final = "Webhooks"
ENDPOINTS: Final[tuple[AnyEndpoint, ...]] = (
    Endpoint(
        method="POST",
        path="/webhooks",
        tag=TAG,
        summary="Be told of bookings, changes and cancellations",
        scope=Scope.ADMIN,
        handle=create_subscription,
        body=SubscriptionIn,
        answers={201: NewSubscription},
        problems=(Code.UNSUITABLE,),
        keyed=True,
    ),
    Endpoint(
        method="GET",
        path="/webhooks",
        tag=TAG,
        summary="List who is told",
        scope=Scope.ADMIN,
        handle=list_subscriptions,
        answers={200: Page[SubscriptionView]},
    ),
    Endpoint(
        method="GET",
        path="/webhooks/{subscription_id}",
        tag=TAG,
        summary="Get a subscription",
        scope=Scope.ADMIN,
        handle=get_subscription,
        path_model=SubscriptionPath,
        answers={200: SubscriptionView},
    ),
    Endpoint(
        method="DELETE",
        path="/webhooks/{subscription_id}",
        tag=TAG,
        summary="Be told no more",
        scope=Scope.ADMIN,
        handle=delete_subscription,
        path_model=SubscriptionPath,
        answers={204: None},
    ),
    Endpoint(
        method="GET",
        path="/webhooks/{subscription_id}/deliveries",
        tag=TAG,
        summary="See what was sent, and how that went",
        description=f"The newest first. {CURSOR_DOC}",
        scope=Scope.ADMIN,
        handle=list_deliveries,
        path_model=SubscriptionPath,
        query=DeliveryFilter,
        answers={200: Page[DeliveryView]},
    ),
)
