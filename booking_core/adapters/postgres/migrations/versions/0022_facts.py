"""What callers ask about a branch, answered in its own words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022_facts"
down_revision = "0021_other_languages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "branch",
        sa.Column(
            "facts",
            postgresql.JSONB(),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="sentences that answer what callers ask about the salon, by topic",
        ),
    )


def downgrade() -> None:
    op.drop_column("branch", "facts")
