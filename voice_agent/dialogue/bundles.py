"""Cut and blow-dry asked for one by one are the wash, cut and blow-dry that the salon sells.

And the other way round: that without the blow-dry is the cut.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.dialogue.replacing import replace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from booking_core.domain.catalogue import Salon, Service
    from voice_agent.dialogue.state import CallState

_FEWEST = 2


def bundled(state: CallState, salon: Salon) -> CallState:
    """The state with the one service that is made of all that is wanted, if there is one.

    Only for plain work: two colours with the same steps are not the same colour. The name of the
    whole is said before anything is agreed on.
    """
    wanted = [salon.service(service) for service in state.draft.services]
    if len(wanted) < _FEWEST or not all(_is_plain(service) for service in wanted):
        return state
    skills = frozenset[str]().union(*map(_skills, wanted))
    price = sum(service.price_cents for service in wanted)
    whole = [
        service
        for service in salon.services
        if service.active
        and service not in wanted
        and _is_plain(service)
        and _skills(service) == skills
        and service.category in {part.category for part in wanted}
        and service.price_cents < price
    ]
    if len(whole) != 1:
        return state
    return state.amend(replace(state.draft, services=(whole[0].id,)))


def without(services: tuple[UUID, ...], dropped: Sequence[UUID], salon: Salon) -> tuple[UUID, ...]:
    """The services with this left out, however it is called; as they were where that is no service.

    `dropped`: all the words may mean; what they have in common is what is left out.
    """
    left = tuple(service for service in services if service not in dropped)
    if left != services:
        return left
    (first, *others), named = services, [salon.service(one) for one in dropped]
    common = frozenset[str].intersection(*map(_skills, named))
    whole = salon.service(first)
    rest = [
        service.id
        for service in salon.services
        if service.active
        and _is_plain(service)
        and service.category == whole.category
        and _skills(service) == _skills(whole) - common
    ]
    return (rest[0], *others) if common and len(rest) == 1 else services


def _is_plain(service: Service) -> bool:
    return all(segment.pause_after is None for segment in service.segments)


def _skills(service: Service) -> frozenset[str]:
    return frozenset(segment.skill for segment in service.segments)
