"""Cal.com: event types known before they are made, those to be removed, and working hours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006_calcom_upkeep"
down_revision = "0005_mail"
branch_labels = None
depends_on = None

MAP, STATUS = "calcom_event_map", "ck_calcom_event_map_sync_status"
STATUS_BEFORE = f"ck_calcom_event_map_{STATUS}"  # the naming convention was applied twice


def upgrade() -> None:
    op.drop_constraint(STATUS_BEFORE, MAP)
    op.create_check_constraint(op.f(STATUS), MAP, "sync_status IN ('pending', 'synced', 'failed')")
    op.alter_column(
        MAP,
        "synced_at",
        nullable=True,
        server_default=None,
        comment="when it was last as it should be",
    )
    op.create_table(
        "calcom_leftover",
        _branch(),
        sa.Column("calendar_user", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column(
            "event_type_id",
            sa.BigInteger(),
            nullable=True,
            comment="NULL = perhaps it was never made",
        ),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("last_error", sa.Text(), nullable=True),
        _belongs_to_branch("fk_calcom_leftover_branch_id"),
        sa.PrimaryKeyConstraint(
            "branch_id", "calendar_user", "slug", name=op.f("pk_calcom_leftover")
        ),
    )
    op.create_table(
        "calcom_schedule",
        _branch(),
        sa.Column("calendar_user", sa.Text(), nullable=False),
        sa.Column(
            "written",
            postgresql.JSONB(),
            nullable=True,
            comment="the hours as we last wrote them; NULL = never",
        ),
        sa.Column("sync_status", sa.Text(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column(
            "synced_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when it was last as it should be",
        ),
        sa.CheckConstraint(
            "sync_status IN ('synced', 'failed', 'foreign')",
            name=op.f("ck_calcom_schedule_sync_status"),
        ),
        _belongs_to_branch("fk_calcom_schedule_branch_id"),
        sa.PrimaryKeyConstraint("branch_id", "calendar_user", name=op.f("pk_calcom_schedule")),
    )


def downgrade() -> None:
    op.drop_table("calcom_schedule")
    op.drop_table("calcom_leftover")
    op.execute(f"DELETE FROM {MAP} WHERE sync_status = 'pending'")  # noqa: S608 - a constant
    op.execute(f"UPDATE {MAP} SET synced_at = now() WHERE synced_at IS NULL")  # noqa: S608 - as above
    op.alter_column(MAP, "synced_at", nullable=False, server_default=sa.text("now()"), comment=None)
    op.drop_constraint(STATUS, MAP)
    op.create_check_constraint(op.f(STATUS_BEFORE), MAP, "sync_status IN ('synced', 'failed')")


def _branch() -> sa.Column[object]:
    return sa.Column("branch_id", sa.Uuid(), nullable=False)


def _belongs_to_branch(name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["branch_id"], ["branch.id"], name=op.f(name), ondelete="CASCADE"
    )
