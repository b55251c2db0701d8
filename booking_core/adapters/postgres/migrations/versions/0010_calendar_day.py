"""The mirror: what the external calendar says is busy, by person and day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010_calendar_day"
down_revision = "0009_gap_rules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="of the branch's zone"),
        sa.Column(
            "busy",
            postgresql.TSTZMULTIRANGE(),
            nullable=False,
            comment="there, and not by claims of ours",
        ),
        sa.Column(
            "read_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when it was asked for",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"],
            ["branch.id"],
            name=op.f("fk_calendar_day_branch_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id", "staff_id"],
            ["staff.branch_id", "staff.id"],
            name=op.f("fk_calendar_day_branch_id_staff_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("branch_id", "staff_id", "day", name=op.f("pk_calendar_day")),
    )


def downgrade() -> None:
    op.drop_table("calendar_day")
