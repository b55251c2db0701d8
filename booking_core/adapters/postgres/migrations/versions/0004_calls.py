"""Calls and their turns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004_calls"
down_revision = "0003_calcom"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call",
        sa.Column(
            "id", sa.Text(), nullable=False, comment="the platform's id, from the socket's path"
        ),
        sa.Column(
            "branch_id",
            sa.Uuid(),
            nullable=True,
            comment="NULL = refused: nobody knows which salon was called",
        ),
        sa.Column(
            "salon_version",
            sa.Integer(),
            nullable=True,
            comment="configuration the call was held with",
        ),
        sa.Column("caller_number", sa.Text(), nullable=True, comment="E.164; NULL when withheld"),
        sa.Column("agent_version", sa.Integer(), nullable=True),
        sa.Column("connections", sa.Integer(), server_default="1", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('booked', 'not_booked', 'abandoned', 'refused')",
            name="ck_call_outcome",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_call_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_call"),
    )
    op.create_index("ix_call_branch_id_started_at", "call", ["branch_id", "started_at"])
    op.create_index("ix_call_started_at", "call", ["started_at"])
    op.create_table(
        "call_turn",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False, comment="counts through reconnects"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "response_id",
            sa.BigInteger(),
            nullable=False,
            comment="the platform's; may be superseded",
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ended", sa.Text(), nullable=False),
        sa.Column("caller_text", sa.Text(), nullable=False),
        sa.Column("agent_text", sa.Text(), nullable=False),
        sa.Column("understanding", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("actions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "first_ms",
            sa.Float(),
            nullable=True,
            comment="from the request to the first words; NULL = none",
        ),
        sa.Column(
            "total_ms",
            sa.Float(),
            nullable=True,
            comment="to the last words; NULL = never finished",
        ),
        sa.CheckConstraint("kind IN ('greeting', 'speech', 'silence')", name="ck_call_turn_kind"),
        sa.CheckConstraint(
            "ended IN ('answered', 'superseded', 'failed', 'lost')",
            name="ck_call_turn_ended",
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name="fk_call_turn_call_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "turn", name="pk_call_turn"),
    )


def downgrade() -> None:
    op.drop_table("call_turn")
    op.drop_table("call")
