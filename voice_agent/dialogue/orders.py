"""A booking order as text, so that another process can ask for its result by the same order."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from booking_core.domain.booking import BookAppointment


def dump_order(order: BookAppointment) -> str:
    """The order as text."""
    return _codec().dump_json(order).decode()


def load_order(text: str) -> BookAppointment:
    """The order that was written."""
    return _codec().validate_json(text)


@cache
def _codec() -> TypeAdapter[BookAppointment]:
    # The domain imports these names for type checkers only; pydantic finds them in this scope.
    from datetime import datetime
    from uuid import UUID

    from pydantic import TypeAdapter

    from booking_core.domain.appointment import Customer
    from booking_core.domain.booking import BookAppointment
    from booking_core.domain.plan import Plan

    _ = datetime, UUID, Customer, Plan
    return TypeAdapter(BookAppointment)
