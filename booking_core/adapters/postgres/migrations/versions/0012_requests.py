"""What the salon is asked to see to: topics of callbacks, a waiting list, leads and consents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012_requests"
down_revision = "0011_attention"
branch_labels = None
depends_on = None

NOW = sa.text("now()")
OUTCOMES = "'booked', 'not_booked', 'abandoned', 'refused'"
MORE_OUTCOMES = (
    f"{OUTCOMES}, 'changed', 'cancelled', 'declined', 'nothing_free', 'callback', "
    "'waiting_list', 'transferred', 'wrong_number', 'information'"
)


def upgrade() -> None:
    _waiting_list()
    topic = sa.Column(
        "topic", sa.Text(), server_default="", nullable=False, comment="in the caller's words"
    )
    asked_for: sa.Column[bool] = sa.Column(
        "asked_for",
        sa.Boolean(),
        server_default=sa.false(),
        nullable=False,
        comment="false = a failed booking caused it, and one that works settles it",
    )
    op.add_column("callback_request", topic)
    op.add_column("callback_request", asked_for)
    op.add_column("call", _json("lead", "what was wanted when the caller was gone"))
    op.add_column("call", _json("consents", "asked for or refused: kind, given, words, when"))
    _outcomes(MORE_OUTCOMES)


def downgrade() -> None:
    op.execute(f"UPDATE call SET outcome = 'not_booked' WHERE outcome NOT IN ({OUTCOMES})")  # noqa: S608 - our own words
    _outcomes(OUTCOMES)
    op.drop_column("call", "consents")
    op.drop_column("call", "lead")
    op.drop_column("callback_request", "asked_for")
    op.drop_column("callback_request", "topic")
    op.drop_table("waiting_list_entry")


def _outcomes(words: str) -> None:
    op.drop_constraint("ck_call_outcome", "call", type_="check")
    op.create_check_constraint(op.f("ck_call_outcome"), "call", f"outcome IN ({words})")


def _json(name: str, comment: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), nullable=True, comment=comment)


def _waiting_list() -> None:
    op.create_table(
        "waiting_list_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column(
            "key", sa.Text(), nullable=False, comment="of what caused it: one call, one entry"
        ),
        sa.Column("services", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True, comment="NULL = anybody"),
        sa.Column(
            "windows",
            postgresql.TSTZMULTIRANGE(),
            nullable=True,
            comment="in which to start; NULL = any time",
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False, comment="E.164"),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("found", sa.DateTime(timezone=True), comment="the start that became free"),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'found', 'done', 'expired')",
            name=op.f("ck_waiting_list_entry_state"),
        ),
        sa.CheckConstraint(
            "(found IS NULL) = (state = 'open' OR state = 'expired') OR state = 'done'",
            name=op.f("ck_waiting_list_entry_found"),
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"],
            ["branch.id"],
            name=op.f("fk_waiting_list_entry_branch_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_list_entry")),
        sa.UniqueConstraint("branch_id", "key", name=op.f("uq_waiting_list_entry_branch_id_key")),
    )
    op.create_index(
        "ix_waiting_list_entry_open",
        "waiting_list_entry",
        ["branch_id", "created_at"],
        postgresql_where=sa.text("state IN ('open', 'found')"),
    )
