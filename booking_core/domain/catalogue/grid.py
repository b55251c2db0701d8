"""The grid on which all lengths lie, and what must not be there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.errors import InvalidCatalogue

if TYPE_CHECKING:
    from collections.abc import Iterable

GRID_MINUTES = 5
"""All lengths are multiples of this; availability is searched in cells of this size."""


def on_grid(minutes: int, what: str) -> None:
    """InvalidCatalogue when this is no multiple of a cell."""
    if minutes % GRID_MINUTES:
        raise InvalidCatalogue(
            f"{what} is a multiple of {GRID_MINUTES} minutes, not {minutes}", minutes=minutes
        )


def distinct(values: Iterable[object], what: str) -> None:
    """InvalidCatalogue when one of them is there twice."""
    seen = set()
    for value in values:
        if value in seen:
            raise InvalidCatalogue(f"{what} is there twice: {value}", value=value)
        seen.add(value)
