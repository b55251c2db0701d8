"""Which Cal.com a company uses, and its keys there, sealed."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from booking_core.adapters.postgres.metadata import metadata

account = Table(
    "calcom_account",
    metadata,
    Column("company_id", ForeignKey("company.id", ondelete="CASCADE"), primary_key=True),
    Column("base_url", Text, nullable=False, comment="without /v2"),
    Column(
        "versions",
        JSONB,
        nullable=False,
        server_default=text("'{}'"),
        comment="of the API, by group of endpoints; what is missing is as recorded",
    ),
    Column("requests_per_minute", Integer, comment="NULL = as many as Cal.com says it allows"),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("webhook_secret", Text, comment="opens with SECRET_KEY only; NULL = derived from it"),
    CheckConstraint("requests_per_minute >= 4", name="requests_per_minute"),
)

key = Table(
    "calcom_key",
    metadata,
    Column(
        "company_id", ForeignKey("calcom_account.company_id", ondelete="CASCADE"), primary_key=True
    ),
    Column("calendar_user", Text, primary_key=True, comment="'' = one key for everybody"),
    Column("sealed", Text, nullable=False, comment="opens with SECRET_KEY only"),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
