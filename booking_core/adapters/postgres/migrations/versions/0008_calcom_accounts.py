"""Each company's own Cal.com, and its keys there, sealed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008_calcom_accounts"
down_revision = "0007_change"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calcom_account",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("base_url", sa.Text(), nullable=False, comment="without /v2"),
        sa.Column(
            "versions",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="of the API, by group of endpoints; what is missing is as recorded",
        ),
        sa.Column(
            "requests_per_minute",
            sa.Integer(),
            nullable=True,
            comment="NULL = as many as Cal.com says it allows",
        ),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "requests_per_minute >= 4", name="ck_calcom_account_requests_per_minute"
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["company.id"],
            name="fk_calcom_account_company_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", name="pk_calcom_account"),
    )
    op.create_table(
        "calcom_key",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column(
            "calendar_user",
            sa.Text(),
            nullable=False,
            comment="'' = one key for everybody",
        ),
        sa.Column("sealed", sa.Text(), nullable=False, comment="opens with SECRET_KEY only"),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["calcom_account.company_id"],
            name="fk_calcom_key_company_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "calendar_user", name="pk_calcom_key"),
    )


def downgrade() -> None:
    op.drop_table("calcom_key")
    op.drop_table("calcom_account")
