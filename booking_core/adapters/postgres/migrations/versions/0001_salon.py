"""Salons: companies, branches, people, services and what callers call them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001_salon"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Ranges and plain columns meet in one exclusion constraint: claims need this.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "company",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_company"),
        sa.UniqueConstraint("key", name="uq_company_key"),
    )
    op.create_table(
        "branch",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("land", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("transfer_number", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("lead_minutes", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column("step_minutes", sa.Integer(), nullable=False),
        sa.Column("cancel_limit_hours", sa.Integer(), nullable=False),
        sa.Column("delegate", sa.Text(), nullable=False),
        sa.Column("elastic_pauses", sa.Boolean(), nullable=False),
        sa.Column("holidays_closed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "delegate IN ('if_needed', 'prefer', 'never')", name="ck_branch_delegate"
        ),
        sa.CheckConstraint("lead_minutes >= 0 AND horizon_days > 0", name="ck_branch_notice"),
        sa.CheckConstraint("step_minutes > 0 AND step_minutes % 5 = 0", name="ck_branch_step"),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name="fk_branch_company_id"),
        sa.PrimaryKeyConstraint("id", name="pk_branch"),
        sa.UniqueConstraint("company_id", "code", name="uq_branch_company_id_code"),
        sa.UniqueConstraint("key", name="uq_branch_key"),
    )
    op.create_index("ix_branch_company_id", "branch", ["company_id"], unique=False)
    op.create_table(
        "customer",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True, comment="E.164; NULL when unknown"),
        sa.Column(
            "email", sa.Text(), nullable=True, comment="NULL when unknown, never somebody else's"
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("btrim(name) <> ''", name="ck_customer_name"),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_customer_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
        sa.UniqueConstraint("branch_id", "id", name="uq_customer_branch_id_id"),
        sa.UniqueConstraint("branch_id", "phone", "name", name="uq_customer_branch_id_phone_name"),
    )
    op.create_table(
        "phone_number",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("number ~ '^\\+[1-9][0-9]{6,14}$'", name="ck_phone_number_e164"),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_phone_number_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_phone_number"),
    )
    op.create_table(
        "resource",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False, comment="false = no longer in the salon"),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_resource_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_resource"),
        sa.UniqueConstraint("branch_id", "key", name="uq_resource_branch_id_key"),
    )
    op.create_table(
        "service",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("spoken_name", sa.Text(), nullable=False),
        sa.Column("gender", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("price_cents", sa.Integer(), nullable=False),
        sa.Column(
            "pause_policy", sa.Text(), nullable=True, comment="NULL = a service without pauses"
        ),
        sa.Column("pause_free_from_minutes", sa.SmallInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("gender IN ('m', 'f', 'n', 'pl')", name="ck_service_gender"),
        sa.CheckConstraint(
            "pause_policy IN ('free', 'blocked', 'flexible', 'never')", name="ck_service_policy"
        ),
        sa.CheckConstraint("price_cents >= 0", name="ck_service_price"),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_service_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_service"),
        sa.UniqueConstraint("branch_id", "id", name="uq_service_branch_id_id"),
        sa.UniqueConstraint("branch_id", "number", name="uq_service_branch_id_number"),
    )
    op.create_index(
        "uq_service_branch_id_code",
        "service",
        ["branch_id", "code"],
        unique=True,
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "skill",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_skill_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_skill"),
        sa.UniqueConstraint("branch_id", "id", name="uq_skill_branch_id_id"),
        sa.UniqueConstraint("branch_id", "key", name="uq_skill_branch_id_key"),
    )
    op.create_table(
        "special_day",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=True, comment="NULL = every year"),
        sa.Column("month", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.SmallInteger(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=True, comment="NULL = closed all day"),
        sa.Column("closes", sa.Time(), nullable=True),
        sa.CheckConstraint(
            "(opens IS NULL) = (closes IS NULL) AND opens < closes", name="ck_special_day_hours"
        ),
        sa.CheckConstraint(
            "month BETWEEN 1 AND 12 AND day BETWEEN 1 AND 31", name="ck_special_day_date"
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_special_day_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_special_day"),
        sa.UniqueConstraint(
            "branch_id",
            "year",
            "month",
            "day",
            name="uq_special_day_branch_id_year_month_day",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("nicknames", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("calendar_user", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "level IN ('apprentice', 'junior', 'regular', 'senior', 'master')",
            name="ck_staff_level",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_staff_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("branch_id", "id", name="uq_staff_branch_id_id"),
        sa.UniqueConstraint("branch_id", "key", name="uq_staff_branch_id_key"),
    )
    op.create_table(
        "absence",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint("NOT isempty(during)", name="ck_absence_length"),
        sa.ForeignKeyConstraint(
            ["branch_id", "staff_id"],
            ["staff.branch_id", "staff.id"],
            name="fk_absence_branch_id_staff_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_absence_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_absence"),
    )
    op.create_table(
        "segment",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="A, B, C in order"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("skill_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column(
            "resources", postgresql.ARRAY(sa.Text()), nullable=False, comment="kinds of resource"
        ),
        sa.Column(
            "pause_min_minutes",
            sa.SmallInteger(),
            nullable=True,
            comment="NULL = no pause afterwards",
        ),
        sa.Column("pause_max_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("pause_bookable", sa.Boolean(), nullable=True),
        sa.Column("pause_keeps_chair", sa.Boolean(), nullable=True),
        sa.CheckConstraint("key ~ '^[A-J]$'", name="ck_segment_key"),
        sa.CheckConstraint("role IN ('lead', 'assist')", name="ck_segment_role"),
        sa.CheckConstraint(
            "(pause_min_minutes IS NULL) = (pause_max_minutes IS NULL)"
            " AND pause_min_minutes BETWEEN 5 AND pause_max_minutes AND pause_max_minutes <= 240"
            " AND pause_min_minutes % 5 = 0 AND pause_max_minutes % 5 = 0",
            name="ck_segment_pause",
        ),
        sa.CheckConstraint(
            "minutes BETWEEN 5 AND 480 AND minutes % 5 = 0", name="ck_segment_minutes"
        ),
        sa.ForeignKeyConstraint(
            ["branch_id", "service_id"],
            ["service.branch_id", "service.id"],
            name="fk_segment_branch_id_service_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id", "skill_id"],
            ["skill.branch_id", "skill.id"],
            name="fk_segment_branch_id_skill_id",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_segment_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("service_id", "key", name="pk_segment"),
    )
    op.create_table(
        "staff_skill",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("skill_id", sa.Uuid(), nullable=False),
        sa.Column("extra_minutes", sa.SmallInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id", "skill_id"],
            ["skill.branch_id", "skill.id"],
            name="fk_staff_skill_branch_id_skill_id",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id", "staff_id"],
            ["staff.branch_id", "staff.id"],
            name="fk_staff_skill_branch_id_staff_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_staff_skill_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", "skill_id", name="pk_staff_skill"),
    )
    op.create_table(
        "synonym",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("phrase", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('sure', 'weak', 'heard')", name="ck_synonym_kind"),
        sa.ForeignKeyConstraint(
            ["branch_id", "service_id"],
            ["service.branch_id", "service.id"],
            name="fk_synonym_branch_id_service_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_synonym_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("service_id", "kind", "phrase", name="pk_synonym"),
    )
    op.create_table(
        "working_hours",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column(
            "staff_id", sa.Uuid(), nullable=True, comment="NULL = opening hours of the branch"
        ),
        sa.Column("weekday", sa.SmallInteger(), nullable=False, comment="0 is Monday"),
        sa.Column("starts", sa.Time(), nullable=False, comment="local wall time"),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.CheckConstraint("starts < ends", name="ck_working_hours_order"),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="ck_working_hours_weekday"),
        sa.ForeignKeyConstraint(
            ["branch_id", "staff_id"],
            ["staff.branch_id", "staff.id"],
            name="fk_working_hours_branch_id_staff_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["branch.id"], name="fk_working_hours_branch_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_working_hours"),
        sa.UniqueConstraint(
            "branch_id",
            "staff_id",
            "weekday",
            "starts",
            name="uq_working_hours_branch_id_staff_id_weekday_starts",
            postgresql_nulls_not_distinct=True,
        ),
    )


def downgrade() -> None:
    op.drop_table("working_hours")
    op.drop_table("synonym")
    op.drop_table("staff_skill")
    op.drop_table("segment")
    op.drop_table("absence")
    op.drop_table("staff")
    op.drop_table("special_day")
    op.drop_table("skill")
    op.drop_table("service")
    op.drop_table("resource")
    op.drop_table("phone_number")
    op.drop_table("customer")
    op.drop_index("ix_branch_company_id", table_name="branch")
    op.drop_table("branch")
    op.drop_table("company")
    op.execute("DROP EXTENSION btree_gist")
