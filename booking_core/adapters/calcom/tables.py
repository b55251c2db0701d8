"""What is ours at Cal.com: event types for segments and people, working hours for people."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from booking_core.adapters.postgres.metadata import metadata

event_map = Table(
    "calcom_event_map",
    metadata,
    Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE"), primary_key=True),
    Column("service_id", Uuid, primary_key=True),
    Column("segment_key", Text, primary_key=True, comment="A, B, C in order"),
    Column("staff_id", Uuid, primary_key=True),
    Column("calendar_user", Text, nullable=False, comment="user name at Cal.com"),
    Column("slug", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column(
        "minutes", SmallInteger, nullable=False, comment="usual length, occupied pause included"
    ),
    Column("other_minutes", ARRAY(SmallInteger), nullable=False, comment="lengths also possible"),
    Column("event_type_id", BigInteger, comment="NULL = not at Cal.com yet: not bookable"),
    Column("sync_status", Text, nullable=False),
    Column("last_error", Text),
    Column("synced_at", DateTime(timezone=True), comment="when it was last as it should be"),
    ForeignKeyConstraint(
        ["branch_id", "service_id"], ["service.branch_id", "service.id"], ondelete="CASCADE"
    ),
    ForeignKeyConstraint(
        ["branch_id", "staff_id"], ["staff.branch_id", "staff.id"], ondelete="CASCADE"
    ),
    UniqueConstraint("branch_id", "slug"),
    CheckConstraint("minutes > 0", name="minutes"),
    CheckConstraint("sync_status IN ('pending', 'synced', 'failed')", name="sync_status"),
)
"""A row is written before Cal.com is asked for anything: whatever is lost, its slug is known."""

leftover = Table(
    "calcom_leftover",
    metadata,
    Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE"), primary_key=True),
    Column("calendar_user", Text, primary_key=True),
    Column("slug", Text, primary_key=True),
    Column("event_type_id", BigInteger, comment="NULL = perhaps it was never made"),
    Column("title", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("last_error", Text),
)
"""Event types that nobody wants any more, until they are gone from Cal.com."""

schedule = Table(
    "calcom_schedule",
    metadata,
    Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE"), primary_key=True),
    Column("calendar_user", Text, primary_key=True),
    Column("written", JSONB, comment="the hours as we last wrote them; NULL = never"),
    Column("sync_status", Text, nullable=False),
    Column("last_error", Text),
    Column("synced_at", DateTime(timezone=True), comment="when it was last as it should be"),
    CheckConstraint("sync_status IN ('synced', 'failed', 'foreign')", name="sync_status"),
)
"""Working hours at Cal.com; what differs from `written` was changed there by a person."""
