"""A hold of the API knows whether a person was asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027_hold_for_anyone"
down_revision = "0026_doubt"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "api_hold",
        sa.Column(
            "anyone",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="nobody was asked for by name",
        ),
    )


def downgrade() -> None:
    op.drop_column("api_hold", "anyone")
