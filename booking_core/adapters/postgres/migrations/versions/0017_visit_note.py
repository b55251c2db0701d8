"""A line on a visit for the salon to read: somebody will be late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017_visit_note"
down_revision = "0016_calendar_version"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "appointment",
        sa.Column(
            "note",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="for the salon to read; of no version in particular",
        ),
    )


def downgrade() -> None:
    op.drop_column("appointment", "note")
