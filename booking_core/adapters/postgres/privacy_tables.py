"""How long a branch keeps what, and what it says in words of its own, as tables."""

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
    false,
    func,
    text,
)

from booking_core.adapters.postgres.metadata import metadata

retention = Table(
    "retention",
    metadata,
    Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE"), primary_key=True),
    Column("transcript_days", Integer, comment="words of calls; NULL = for ever"),
    Column("call_days", Integer, comment="calls themselves"),
    Column("request_days", Integer, comment="settled callbacks and waiting entries"),
    Column("mail_days", Integer, comment="the log of mails, not the visits"),
    Column("customer_days", Integer, comment="without a visit; the visits stay, without a name"),
    CheckConstraint(
        "least(transcript_days, call_days, request_days, mail_days, customer_days) > 0",
        name="days",
    ),
)
"""A branch without a row keeps things as long as the defaults say."""

own_sentence = Table(
    "own_sentence",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE"), nullable=False),
    Column("language", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("phrasing", Text, comment="NULL = back to the sentence everybody has"),
    Column("author", Text, nullable=False),
    Column("written_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("current", Boolean, nullable=False, server_default=false()),
    Index(
        "uq_own_sentence_current",
        "branch_id",
        "language",
        "key",
        unique=True,
        postgresql_where=text("current"),
    ),
)
"""Every version that was ever saved; one of each sentence is the one that is said."""
