"""Bookings: appointments, claims, the saga log, the mail log, and the tables of the job queue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

revision = "0002_booking"
down_revision = "0001_salon"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "appointment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "plan",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="snapshot; does not follow the service",
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("service_names", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.Uuid(), nullable=True),
        sa.Column("customer_name", sa.Text(), nullable=False),
        sa.Column("customer_phone", sa.Text(), nullable=True),
        sa.Column("customer_email", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("call_id", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "booked_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="commit that made it booked",
        ),
        sa.CheckConstraint(
            "(booked_at IS NULL) = (state IN ('booking', 'failed'))",
            name="ck_appointment_booked_at",
        ),
        sa.CheckConstraint(
            "state IN ('booking', 'booked', 'failed', 'cancelling', 'cancelled')",
            name="ck_appointment_state",
        ),
        sa.CheckConstraint("starts_at < ends_at", name="ck_appointment_order"),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_appointment_branch_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["customer.id"], name="fk_appointment_customer_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_appointment"),
        sa.UniqueConstraint("branch_id", "code", name="uq_appointment_branch_id_code"),
    )
    op.create_index(
        "ix_appointment_branch_id_starts_at",
        "appointment",
        ["branch_id", "starts_at"],
        unique=False,
    )
    op.create_index("ix_appointment_customer_id", "appointment", ["customer_id"], unique=False)
    op.create_table(
        "appointment_segment",
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column(
            "index", sa.SmallInteger(), nullable=False, comment="1-based, in the order of the visit"
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False, comment="the work itself"),
        sa.Column(
            "pause_until",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="NULL = no pause afterwards",
        ),
        sa.Column(
            "calendar_uid", sa.Text(), nullable=True, comment="secret: whoever has it can cancel"
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name="fk_appointment_segment_appointment_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("appointment_id", "index", name="pk_appointment_segment"),
    )
    op.create_index(
        "ix_appointment_segment_staff_id", "appointment_segment", ["staff_id"], unique=False
    )
    op.create_table(
        "claim",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("resource_id", sa.Uuid(), nullable=False, comment="staff member, chair or basin"),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column(
            "owner",
            sa.Text(),
            nullable=False,
            comment="call:... for holds, appointment:... otherwise",
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="NULL = does not expire",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("resource_id"), "="),
            (sa.column("during"), "&&"),
            (sa.column("owner"), "<>"),
            using="gist",
            name="ex_claim_overlap",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("resource_id"), "="),
            (sa.column("during"), "&&"),
            where=sa.text("state <> 'held'"),
            using="gist",
            name="ex_claim_overlap_final",
        ),
        sa.CheckConstraint(
            "(appointment_id IS NULL) = (state = 'held')", name="ck_claim_appointment"
        ),
        sa.CheckConstraint("(expires_at IS NULL) = (state = 'final')", name="ck_claim_expiry"),
        sa.CheckConstraint("kind IN ('work', 'pause', 'rest', 'seat')", name="ck_claim_kind"),
        sa.CheckConstraint("state IN ('held', 'final', 'quarantine')", name="ck_claim_state"),
        sa.CheckConstraint("NOT isempty(during)", name="ck_claim_length"),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name="fk_claim_appointment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_claim_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_claim"),
    )
    op.create_index("ix_claim_appointment_id", "claim", ["appointment_id"], unique=False)
    op.create_index(
        "ix_claim_branch_during",
        "claim",
        ["branch_id", "during"],
        unique=False,
        postgresql_using="gist",
    )
    op.create_index(
        "ix_claim_expires_at",
        "claim",
        ["expires_at"],
        unique=False,
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_index("ix_claim_owner", "claim", ["owner"], unique=False)
    op.create_table(
        "email_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="due", nullable=False),
        sa.Column("committed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="ck_email_log_sent_at"),
        sa.CheckConstraint(
            "kind IN ('confirmation', 'change', 'cancellation')", name="ck_email_log_kind"
        ),
        sa.CheckConstraint("state IN ('due', 'sending', 'sent')", name="ck_email_log_state"),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name="fk_email_log_appointment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_email_log_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_email_log"),
        sa.UniqueConstraint(
            "appointment_id", "version", "kind", name="uq_email_log_appointment_id_version_kind"
        ),
    )
    op.create_index(
        "ix_email_log_unsent",
        "email_log",
        ["committed_at"],
        unique=False,
        postgresql_where=sa.text("state <> 'sent'"),
    )
    op.create_table(
        "saga",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="book", nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("setback", sa.Text(), nullable=True),
        sa.Column("fence", sa.Integer(), server_default="1", nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "started_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (state IN ('running', 'compensating'))", name="ck_saga_ended_at"
        ),
        sa.CheckConstraint(
            "(setback IS NULL) = (state IN ('running', 'booked'))", name="ck_saga_setback"
        ),
        sa.CheckConstraint(
            "state IN ('running', 'booked', 'compensating', 'failed')", name="ck_saga_state"
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name="fk_saga_appointment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_saga_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saga"),
        sa.UniqueConstraint("branch_id", "key", name="uq_saga_branch_id_key"),
    )
    op.create_index("ix_saga_appointment_id", "saga", ["appointment_id"], unique=False)
    op.create_index(
        "ix_saga_open",
        "saga",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "saga_step",
        sa.Column("saga_id", sa.Uuid(), nullable=False),
        sa.Column("index", sa.SmallInteger(), nullable=False, comment="of the segment, 1-based"),
        sa.Column("position", sa.SmallInteger(), nullable=False, comment="in the order of booking"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("uid", sa.Text(), nullable=True, comment="secret: whoever has it can cancel"),
        sa.Column("uncertain", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("state <> 'done' OR uid IS NOT NULL", name="ck_saga_step_uid"),
        sa.CheckConstraint(
            "state IN ('pending', 'intent', 'done', 'undone')", name="ck_saga_step_state"
        ),
        sa.ForeignKeyConstraint(
            ["saga_id"], ["saga.id"], name="fk_saga_step_saga_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("saga_id", "index", name="pk_saga_step"),
        sa.UniqueConstraint("saga_id", "position", name="uq_saga_step_saga_id_position"),
        sa.UniqueConstraint("uid", name="uq_saga_step_uid"),
    )
    # Without parameters the driver takes the file as it is: many statements, with percent signs.
    schema = SchemaManager.get_schema()
    op.get_bind().exec_driver_sql(schema, execution_options={"no_parameters": True})


def downgrade() -> None:
    op.get_bind().exec_driver_sql(DROP_QUEUE, execution_options={"no_parameters": True})
    for table in ("saga_step", "saga", "email_log", "claim", "appointment_segment", "appointment"):
        op.drop_table(table)


DROP_QUEUE = """
DO $$
DECLARE found record;
BEGIN
  FOR found IN SELECT oid::regclass AS name FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace
      AND relkind = 'r' AND relname LIKE 'procrastinate\\_%'
  LOOP EXECUTE format('DROP TABLE %s CASCADE', found.name); END LOOP;
  FOR found IN SELECT oid::regprocedure AS name FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'procrastinate\\_%'
  LOOP EXECUTE format('DROP FUNCTION %s CASCADE', found.name); END LOOP;
  FOR found IN SELECT oid::regtype AS name FROM pg_type
    WHERE typnamespace = current_schema()::regnamespace
      AND typtype IN ('e', 'c') AND typname LIKE 'procrastinate\\_%'
  LOOP EXECUTE format('DROP TYPE %s CASCADE', found.name); END LOOP;
END $$
"""
