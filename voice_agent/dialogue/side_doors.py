"""What callers bring up beside an appointment, and the way out of each: one row a pattern.

The first row that fits answers; none = it is about the appointment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlu import Intent, YesNo
from voice_agent.dialogue import sentences
from voice_agent.dialogue.actions import NoteConsent
from voice_agent.dialogue.asked import AskName, ConfirmCancel, Consent
from voice_agent.dialogue.handoff import came_back, hand_over, wants_person
from voice_agent.dialogue.hearing import take_in
from voice_agent.dialogue.leaving import leave
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.replies import renewed
from voice_agent.dialogue.request import About, Met, Transferring
from voice_agent.dialogue.request_answers import answered
from voice_agent.dialogue.requesting import call_back, offer, wants_callback
from voice_agent.dialogue.steps import ask, ask_again, end, say
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from collections.abc import Callable

    from nlu import Understanding
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step

    Row = tuple[
        Callable[[CallState, Understanding, Scene], bool],
        Callable[[CallState, Understanding, Scene], Step],
    ]


_QUIET = frozenset(
    {Intent.BACKCHANNEL, Intent.FRAGMENT, Intent.OTHER, Intent.THANKS, Intent.GREETING}
)
"""With these alone nothing is wanted but a moment."""


def side_door(state: CallState, understood: Understanding, scene: Scene) -> Step | None:
    """The way out this sentence asks for; None when it is about the appointment."""
    if state.transfer is Transferring.TRYING:
        return came_back(state, understood, scene)
    if step := answered(state, understood, scene):
        return step
    rows = (answer for fits, answer in _ROWS if fits(state, understood, scene))
    return next((answer(state, understood, scene) for answer in rows), None)


def _about(topic: Topic) -> Callable[[CallState, Understanding, Scene], bool]:
    return lambda _, understood, scene: touches(understood.text, topic, scene.language)


def _aside(topic: Topic) -> Callable[[CallState, Understanding, Scene], bool]:
    """The topic, and nothing else that could be dealt with."""

    def fits(_: CallState, understood: Understanding, scene: Scene) -> bool:
        looks_up = understood.has(Intent.QUERY_APPOINTMENT)  # "I've lost my card, when am I in?"
        wants = understood.choice or looks_up or _names_something(understood)
        return not wants and touches(understood.text, topic, scene.language)

    return fits


def _is_not_for_us(state: CallState, understood: Understanding, scene: Scene) -> bool:
    """Such a topic; the person who is complained about is no wish."""
    if not understood.has(Intent.BOOK) and not understood.yes_no:
        understood = replace(understood, staff=())
    if understood.intent is Intent.COMPLAINT:  # what went wrong is no wish
        understood = replace(understood, staff=(), services=())
    return _aside(Topic.NOT_FOR_US)(state, understood, scene)


def _names_something(understood: Understanding) -> bool:
    """A service or a person, for sure."""
    services = any(mention.accepted for mention in understood.services)
    return services or any(mention.accepted for mention in understood.staff)


def _emergency(state: CallState, understood: Understanding, scene: Scene) -> Step:
    return hand_over(state, scene, sentences.plain("emergency"), topic=understood.text)


def _medical(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """No advice, whatever the question: somebody who knows calls back."""
    told = sentences.plain("medical")
    if understood.has(Intent.BOOK) and not state.draft.services:
        state = take_in(state, replace(understood, name=None), scene).state
    return offer(state, About.MEDICAL, scene, told, topic=understood.text)


def _person(state: CallState, understood: Understanding, scene: Scene) -> Step:
    return hand_over(state, scene, topic=understood.text)


def _wants_person(_: CallState, understood: Understanding, scene: Scene) -> bool:
    return wants_person(understood, scene)


def _wants_callback(_: CallState, understood: Understanding, scene: Scene) -> bool:
    return wants_callback(understood, scene)


def _not_for_us(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """Invoices, jobs, complaints about a visit: a person's business."""
    return hand_over(state, scene, sentences.plain("not_for_me"), topic=understood.text)


