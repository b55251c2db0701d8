"""A person is wanted: put through while the salon is open, and a callback failing that.

Nothing is claimed about who answers: the line either goes away with the caller, or comes back.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from booking_core.adapters.public_holidays import public_holidays
from booking_core.domain.rules import opening_on
from nlu import Intent, YesNo
from voice_agent.dialogue import requesting, sentences
from voice_agent.dialogue.actions import Say, Transfer
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import About, Kind, OfferRequest, Request, Transferring
from voice_agent.dialogue.steps import say_goodbye
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from nlu import Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.plain import Plain
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step


def wants_person(understood: Understanding, scene: Scene) -> bool:
    """Whether somebody of the salon shall come to the telephone."""
    return touches(understood.text, Topic.PERSON, scene.language) and not touches(
        understood.text, Topic.CALLBACK, scene.language
    )


def hand_over(state: CallState, scene: Scene, *before: Sentence | None, topic: str = "") -> Step:
    """Try to put the caller through, once a call."""
    number = scene.salon.branch.transfer_number
    if number is None or state.transfer is not Transferring.NO or not is_open(scene):
        about = About.NO_ANSWER if state.transfer is Transferring.FAILED else About.CLOSED
        key: Plain = "nobody_answers" if about is About.NO_ANSWER else "nobody_there"
        return requesting.offer(state, about, scene, *before, sentences.plain(key), topic=topic)
    going = replace(state, transfer=Transferring.TRYING)
    said = [Say(sentence=sentence, uninterruptible=True) for sentence in before if sentence]
    trying = Say(sentence=sentences.plain("handing_over"), uninterruptible=True)
    return going, (*said, trying, Transfer(number=number))


def came_back(state: CallState, understood: Understanding | None, scene: Scene) -> Step:
    """The call goes on here: nobody took it. Perhaps the caller knows already what now."""
    back = replace(state, transfer=Transferring.FAILED)
    if understood is None or not _decides(understood, scene):
        failed = sentences.plain("nobody_answers")
        return requesting.offer(back, About.NO_ANSWER, scene, failed)
    if understood.yes_no is YesNo.NO or understood.has(Intent.GOODBYE):
        return say_goodbye(back, scene)
    request = Request(kind=Kind.CALLBACK, about=About.NO_ANSWER)
    asked = replace(back, question=OfferRequest(about=About.NO_ANSWER))
    return requesting.begin(asked, request, understood, scene)


def is_open(scene: Scene) -> bool:
    """Whether somebody is in the salon now."""
    holidays = public_holidays(scene.salon.branch.land)
    hours = opening_on(scene.salon, scene.today, holidays).hours
    now = scene.local_now
    return any(
        datetime.combine(now.date(), opens, now.tzinfo)
        <= now
        < datetime.combine(now.date(), closes, now.tzinfo)
        for opens, closes in hours
    )


def _decides(understood: Understanding, scene: Scene) -> bool:
    answers = understood.yes_no is not None or understood.has(Intent.GOODBYE)
    return answers or requesting.wants_callback(understood, scene)
