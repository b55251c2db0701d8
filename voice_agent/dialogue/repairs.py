"""Repair patterns: what people say that is about the talking itself, one row per pattern.

    pattern                   dealt with in               shown by
    session_start             opening                     reconnect_in_the_middle
    continue_interrupted      answers, topical, ellipsis  heard_half_a_question
    correction                hearing_*, acts             heard_booked_and_changed_at_once
    cancel_flow               replies.drop                cases/changing.yaml
    skip_question             side_doors, replies         heard_no_name
    chitchat                  side_doors._chat            test_doors.py
    completed                 steps.say_goodbye           goodbye_without_booking
    clarification             hearing_services, choices   ambiguous_haircut
    internal_error            results.work_failed         calcom_down
    speech while work runs    meanwhile                   yes_during_booking
    cannot_handle             not_understood, _noise      heard_gibberish
    human_handoff             handoff                     S35, doors
    validate_slot             impossible, readings        heard_no_such_day, S49
    repeat_bot_messages       repeat                      pardon
    yes into the read-back    barge_in                    test_policy_repair.py
    user_silence              silence                     silent_caller
    wrong_person              side_doors._wrong_number    doors/wrong_number
    several requests at once  breath, waiting, agenda     heard_book_and_cancel
    yes, and something else   breath.agreed_first         heard_yes_and_something_else
    wait a moment             side_doors._waits           heard_hold_on
    somebody is asked first   side_doors._puts_off        heard_en_asks_her_husband

The last column names replay files of `tests/calls`, or tests of `tests/voice_agent/dialogue`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu import Intent, YesNo
from voice_agent.dialogue import sentences
from voice_agent.dialogue.actions import Say
from voice_agent.dialogue.asked import (
    AnythingElse,
    AskName,
    AskTime,
    AskWhat,
    ChooseService,
    ConfirmCancel,
    Consent,
)
from voice_agent.dialogue.choices import meant_for
from voice_agent.dialogue.hearing import says_something
from voice_agent.dialogue.hearing_person import names_again, unlikely_name
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.replies import drop
from voice_agent.dialogue.request import About
from voice_agent.dialogue.requesting import offer
from voice_agent.dialogue.steps import ask_again, end, say, say_goodbye
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from nlu import Understanding
    from voice_agent.dialogue.plain import Plain
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

_LAST_MISS = 3
_MOST_MISSES = 6


def repair(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """What such a sentence does; None when it is about the appointment."""
    if _takes_leave(state, understood):
        return say_goodbye(state, scene)
    if understood.has(Intent.PING) and not says_something(replace(understood, name=None)):
        return ask_again(state, scene, sentences.plain("presence"))
    if says_something(understood) or understood.dropped or understood.condition:
        return None
    if _agrees(state, understood) or _picks(state, understood, scene):
        return None
    return _about_talking(state, understood, scene)


def repeat(state: CallState) -> Step:
    """The last words, word for word; nothing else happens."""
    return state, say(sentences.verbatim(state.last_words))


def not_understood(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """Ask to say it again, then narrower, then name the way out; the question stays open."""
    missed = replace(_noting_name(state, understood), misses=state.misses + 1)
    if is_stuck(missed):
        return give_up(missed)
    if missed.misses == _LAST_MISS:
        return offer(missed, About.STUCK, scene, sentences.plain("not_understood_still"))
    key: Plain = "not_understood" if missed.misses == 1 else "not_understood_again"
    return ask_again(missed, scene, sentences.plain(key))


def is_stuck(state: CallState) -> bool:
    """Whether so many turns brought nothing that going on would only annoy."""
    return state.misses >= _MOST_MISSES


def give_up(state: CallState) -> Step:
    """A friendly end instead of asking the same for ever."""
    return end(state, sentences.plain("farewell_lost"))


def silence(state: CallState, scene: Scene) -> Step:
    """Three rungs: still there?, take your time, goodbye. Never while we owe the answer."""
    if state.work:
        return state, say(sentences.plain("work_running"))
    if state.booked and isinstance(state.question, AnythingElse):
        return say_goodbye(state, scene)
    quiet = replace(state, silences=state.silences + 1)
    match quiet.silences:
        case 1:
            return ask_again(quiet, scene, sentences.plain("silence_1"))
        case 2:
            return ask_again(quiet, scene, sentences.plain("silence_2"))
        case _:
            return end(quiet, sentences.plain("farewell_silence"))


def _ask_name(state: CallState, understood: Understanding, scene: Scene) -> Step:
    return ask_again(_noting_name(state, understood), scene)


def _noting_name(state: CallState, understood: Understanding) -> CallState:
    """What did not look like a name is one when it is said a second time."""
    if not isinstance(state.question, AskName):
        return state
    return replace(state, question=AskName(heard=unlikely_name(understood)))


def _about_talking(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    text = understood.text
    if understood.has(Intent.STOP):
        return _stop(state, understood, scene)
    if understood.has(Intent.GOODBYE):
        return say_goodbye(state, scene)
    if understood.intent is Intent.REPEAT and not touches(text, Topic.TELL, scene.language):
        return repeat(state)
    return None if understood.yes_no else _politeness(state, understood, scene)


def _politeness(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    match understood.intent:
        case Intent.THANKS:
            return _thanks(state, scene)
        case Intent.GREETING:
            return _greeting(state, scene)
        case Intent.FRAGMENT if isinstance(state.question, AskName):
            return None if names_again(state, understood) else _ask_name(state, understood, scene)
        case Intent.BACKCHANNEL | Intent.FRAGMENT:
            return _noise(state, understood, scene)
        case _:
            return None


def _noise(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """Once it is passed over; a second fragment in a row has not been understood."""
    if understood.intent is Intent.FRAGMENT:
        if state.misses:
            return not_understood(state, understood, scene)
        return ask_again(replace(state, misses=1), scene)
    if isinstance(state.question, AskTime):  # a "ja" to "do you want to come, and when?"
        state = replace(state, question=replace(state.question, perhaps=False))
    return ask_again(state, scene)


def _takes_leave(state: CallState, understood: Understanding) -> bool:
    """After the booking: "bis Mittwoch, tschüss" names a day, but wishes for nothing."""
    after = isinstance(state.question, AnythingElse)
    return after and understood.has(Intent.GOODBYE) and not understood.services


def _agrees(state: CallState, understood: Understanding) -> bool:
    """A yes to the read-back is a yes, also with a goodbye behind it."""
    asks = isinstance(state.question, Consent | ConfirmCancel)
    return asks and understood.yes_no is YesNo.YES


def _picks(state: CallState, understood: Understanding, scene: Scene) -> bool:
    """A single word may be the answer: "ladies"."""
    if not isinstance(state.question, ChooseService) or understood.has(Intent.STOP):
        return False
    options = state.question.options
    return meant_for(understood.text, options, scene.salon, scene.language) is not None


def _stop(state: CallState, understood: Understanding, scene: Scene) -> Step:
    if understood.has(Intent.GOODBYE):
        return say_goodbye(state, scene)
    return drop(state, scene)


def _thanks(state: CallState, scene: Scene) -> Step:
    if isinstance(state.question, AnythingElse):
        return say_goodbye(state, scene)
    return ask_again(state, scene, sentences.plain("thanks"))


def _greeting(state: CallState, scene: Scene) -> Step:
    if isinstance(state.question, AskWhat):
        return state, (Say(sentence=sentences.plain("greeted_back")),)
    return ask_again(state, scene)
