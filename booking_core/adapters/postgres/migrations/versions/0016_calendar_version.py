"""A version of each branch's mirror, so that a process knows whether its own copy still holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016_calendar_version"
down_revision = "0015_installation"
branch_labels = None
depends_on = None

# A version is never used twice: a copy must not hold for a branch that was deleted and made anew.
# Whoever changes a mirror locks its version until the commit, so one version is one content.
CHANGED = """
    CREATE FUNCTION calendar_day_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' THEN
        INSERT INTO calendar_version (branch_id)
        SELECT DISTINCT now.branch_id
        FROM now JOIN before USING (branch_id, staff_id, day)
        WHERE now.busy <> before.busy ORDER BY 1
        ON CONFLICT (branch_id) DO UPDATE SET version = excluded.version;
      ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO calendar_version (branch_id)
        SELECT DISTINCT branch_id FROM now WHERE NOT isempty(busy) ORDER BY 1
        ON CONFLICT (branch_id) DO UPDATE SET version = excluded.version;
      ELSE
        INSERT INTO calendar_version (branch_id)
        SELECT DISTINCT before.branch_id
        FROM before JOIN branch ON branch.id = before.branch_id
        WHERE NOT isempty(before.busy) ORDER BY 1
        ON CONFLICT (branch_id) DO UPDATE SET version = excluded.version;
      END IF;
      RETURN NULL;
    END $$
"""
EVENTS = {
    "INSERT": "NEW TABLE AS now",
    "UPDATE": "NEW TABLE AS now OLD TABLE AS before",
    "DELETE": "OLD TABLE AS before",
}


def upgrade() -> None:
    op.create_table(
        "calendar_version",
        sa.Column("branch_id", sa.Uuid(), nullable=False),
        sa.Column(
            "version", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"],
            ["branch.id"],
            name=op.f("fk_calendar_version_branch_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("branch_id", name=op.f("pk_calendar_version")),
    )
    op.execute(CHANGED)
    for event, tables in EVENTS.items():
        op.execute(
            f"CREATE TRIGGER calendar_day_{event.lower()} AFTER {event} ON calendar_day"
            f" REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION calendar_day_changed()"
        )
    op.execute(
        "INSERT INTO calendar_version (branch_id) SELECT DISTINCT branch_id FROM calendar_day"
    )


def downgrade() -> None:
    for event in EVENTS:
        op.execute(f"DROP TRIGGER calendar_day_{event.lower()} ON calendar_day")
    op.execute("DROP FUNCTION calendar_day_changed()")
    op.drop_table("calendar_version")
