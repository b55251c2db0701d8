"""Which event type at Cal.com stands for which segment done by whom."""

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
from sqlalchemy.dialects.postgresql import ARRAY

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
    Column("synced_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    ForeignKeyConstraint(
        ["branch_id", "service_id"], ["service.branch_id", "service.id"], ondelete="CASCADE"
    ),
    ForeignKeyConstraint(
        ["branch_id", "staff_id"], ["staff.branch_id", "staff.id"], ondelete="CASCADE"
    ),
    UniqueConstraint("branch_id", "slug"),
    CheckConstraint("minutes > 0", name="minutes"),
    CheckConstraint("sync_status IN ('synced', 'failed')", name="sync_status"),
)
