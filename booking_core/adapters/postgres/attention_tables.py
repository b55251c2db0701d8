"""What a person has to look at: visits that are not as they were sold, and callers to call back."""

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
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from booking_core.adapters.postgres.metadata import metadata

attention = Table(
    "attention",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE"), nullable=False),
    Column("appointment_id", ForeignKey("appointment.id", ondelete="CASCADE")),
    Column("stray", Text, comment="what it is about where that is no visit of ours"),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False, comment="of the appointment it is about"),
    Column("parts", JSONB, nullable=False, comment="segment, from and to here, from and to there"),
    Column("found_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("told_at", DateTime(timezone=True), comment="when the salon was written to"),
    Column("settled_at", DateTime(timezone=True), comment="when it was as sold again, or over"),
    CheckConstraint(
        "CASE WHEN stray IS NULL THEN kind IN ('cancelled_there', 'moved_there', 'missing_there')"
        " ELSE kind IN ('swept_there', 'foreign_there', 'unknown_there') END",
        name="kind",
    ),
    CheckConstraint("(appointment_id IS NULL) = (stray IS NOT NULL)", name="stray"),
    Index(
        "uq_attention_open",
        "appointment_id",
        "kind",
        unique=True,
        postgresql_where=text("settled_at IS NULL"),
    ),
    Index("uq_attention_stray", "branch_id", "stray", unique=True),
    Index("ix_attention_branch_id_found_at", "branch_id", "found_at"),
)
"""An open row marks the whole visit: its calendar and ours do not say the same.

One with `stray` is about a booking over there that belongs to no visit; it is told once for ever.
"""

callback_request = Table(
    "callback_request",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False, comment="of what caused it: one call, one request"),
    Column("name", Text, nullable=False),
    Column("phone", Text, nullable=False, comment="E.164"),
    Column("topic", Text, nullable=False, server_default="", comment="in the caller's words"),
    Column("wish", JSONB, nullable=False, comment="services, start and person, as asked for"),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),
    Column(
        "asked_for",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="false = a failed booking caused it, and one that works settles it",
    ),
    Column("due_at", DateTime(timezone=True), nullable=False, comment="when to call at the latest"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("settled_at", DateTime(timezone=True)),
    UniqueConstraint("branch_id", "key"),
    CheckConstraint("state IN ('open', 'done', 'obsolete')", name="state"),
    CheckConstraint("(settled_at IS NULL) = (state = 'open')", name="settled_at"),
    Index("ix_callback_request_open", "due_at", postgresql_where=text("state = 'open'")),
)
"""Somebody whom the salon is to call back."""
