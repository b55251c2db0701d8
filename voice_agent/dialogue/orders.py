"""An order as text, so that another process can ask for its result by the same order."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from booking_core.domain.booking import BookAppointment
from booking_core.domain.orders import CancelAppointment, RescheduleAppointment
from booking_core.domain.requests import JoinWaitingList, RequestCallback
from booking_core.workflows.note_late import NoteLateness

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Order = (
    BookAppointment
    | CancelAppointment
    | RescheduleAppointment
    | RequestCallback
    | JoinWaitingList
    | NoteLateness
)
"""What is carried through once it was agreed on."""


_KINDS: dict[str, type[Order]] = {
    "book": BookAppointment,
    "cancel": CancelAppointment,
    "move": RescheduleAppointment,
    "callback": RequestCallback,
    "waiting": JoinWaitingList,
    "late": NoteLateness,
}


def dump_order(order: Order) -> str:
    """The order as text: its kind, then its parts."""
    kind = next(kind for kind, of in _KINDS.items() if isinstance(order, of))
    return f"{kind} {_codec(kind).dump_json(order).decode()}"


def load_order(text: str) -> Order:
    """The order that was written."""
    kind, _, parts = text.partition(" ")
    order: Order = _codec(kind).validate_json(parts)
    return order


@cache
def _codec(kind: str) -> TypeAdapter[Any]:
    # The domain imports these names for type checkers only; pydantic finds them in this scope.
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from pydantic import TypeAdapter

    from booking_core.domain.appointment import Customer
    from booking_core.domain.interval import Span
    from booking_core.domain.orders import OrderedBy
    from booking_core.domain.override import Override
    from booking_core.domain.plan import Plan

    _ = Mapping, datetime, UUID, Customer, OrderedBy, Override, Plan, Span
    return TypeAdapter(_KINDS[kind])
