"""Services side by side, while it is open which is wanted: who does each, what tells them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from voice_agent.dialogue import sentences, visit
from voice_agent.dialogue.asked import AddService, ChooseService
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nlu import Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

_MOST_NAMES = 3
_MOST_COMPARED = 3
_LEAST_COMPARED = 2


def in_question(state: CallState) -> tuple[UUID, ...]:
    """The services the open question names: which of them, or whether one comes besides."""
    for point in state.unclear:
        match point:
            case ChooseService(options=options):
                return options
            case AddService(services=services):
                return services
            case _:
                continue
    return ()


def asks_difference(understood: Understanding, scene: Scene) -> bool:
    """Whether it is asked what tells services apart; those it names are no wish yet."""
    return touches(understood.text, Topic.DIFFERENCE, scene.language)


def compared(understood: Understanding) -> tuple[UUID, ...]:
    """The services such a question names; nothing where there are not two to compare."""
    named = _named(understood)
    return named if len(named) >= _LEAST_COMPARED else ()


def difference(state: CallState, understood: Understanding, scene: Scene) -> Sentence | None:
    """Price and length of each, which the catalogue knows; more is for the salon to tell."""
    known = in_question(state) or state.draft.services
    services = compared(understood) or tuple(dict.fromkeys((*known, *_named(understood))))
    if not services:
        return None
    most = _LEAST_COMPARED if state.offers else _MOST_COMPARED  # times are told in the same turn
    each = [
        (
            visit.noun((one,), scene.salon),
            visit.price_cents((one,), scene.salon),
            visit.minutes((one,), scene.salon),
        )
        for one in services[:most]
    ]
    return sentences.plain("difference", compared=each)


def who_can(services: Sequence[UUID], scene: Scene) -> Sentence | None:
    """Who does all of this together."""
    names = _names(services, scene)
    service = visit.noun(services, scene.salon)
    return sentences.plain("who_can", service=service, names=names) if names else None


def who_does_each(services: Sequence[UUID], scene: Scene) -> Sentence | None:
    """Who does which of these; in one, where it is the same people."""
    able = [(visit.noun((one,), scene.salon), _names((one,), scene)) for one in services]
    each = [(service, names) for service, names in able if names]
    if len({tuple(names) for _, names in each}) == 1:
        return who_can(services, scene)
    return sentences.plain("who_can_each", able=each) if each else None


def _named(understood: Understanding) -> tuple[UUID, ...]:
    named = [
        UUID(candidate.id)
        for mention in understood.services
        for candidate in mention.candidates
        if mention.accepted in {None, candidate.id}
    ]
    return tuple(dict.fromkeys(named))[:_MOST_COMPARED]


def _names(services: Sequence[UUID], scene: Scene) -> list[str]:
    able = visit.able(services, scene.salon)
    return [visit.called(member, scene.salon) for member in able][:_MOST_NAMES]
