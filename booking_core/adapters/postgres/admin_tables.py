"""Who may look into a salon's books, and what they have changed there, as tables."""

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
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from booking_core.adapters.postgres.metadata import metadata

admin_user = Table(
    "admin_user",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("company_id", ForeignKey("company.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("email", Text, nullable=False, unique=True, comment="in lower case"),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password_hash", Text, comment="argon2; NULL = signs in by links only"),
    Column("language", Text, nullable=False, server_default="de"),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column(
        "epoch",
        Integer,
        nullable=False,
        server_default="1",
        comment="grows when everybody who is signed in as this user has to sign in again",
    ),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("role IN ('owner', 'desk')", name="role"),
    CheckConstraint("email = lower(email) AND email LIKE '%_@_%'", name="email"),
)

sign_in_link = Table(
    "sign_in_link",
    metadata,
    Column("token_hash", Text, primary_key=True, comment="SHA-256; the token is in the mail only"),
    Column("user_id", ForeignKey("admin_user.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("company_id", ForeignKey("company.id", ondelete="CASCADE"), nullable=False),
    Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE")),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("actor_id", Uuid, comment="NULL = the operator, or a program"),
    Column("actor", Text, nullable=False, comment="as they were called at that time"),
    Column("action", Text, nullable=False, comment="service.changed, visit.moved"),
    Column("subject", Text, nullable=False, comment="what it was done to, in words"),
    Column("subject_id", Text),
    Column("before", JSONB, comment="what differs, as it was"),
    Column("after", JSONB),
    Index("ix_audit_entry_company_id_at", "company_id", "at"),
)
