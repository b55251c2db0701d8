"""What the REST API remembers, as tables: tokens, holds, answers by key, events, deliveries.

Events and their deliveries are written by a trigger of `appointment_version`, in the very
transaction in which a booking, a change or a cancellation becomes true.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from booking_core.adapters.postgres.metadata import metadata

_NOW = func.clock_timestamp()


def _id() -> Column[object]:
    return Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid())


def _company(*, primary_key: bool = False) -> Column[object]:
    return Column(
        "company_id",
        ForeignKey("company.id", ondelete="CASCADE"),
        nullable=False,
        primary_key=primary_key,
    )


def _branch() -> Column[object]:
    return Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE"), nullable=False)


def _created() -> Column[object]:
    return Column("created_at", DateTime(timezone=True), nullable=False, server_default=_NOW)


api_token = Table(
    "api_token",
    metadata,
    _id(),
    _company(),
    Column("name", Text, nullable=False, comment="what it is for"),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("token_hash", Text, nullable=False, unique=True, comment="SHA-256 in hexadecimal"),
    Column("hint", Text, nullable=False, comment="its first letters, to be told from others"),
    _created(),
    Column("last_used_at", DateTime(timezone=True), comment="to the minute"),
    Column("revoked_at", DateTime(timezone=True)),
    CheckConstraint("scopes <@ ARRAY['read', 'book', 'admin']", name="scopes"),
    Index(None, "company_id"),
)

api_hold = Table(
    "api_hold",
    metadata,
    _id(),
    _company(),
    _branch(),
    Column("plans", JSONB, nullable=False, comment="what is held, in the order of the tokens"),
    Column("moving", Uuid, comment="the booking that is to be moved to one of them"),
    Column(
        "anyone",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="nobody was asked for by name",
    ),
    _created(),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index(None, "company_id"),
    Index(None, "expires_at"),
)

api_answer = Table(
    "api_answer",
    metadata,
    _company(primary_key=True),
    Column("key", Text, primary_key=True, comment="Idempotency-Key, as it came"),
    Column("fingerprint", Text, nullable=False, comment="of the request"),
    Column("run", Uuid, nullable=False, comment="who is working on it"),
    Column("lease_until", DateTime(timezone=True), nullable=False),
    Column("status", SmallInteger, comment="NULL = there is no answer yet"),
    Column("headers", JSONB),
    Column("body", LargeBinary),
    _created(),
    CheckConstraint("(status IS NULL) = (headers IS NULL)", name="headers"),
    Index(None, "created_at"),
)

api_subscription = Table(
    "api_subscription",
    metadata,
    _id(),
    _company(),
    Column("url", Text, nullable=False),
    Column("events", ARRAY(Text), nullable=False),
    Column("secret", Text, nullable=False, comment="sealed; signs what is sent"),
    Column("active", Boolean, nullable=False, server_default="true"),
    _created(),
    CheckConstraint(
        "events <@ ARRAY['booking.booked', 'booking.changed', 'booking.cancelled']", name="events"
    ),
    Index(None, "company_id"),
)

api_event = Table(
    "api_event",
    metadata,
    _id(),
    _company(),
    _branch(),
    Column("kind", Text, nullable=False),
    Column("appointment_id", ForeignKey("appointment.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("appointment_id", "version"),
    Index(None, "company_id"),
)

api_delivery = Table(
    "api_delivery",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("event_id", ForeignKey("api_event.id", ondelete="CASCADE"), nullable=False),
    Column(
        "subscription_id", ForeignKey("api_subscription.id", ondelete="CASCADE"), nullable=False
    ),
    Column("state", Text, nullable=False, server_default="due"),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("last_status", SmallInteger, comment="of HTTP; NULL = no answer"),
    Column("last_error", Text, comment="the kind of it; quotes nobody"),
    Column("last_tried_at", DateTime(timezone=True)),
    Column("delivered_at", DateTime(timezone=True)),
    _created(),
    UniqueConstraint("event_id", "subscription_id"),
    CheckConstraint("state IN ('due', 'delivered', 'given_up')", name="state"),
    CheckConstraint("(delivered_at IS NOT NULL) = (state = 'delivered')", name="delivered_at"),
    Index(None, "subscription_id"),
)
