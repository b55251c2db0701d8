"""The conversation on one page: what happens, what the call becomes, what is to be done.

    CallStarted      greeting                                      -> AskWhat
    CallerSpoke      several? -> one request after the other        (breath, agenda)
                     half?    -> "und an Silvester?" in full        (ellipsis)
                     aside?   -> callback, a person, insult, ...    (side_doors)
                     answers? -> which visit, whose, cancel it?     (visit_answers)
                     repair?  -> repeat, presence, stop, goodbye    (repairs)
                     visits?  -> tell, cancel or move what stands   (visits)
                     again?   -> the same once more, for a child    (as_usual)
                     hear     -> the draft changes slot by slot     (hearing)
                     agrees?  -> beforehand, to what will be found  (advance)
                     depends? -> the fact that a yes hangs on       (conditions)
                     answer   -> price, hours, ... from salon data  (answers, topical)
                     reply    -> yes / no / egal to the question    (replies)
                     proceed  -> what is missing: service, person, time
                                 -> FindSlots -> choice -> name -> read-back
    SlotsAnswered    offer, or the reason why not                   (results)
    BookingAnswered  booked / taken: search again / failed          (results)
    VisitsFound      which visit, then what is wanted of it         (visits)
    CancelAnswered   cancelled / too late / not known               (cancelling)
    MoveAnswered     moved / taken: search again / as it was        (moving)
    LatenessAnswered the salon knows who comes later                (late)
    RequestNoted     the salon calls back, or has them on its list  (requesting)
    CallerSilent     three rungs, then goodbye                      (repairs)
    CallerHungUp     holds are given back; a booking that runs is left to finish
    (nothing open)   what waited since the same breath is taken up  (agenda)
    (after the end)  a wish opens the call again, anything else ends it again

`Book` and `Move` have one way only: a yes to `Consent` in the draft's version, offer and words
read back; `Book` has one more, a yes given before the search to exactly what it then found
(`advance`). `Cancel`: a yes to `ConfirmCancel`, which has named the very visit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from booking_core.domain.booking import Booked
from booking_core.domain.orders import Cancelled, Cancelling, Moved
from nlu import Intent, YesNo
from voice_agent.dialogue import sentences, visit
from voice_agent.dialogue.actions import Action, FindSlots, KeepLead, ReleaseHolds, Say
from voice_agent.dialogue.advance import hear_advance
from voice_agent.dialogue.agenda import (
    answered_meanwhile,
    answered_now,
    is_free,
    kept_in_mind,
    taken_up,
    without_question,
    without_repeated,
)
from voice_agent.dialogue.answers import answer_later, answers, answers_owed
from voice_agent.dialogue.as_usual import same_too
from voice_agent.dialogue.asked import AskChange, AskTime, AskWhat, ConfirmCancel, Consent
from voice_agent.dialogue.breath import agreed_first, requests_in
from voice_agent.dialogue.cancelling import cancel_answered
from voice_agent.dialogue.conditions import depends_on, with_ends
from voice_agent.dialogue.ellipsis import asked_in, completed
from voice_agent.dialogue.events import (
    BookingAnswered,
    CallerHungUp,
    CallerSilent,
    CallerSpoke,
    CallStarted,
    CancelAnswered,
    LatenessAnswered,
    MoveAnswered,
    RequestNoted,
    SlotsAnswered,
    VisitsFound,
    WorkFailed,
)
from voice_agent.dialogue.handoff import came_back
from voice_agent.dialogue.hearing import moves_on, says_something, take_in
from voice_agent.dialogue.late import noted
from voice_agent.dialogue.moving import move_answered
from voice_agent.dialogue.outcomes import is_lead
from voice_agent.dialogue.progress import proceed
from voice_agent.dialogue.questions import wording
from voice_agent.dialogue.repairs import give_up, is_stuck, not_understood, repair, silence
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.replies import reply
from voice_agent.dialogue.request import Met, Transferring
from voice_agent.dialogue.request_orders import lead_of
from voice_agent.dialogue.requesting import after_answers, stored
from voice_agent.dialogue.results import booking_answered, slots_answered, work_failed
from voice_agent.dialogue.side_doors import side_door
from voice_agent.dialogue.steps import Step, ask, ask_again, end, say
from voice_agent.dialogue.visit_answers import answered
from voice_agent.dialogue.visits import hear, visits_found

if TYPE_CHECKING:
    from nlu import Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.events import Event
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

_MOST_ANSWERS = 2
"""In one turn; more is not kept in mind."""
_WANTS_A_VISIT = (Intent.BOOK, Intent.CHECK_AVAILABILITY, Intent.FIND_NEXT)


def next_step(state: CallState, event: Event, scene: Scene) -> Step:
    """What the event makes of the call, and what is to be done; pure."""
    after, actions = _next_request(*_react(state, event, scene), scene)
    return _finish(state, after, actions, scene)


def _react(  # noqa: C901, PLR0911, PLR0912 - one row each
    state: CallState, event: Event, scene: Scene
) -> Step:
    match event:
        case CallStarted():
            return _greet(state, event, scene)
        case CallerHungUp():
            return _hung_up(state, scene)
        case CallerSpoke() | CallerSilent() if state.ended:
            return _after_the_farewell(state, event, scene)
        case _ if state.ended:
            return _too_late(state, event)
        case CallerSpoke():
            return _hear(state, event, scene)
        case CallerSilent() if state.transfer is Transferring.TRYING:
            return came_back(state, None, scene)
        case CallerSilent():
            return silence(state, scene)
        case SlotsAnswered(answer=answer):
            return _then_later(slots_answered(state, answer, scene), scene, told=False)
        case BookingAnswered(result=result):
            return _then_later(booking_answered(state, result, scene), scene, told=True)
        case VisitsFound(visits=visits):
            return _then_later(visits_found(state, visits, scene), scene, told=False)
        case CancelAnswered(result=result):
            return _then_later(cancel_answered(state, result, scene), scene, told=True)
        case MoveAnswered(result=result):
            return _then_later(move_answered(state, result, scene), scene, told=True)
        case LatenessAnswered(result=result):
            return _then_later(noted(state, result, scene), scene, told=True)
        case RequestNoted(result=result):
            return _then_later(stored(state, result, scene), scene, told=True)
        case WorkFailed(work=work):
            return _then_later(work_failed(state, work, scene), scene, told=True)
        case _:
            assert_never(event)


def _greet(state: CallState, event: CallStarted, scene: Scene) -> Step:
    """Once a call: a reconnected line is not greeted again."""
    if state.started:
        return state, ()
    greeted = replace(
        state,
        caller_number=event.caller_number,
        known=event.known,
        greeted=_by_name(event, scene),
        question=AskWhat(),
    )
    hello = sentences.greeting(scene.salon, greeted.greeted)
    return greeted, (Say(sentence=hello, uninterruptible=True),)


def _by_name(event: CallStarted, scene: Scene) -> str | None:
    """The one full name on file for the number, in a salon that greets by it.

    A number that several people share has none; and nobody is greeted by a bare surname.
    """
    if not scene.salon.branch.greets_by_name:
        return None
    names = {person.name for person in event.known}
    name = names.pop() if len(names) == 1 else ""
    return name if " " in name.strip() else None


def _hear(state: CallState, event: CallerSpoke, scene: Scene) -> Step:
    if event.during_work or (state.work and state.work.is_change):
        return _hear_during_work(state, event.understanding)
    awake = replace(state, silences=0, work=None)
    if event.interrupted and _early_yes(awake, event.understanding, scene):
        return _read_back_again(awake, scene)
    return _listen(awake, event.understanding, scene)


def _listen(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """One request after the other, where a sentence has several."""
    if both := agreed_first(state, understood, scene):
        agrees, other = both
        return _hear_one(kept_in_mind(state, (other,)), agrees, scene)
    several = requests_in(understood, scene)
    if not several:
        return _hear_one(without_repeated(state, understood, scene), understood, scene)
    told, (first, *others) = answered_now(state, several, scene)
    heard, actions = _hear_one(kept_in_mind(state, tuple(others)), first.said, scene)
    before = (*told, sentences.plain("one_by_one")) if others else told
    return heard, (*say(*before), *actions)


def _hear_one(state: CallState, understood: Understanding, scene: Scene) -> Step:
    understood = completed(state, with_ends(state, understood, scene), scene)
    for way in (side_door, answered, repair, hear, same_too):
        if step := way(state, understood, scene):
            return step
    heard = take_in(state, understood, scene)
    heard = replace(heard, state=hear_advance(heard.state, understood, scene))
    owed = answers_owed(heard.state, understood, scene)
    needed = depends_on(heard.state, understood, scene)
    told = answers(heard.state, understood, scene)
    said = _once((*heard.notes, *owed, *needed, *told))[:_MOST_ANSWERS]
    grasped = replace(answer_later(heard.state, understood), misses=0, asked=asked_in(understood))
    if moves_on(state, heard.state):
        if told and _only_asks(grasped, understood):
            return ask(grasped, AskTime(perhaps=True), scene, *said)
        return proceed(_anew(grasped, state), scene, *said)
    if said:
        return after_answers(grasped, said, understood, scene)
    if _repeats(understood):
        return _known_already(grasped, state, scene)
    step = reply(_leaving(grasped, understood), understood, scene)
    return step or _go_on(state, understood, scene)


def _next_request(state: CallState, actions: tuple[Action, ...], scene: Scene) -> Step:
    """What was asked for in one breath is done one after the other, in the same turn if it can."""
    state, actions = answered_meanwhile(state, actions, scene)
    while is_free(state):
        left, said = taken_up(state)
        state, more = _hear_one(left, said, scene)
        actions = (*without_question(actions), *more)
    return state, actions


def _only_asks(state: CallState, understood: Understanding) -> bool:
    """Whether a service was only asked about: nobody has said that they want to come."""
    draft = state.draft
    wants = any(understood.has(intent) for intent in _WANTS_A_VISIT)
    begun = draft.wishes or draft.staff or draft.moving or state.unclear or not draft.services
    return not (wants or begun)


def _once(said: tuple[Sentence, ...]) -> tuple[Sentence, ...]:
    """No sentence twice in a turn, whatever it answers."""
    return tuple({sentence.key: sentence for sentence in reversed(said)}.values())[::-1]


def _repeats(understood: Understanding) -> bool:
    """Whether a sentence that changed nothing names what is known; yes and "egal" do more."""
    answers_only = understood.yes_no is YesNo.YES or understood.has(Intent.NO_PREFERENCE)
    return says_something(understood) and not answers_only


def _known_already(state: CallState, before: CallState, scene: Scene) -> Step:
    """Nothing new: "nein, um neun" where nine it is. So on with what is open."""
    counted = replace(state, misses=before.misses + 1)
    if is_stuck(counted):
        return give_up(counted)
    if isinstance(state.question, AskChange):
        return proceed(counted, scene)
    return ask_again(counted, scene)


def _go_on(state: CallState, understood: Understanding, scene: Scene) -> Step:
    """Nothing new and no answer: a wish for a visit as such, or noise."""
    if any(understood.has(intent) for intent in _WANTS_A_VISIT):
        return proceed(replace(state, misses=0), scene)
    return not_understood(state, understood, scene)


def _anew(state: CallState, before: CallState) -> CallState:
    """Another offer is told in full, also where the same question was open before."""
    return replace(state, question=None) if state.chosen != before.chosen else state


def _leaving(state: CallState, understood: Understanding) -> CallState:
    if isinstance(state.question, Consent) and understood.has(Intent.GOODBYE):
        return replace(state, leaving=True)
    return state


def _early_yes(state: CallState, understood: Understanding, scene: Scene) -> bool:
    """A yes that began before the question was out cannot mean what was not heard yet."""
    asks = isinstance(state.question, Consent | ConfirmCancel)
    if not asks or understood.yes_no is not YesNo.YES:
        return False
    return not moves_on(state, take_in(state, understood, scene).state)


def _read_back_again(state: CallState, scene: Scene) -> Step:
    if state.offer is None or state.moving is not None:
        return state, say(wording(state, scene))
    name = visit.customer(state).name
    again = sentences.read_back(state.offer, name, scene, again=True)
    return state, say(again)


def _hear_during_work(state: CallState, understood: Understanding) -> Step:
    """Whatever was really said is answered with the result.

    No yes, no or choice counts while work runs: what they answer has not been asked yet.
    """
    unasked = replace(understood, yes_no=None, choice=None)
    matters = says_something(unasked) or understood.has(Intent.GOODBYE)
    later = unasked if matters else state.later
    return replace(state, later=later, in_advance=None), say(sentences.plain("work_running"))


def _then_later(step: Step, scene: Scene, *, told: bool) -> Step:
    """What was said meanwhile: answered after a booking's result, or in one with a search's."""
    state, actions = step
    if state.later is None or state.ended or state.work:
        return step
    idle = replace(state, later=None)
    heard, more = _listen(idle, state.later, scene)
    if told:
        return heard, (*actions, *more)
    return (heard, more) if heard.ended or moves_on(idle, heard) else (idle, actions)


def _after_the_farewell(state: CallState, event: CallerSpoke | CallerSilent, scene: Scene) -> Step:
    """Whoever speaks over the farewell has undone the end: a wish opens the call again."""
    bye = end(state, sentences.plain("farewell_short"))
    if isinstance(event, CallerSilent):
        return bye
    understood = event.understanding
    asks = answers(state, understood, scene) or any(understood.has(i) for i in _WANTS_A_VISIT)
    wishes = understood.services or understood.staff or understood.times or asks
    if understood.has(Intent.GOODBYE) or not wishes:
        return bye
    return _hear(replace(state, ended=False, question=AskWhat()), event, scene)


def _hung_up(state: CallState, scene: Scene) -> Step:
    """Before a yes nothing is kept; after it the booking is left to finish."""
    gone = replace(state, ended=True, question=None)
    if state.work and state.work.is_change:
        return gone, ()
    lost = (KeepLead(lead=lead_of(state, scene)),) if is_lead(state) else ()
    return gone, (*lost, ReleaseHolds())


def _too_late(state: CallState, event: Event) -> Step:
    """Nobody listens any more: what was found is given back, what was booked stands."""
    idle = replace(state, work=None, offers=(), chosen=None)
    match event:
        case BookingAnswered(result=Booked() as booked):
            met = (*idle.met, Met.BOOKED)
            return replace(idle, booked=booked, met=met), (ReleaseHolds(),)
        case MoveAnswered(result=Moved()):
            return replace(idle, met=(*idle.met, Met.MOVED)), (ReleaseHolds(),)
        case CancelAnswered(result=Cancelled() | Cancelling()):
            return replace(idle, met=(*idle.met, Met.CANCELLED)), ()
        case _:
            return idle, (ReleaseHolds(),)


def _finish(before: CallState, after: CallState, actions: tuple[Action, ...], scene: Scene) -> Step:
    """Give back what is held for nothing, and remember what was said."""
    let_go = before.offers and not after.offers
    keeps = any(isinstance(action, FindSlots | ReleaseHolds) for action in actions)
    changes = after.work is not None and after.work.is_change
    if let_go and not keeps and not changes:
        actions = (ReleaseHolds(), *actions)
    actions = _without_echo(actions)
    seed = f"{after.call_id}:{after.turn}"
    seeded = tuple(_seeded(action, seed, scene.language) for action in actions)
    said = [action.sentence for action in seeded if isinstance(action, Say)]
    spoken = " ".join(sentences.words(sentence, language=scene.language) for sentence in said)
    lasting = spoken and not any(sentence.key == "work_running" for sentence in said)
    words = spoken if lasting else after.last_words
    return replace(after, turn=after.turn + 1, last_words=words), seeded


def _without_echo(actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """The same is not asked twice, where a result and what was said meanwhile both lead to it."""
    return tuple(
        action
        for place, action in enumerate(actions)
        if not (isinstance(action, Say) and action in actions[place + 1 :])
    )


def _seeded(action: Action, seed: str, language: str) -> Action:
    if not isinstance(action, Say):
        return action
    return replace(action, sentence=replace(action.sentence, seed=seed, language=language))
