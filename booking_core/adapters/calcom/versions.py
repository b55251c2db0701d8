"""Which `cal-api-version` each endpoint is spoken to in.

A missing or unknown version silently selects an older API with other shapes, so the table stands
in one place and can be replaced when Cal.com moves on.
"""

from __future__ import annotations

from dataclasses import dataclass

HEADER = "cal-api-version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """The versions that were recorded to work together."""

    event_types: str = "2024-06-14"
    schedules: str = "2024-06-11"
    slots: str = "2024-09-04"
    bookings: str = "2024-08-13"
    booking_list: str = "2024-08-13"

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