def _group(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """More people at once than can be booked here one after the other."""
    told = sentences.plain("group")
    return offer(state, About.PARTY, scene, told, topic=understood.text)


def _wrong_number(state: CallState, _understood: Understanding, _scene: Scene) -> Step:
    gone = replace(state, met=(*state.met, Met.WRONG_NUMBER))
    return end(gone, sentences.plain("farewell_wrong_number"))


def _recording(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """Nothing is recorded anyway; what was said about it is kept."""
    noted = NoteConsent(kind="recording", given=False, words=understood.text)
    asked, said = ask_again(state, scene, sentences.plain("not_recorded"))
    return asked, (noted, *said)


def _refuses_recording(_: CallState, understood: Understanding, scene: Scene) -> bool:
    denies = understood.yes_no is not YesNo.YES
    return denies and touches(understood.text, Topic.RECORDING, scene.language)


def _unserved(_: CallState, understood: Understanding, scene: Scene) -> bool:
    return not (scene.is_served or understood.has(Intent.GOODBYE))


def _other_language(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """Somebody of the salon may speak it."""
    told = sentences.plain("language_unserved")
    return offer(state, About.LANGUAGE, scene, told, topic=understood.text)


def _asks_language(_: CallState, understood: Understanding, scene: Scene) -> bool:
    wants = _names_something(understood) or understood.services or understood.times
    return not wants and touches(understood.text, Topic.LANGUAGE, scene.language)


def _in_this_language(state: CallState, _understood: Understanding, scene: Scene) -> Step:
    return ask_again(state, scene, sentences.plain("language_served"))


def _trick(state: CallState, _understood: Understanding, scene: Scene) -> Step:
    return ask_again(state, scene, sentences.plain("cannot_help_with_that"))


def _insult(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """One calm sentence, once; whoever goes on gets a friendly end."""
    if Met.INSULT in state.met:
        return end(state, sentences.plain("farewell_calm"))
    met = replace(state, met=(*state.met, Met.INSULT))
    calm = sentences.plain("calm")
    return offer(met, About.COMPLAINT, scene, calm, topic=understood.text)


def _waits(state: CallState, _understood: Understanding, _scene: Scene) -> Step:
    """The caller looks something up: nothing is asked meanwhile."""
    return state, say(sentences.plain("take_your_time"))


def _asks_somebody(_: CallState, understood: Understanding, _scene: Scene) -> bool:
    """Somebody else has to agree, and nothing more is said yet."""
    others = any(understood.has(one) for one in (Intent.BOOK, Intent.CANCEL, Intent.RESCHEDULE))
    leaves = understood.has(Intent.GOODBYE) or understood.has(Intent.STOP)
    wants = others or leaves or understood.choice or _names_something(understood)
    return understood.not_yet and not wants and not understood.times


def _puts_off(state: CallState, _understood: Understanding, scene: Scene) -> Step:
    """It all stays as it is; an "okay" to that is no yes to what was read back before."""
    told = sentences.plain("ask_them_first")
    if isinstance(state.question, ConfirmCancel):
        return leave(state, scene, told)
    if isinstance(state.question, Consent):
        return renewed(state), say(told)
    return state, say(told)


def _keeps_name(state: CallState, understood: Understanding, scene: Scene) -> bool:
    asked = isinstance(state.question, AskName) and state.concern is None
    return asked and touches(understood.text, Topic.NO_NAME, scene.language)


def _without_name(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """What the name is for, once; then a person may settle it: nothing is booked without one."""
    assert isinstance(state.question, AskName)
    if state.question.explained:
        told = sentences.plain("no_booking_without_name")
        return offer(state, About.STUCK, scene, told, topic=understood.text)
    return ask(state, AskName(explained=True), scene)


def _looks_up(_: CallState, understood: Understanding, scene: Scene) -> bool:
    wants = (understood.services, understood.staff, understood.times, understood.name)
    does_more = any(scored.intent not in _QUIET for scored in understood.intents)
    if any(wants) or does_more or understood.yes_no or understood.choice:
        return False
    return touches(understood.text, Topic.HOLD_ON, scene.language)


def _chat(state: CallState, _understood: Understanding, scene: Scene) -> Step:
    return ask_again(state, scene, sentences.plain("chat"))


def _chats(_: CallState, understood: Understanding, scene: Scene) -> bool:
    wants = understood.has(Intent.BOOK) or _names_something(understood)
    return not wants and touches(understood.text, Topic.CHAT, scene.language)


_ROWS: tuple[Row, ...] = (
    (_about(Topic.EMERGENCY), _emergency),
    (_about(Topic.MEDICAL), _medical),
    (_wants_person, _person),
    (_wants_callback, call_back),
    (_unserved, _other_language),
    (_asks_language, _in_this_language),
    (_is_not_for_us, _not_for_us),
    (_about(Topic.GROUP), _group),
    (_about(Topic.WRONG_NUMBER), _wrong_number),
    (_refuses_recording, _recording),
    (_about(Topic.TRICK), _trick),
    (_aside(Topic.INSULT), _insult),
    (_keeps_name, _without_name),
    (_asks_somebody, _puts_off),
    (_looks_up, _waits),
    (_chats, _chat),
)
