"""Changed copies of what a turn changes a dozen times, at a tenth of the usual price."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import TYPE_CHECKING, TypeVar

T = TypeVar("T")

if TYPE_CHECKING:
    from dataclasses import replace as replace  # noqa: PLC0414 - so that fields are checked
else:

    def replace(one: T, /, **changes: object) -> T:
        """As `dataclasses.replace`; quicker where the fields are all there is, and no slots."""
        names = _plain_fields(type(one))
        if names is None or not names.issuperset(changes):
            return dataclasses.replace(one, **changes)
        other = object.__new__(type(one))
        other.__dict__.update(one.__dict__)
        other.__dict__.update(changes)
        return other


__all__ = ["replace"]


@cache
def _plain_fields(kind: type) -> frozenset[str] | None:
    """The fields; None where there are slots, or where something happens at birth."""
    if "__slots__" in kind.__dict__ or hasattr(kind, "__post_init__"):
        return None
    return frozenset(one.name for one in dataclasses.fields(kind))
