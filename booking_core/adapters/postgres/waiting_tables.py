"""The waiting list as a table."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSTZMULTIRANGE

from booking_core.adapters.postgres.metadata import metadata

waiting_list_entry = Table(
    "waiting_list_entry",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE"), nullable=False),
    Column("key", Text, nullable=False, comment="of what caused it: one call, one entry"),
    Column("services", ARRAY(Uuid), nullable=False),
    Column("staff_id", Uuid, comment="NULL = anybody"),
    Column("windows", TSTZMULTIRANGE, comment="in which to start; NULL = any time"),
    Column("name", Text, nullable=False),
    Column("phone", Text, nullable=False, comment="E.164"),
    Column("state", Text, nullable=False, server_default="open"),
    Column("found", DateTime(timezone=True), comment="the start that became free"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("looked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("settled_at", DateTime(timezone=True)),
    UniqueConstraint("branch_id", "key"),
    CheckConstraint("state IN ('open', 'found', 'done', 'expired')", name="state"),
    CheckConstraint(
        "(found IS NULL) = (state = 'open' OR state = 'expired') OR state = 'done'", name="found"
    ),
    Index(
        "ix_waiting_list_entry_open",
        "branch_id",
        "created_at",
        postgresql_where=text("state IN ('open', 'found')"),
    ),
)
"""Somebody who comes as soon as a fitting place is free."""
