"""How a branch talks to callers: whether it asks for an address, and greets by name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024_manners"
down_revision = "0023_privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "branch",
        sa.Column("asks_email", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )
    op.add_column(
        "branch",
        sa.Column("greets_by_name", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("branch", "greets_by_name")
    op.drop_column("branch", "asks_email")
