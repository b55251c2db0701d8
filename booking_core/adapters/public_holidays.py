"""Public holidays of the German Länder."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import holidays

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date


@cache  # the first one takes a fifth of a second to build: warm it up before the first call
def public_holidays(land: str) -> Callable[[date], str | None]:
    """The names of the public holidays of a Land, e.g. `BE`; years are added as they are asked."""
    calendar = holidays.country_holidays("DE", subdiv=land, language="de")

    def name(day: date) -> str | None:
        found: str | None = calendar.get(day)
        return found

    return name
