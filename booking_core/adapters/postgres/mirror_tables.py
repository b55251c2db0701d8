"""What the external calendar says, as it was last read there."""

from __future__ import annotations

from sqlalchemy import Column, Date, DateTime, ForeignKey, ForeignKeyConstraint, Table, Uuid, func
from sqlalchemy.dialects.postgresql import TSTZMULTIRANGE

from booking_core.adapters.postgres.metadata import metadata

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE"), primary_key=True),
    Column("staff_id", Uuid, primary_key=True),
    Column("day", Date, primary_key=True, comment="of the branch's zone"),
    Column("busy", TSTZMULTIRANGE, nullable=False, comment="there, and not by claims of ours"),
    Column("read_at", DateTime(timezone=True), nullable=False, comment="when it was asked for"),
    ForeignKeyConstraint(
        ["branch_id", "staff_id"], ["staff.branch_id", "staff.id"], ondelete="CASCADE"
    ),
)
"""The mirror: one person's day. A day without a row has never been read."""

calendar_version = Table(
    "calendar_version",
    metadata,
    Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Uuid, nullable=False, server_default=func.gen_random_uuid()),
)
"""Another one whenever busy time elsewhere has changed; triggers of `calendar_day` see to it."""
