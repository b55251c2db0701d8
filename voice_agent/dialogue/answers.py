"""Questions in between, answered from the salon's own data; then back to where we were."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from booking_core.adapters.public_holidays import public_holidays
from booking_core.domain.rules import opening_on
from nlu import Intent
from voice_agent.dialogue import offering, sentences, telling, visit
from voice_agent.dialogue.asked import AskEmail, CheckEmail
from voice_agent.dialogue.hearing_services import candidates
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.sentences import closed_day
from voice_agent.dialogue.side_by_side import in_question, who_can, who_does_each
from voice_agent.dialogue.topical import day_in, topical
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from collections.abc import Callable

    from nlu import Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.plain import Plain
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState


def answers(state: CallState, understood: Understanding, scene: Scene) -> tuple[Sentence, ...]:
    """What the caller wants to know, in the order they asked; two answers are enough a turn."""
    asked = [scored.intent for scored in understood.intents if scored.intent in _ANSWERS]
    if understood.times and not understood.services:  # "haben Sie auch was später?"
        asked = [intent for intent in asked if intent is not Intent.ASK_SERVICES]
    instead = (Topic.OTHER_PERSON, Topic.LATEST)  # with whom, or until when, is asked
    if any(touches(understood.text, topic, scene.language) for topic in instead):
        asked = [intent for intent in asked if intent is not Intent.ASK_OTHER]
    if by_words := topical(state, understood, scene):
        return by_words
    told = tuple(_ANSWERS[intent](state, understood, scene) for intent in asked[:2])
    known = tuple(sentence for sentence in told if sentence.key != _NOT_KNOWN)
    says_more = known or understood.services or understood.times
    return known if says_more else told


def answer_later(state: CallState, understood: Understanding) -> CallState:
    """Remember a question about a service that has not been named; it is answered once it is."""
    asked = tuple(intent for intent in _ABOUT_A_SERVICE if understood.has(intent))
    if state.concern is not None:
        return state
    if asked and not _asked_about(state, understood):
        told = (Intent.ASK_PRICE,) if understood.services else ()  # of each that may be meant
        return replace(state, curious=tuple(intent for intent in asked if intent not in told))
    return state if not state.draft.services else replace(state, curious=())


def answers_owed(state: CallState, understood: Understanding, scene: Scene) -> tuple[Sentence, ...]:
    """What was asked before the service was known, and is not asked again just now."""
    if not state.draft.services:
        return ()
    owed = [intent for intent in state.curious if not understood.has(intent)]
    return tuple(_ABOUT_A_SERVICE[intent](state.draft.services, scene) for intent in owed)


def _price(state: CallState, understood: Understanding, scene: Scene) -> Sentence:
    if state.draft.services and touches(understood.text, Topic.TOGETHER, scene.language):
        return sentences.price(state.draft.services, scene.salon)
    if services := _asked_about(state, understood):
        return sentences.price(services, scene.salon)
    options = [option for mention in understood.services for option in candidates(mention)]
    if options:
        return sentences.prices(options, scene.salon)
    if state.concern is not None:  # "was kostet das Absagen?"
        return sentences.plain("not_known")
    return sentences.plain("price_of_which")


def _duration(state: CallState, understood: Understanding, scene: Scene) -> Sentence:
    if services := _asked_about(state, understood):
        return sentences.duration(services, scene.salon)
    return sentences.plain("duration_of_which")


def _hours(_: CallState, understood: Understanding, scene: Scene) -> Sentence:
    day = day_in(understood, scene)
    if day is None:
        return sentences.hours_of_week(scene.salon)
    if any(time.weekdays for time in understood.times):
        hours = [one for one in scene.salon.branch.opening_hours if one.weekday == day.weekday()]
        return sentences.hours_of_week(scene.salon, hours) if hours else closed_day(day, scene)
    opening = opening_on(scene.salon, day, public_holidays(scene.salon.branch.land))
    if opening.opens is None or opening.closes is None:
        return closed_day(day, scene)
    return sentences.hours_of_day(day, opening.opens, opening.closes, scene)


def _services(_: CallState, understood: Understanding, scene: Scene) -> Sentence:
    if sure := [UUID(m.accepted) for m in understood.services if m.accepted]:
        active = all(service.active for service in visit.services_of(sure, scene.salon))
        key: Plain = "service_offered" if active else "service_paused"
        return sentences.plain(key, service=visit.noun(sure, scene.salon))
    known = [option for mention in understood.services for option in candidates(mention)]
    if understood.services and not known:
        return sentences.plain("unknown_service")
    return sentences.plain("services_some", examples=sentences.examples(scene.salon))


def _date(_: CallState, _understood: Understanding, scene: Scene) -> Sentence:
    return sentences.plain("date_today", today=scene.today)


def _other(state: CallState, understood: Understanding, scene: Scene) -> Sentence:
    if touches(understood.text, Topic.WHY, scene.language):
        return _why(state, scene) or sentences.plain("not_known")
    if touches(understood.text, Topic.WHO, scene.language) and (who := _who(state, scene)):
        return who
    if isinstance(state.question, AskEmail | CheckEmail):
        return sentences.plain("why_email")
    if touches(understood.text, Topic.HUMAN, scene.language):
        return sentences.plain("no_human")
    ours = not touches(understood.text, Topic.MAILBOX, scene.language)
    if ours and touches(understood.text, Topic.ADDRESS, scene.language):
        return sentences.plain("address", address=scene.salon.branch.address)
    return sentences.plain("not_known")


def _who(state: CallState, scene: Scene) -> Sentence | None:
    """By whom it is done: what is on offer or asked about, else the visit that was told of."""
    if state.offers:
        return offering.who(state.offers if state.offer is None else (state.offer,), scene)
    if open_ones := in_question(state):
        return who_does_each(open_ones, scene)
    if state.draft.services:
        return who_can(state.draft.services, scene)
    plan = visit.plan_told(state)
    return telling.by_whom(plan, scene) if plan else None


def _why(state: CallState, scene: Scene) -> Sentence | None:
    """The reason that was given last, while it still stands in the way."""
    if state.obstacle is None or state.offer is not None or not state.draft.services:
        return None
    return offering.reason(state.obstacle, state.draft, scene)


def _sorry(_: CallState, _understood: Understanding, _scene: Scene) -> Sentence:
    return sentences.plain("complaint")


_NOT_KNOWN = "not_known"
"""Only said where nothing else in the sentence was understood."""
_ABOUT_A_SERVICE: dict[Intent, Callable[[tuple[UUID, ...], Scene], Sentence]] = {
    Intent.ASK_PRICE: lambda services, scene: sentences.price(services, scene.salon),
    Intent.ASK_DURATION: lambda services, scene: sentences.duration(services, scene.salon),
}
_ANSWERS: dict[Intent, Callable[[CallState, Understanding, Scene], Sentence]] = {
    Intent.ASK_PRICE: _price,
    Intent.ASK_DURATION: _duration,
    Intent.ASK_HOURS: _hours,
    Intent.ASK_SERVICES: _services,
    Intent.ASK_DATE: _date,
    Intent.ASK_OTHER: _other,
    Intent.COMPLAINT: _sorry,
}
"""Who answers what."""


def _asked_about(state: CallState, understood: Understanding) -> tuple[UUID, ...]:
    """The services named in the question, else those the call is about."""
    named = [mention.accepted for mention in understood.services if mention.accepted]
    if named:
        return tuple(dict.fromkeys(UUID(service) for service in named))
    if understood.services:
        return ()
    return state.draft.services or visit.told_of(state)
