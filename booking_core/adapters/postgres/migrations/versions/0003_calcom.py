"""Cal.com: which event type stands for which segment done by whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_calcom"
down_revision = "0002_booking"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calcom_event_map",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("segment_key", sa.Text(), nullable=False, comment="A, B, C in order"),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("calendar_user", sa.Text(), nullable=False, comment="user name at Cal.com"),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "minutes",
            sa.SmallInteger(),
            nullable=False,
            comment="usual length, occupied pause included",
        ),
        sa.Column(
            "other_minutes",
            postgresql.ARRAY(sa.SmallInteger()),
            nullable=False,
            comment="lengths also possible",
        ),
        sa.Column(
            "event_type_id",
            sa.BigInteger(),
            nullable=True,
            comment="NULL = not at Cal.com yet: not bookable",
        ),
        sa.Column("sync_status", sa.Text(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column(
            "synced_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("minutes > 0", name="ck_calcom_event_map_minutes"),
        sa.CheckConstraint(
            "sync_status IN ('synced', 'failed')", name="ck_calcom_event_map_sync_status"
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"],
            ["branch.id"],
            name="fk_calcom_event_map_branch_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id", "service_id"],
            ["service.branch_id", "service.id"],
            name="fk_calcom_event_map_branch_id_service_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id", "staff_id"],
            ["staff.branch_id", "staff.id"],
            name="fk_calcom_event_map_branch_id_staff_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "branch_id",
            "service_id",
            "segment_key",
            "staff_id",
            name="pk_calcom_event_map",
        ),
        sa.UniqueConstraint("branch_id", "slug", name="uq_calcom_event_map_branch_id_slug"),
    )


def downgrade() -> None:
    op.drop_table("calcom_event_map")
