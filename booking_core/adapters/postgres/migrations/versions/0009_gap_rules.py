"""Gap rules of branches, deviations that count from a length on, and hand-overs between leads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009_gap_rules"
down_revision = "0008_calcom_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "branch",
        sa.Column(
            "gaps",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="what differs from offering every start on the step",
        ),
    )
    op.add_column(
        "branch", sa.Column("lead_change", sa.Text(), server_default="never", nullable=False)
    )
    op.create_check_constraint(
        "ck_branch_lead_change", "branch", "lead_change IN ('never', 'if_no_other')"
    )
    op.add_column(
        "staff_skill",
        sa.Column(
            "extra_from_minutes",
            sa.SmallInteger(),
            server_default="0",
            nullable=False,
            comment="the extra minutes count for segments of this length on",
        ),
    )


def downgrade() -> None:
    op.drop_column("staff_skill", "extra_from_minutes")
    op.drop_constraint("ck_branch_lead_change", "branch")
    op.drop_column("branch", "lead_change")
    op.drop_column("branch", "gaps")
