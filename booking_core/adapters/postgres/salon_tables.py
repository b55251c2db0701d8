"""What a salon is made of, as tables: company, branch, people, services and their words.

Every row names its branch (or company), and foreign keys carry it along: a skill of one salon
cannot be given to a person of another.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Time,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSTZRANGE

from booking_core.adapters.postgres.metadata import metadata


def _id() -> Column[object]:
    return Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid())


def _branch(*, primary_key: bool = False) -> Column[object]:
    return Column(
        "branch_id",
        ForeignKey("branch.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


def _position() -> Column[int]:
    return Column("position", Integer, nullable=False)


def _within_branch(column: str, table: str) -> ForeignKeyConstraint:
    """Refer to a row of the same branch; what belongs to a person or service goes with it."""
    owns = table != "skill"
    return ForeignKeyConstraint(
        ["branch_id", column],
        [f"{table}.branch_id", f"{table}.id"],
        ondelete="CASCADE" if owns else None,
    )


company = Table(
    "company",
    metadata,
    _id(),
    Column("key", Text, nullable=False, unique=True),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
)

branch = Table(
    "branch",
    metadata,
    _id(),
    Column("company_id", ForeignKey("company.id"), nullable=False, index=True),
    Column("key", Text, nullable=False, unique=True),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("land", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("other_languages", ARRAY(Text), nullable=False, server_default=text("'{}'")),
    Column("asks_email", Boolean, nullable=False, server_default=text("true")),
    Column("greets_by_name", Boolean, nullable=False, server_default=text("false")),
    Column("transfer_number", Text),
    Column("email", Text),
    Column("lead_minutes", Integer, nullable=False),
    Column("horizon_days", Integer, nullable=False),
    Column("step_minutes", Integer, nullable=False),
    Column("cancel_limit_hours", Integer, nullable=False),
    Column("delegate", Text, nullable=False),
    Column("lead_change", Text, nullable=False, server_default="never"),
    Column("elastic_pauses", Boolean, nullable=False),
    Column(
        "gaps",
        JSONB,
        nullable=False,
        server_default=text("'{}'"),
        comment="what differs from offering every start on the step",
    ),
    Column(
        "facts",
        JSONB,
        nullable=False,
        server_default=text("'{}'"),
        comment="sentences that answer what callers ask about the salon, by topic",
    ),
    Column("holidays_closed", Boolean, nullable=False),
    Column("version", Integer, nullable=False, server_default="1"),
    UniqueConstraint("company_id", "code"),
    CheckConstraint("lead_minutes >= 0 AND horizon_days > 0", name="notice"),
    CheckConstraint("step_minutes > 0 AND step_minutes % 5 = 0", name="step"),
    CheckConstraint("delegate IN ('if_needed', 'prefer', 'never')", name="delegate"),
    CheckConstraint("lead_change IN ('never', 'if_no_other')", name="lead_change"),
)

phone_number = Table(
    "phone_number",
    metadata,
    Column("number", Text, primary_key=True),
    _branch(),
    _position(),
    CheckConstraint(r"number ~ '^\+[1-9][0-9]{6,14}$'", name="e164"),
)

staff = Table(
    "staff",
    metadata,
    _id(),
    _branch(),
    _position(),
    Column("key", Text, nullable=False),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("nicknames", ARRAY(Text), nullable=False),
    Column("level", Text, nullable=False),
    Column("calendar_user", Text),
    Column("active", Boolean, nullable=False),
    UniqueConstraint("branch_id", "key"),
    UniqueConstraint("branch_id", "id"),
    CheckConstraint(
        "level IN ('apprentice', 'junior', 'regular', 'senior', 'master')", name="level"
    ),
)

skill = Table(
    "skill",
    metadata,
    _id(),
    _branch(),
    Column("key", Text, nullable=False),
    UniqueConstraint("branch_id", "key"),
    UniqueConstraint("branch_id", "id"),
)

staff_skill = Table(
    "staff_skill",
    metadata,
    _branch(),
    Column("staff_id", Uuid, primary_key=True),
    Column("skill_id", Uuid, primary_key=True),
    Column("extra_minutes", SmallInteger, nullable=False, server_default="0"),
    Column(
        "extra_from_minutes",
        SmallInteger,
        nullable=False,
        server_default="0",
        comment="the extra minutes count for segments of this length on",
    ),
    _within_branch("staff_id", "staff"),
    _within_branch("skill_id", "skill"),
)

working_hours = Table(
    "working_hours",
    metadata,
    _id(),
    _branch(),
    Column("staff_id", Uuid, comment="NULL = opening hours of the branch"),
    Column("weekday", SmallInteger, nullable=False, comment="0 is Monday"),
    Column("starts", Time, nullable=False, comment="local wall time"),
    Column("ends", Time, nullable=False),
    _within_branch("staff_id", "staff"),
    UniqueConstraint(
        "branch_id", "staff_id", "weekday", "starts", postgresql_nulls_not_distinct=True
    ),
    CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
    CheckConstraint("starts < ends", name="order"),
)

special_day = Table(
    "special_day",
    metadata,
    _id(),
    _branch(),
    _position(),
    Column("year", SmallInteger, comment="NULL = every year"),
    Column("month", SmallInteger, nullable=False),
    Column("day", SmallInteger, nullable=False),
    Column("opens", Time, comment="NULL = closed all day"),
    Column("closes", Time),
    UniqueConstraint("branch_id", "year", "month", "day", postgresql_nulls_not_distinct=True),
    CheckConstraint("month BETWEEN 1 AND 12 AND day BETWEEN 1 AND 31", name="date"),
    CheckConstraint("(opens IS NULL) = (closes IS NULL) AND opens < closes", name="hours"),
)

absence = Table(
    "absence",
    metadata,
    _id(),
    _branch(),
    Column("staff_id", Uuid, nullable=False),
    Column("during", TSTZRANGE, nullable=False),
    Column("reason", Text, nullable=False),
    _within_branch("staff_id", "staff"),
    CheckConstraint("NOT isempty(during)", name="length"),
)

resource = Table(
    "resource",
    metadata,
    _id(),
    _branch(),
    _position(),
    Column("key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False, comment="false = no longer in the salon"),
    UniqueConstraint("branch_id", "key"),
)

service = Table(
    "service",
    metadata,
    _id(),
    _branch(),
    _position(),
    Column("number", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("spoken_name", Text, nullable=False),
    Column("gender", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("price_cents", Integer, nullable=False),
    Column("pause_policy", Text, comment="NULL = a service without pauses"),
    Column("pause_free_from_minutes", SmallInteger, nullable=False),
    Column("active", Boolean, nullable=False),
    UniqueConstraint("branch_id", "number"),
    UniqueConstraint("branch_id", "id"),
    Index(
        "uq_service_branch_id_code",
        "branch_id",
        "code",
        unique=True,
        postgresql_where=text("active"),
    ),
    CheckConstraint("gender IN ('m', 'f', 'n', 'pl')", name="gender"),
    CheckConstraint("price_cents >= 0", name="price"),
    CheckConstraint("pause_policy IN ('free', 'blocked', 'flexible', 'never')", name="policy"),
)

segment = Table(
    "segment",
    metadata,
    _branch(),
    Column("service_id", Uuid, primary_key=True),
    Column("key", Text, primary_key=True, comment="A, B, C in order"),
    Column("name", Text, nullable=False),
    Column("minutes", SmallInteger, nullable=False),
    Column("skill_id", Uuid, nullable=False),
    Column("role", Text, nullable=False),
    Column("resources", ARRAY(Text), nullable=False, comment="kinds of resource"),
    Column("pause_min_minutes", SmallInteger, comment="NULL = no pause afterwards"),
    Column("pause_max_minutes", SmallInteger),
    Column("pause_bookable", Boolean),
    Column("pause_keeps_chair", Boolean),
    _within_branch("service_id", "service"),
    _within_branch("skill_id", "skill"),
    CheckConstraint("key ~ '^[A-J]$'", name="key"),
    CheckConstraint("minutes BETWEEN 5 AND 480 AND minutes % 5 = 0", name="minutes"),
    CheckConstraint("role IN ('lead', 'assist')", name="role"),
    CheckConstraint(
        "(pause_min_minutes IS NULL) = (pause_max_minutes IS NULL)"
        " AND pause_min_minutes BETWEEN 5 AND pause_max_minutes AND pause_max_minutes <= 240"
        " AND pause_min_minutes % 5 = 0 AND pause_max_minutes % 5 = 0",
        name="pause",
    ),
)

synonym = Table(
    "synonym",
    metadata,
    _branch(),
    Column("service_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("phrase", Text, primary_key=True),
    _position(),
    _within_branch("service_id", "service"),
    CheckConstraint("kind IN ('sure', 'weak', 'heard')", name="kind"),
)

customer = Table(
    "customer",
    metadata,
    _id(),
    _branch(),
    Column("name", Text, nullable=False),
    Column("phone", Text, comment="E.164; NULL when unknown"),
    Column("email", Text, comment="NULL when unknown, never somebody else's"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("branch_id", "id"),
    UniqueConstraint("branch_id", "phone", "name"),
    CheckConstraint("btrim(name) <> ''", name="name"),
)
