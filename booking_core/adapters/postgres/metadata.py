"""The one catalogue of tables, with names for every constraint."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from sqlalchemy import MetaData

ADAPTERS = Path(__file__).parent.parent

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    },
)


def complete_metadata() -> MetaData:
    """The metadata with every table of the system in it.

    Tables live in modules called `...tables` below `booking_core.adapters`; each joins the
    metadata when it is imported, and migrations and schema checks need all of them.
    """
    for path in sorted(ADAPTERS.rglob("*tables.py")):
        import_module(".".join(("booking_core.adapters", *_parts_below(path))))
    return metadata


def _parts_below(path: Path) -> tuple[str, ...]:
    return path.relative_to(ADAPTERS).with_suffix("").parts
