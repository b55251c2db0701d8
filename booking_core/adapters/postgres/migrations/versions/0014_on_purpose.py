"""What is done on purpose: visits put into the rest of others, and a way for rules to refuse."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014_on_purpose"
down_revision = "0013_admin"
branch_labels = None
depends_on = None

# The name that the first migration gave it says "check of claim" twice.
ONCE, TWICE = "ck_claim_kind", "ck_claim_ck_claim_kind"
KINDS, OLD_KINDS = (
    "kind IN ('work', 'pause', 'rest', 'guard', 'seat')",
    "kind IN ('work', 'pause', 'rest', 'seat')",
)
# The last minutes of a free pause were called a rest, too; the plan tells the two apart.
GUARDS = """
    UPDATE claim SET kind = 'guard' FROM appointment
    WHERE claim.kind = 'rest' AND appointment.id = claim.appointment_id AND NOT EXISTS (
      SELECT FROM jsonb_array_elements(appointment.plan -> 'segments') AS segment
      WHERE (segment -> 'pause' ->> 'rest')::boolean AND tstzrange(
        (segment -> 'pause' -> 'span' ->> 0)::timestamptz,
        (segment -> 'pause' -> 'span' ->> 1)::timestamptz
      ) @> claim.during
    )
"""
RESTS = """
    UPDATE claim
    SET lanes = int8multirange(
      int8range(0, 0, '[]'),
      int8range(hashtextextended(owner, 0) >> 1, hashtextextended(owner, 0) >> 1, '[]')
    )
    WHERE kind = 'rest'
"""
REFUSE = """
    CREATE FUNCTION refuse(code text) RETURNS boolean LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION USING ERRCODE = code, MESSAGE = 'refused by a rule of ours'; END $$
"""
LANES = "excludes whatever shares one: all, but a rest and who was put into it on purpose"


def upgrade() -> None:
    op.add_column(
        "claim",
        sa.Column(
            "lanes",
            postgresql.INT8MULTIRANGE(),
            nullable=False,
            server_default="{(,)}",
            comment=LANES,
        ),
    )
    _kinds(TWICE, ONCE, KINDS)
    op.execute(GUARDS)
    op.execute(RESTS)
    _constraints((sa.column("lanes"), "&&"))
    _rest_override()
    op.execute(REFUSE)


def downgrade() -> None:
    """Refused by the constraints while somebody's work lies in somebody's rest."""
    op.execute("DROP FUNCTION refuse(text)")
    op.drop_table("rest_override")
    _constraints()
    op.execute("UPDATE claim SET kind = 'rest' WHERE kind = 'guard'")
    _kinds(ONCE, TWICE, OLD_KINDS)
    op.drop_column("claim", "lanes")


def _kinds(before: str, after: str, rule: str) -> None:
    op.drop_constraint(op.f(before), "claim")
    op.create_check_constraint(op.f(after), "claim", rule)


def _constraints(*lanes: tuple[sa.ColumnClause[object], str]) -> None:
    op.drop_constraint("ex_claim_overlap", "claim")
    op.drop_constraint("ex_claim_overlap_final", "claim")
    op.create_exclude_constraint(
        "ex_claim_overlap",
        "claim",
        (sa.column("resource_id"), "="),
        (sa.column("during"), "&&"),
        (sa.column("owner"), "<>"),
        *lanes,
        using="gist",
    )
    op.create_exclude_constraint(
        "ex_claim_overlap_final",
        "claim",
        (sa.column("resource_id"), "="),
        (sa.column("during"), "&&"),
        *lanes,
        using="gist",
        where=sa.text("state = 'final'"),
    )


def _rest_override() -> None:
    op.create_table(
        "rest_override",
        sa.Column("saga_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "version",
            sa.Integer(),
            nullable=False,
            comment="of the appointment, that it leads to",
        ),
        sa.Column("author", sa.Text(), nullable=False, comment="who decided it at the desk"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why; may name somebody"),
        sa.Column(
            "into",
            postgresql.ARRAY(sa.Uuid()),
            nullable=False,
            comment="appointments whose rest is used",
        ),
        sa.Column(
            "noted_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_rest_override_appointment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["saga_id"], ["saga.id"], name=op.f("fk_rest_override_saga_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("saga_id", name=op.f("pk_rest_override")),
    )
    op.create_index("ix_rest_override_appointment_id", "rest_override", ["appointment_id"])
