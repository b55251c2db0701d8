"""How long a branch keeps what, and what it says in words of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023_privacy"
down_revision = "0022_facts"
branch_labels = None
depends_on = None

CLASSES = ("transcript_days", "call_days", "request_days", "mail_days", "customer_days")


def upgrade() -> None:
    op.create_table(
        "retention",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("transcript_days", sa.Integer(), comment="words of calls; NULL = for ever"),
        sa.Column("call_days", sa.Integer(), comment="calls themselves"),
        sa.Column("request_days", sa.Integer(), comment="settled callbacks and waiting entries"),
        sa.Column("mail_days", sa.Integer(), comment="the log of mails, not the visits"),
        sa.Column(
            "customer_days",
            sa.Integer(),
            comment="without a visit; the visits stay, without a name",
        ),
        sa.PrimaryKeyConstraint("branch_id", name="pk_retention"),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_retention_branch_id", ondelete="CASCADE"
        ),
        sa.CheckConstraint(f"least({', '.join(CLASSES)}) > 0", name="ck_retention_days"),
    )
    op.create_table(
        "own_sentence",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("phrasing", sa.Text(), comment="NULL = back to the sentence everybody has"),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
        sa.Column("current", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("id", name="pk_own_sentence"),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_own_sentence_branch_id", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "uq_own_sentence_current",
        "own_sentence",
        ["branch_id", "language", "key"],
        unique=True,
        postgresql_where=sa.text("current"),
    )


def downgrade() -> None:
    op.drop_table("own_sentence")
    op.drop_table("retention")
