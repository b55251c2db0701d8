"""Cancelling and moving: sagas of three kinds, versions of appointments, leaving claims."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007_change"
down_revision = "0006_calcom_upkeep"
branch_labels = None
depends_on = None

OPEN = sa.text("ended_at IS NULL")
TWICE = "ck_{table}_ck_{table}_{name}"  # the naming convention was applied twice
ONCE = "ck_{table}_{name}"


def upgrade() -> None:
    _versions()
    _names()
    _claims()
    _sagas()
    _steps()


def downgrade() -> None:
    """Only what the old program understands stays: bookings."""
    op.execute("DELETE FROM saga WHERE kind <> 'book'")
    _old_steps()
    _old_sagas()
    _old_claims()
    op.drop_index("ix_appointment_name_words", table_name="appointment")
    op.drop_index("ix_appointment_phone", table_name="appointment")
    op.drop_column("appointment", "name_words")
    op.drop_table("appointment_version")


def _versions() -> None:
    op.create_table(
        "appointment_version",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("plan", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("service_names", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('booked', 'cancelled')", name="ck_appointment_version_state"),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name="fk_appointment_version_appointment_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("appointment_id", "version", name="pk_appointment_version"),
    )
    op.execute("""
        INSERT INTO appointment_version
          (appointment_id, version, state, plan, service_names, price_cents, committed_at)
        SELECT id, version, 'booked', plan, service_names, price_cents, booked_at
        FROM appointment WHERE booked_at IS NOT NULL
    """)


def _names() -> None:
    comment = "of customer_name, folded to be looked up; erased with it"
    words: sa.Column[list[str]] = sa.Column(
        "name_words",
        postgresql.ARRAY(sa.Text()),
        server_default="{}",
        nullable=False,
        comment=comment,
    )
    op.add_column("appointment", words)
    op.execute(FOLD_NAMES)
    op.create_index("ix_appointment_phone", "appointment", ["branch_id", "customer_phone"])
    op.create_index(
        "ix_appointment_name_words", "appointment", ["name_words"], postgresql_using="gin"
    )


def _claims() -> None:
    comment = "renews and releases it; the owner, but for time held to move an appointment"
    op.add_column("claim", sa.Column("holder", sa.Text(), nullable=True, comment=comment))
    op.execute("UPDATE claim SET holder = owner")
    op.alter_column("claim", "holder", nullable=False)
    op.alter_column(
        "claim",
        "owner",
        comment="call:... or appointment:...; excludes all others",
        existing_comment="call:... for holds, appointment:... otherwise",
    )
    op.create_index("ix_claim_holder", "claim", ["holder"])
    _drop(TWICE, "claim", CLAIM_RULES)
    _check(ONCE, "claim", CLAIM_RULES)
    _exclude("state = 'final'")


def _old_claims() -> None:
    op.execute("DELETE FROM claim WHERE state = 'leaving'")
    _exclude("state <> 'held'")
    _drop(ONCE, "claim", CLAIM_RULES)
    _check(TWICE, "claim", OLD_CLAIM_RULES)
    op.drop_index("ix_claim_holder", table_name="claim")
    op.alter_column(
        "claim",
        "owner",
        comment="call:... for holds, appointment:... otherwise",
        existing_comment="call:... or appointment:...; excludes all others",
    )
    op.drop_column("claim", "holder")


def _exclude(where: str) -> None:
    op.drop_constraint("ex_claim_overlap_final", "claim")
    op.create_exclude_constraint(
        "ex_claim_overlap_final",
        "claim",
        (sa.column("resource_id"), "="),
        (sa.column("during"), "&&"),
        using="gist",
        where=sa.text(where),
    )


def _sagas() -> None:
    comment = "what a move leads to; NULL = what the appointment says"
    json = postgresql.JSONB(astext_type=sa.Text())
    version = sa.Column(
        "version", sa.Integer(), server_default="1", nullable=False, comment="that it leads to"
    )
    op.add_column("saga", version)
    op.add_column("saga", sa.Column("target", json, nullable=True, comment=comment))
    op.add_column(
        "saga", sa.Column("ordered_by", sa.Text(), server_default="phone", nullable=False)
    )
    op.add_column("saga", sa.Column("reason", sa.Text(), server_default="", nullable=False))
    _drop(TWICE, "saga", OLD_SAGA_RULES)
    op.execute("UPDATE saga SET state = 'done' WHERE state = 'booked'")
    _check(ONCE, "saga", SAGA_RULES)
    op.create_index(
        "uq_saga_under_way", "saga", ["appointment_id"], unique=True, postgresql_where=OPEN
    )


def _old_sagas() -> None:
    op.drop_index("uq_saga_under_way", table_name="saga")
    _drop(ONCE, "saga", SAGA_RULES)
    op.execute("UPDATE saga SET state = 'booked' WHERE state = 'done'")
    _check(TWICE, "saga", OLD_SAGA_RULES)
    for name in ("reason", "ordered_by", "target", "version"):
        op.drop_column("saga", name)


def _steps() -> None:
    op.drop_constraint("pk_saga_step", "saga_step")
    op.drop_constraint("uq_saga_step_saga_id_position", "saga_step")
    op.create_primary_key("pk_saga_step", "saga_step", ["saga_id", "position"])
    _comments("in the order of carrying out", "of the segment that is to stand, 1-based")
    op.alter_column("saga_step", "index", nullable=True)
    comment = "of the segment that stood before, 1-based"
    op.add_column(
        "saga_step", sa.Column("action", sa.Text(), server_default="book", nullable=False)
    )
    op.add_column("saga_step", sa.Column("former", sa.SmallInteger(), comment=comment))
    op.add_column(
        "saga_step",
        sa.Column("after_pivot", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "saga_step", sa.Column("old_uid", sa.Text(), comment="secret: whoever has it can cancel")
    )
    _drop(TWICE, "saga_step", OLD_STEP_RULES)
    _check(ONCE, "saga_step", STEP_RULES)


def _old_steps() -> None:
    _drop(ONCE, "saga_step", STEP_RULES)
    _check(TWICE, "saga_step", OLD_STEP_RULES)
    for name in ("old_uid", "after_pivot", "former", "action"):
        op.drop_column("saga_step", name)
    op.alter_column("saga_step", "index", nullable=False)
    _comments("in the order of booking", "of the segment, 1-based")
    op.drop_constraint("pk_saga_step", "saga_step")
    op.create_primary_key("pk_saga_step", "saga_step", ["saga_id", "index"])
    op.create_unique_constraint(
        "uq_saga_step_saga_id_position", "saga_step", ["saga_id", "position"]
    )


def _comments(position: str, index: str) -> None:
    op.alter_column("saga_step", "position", comment=position)
    op.alter_column("saga_step", "index", comment=index)


def _drop(names: str, table: str, rules: dict[str, str]) -> None:
    for name in rules:
        op.drop_constraint(op.f(names.format(table=table, name=name)), table)


def _check(names: str, table: str, rules: dict[str, str]) -> None:
    for name, rule in rules.items():
        op.create_check_constraint(op.f(names.format(table=table, name=name)), table, rule)


CLAIM_RULES = {
    "state": "state IN ('held', 'final', 'leaving', 'quarantine')",
    "expiry": "(expires_at IS NULL) = (state IN ('final', 'leaving'))",
}
OLD_CLAIM_RULES = {
    "state": "state IN ('held', 'final', 'quarantine')",
    "expiry": "(expires_at IS NULL) = (state = 'final')",
}
SAGA_RULES = {
    "kind": "kind IN ('book', 'cancel', 'move')",
    "target": "(target IS NOT NULL) = (kind = 'move')",
    "state": "state IN ('running', 'finishing', 'done', 'compensating', 'failed')",
    "ended_at": "(ended_at IS NULL) = (state IN ('running', 'finishing', 'compensating'))",
    "setback": "(setback IS NULL) = (state IN ('running', 'finishing', 'done'))",
}
OLD_SAGA_RULES = {
    "state": "state IN ('running', 'booked', 'compensating', 'failed')",
    "ended_at": "(ended_at IS NULL) = (state IN ('running', 'compensating'))",
    "setback": "(setback IS NULL) = (state IN ('running', 'booked'))",
}
STEP_RULES = {
    "action": "action IN ('book', 'shift', 'cancel', 'keep')",
    "index": "(index IS NULL) = (action = 'cancel')",
    "former": "(former IS NULL) = (action = 'book')",
    "uid": "state <> 'done' OR uid IS NOT NULL OR action IN ('cancel', 'keep')",
}
OLD_STEP_RULES = {"uid": "state <> 'done' OR uid IS NOT NULL"}
# As `domain.names` folds them; accents beyond these are rare enough for a look-up to miss.
FOLD_NAMES = """
    UPDATE appointment SET name_words = ARRAY(
      SELECT DISTINCT regexp_replace(word, '([aou])e', '\\1', 'g')
      FROM regexp_split_to_table(
        translate(
          replace(lower(customer_name), 'ß', 'ss'),
          'äöüáàâãéèêëíìîïóòôõúùûñçåøæœ', 'aouaaaaeeeeiiiioooouuuncaoao'
        ), '[^a-z]+'
      ) AS word
      WHERE word <> ''
    )
"""
