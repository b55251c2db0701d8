"""Every question the agent can ask, in words: one row per question."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from voice_agent.dialogue import confirming, offering, sentences, telling, visit
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
from voice_agent.dialogue.choices import spoken_labels
from voice_agent.dialogue.request import AskNumber, AskWho, CheckNumber, OfferRequest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.catalogue import Staff
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.plain import Plain
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

_WIDE_ROUND = 2
"""After so many refused rounds the question is for a range of days."""
_MAX_NAMES = 2
_MAX_BY_NAME = 3  # whoever asks for a woman hears names of both


def wording(  # noqa: C901, PLR0911, PLR0912 - one row per question
    state: CallState, scene: Scene, *, again: bool = False
) -> Sentence:
    """The open question in words; `again` = in other words, it was asked before."""
    question = state.question
    match question:
        case None | AskWhat():
            return sentences.plain("ask_what")
        case AskService():
            return _ask_service(scene, again=again)
        case ChooseService(options=options):
            return _choose_service(options, scene)
        case AddService(services=services):
            extra = visit.noun(services, scene.salon)
            old = visit.noun(state.draft.services, scene.salon)
            return sentences.plain("add_service", extra=extra, old=old)
        case AskStaff():
            return _ask_staff(question, state, scene, again=again)
        case ChooseStaff(options=options):
            names = [scene.salon.member(option).name for option in options]
            return sentences.plain("choose_staff", names=names)
        case AskTime(perhaps=True):
            return sentences.plain("ask_time_perhaps")
        case AskTime(rounds=0) if state.moving is not None:
            return telling.ask_new_time(state.moving, scene, again=again)
        case AskTime(rounds=rounds):
            return _ask_time(state, rounds, scene, again=again)
        case ChooseTime():
            return _choose_time(question)
        case ChooseOffer():
            return offering.offer_again(state.offers, scene, wish=state.draft.staff)
        case AskName() if state.concern is not None:
            return sentences.plain("ask_caller_name_again" if again else "ask_caller_name")
        case AskName(explained=True):
            return sentences.plain("ask_name_or_time")
        case AskName():
            return sentences.plain("ask_name_again" if again else "ask_name")
        case CheckName(name=name):
            return sentences.plain("check_name", name=name)
        case AskEmail():
            return sentences.plain("ask_email_again" if again else "ask_email")
        case CheckEmail(email=email):
            return sentences.plain("check_email", email=email)
        case Consent():
            return _ask_consent(state, scene, again=again)
        case AskChange():
            return sentences.plain("ask_change_again" if again else "ask_change")
        case Retry():
            return sentences.plain("ask_retry")
        case AskProof():
            return sentences.plain(_proof_key(state, again=again))
        case ChooseVisit(options=options):
            return telling.which([_standing(state, one) for one in options], scene)
        case CheckVisit(visit=only):
            return telling.this_one(_standing(state, only), scene)
        case ConfirmCancel(visit=one):
            return telling.confirm_cancel(_standing(state, one), scene, again=again)
        case SecondVisit(visit=one) if state.draft.moving:
            return telling.move_onto_another(_standing(state, one), scene)
        case SecondVisit(visit=one):
            return telling.second_visit(_standing(state, one), scene)
        case SameAgain():
            return telling.same_again(question, scene)
        case OfferRequest(waiting=True):
            return sentences.plain("offer_waiting")
        case OfferRequest():
            return sentences.plain("offer_callback_again" if again else "offer_callback")
        case AskNumber():
            return sentences.plain("ask_number_again" if again else "ask_number")
        case CheckNumber(own=True):
            return sentences.plain("check_own_number")
        case CheckNumber(phone=phone):
            return sentences.plain("check_number", phone=phone)
        case AskWho():
            return sentences.plain("ask_who")
        case AnythingElse():
            return sentences.plain("anything_else")
        case _:
            assert_never(question)


def _ask_service(scene: Scene, *, again: bool) -> Sentence:
    if not again:
        return sentences.plain("ask_service")
    return sentences.plain("ask_service_again", examples=sentences.examples(scene.salon))


def _choose_service(options: tuple[UUID, ...], scene: Scene) -> Sentence:
    if len(options) == 1:
        return sentences.plain("check_service", service=visit.noun(options, scene.salon))
    spoken = spoken_labels(options, scene.salon, scene.language)
    return sentences.plain("choose_service", labels=list(spoken))


def _ask_staff(question: AskStaff, state: CallState, scene: Scene, *, again: bool) -> Sentence:
    if question.heard and not again:
        return sentences.plain("unknown_staff", name=question.heard)
    if question.woman_or_man and not again:
        able = visit.able(state.draft.services, scene.salon)
        return sentences.plain("staff_woman_or_man", names=_called(able, scene)[:_MAX_BY_NAME])
    if question.excluded is None:
        return sentences.plain("ask_staff")
    team = scene.salon.staff
    others = [member for member in team if member.active and member.id != question.excluded]
    return sentences.plain("staff_excluded", names=_called(others, scene)[:_MAX_NAMES])


def _called(team: Iterable[Staff], scene: Scene) -> list[str]:
    """What they are called, without those who only help."""
    return [visit.called(member, scene.salon) for member in team if len(member.skills) > 1]


def _proof_key(state: CallState, *, again: bool) -> Plain:
    if again:
        return "ask_proof_again"
    return "ask_proof_withheld" if state.caller_number is None else "ask_proof"


def _standing(state: CallState, one: UUID) -> Appointment:
    return next(visit for visit in state.visits or () if visit.id == one)


def _ask_time(state: CallState, rounds: int, scene: Scene, *, again: bool) -> Sentence:
    if rounds >= _WIDE_ROUND:
        return sentences.plain("ask_range")
    if rounds:
        return sentences.plain("ask_other_time")
    if state.draft.services and not state.draft.wishes and not again:
        service = visit.noun(state.draft.services, scene.salon)
        return sentences.plain("ask_time_for", service=service)
    return sentences.plain("ask_time")


def _choose_time(question: ChooseTime) -> Sentence:
    first, second = question.readings
    if first.days and second.days and first.days != second.days:
        key: Plain = "day_conflict" if question.conflict else "choose_day"
        return sentences.plain(key, first=first.days.first, second=second.days.first)
    at = [wish.hours.at for wish in question.readings if wish.hours]
    return sentences.plain("choose_clock", first=at[0], second=at[-1])


def _ask_consent(state: CallState, scene: Scene, *, again: bool) -> Sentence:
    if state.offer is None:
        return sentences.plain("ask_time")
    if state.moving is not None:
        if again:
            return telling.ask_move_consent(state.offer, scene)
        return telling.read_back_move(state.moving, state.offer, scene)
    if again:
        return confirming.ask_consent(state.offer, scene)
    told = confirming.read_back(state.offer, state, scene)
    return told if state.booked is None else confirming.as_next(told)
