"""Word to whoever shows a salon's diary that something in it has changed: the branch, no more."""

from __future__ import annotations

from alembic import op

revision = "0020_diary_news"
down_revision = "0019_api"
branch_labels = None
depends_on = None

# One word for each branch and transaction, however many rows: equal ones are told once. Holds that
# are only renewed are no news, nor is anything that is rolled back.
TOLD_OF_MANY = """
    CREATE FUNCTION diary_rows_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('diary', branch_id::text)
      FROM (SELECT DISTINCT branch_id FROM touched) AS touched_branch;
      RETURN NULL;
    END $$
"""
TOLD_OF_ONE = """
    CREATE FUNCTION diary_row_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_notify('diary', NEW.branch_id::text);
      RETURN NULL;
    END $$
"""
EVENTS = {"INSERT": "NEW", "DELETE": "OLD"}
COLUMNS = {
    "claim": "state, during, resource_id",
    "appointment": "state, version, note, customer_name, customer_phone, customer_email",
}


def upgrade() -> None:
    op.execute(TOLD_OF_MANY)
    op.execute(TOLD_OF_ONE)
    for table, columns in COLUMNS.items():
        for event, rows in EVENTS.items():
            op.execute(
                f"CREATE TRIGGER {table}_{event.lower()}_is_news AFTER {event} ON {table}"
                f" REFERENCING {rows} TABLE AS touched"
                " FOR EACH STATEMENT EXECUTE FUNCTION diary_rows_changed()"
            )
        op.execute(
            f"CREATE TRIGGER {table}_update_is_news AFTER UPDATE OF {columns} ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION diary_row_changed()"
        )


def downgrade() -> None:
    for table in COLUMNS:
        for event in (*EVENTS, "UPDATE"):
            op.execute(f"DROP TRIGGER {table}_{event.lower()}_is_news ON {table}")
    op.execute("DROP FUNCTION diary_row_changed()")
    op.execute("DROP FUNCTION diary_rows_changed()")
