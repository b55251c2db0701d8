"""Who may look into a salon's books, and what they have changed there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013_admin"
down_revision = "0012_requests"
branch_labels = None
depends_on = None

NOW = sa.text("now()")


def upgrade() -> None:
    _admin_user()
    _sign_in_link()
    _audit_entry()


def downgrade() -> None:
    op.drop_table("audit_entry")
    op.drop_table("sign_in_link")
    op.drop_table("admin_user")


def _instant(name: str, **more: object) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), **more)  # type: ignore[arg-type]  # Column's own


def _admin_user() -> None:
    op.create_table(
        "admin_user",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False, comment="in lower case"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), comment="argon2; NULL = signs in by links only"),
        sa.Column("language", sa.Text(), server_default="de", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column(
            "epoch",
            sa.Integer(),
            server_default="1",
            nullable=False,
            comment="grows when everybody who is signed in as this user has to sign in again",
        ),
        _instant("created_at", server_default=NOW, nullable=False),
        sa.CheckConstraint("role IN ('owner', 'desk')", name=op.f("ck_admin_user_role")),
        sa.CheckConstraint(
            "email = lower(email) AND email LIKE '%_@_%'", name=op.f("ck_admin_user_email")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["company.id"],
            name=op.f("fk_admin_user_company_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_user")),
        sa.UniqueConstraint("email", name=op.f("uq_admin_user_email")),
    )
    op.create_index(op.f("ix_admin_user_company_id"), "admin_user", ["company_id"])


def _sign_in_link() -> None:
    op.create_table(
        "sign_in_link",
        sa.Column(
            "token_hash",
            sa.Text(),
            nullable=False,
            comment="SHA-256; the token is in the mail only",
        ),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        _instant("expires_at", nullable=False),
        _instant("used_at"),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["admin_user.id"],
            name=op.f("fk_sign_in_link_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_link")),
    )


def _audit_entry() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("branch_id", sa.Uuid()),
        _instant("at", server_default=NOW, nullable=False),
        sa.Column("actor_id", sa.Uuid(), comment="NULL = the operator, or a program"),
        sa.Column("actor", sa.Text(), nullable=False, comment="as they were called at that time"),
        sa.Column("action", sa.Text(), nullable=False, comment="service.changed, visit.moved"),
        sa.Column("subject", sa.Text(), nullable=False, comment="what it was done to, in words"),
        sa.Column("subject_id", sa.Text()),
        sa.Column(
            "before",
            postgresql.JSONB(astext_type=sa.Text()),
            comment="what differs, as it was",
        ),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text())),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["company.id"],
            name=op.f("fk_audit_entry_company_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"],
            ["branch.id"],
            name=op.f("fk_audit_entry_branch_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_company_id_at", "audit_entry", ["company_id", "at"])
