"""What the telephone platform reports about a call: times, latencies, costs, how it ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018_call_report"
down_revision = "0017_visit_note"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "call_report",
        sa.Column("call_id", sa.Text(), nullable=False),
        sa.Column(
            "events",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="kinds that came, each once",
        ),
        sa.Column("call_type", sa.Text(), nullable=True),
        sa.Column("direction", sa.Text(), nullable=True),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column(
            "agent_version",
            sa.Integer(),
            nullable=True,
            comment="as the platform says; see also call.agent_version",
        ),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="by the platform's clock",
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("disconnection_reason", sa.Text(), nullable=True),
        sa.Column(
            "transfer_to",
            sa.Text(),
            nullable=True,
            comment="where the caller was put through, or should have been",
        ),
        sa.Column(
            "latency",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="percentiles in ms by stage",
        ),
        sa.Column(
            "cost", postgresql.JSONB(astext_type=sa.Text()), nullable=True, comment="in cents"
        ),
        sa.Column(
            "analysis",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=True,
            comment="what the platform's own model makes of the call",
        ),
        sa.Column(
            "recording_url",
            sa.Text(),
            nullable=True,
            comment="only with the caller's consent",
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["call.id"], name=op.f("fk_call_report_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_call_report")),
    )


def downgrade() -> None:
    op.drop_table("call_report")
