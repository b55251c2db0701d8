"""What the listener is told: the salon's words, and the moment of the conversation."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, assert_never

from nlu import Context, Expecting, Option, ServiceWords, StaffWords, Vocabulary
from voice_agent.dialogue import visit
from voice_agent.dialogue.asked import (
    AddService,
    AnythingElse,
    AskChange,
    AskEmail,
    AskName,
    AskProof,
    AskService,
    AskStaff,
    AskTime,
    AskWhat,
    CheckEmail,
    CheckName,
    CheckVisit,
    ChooseOffer,
    ChooseService,
    ChooseStaff,
    ChooseTime,
    ChooseVisit,
    ConfirmCancel,
    Consent,
    Retry,
    SameAgain,
    SecondVisit,
)
from voice_agent.dialogue.request import AskNumber, AskWho, CheckNumber, OfferRequest
from voice_agent.dialogue.wish import instant

if TYPE_CHECKING:
    from datetime import datetime

    from booking_core.domain.catalogue import Salon, Service, Staff
    from voice_agent.dialogue.asked import Question
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.wish import Wish


def vocabulary_of(salon: Salon) -> Vocabulary:
    """The words of one salon; the same configuration gives the very same object."""
    return _vocabulary_of(_This(salon))


def context_of(state: CallState, scene: Scene) -> Context:
    """What the caller may be answering."""
    return Context(
        now=scene.local_now,
        language=scene.language,
        expecting=_expecting(state.question),
        agent_said=state.last_words or None,
        options=_options(state, scene),
    )


class _This:
    """A very salon as a cache key: within a version all turns are given the same one."""

    __slots__ = ("salon",)

    def __init__(self, salon: Salon) -> None:
        self.salon = salon

    def __hash__(self) -> int:
        return id(self.salon)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _This) and self.salon is other.salon


@lru_cache(maxsize=128)
def _vocabulary_of(this: _This) -> Vocabulary:
    # Reading a whole catalogue, only to find that its words are known, would take a millisecond.
    return _vocabulary(_Configured(this.salon))


class _Configured:
    """A salon as a cache key: one version of a branch's configuration never changes."""

    __slots__ = ("key", "salon")

    def __init__(self, salon: Salon) -> None:
        self.salon = salon
        self.key = (salon.branch.id, salon.version, hash((salon.services, _names(salon))))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Configured) and self.key == other.key


def _names(salon: Salon) -> tuple[tuple[str, ...], ...]:
    return tuple((str(s.id), s.name, *s.nicknames, str(s.active)) for s in salon.staff)


@lru_cache(maxsize=32)
def _vocabulary(configured: _Configured) -> Vocabulary:
    salon = configured.salon
    return Vocabulary(
        services=tuple(_service_words(service) for service in salon.services),
        staff=tuple(_staff_words(member) for member in salon.staff if member.active),
        salon_name=salon.branch.name,
        land=salon.branch.land,
    )


def _service_words(service: Service) -> ServiceWords:
    synonyms = service.synonyms
    return ServiceWords(
        id=str(service.id),
        name=service.name,
        sure=tuple(dict.fromkeys((service.spoken_name, *synonyms.sure))),
        weak=synonyms.weak,
        heard=synonyms.heard,
    )


def _staff_words(member: Staff) -> StaffWords:
    return StaffWords(
        id=str(member.id),
        first_name=member.first_name,
        last_name=member.last_name,
        nicknames=member.nicknames,
    )


def _expecting(question: Question | None) -> Expecting:  # noqa: C901, PLR0911, PLR0912 - rows
    match question:
        case None | AskWhat() | AskChange():
            return Expecting.OPEN
        case ChooseService(options=(_,)) | ChooseStaff(options=(_,)):
            return Expecting.CONFIRM
        case AskService() | ChooseService():
            return Expecting.SERVICE
        case AskStaff() | ChooseStaff():
            return Expecting.STAFF
        case AskTime():
            return Expecting.DATETIME
        case ChooseTime() | ChooseOffer() | ChooseVisit():
            return Expecting.CHOICE
        case AskName() | AskWho():
            return Expecting.NAME
        case AskEmail():
            return Expecting.EMAIL
        case CheckEmail():
            return Expecting.CONFIRM
        case AskProof() | AskNumber() | CheckNumber():
            return Expecting.PHONE
        case OfferRequest():
            return Expecting.CONFIRM
        case CheckVisit() | ConfirmCancel() | SecondVisit() | SameAgain():
            return Expecting.CONFIRM
        case AddService() | AnythingElse() | CheckName() | Consent() | Retry():
            return Expecting.CONFIRM
        case _:
            assert_never(question)


def _options(state: CallState, scene: Scene) -> tuple[Option, ...]:
    match state.question:
        case ChooseOffer() | AskName():
            return tuple(
                Option(
                    start=scene.local(offer.plan.start),
                    staff_id=str(visit.lead(offer.plan, scene.salon).id),
                )
                for offer in state.offers
            )
        case ChooseVisit(options=options):
            visits = {visit.id: visit for visit in state.visits or ()}
            return tuple(Option(start=scene.local(visits[one].plan.start)) for one in options)
        case ChooseTime(readings=readings):
            starts = [_start(wish, scene) for wish in readings]
            return tuple(Option(start=start) for start in starts)
        case _:
            return ()


def _start(wish: Wish, scene: Scene) -> datetime:
    day = wish.days.first if wish.days else scene.today
    at = wish.hours.at if wish.hours and wish.hours.at else None
    return (
        instant(day, at, scene)
        if at
        else scene.local_now.replace(
            year=day.year, month=day.month, day=day.day, hour=0, minute=0, second=0, microsecond=0
        )
    )
