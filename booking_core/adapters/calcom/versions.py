"""Which `cal-api-version` each endpoint is spoken to in.

A missing or unknown version silently selects an older API with other shapes, so the table stands
in one place and can be replaced when Cal.com moves on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

HEADER = "cal-api-version"
DATED = re.compile(r"\d{4}-\d{2}-\d{2}")
CURSOR_LIST = "2026-05-01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The versions that were recorded to work together."""

    event_types: str = "2024-06-14"
    schedules: str = "2024-06-11"
    slots: str = "2024-09-04"
    bookings: str = "2024-08-13"
    booking_list: str = "2024-08-13"

    @classmethod
    def of(cls, named: Mapping[str, str]) -> Self:
        """These versions, the recorded ones where none is named."""
        groups = {group.name for group in fields(cls)}
        if strange := sorted(set(named) - groups):
            raise ValueError(f"versions are those of {sorted(groups)}, not of {strange}")
        for version in named.values():
            if not DATED.fullmatch(version):
                raise ValueError(f"a version of the API is a date, not {version!r}")
        return cls(**named)

    @property
    def list_has_cursor(self) -> bool:
        """Whether the list of bookings is read on by a cursor."""
        return self.booking_list >= CURSOR_LIST

    def headers(self, method: str, path: str) -> dict[str, str]:
        """The version header of a request; endpoints without versions get none."""
        version = self._version(method, path)
        return {HEADER: version} if version else {}

    def _version(self, method: str, path: str) -> str | None:
        match path.strip("/").split("/"):
            case ["bookings"] if method == "GET":
                return self.booking_list
            case ["bookings", *_]:
                return self.bookings
            case ["slots", *_]:
                return self.slots
            case ["schedules", *_]:
                return self.schedules
            case ["event-types"] | ["event-types", _]:
                return self.event_types
            case _:
                return None
