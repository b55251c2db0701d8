"""Claims know of requests that may still land where they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026_doubt"
down_revision = "0025_desk"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "claim",
        sa.Column(
            "in_doubt", sa.Uuid(), comment="saga of which a given-up request may still land here"
        ),
    )


def downgrade() -> None:
    op.drop_column("claim", "in_doubt")
