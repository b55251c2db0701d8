"""What the desk knows of a visit: who came, for whom anybody will do, who is told in person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025_desk"
down_revision = "0024_manners"
branch_labels = None
depends_on = None

BY_START = "ix_appointment_branch_id_starts_at"
NEWS = "state, version, note, customer_name, customer_phone, customer_email"


def upgrade() -> None:
    no = sa.text("false")
    op.add_column(
        "appointment",
        sa.Column(
            "anyone",
            sa.Boolean(),
            server_default=no,
            nullable=False,
            comment="the customer did not care who does it",
        ),
    )
    op.add_column(
        "appointment",
        sa.Column("mark", sa.Text(), comment="whether they came; NULL = the salon has not said"),
    )
    op.create_check_constraint(
        "ck_appointment_mark", "appointment", "mark IN ('arrived', 'missed')"
    )
    op.add_column(
        "saga",
        sa.Column(
            "quiet",
            sa.Boolean(),
            server_default=no,
            nullable=False,
            comment="the desk tells the customer itself: no mail",
        ),
    )
    op.drop_index(BY_START, "appointment")
    op.create_index(
        BY_START,
        "appointment",
        ["branch_id", "starts_at"],
        postgresql_include=["id", "state", "mark"],
    )
    _news_of(f"{NEWS}, mark")


def downgrade() -> None:
    _news_of(NEWS)
    op.drop_index(BY_START, "appointment")
    op.create_index(BY_START, "appointment", ["branch_id", "starts_at"])
    op.drop_column("saga", "quiet")
    op.drop_column("appointment", "mark")
    op.drop_column("appointment", "anyone")


def _news_of(columns: str) -> None:
    op.execute("DROP TRIGGER appointment_update_is_news ON appointment")
    op.execute(
        f"CREATE TRIGGER appointment_update_is_news AFTER UPDATE OF {columns} ON appointment"
        " FOR EACH ROW EXECUTE FUNCTION diary_row_changed()"
    )
