"""Which installation of this system a database belongs to, as a table."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Table, Text, Uuid, func

from booking_core.adapters.postgres.metadata import metadata

installation = Table(
    "installation",
    metadata,
    Column("database", Text, primary_key=True, comment="cluster and database it was made in"),
    Column("id", Uuid, nullable=False, server_default=func.gen_random_uuid()),
    Column("since", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
"""One row, and one more for each place a dump of it was put back to."""
