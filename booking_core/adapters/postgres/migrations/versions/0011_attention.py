"""What a person has to look at: visits that Cal.com tells otherwise, and callers to call back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011_attention"
down_revision = "0010_calendar_day"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    _attention()
    _callback_request()


def downgrade() -> None:
    op.drop_table("callback_request")
    op.drop_table("attention")


def _instant(name: str, **more: object) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), **more)  # type: ignore[arg-type]  # Column's own


def _attention() -> None:
    op.create_table(
        "attention",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "version", sa.Integer(), nullable=False, comment="of the appointment it is about"
        ),
        sa.Column(
            "parts",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="segment, from and to here, from and to there",
        ),
        _instant("found_at", server_default=NOW, nullable=False),
        _instant("told_at", comment="when the salon was written to"),
        _instant("settled_at", comment="when it was as sold again, or over"),
        sa.CheckConstraint(
            "kind IN ('cancelled_there', 'moved_there', 'missing_there')",
            name=op.f("ck_attention_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name=op.f("fk_attention_branch_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_attention_appointment_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attention")),
    )
    op.create_index(
        "uq_attention_open",
        "attention",
        ["appointment_id", "kind"],
        unique=True,
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_index("ix_attention_branch_id_found_at", "attention", ["branch_id", "found_at"])


def _callback_request() -> None:
    op.create_table(
        "callback_request",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column(
            "key", sa.Text(), nullable=False, comment="of what caused it: one call, one request"
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False, comment="E.164"),
        sa.Column(
            "wish",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="services, start and person, as asked for",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        _instant("due_at", nullable=False, comment="when to call at the latest"),
        _instant("created_at", server_default=NOW, nullable=False),
        _instant("settled_at"),
        sa.CheckConstraint(
            "state IN ('open', 'done', 'obsolete')", name=op.f("ck_callback_request_state")
        ),
        sa.CheckConstraint(
            "(settled_at IS NULL) = (state = 'open')", name=op.f("ck_callback_request_settled_at")
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"],
            ["branch.id"],
            name=op.f("fk_callback_request_branch_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_request")),
        sa.UniqueConstraint("branch_id", "key", name=op.f("uq_callback_request_branch_id_key")),
    )
    op.create_index(
        "ix_callback_request_open",
        "callback_request",
        ["due_at"],
        postgresql_where=sa.text("state = 'open'"),
    )
