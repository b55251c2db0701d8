"""Tokens, holds, answers and webhooks of the REST API; events are written with their cause."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019_api"
down_revision = "0018_call_report"
branch_labels = None
depends_on = None

# In the transaction that makes it true: an event exists exactly if its cause does. Where nobody
# listens this is one look into an index.
EVENT = """
    CREATE FUNCTION api_event_due() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      visit record;
      happened text;
      event uuid;
    BEGIN
      SELECT appointment.branch_id, branch.company_id INTO visit
      FROM appointment JOIN branch ON branch.id = appointment.branch_id
      WHERE appointment.id = NEW.appointment_id;
      happened := CASE
        WHEN NEW.state = 'cancelled' THEN 'booking.cancelled'
        WHEN NEW.version > 1 THEN 'booking.changed'
        ELSE 'booking.booked'
      END;
      IF NOT EXISTS (
        SELECT 1 FROM api_subscription
        WHERE company_id = visit.company_id AND active AND happened = ANY (events)
      ) THEN
        RETURN NULL;
      END IF;
      INSERT INTO api_event (company_id, branch_id, kind, appointment_id, version, occurred_at)
      VALUES (
        visit.company_id, visit.branch_id, happened, NEW.appointment_id, NEW.version,
        NEW.committed_at
      )
      RETURNING id INTO event;
      INSERT INTO api_delivery (event_id, subscription_id)
      SELECT event, id FROM api_subscription
      WHERE company_id = visit.company_id AND active AND happened = ANY (events);
      PERFORM procrastinate_defer_jobs_v1(ARRAY(
        SELECT ROW(
          'default', 'api.deliver', 0, NULL, NULL, jsonb_build_object('delivery_id', id), NULL
        )::procrastinate_job_to_defer_v1
        FROM api_delivery WHERE event_id = event
      ));
      RETURN NULL;
    END $$
"""
TRIGGER = """
    CREATE TRIGGER appointment_version_told AFTER INSERT ON appointment_version
    FOR EACH ROW EXECUTE FUNCTION api_event_due()
"""


def upgrade() -> None:
    _api_token()
    _api_hold()
    _api_answer()
    _api_subscription()
    _api_event()
    _api_delivery()
    op.execute(EVENT)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("DROP TRIGGER appointment_version_told ON appointment_version")
    op.execute("DROP FUNCTION api_event_due()")
    for table in ("delivery", "event", "subscription", "answer", "hold", "token"):
        op.drop_table(f"api_{table}")


def _api_token() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="what it is for"),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False, comment="SHA-256 in hexadecimal"),
        sa.Column(
            "hint", sa.Text(), nullable=False, comment="its first letters, to be told from others"
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "last_used_at", sa.DateTime(timezone=True), nullable=True, comment="to the minute"
        ),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "scopes <@ ARRAY['read', 'book', 'admin']", name=op.f("ck_api_token_scopes")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_api_token_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index(op.f("ix_api_token_company_id"), "api_token", ["company_id"], unique=False)


def _api_hold() -> None:
    op.create_table(
        "api_hold",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column(
            "plans",
            postgresql.JSONB(),
            nullable=False,
            comment="what is held, in the order of the tokens",
        ),
        sa.Column(
            "moving",
            sa.Uuid(),
            nullable=True,
            comment="the booking that is to be moved to one of them",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name=op.f("fk_api_hold_branch_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_api_hold_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_hold")),
    )
    op.create_index(op.f("ix_api_hold_company_id"), "api_hold", ["company_id"], unique=False)
    op.create_index(op.f("ix_api_hold_expires_at"), "api_hold", ["expires_at"], unique=False)


def _api_answer() -> None:
    op.create_table(
        "api_answer",
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="Idempotency-Key, as it came"),
        sa.Column("fingerprint", sa.Text(), nullable=False, comment="of the request"),
        sa.Column("run", sa.Uuid(), nullable=False, comment="who is working on it"),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status", sa.SmallInteger(), nullable=True, comment="NULL = there is no answer yet"
        ),
        sa.Column("headers", postgresql.JSONB(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status IS NULL) = (headers IS NULL)", name=op.f("ck_api_answer_headers")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["company.id"],
            name=op.f("fk_api_answer_company_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "key", name=op.f("pk_api_answer")),
    )
    op.create_index(op.f("ix_api_answer_created_at"), "api_answer", ["created_at"], unique=False)


def _api_subscription() -> None:
    op.create_table(
        "api_subscription",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("events", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False, comment="sealed; signs what is sent"),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "events <@ ARRAY['booking.booked', 'booking.changed', 'booking.cancelled']",
            name=op.f("ck_api_subscription_events"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["company.id"],
            name=op.f("fk_api_subscription_company_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_subscription")),
    )
    op.create_index(
        op.f("ix_api_subscription_company_id"), "api_subscription", ["company_id"], unique=False
    )


def _api_event() -> None:
    op.create_table(
        "api_event",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
            name=op.f("fk_api_event_appointment_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name=op.f("fk_api_event_branch_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["company.id"], name=op.f("fk_api_event_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_event")),
        sa.UniqueConstraint(
            "appointment_id", "version", name=op.f("uq_api_event_appointment_id_version")
        ),
    )
    op.create_index(op.f("ix_api_event_company_id"), "api_event", ["company_id"], unique=False)


def _api_delivery() -> None:
    op.create_table(
        "api_delivery",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="due", nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "last_status", sa.SmallInteger(), nullable=True, comment="of HTTP; NULL = no answer"
        ),
        sa.Column("last_error", sa.Text(), nullable=True, comment="the kind of it; quotes nobody"),
        sa.Column("last_tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(delivered_at IS NOT NULL) = (state = 'delivered')",
            name=op.f("ck_api_delivery_delivered_at"),
        ),
        sa.CheckConstraint(
            "state IN ('due', 'delivered', 'given_up')", name=op.f("ck_api_delivery_state")
        ),
        sa.ForeignKeyConstraint(
            ["event_id"],
            ["api_event.id"],
            name=op.f("fk_api_delivery_event_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["api_subscription.id"],
            name=op.f("fk_api_delivery_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_delivery")),
        sa.UniqueConstraint(
            "event_id", "subscription_id", name=op.f("uq_api_delivery_event_id_subscription_id")
        ),
    )
    op.create_index(
        op.f("ix_api_delivery_subscription_id"), "api_delivery", ["subscription_id"], unique=False
    )
