"""What becomes of a mail that is not sent, and its bytes as long as it may have left."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_mail"
down_revision = "0004_calls"
branch_labels = None
depends_on = None

TABLE = "email_log"
# The naming convention has added its prefix to a name that had it already.
STATE_BEFORE = "ck_email_log_ck_email_log_state"


def upgrade() -> None:
    comment = "as it may have left; kept until that is known"
    op.add_column(TABLE, sa.Column("content", sa.LargeBinary(), nullable=True, comment=comment))
    comment = "why it will never be sent; names nobody"
    op.add_column(TABLE, sa.Column("reason", sa.Text(), nullable=True, comment=comment))
    op.drop_constraint(STATE_BEFORE, TABLE)
    _check("state", "state IN ('due', 'sending', 'sent', 'refused', 'dropped', 'unsure')")
    _check("reason", "(reason IS NULL) = (state IN ('due', 'sending', 'sent'))")
    _check("content", "content IS NULL OR state IN ('due', 'sending')")
    _index("ix_email_log_unsent", "ix_email_log_open", "state IN ('due', 'sending')")


def downgrade() -> None:
    op.execute("DELETE FROM email_log WHERE state IN ('refused', 'dropped', 'unsure')")
    _index("ix_email_log_open", "ix_email_log_unsent", "state <> 'sent'")
    for name in ("content", "reason", "state"):
        op.drop_constraint(f"ck_email_log_{name}", TABLE)
    op.create_check_constraint(op.f(STATE_BEFORE), TABLE, "state IN ('due', 'sending', 'sent')")
    op.drop_column(TABLE, "reason")
    op.drop_column(TABLE, "content")


def _check(name: str, condition: str) -> None:
    op.create_check_constraint(op.f(f"ck_email_log_{name}"), TABLE, condition)


def _index(old: str, new: str, where: str) -> None:
    op.drop_index(old, table_name=TABLE)
    op.create_index(new, TABLE, ["committed_at"], unique=False, postgresql_where=sa.text(where))
