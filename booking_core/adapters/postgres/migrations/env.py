"""How alembic reaches the database: over the connection that `migrate` hands it."""

from __future__ import annotations

from alembic import context

from booking_core.adapters.postgres.metadata import complete_metadata


def include(_object: object, name: str | None, *_facts: object) -> bool:
    """Leave the tables of the job queue to the package they belong to."""
    return not (name or "").startswith("procrastinate_")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=complete_metadata(),
    include_object=include,
    transaction_per_migration=True,
    version_table_schema=context.config.attributes.get("version_schema"),
)
with context.begin_transaction():
    context.run_migrations()
