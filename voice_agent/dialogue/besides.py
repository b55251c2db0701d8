"""What is named beside a service, and is not clear: part of it already, or asked about next."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from booking_core.domain.catalogue import Role
from nlu import Intent
from nlu.meaning import ASK_SCORE
from prompts import Noun
from voice_agent.dialogue import sentences, visit
from voice_agent.dialogue.asked import ChooseService
from voice_agent.dialogue.choices import MAX_CHOICES, akin, labels, meant_for
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from booking_core.domain.catalogue import Salon
    from nlu import Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene

Options = tuple[UUID, ...]
_EITHER = 2
_ASKS = (Intent.ASK_PRICE, Intent.ASK_DURATION, Intent.ASK_SERVICES, Intent.ASK_OTHER)


class Besides(NamedTuple):
    """What comes of the words beside the service that is wanted."""

    services: Options = ()
    """Clear by what is wanted: styling for women beside a haircut for women."""
    open: tuple[ChooseService, ...] = ()
    notes: tuple[Sentence, ...] = ()


def named_beside(understood: Understanding) -> tuple[Options, ...]:
    """What each unclear mention may mean that is joined to another one: "und Haare schneiden"."""
    if understood.party or any(understood.has(intent) for intent in _ASKS):
        return ()
    joined = {
        mention.span
        for first, second in pairwise(understood.services)
        if touches(
            understood.text[first.span[1] : second.span[0]], Topic.JOINS, understood.language
        )
        for mention in (first, second)
    }
    unclear = [m for m in understood.services if not m.accepted and m.span in joined]
    options = (tuple(UUID(c.id) for c in m.candidates if c.score >= ASK_SCORE) for m in unclear)
    return tuple(each[:MAX_CHOICES] for each in options if each)


def one_or_other(understood: Understanding) -> Options:
    """Services between which a caller hesitates: "eine Tönung oder eine Balayage"."""
    sure = [mention for mention in understood.services if mention.accepted]
    if understood.party or len(sure) < _EITHER or len(sure) < len(understood.services):
        return ()
    between = (understood.text[first.span[1] : second.span[0]] for first, second in pairwise(sure))
    if not any(touches(words, Topic.OR, understood.language) for words in between):
        return ()
    return tuple(dict.fromkeys(UUID(mention.accepted or "") for mention in sure))[:MAX_CHOICES]


def besides(
    every: Sequence[Options], wanted: Options, understood: Understanding, scene: Scene
) -> Besides:
    """Each of them beside what is wanted."""
    found, salon = Besides(), scene.salon
    for options in every:
        if set(options) & set(wanted):
            continue
        if is_part(options, wanted, salon):
            found = found._replace(notes=(*found.notes, *included(options, wanted, salon)))
        elif clear := akin(options, wanted, salon) or meant_for(
            understood.text, options, salon, scene.language
        ):
            found = found._replace(services=(*found.services, clear))
        else:
            spoken = sorted(options, key=lambda one: salon.service(one).spoken_name)
            more = ChooseService(options=tuple(spoken), adds=True)
            found = found._replace(open=(*found.open, more))
    return found


def is_part(options: Options, wanted: Options, salon: Salon) -> bool:
    """Whether the work is done anyway: who colours the roots here cuts the hair as well."""
    done = frozenset[str]().union(*(_work(service, salon) for service in wanted))
    return any(_work(option, salon) <= done for option in options)


def included(options: Options, wanted: Options, salon: Salon) -> tuple[Sentence, ...]:
    """That it comes with it, where the services that are meant share a name."""
    names = [salon.service(option).spoken_name for option in options]
    own = [
        name[len(label) :]
        for name, label in zip(names, labels(names), strict=True)
        if label != name
    ]
    if len(set(own)) != 1 or not own[0].isalpha():
        return ()
    part = Noun(text=own[0].capitalize(), gender=salon.service(options[0]).gender.value)
    whole = next((one for one in wanted if is_part(options, (one,), salon)), wanted[0])
    return (sentences.plain("included", part=part, service=visit.noun((whole,), salon)),)


def _work(service: UUID, salon: Salon) -> frozenset[str]:
    segments = salon.service(service).segments
    return frozenset(segment.skill for segment in segments if segment.role is Role.LEAD)
