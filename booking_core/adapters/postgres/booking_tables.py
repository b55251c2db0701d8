"""Appointments, who is taken when, the log of changes under way, and mails, as tables."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import (
    ARRAY,
    INT8MULTIRANGE,
    JSONB,
    TSTZRANGE,
    ExcludeConstraint,
)

from booking_core.adapters.postgres.metadata import metadata

# The clock of the statement, not of the transaction: leases are compared across transactions.
_NOW = func.clock_timestamp()


def _branch() -> Column[object]:
    return Column("branch_id", ForeignKey("branch.id", ondelete="CASCADE"), nullable=False)


def _appointment(*, primary_key: bool = False, nullable: bool = False) -> Column[object]:
    return Column(
        "appointment_id",
        ForeignKey("appointment.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=nullable,
    )


appointment = Table(
    "appointment",
    metadata,
    Column("id", Uuid, primary_key=True),
    _branch(),
    Column("code", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("plan", JSONB, nullable=False, comment="snapshot; does not follow the service"),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("service_names", ARRAY(Text), nullable=False),
    Column("price_cents", Integer, nullable=False),
    Column("customer_id", ForeignKey("customer.id", ondelete="SET NULL")),
    Column("customer_name", Text, nullable=False),
    Column("customer_phone", Text),
    Column("customer_email", Text),
    Column(
        "name_words",
        ARRAY(Text),
        nullable=False,
        server_default="{}",
        comment="of customer_name, folded to be looked up; erased with it",
    ),
    Column("source", Text, nullable=False),
    Column("call_id", Text),
    Column(
        "note",
        Text,
        nullable=False,
        server_default="",
        comment="for the salon to read; of no version in particular",
    ),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("booked_at", DateTime(timezone=True), comment="commit that made it booked"),
    Column(
        "anyone",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="the customer did not care who does it",
    ),
    Column("mark", Text, comment="whether they came; NULL = the salon has not said"),
    UniqueConstraint("branch_id", "code"),
    CheckConstraint(
        "state IN ('booking', 'booked', 'failed', 'cancelling', 'cancelled')", name="state"
    ),
    CheckConstraint("starts_at < ends_at", name="order"),
    CheckConstraint("(booked_at IS NULL) = (state IN ('booking', 'failed'))", name="booked_at"),
    CheckConstraint("mark IN ('arrived', 'missed')", name="mark"),
    # With what statistics ask of each visit, so that they need not read its plan.
    Index(None, "branch_id", "starts_at", postgresql_include=["id", "state", "mark"]),
    Index(None, "customer_id"),
    Index("ix_appointment_phone", "branch_id", "customer_phone"),
    Index("ix_appointment_name_words", "name_words", postgresql_using="gin"),
)

appointment_version = Table(
    "appointment_version",
    metadata,
    _appointment(primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("state", Text, nullable=False),
    Column("plan", JSONB, nullable=False),
    Column("service_names", ARRAY(Text), nullable=False),
    Column("price_cents", Integer, nullable=False),
    Column("committed_at", DateTime(timezone=True), nullable=False),
    CheckConstraint("state IN ('booked', 'cancelled')", name="state"),
)

appointment_segment = Table(
    "appointment_segment",
    metadata,
    _appointment(primary_key=True),
    Column("index", SmallInteger, primary_key=True, comment="1-based, in the order of the visit"),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("service_id", Uuid, nullable=False),
    Column("staff_id", Uuid, nullable=False),
    Column("during", TSTZRANGE, nullable=False, comment="the work itself"),
    Column("pause_until", DateTime(timezone=True), comment="NULL = no pause afterwards"),
    Column("calendar_uid", Text, comment="secret: whoever has it can cancel"),
    Index(None, "staff_id"),
)

claim = Table(
    "claim",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _branch(),
    Column("resource_id", Uuid, nullable=False, comment="staff member, chair or basin"),
    Column("during", TSTZRANGE, nullable=False),
    Column(
        "owner", Text, nullable=False, comment="call:... or appointment:...; excludes all others"
    ),
    Column(
        "holder",
        Text,
        nullable=False,
        comment="renews and releases it; the owner, but for time held to move an appointment",
    ),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    _appointment(nullable=True),
    Column("expires_at", DateTime(timezone=True), comment="NULL = does not expire"),
    Column(
        "lanes",
        INT8MULTIRANGE,
        nullable=False,
        server_default="{(,)}",
        comment="excludes whatever shares one: all, but a rest and who was put into it on purpose",
    ),
    Column("in_doubt", Uuid, comment="saga of which a given-up request may still land here"),
    # Promise P1. What one owner holds may overlap: two offers to the same caller are alternatives.
    ExcludeConstraint(
        ("resource_id", "="),
        ("during", "&&"),
        ("owner", "<>"),
        ("lanes", "&&"),
        name="ex_claim_overlap",
        using="gist",
    ),
    # Within one plan nothing is an alternative: there the owner is no excuse. What a moving
    # appointment is about to leave blocks everybody else, and not its own new place.
    ExcludeConstraint(
        ("resource_id", "="),
        ("during", "&&"),
        ("lanes", "&&"),
        name="ex_claim_overlap_final",
        using="gist",
        where=text("state = 'final'"),
    ),
    CheckConstraint("NOT isempty(during)", name="length"),
    CheckConstraint("kind IN ('work', 'pause', 'rest', 'guard', 'seat')", name="kind"),
    CheckConstraint("state IN ('held', 'final', 'leaving', 'quarantine')", name="state"),
    CheckConstraint("(expires_at IS NULL) = (state IN ('final', 'leaving'))", name="expiry"),
    CheckConstraint("(appointment_id IS NULL) = (state = 'held')", name="appointment"),
    Index("ix_claim_owner", "owner"),
    Index("ix_claim_holder", "holder"),
    Index("ix_claim_appointment_id", "appointment_id"),
    Index("ix_claim_expires_at", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    Index("ix_claim_branch_during", "branch_id", "during", postgresql_using="gist"),
)

saga = Table(
    "saga",
    metadata,
    Column("id", Uuid, primary_key=True),
    _branch(),
    _appointment(),
    Column("kind", Text, nullable=False, server_default="book"),
    Column("version", Integer, nullable=False, server_default="1", comment="that it leads to"),
    Column("target", JSONB, comment="what a move leads to; NULL = what the appointment says"),
    Column("ordered_by", Text, nullable=False, server_default="phone"),
    Column("reason", Text, nullable=False, server_default=""),
    Column(
        "quiet",
        Boolean,
        nullable=False,
        server_default=text("false"),
        comment="the desk tells the customer itself: no mail",
    ),
    Column("key", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("setback", Text),
    Column("fence", Integer, nullable=False, server_default="1"),
    Column("worker", Text, nullable=False),
    Column("lease_until", DateTime(timezone=True), nullable=False),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("started_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Column("ended_at", DateTime(timezone=True)),
    UniqueConstraint("branch_id", "key"),
    CheckConstraint("kind IN ('book', 'cancel', 'move')", name="kind"),
    CheckConstraint("(target IS NOT NULL) = (kind = 'move')", name="target"),
    CheckConstraint(
        "state IN ('running', 'finishing', 'done', 'compensating', 'failed')", name="state"
    ),
    CheckConstraint(
        "(ended_at IS NULL) = (state IN ('running', 'finishing', 'compensating'))",
        name="ended_at",
    ),
    CheckConstraint(
        "(setback IS NULL) = (state IN ('running', 'finishing', 'done'))",
        name="setback",
    ),
    Index("ix_saga_appointment_id", "appointment_id"),
    # Exactly one change of an appointment at a time.
    Index(
        "uq_saga_under_way",
        "appointment_id",
        unique=True,
        postgresql_where=text("ended_at IS NULL"),
    ),
    Index("ix_saga_open", "lease_until", postgresql_where=text("ended_at IS NULL")),
)

saga_step = Table(
    "saga_step",
    metadata,
    Column("saga_id", ForeignKey("saga.id", ondelete="CASCADE"), primary_key=True),
    Column("position", SmallInteger, primary_key=True, comment="in the order of carrying out"),
    Column("action", Text, nullable=False, server_default="book"),
    Column("index", SmallInteger, comment="of the segment that is to stand, 1-based"),
    Column("former", SmallInteger, comment="of the segment that stood before, 1-based"),
    Column("after_pivot", Boolean, nullable=False, server_default=text("false")),
    Column("state", Text, nullable=False),
    Column("attempt", SmallInteger, nullable=False, server_default="0"),
    Column("old_uid", Text, comment="secret: whoever has it can cancel"),
    Column("uid", Text, comment="secret: whoever has it can cancel"),
    Column("uncertain", Boolean, nullable=False, server_default=text("false")),
    Column("changed_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    UniqueConstraint("uid"),
    CheckConstraint("action IN ('book', 'shift', 'cancel', 'keep')", name="action"),
    CheckConstraint("(index IS NULL) = (action = 'cancel')", name="index"),
    CheckConstraint("(former IS NULL) = (action = 'book')", name="former"),
    CheckConstraint("state IN ('pending', 'intent', 'done', 'undone')", name="state"),
    CheckConstraint(
        "state <> 'done' OR uid IS NOT NULL OR action IN ('cancel', 'keep')", name="uid"
    ),
)

rest_override = Table(
    "rest_override",
    metadata,
    Column("saga_id", ForeignKey("saga.id", ondelete="CASCADE"), primary_key=True),
    _appointment(),
    Column("version", Integer, nullable=False, comment="of the appointment, that it leads to"),
    Column("author", Text, nullable=False, comment="who decided it at the desk"),
    Column("reason", Text, nullable=False, comment="why; may name somebody"),
    Column("into", ARRAY(Uuid), nullable=False, comment="appointments whose rest is used"),
    Column("noted_at", DateTime(timezone=True), nullable=False, server_default=_NOW),
    Index(None, "appointment_id"),
)

email_log = Table(
    "email_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _branch(),
    _appointment(),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="due"),
    Column("committed_at", DateTime(timezone=True), nullable=False),
    Column("lease_until", DateTime(timezone=True)),
    Column("tries", Integer, nullable=False, server_default="0"),
    Column("content", LargeBinary, comment="as it may have left; kept until that is known"),
    Column("message_id", Text),
    Column("sent_at", DateTime(timezone=True)),
    Column("reason", Text, comment="why it will never be sent; names nobody"),
    UniqueConstraint("appointment_id", "version", "kind"),
    CheckConstraint("kind IN ('confirmation', 'change', 'cancellation')", name="kind"),
    CheckConstraint(
        "state IN ('due', 'sending', 'sent', 'refused', 'dropped', 'unsure')", name="state"
    ),
    CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
    CheckConstraint(
        "(reason IS NULL) = (state IN ('due', 'sending', 'sent'))",
        name="reason",
    ),
    CheckConstraint("content IS NULL OR state IN ('due', 'sending')", name="content"),
    Index(
        "ix_email_log_open",
        "committed_at",
        postgresql_where=text("state IN ('due', 'sending')"),
    ),
)
