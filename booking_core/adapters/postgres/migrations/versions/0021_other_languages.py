"""The languages in which a branch serves callers besides its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021_other_languages"
down_revision = "0020_diary_news"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "branch",
        sa.Column(
            "other_languages",
            postgresql.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )


def downgrade() -> None:
    op.drop_column("branch", "other_languages")
