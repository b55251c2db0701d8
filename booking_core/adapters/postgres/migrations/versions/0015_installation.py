"""Whose bookings at Cal.com are ours, strays of which a person hears, a secret for each company."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015_installation"
down_revision = "0014_on_purpose"
branch_labels = None
depends_on = None

VISITS = "'cancelled_there', 'moved_there', 'missing_there'"
STRAYS = "'swept_there', 'foreign_there', 'unknown_there'"


def upgrade() -> None:
    op.create_table(
        "installation",
        sa.Column(
            "database", sa.Text(), nullable=False, comment="cluster and database it was made in"
        ),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column(
            "since", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("database", name=op.f("pk_installation")),
    )
    op.add_column(
        "calcom_account",
        sa.Column(
            "webhook_secret",
            sa.Text(),
            comment="opens with SECRET_KEY only; NULL = derived from it",
        ),
    )
    op.alter_column("attention", "appointment_id", nullable=True)
    op.add_column(
        "attention",
        sa.Column("stray", sa.Text(), comment="what it is about where that is no visit of ours"),
    )
    op.drop_constraint(op.f("ck_attention_kind"), "attention", type_="check")
    op.create_check_constraint(
        op.f("ck_attention_kind"),
        "attention",
        f"CASE WHEN stray IS NULL THEN kind IN ({VISITS}) ELSE kind IN ({STRAYS}) END",
    )
    op.create_check_constraint(
        op.f("ck_attention_stray"), "attention", "(appointment_id IS NULL) = (stray IS NOT NULL)"
    )
    op.create_index("uq_attention_stray", "attention", ["branch_id", "stray"], unique=True)


def downgrade() -> None:
    op.execute("DELETE FROM attention WHERE stray IS NOT NULL")
    op.drop_index("uq_attention_stray", table_name="attention")
    op.drop_constraint(op.f("ck_attention_stray"), "attention", type_="check")
    op.drop_constraint(op.f("ck_attention_kind"), "attention", type_="check")
    op.create_check_constraint(op.f("ck_attention_kind"), "attention", f"kind IN ({VISITS})")
    op.drop_column("attention", "stray")
    op.alter_column("attention", "appointment_id", nullable=False)
    op.drop_column("calcom_account", "webhook_secret")
    op.drop_table("installation")
