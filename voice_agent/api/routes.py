"""All endpoints, in the order in which the documentation shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from voice_agent.api import (
    availability,
    booking_list,
    bookings,
    callbacks,
    calls,
    catalogue,
    changes,
    holds,
    mails,
    saga_view,
    subscriptions,
)

if TYPE_CHECKING:
    from voice_agent.api.endpoint import AnyEndpoint

ENDPOINTS: Final[tuple[AnyEndpoint, ...]] = (
    *catalogue.ENDPOINTS,
    *availability.ENDPOINTS,
    *holds.ENDPOINTS,
    *bookings.ENDPOINTS,
    *booking_list.ENDPOINTS,
    *changes.ENDPOINTS,
    *mails.ENDPOINTS,
    *saga_view.ENDPOINTS,
    *callbacks.ENDPOINTS,
    *calls.ENDPOINTS,
    *subscriptions.ENDPOINTS,
)
