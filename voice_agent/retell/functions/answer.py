"""The one form of every answer: a part for the machine, and what to say, in one small JSON.

    {"ok": true, "say": "...", "code": "offers", "data": {"result": "offers", "options": [...]}}

`ok` is false only when something of ours did not work. That a time is taken, or that nobody is on
file, is an answer like any other and has a code of its own.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from booking_core.domain.booking import AlreadyThere, Booked, Failed, Taken
from booking_core.domain.orders import (
    Cancelled,
    Cancelling,
    Moved,
    NotBooked,
    Outdated,
    TooLate,
    Unchanged,
    UnderWay,
)
from booking_core.domain.slots import NoSlots
from voice_agent.dialogue import sentences, visit
from voice_agent.dialogue.asked import (
    AnythingElse,
    AskName,
    ChooseService,
    ChooseStaff,
    ChooseVisit,
    ConfirmCancel,
    SecondVisit,
)
from voice_agent.dialogue.events import (
    BookingAnswered,
    CancelAnswered,
    MoveAnswered,
    SlotsAnswered,
    WorkFailed,
)
from voice_agent.dialogue.obstacles import UNSPOKEN
from voice_agent.dialogue.questions import wording
from voice_agent.dialogue.request import About, OfferRequest
from voice_agent.journal import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from booking_core.domain.appointment import Appointment
    from booking_core.domain.slots import SlotOffer
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.events import Event
    from voice_agent.dialogue.state import CallState
    from voice_agent.retell.functions.moment import Moment, Reply

MOST_CHARACTERS = 14_900
"""Retell cuts at 15,000."""
LONGEST_SAID = 600
_RESULTS: dict[type, str] = {
    Booked: "booked",
    Taken: "taken",
    AlreadyThere: "already_booked",
    Failed: "failed",
    Cancelled: "cancelled",
    Cancelling: "cancelling",
    Moved: "moved",
    Unchanged: "unchanged",
    TooLate: "too_late",
    NotBooked: "not_booked",
    Outdated: "outdated",
    UnderWay: "busy",
}
_WAYS_OUT = {
    About.TOO_LATE: "too_late",
    About.NOTHING_FREE: "no_availability",
    About.NOT_VERIFIED: "not_verified",
    About.TROUBLE: "failed",
}
FAILED = frozenset({"failed", "no_call", "unknown_function", "unknown_salon"})
FINAL = frozenset({"booked", "moved", "unchanged", "cancelled", "cancelling", "callback_noted"})
"""What stays as it is, however often it is asked for."""
CHANGES = frozenset({"moved", "cancelled", "cancelling"})
"""What makes earlier answers about visits untrue."""
_OUTCOMES = {
    "booked": Outcome.BOOKED,
    "moved": Outcome.CHANGED,
    "cancelled": Outcome.CANCELLED,
    "cancelling": Outcome.CANCELLED,
    "callback_noted": Outcome.CALLBACK,
    "no_availability": Outcome.NOTHING_FREE,
}


def answer(reply: Reply, moment: Moment) -> dict[str, Any]:
    """The answer, small enough to be passed on whole."""
    code = reply.code or _code(reply)
    found = {} if reply.aside else _facts(reply, moment)
    data: dict[str, Any] = {"result": code, **reply.facts, **found}
    said = _words(reply, moment)
    while len(written(told := form(code, said, data))) > MOST_CHARACTERS:
        longest = max((name for name in data if name != "result"), key=lambda n: len(str(data[n])))
        del data[longest]
    return told


def form(code: str, said: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
    """The one form."""
    told = {"ok": code not in FAILED, "code": code, "data": data or {"result": code}}
    return {**told, "say": said[:LONGEST_SAID]} if said else told


def written(told: dict[str, Any]) -> str:
    """As it is sent."""
    return json.dumps(told, ensure_ascii=False)


def outcome(told: dict[str, Any], reply: Reply) -> Outcome | None:
    """What the call has come to with this answer; None = nothing yet."""
    return _OUTCOMES.get(told["code"]) or reply.outcome


# --- the result in one word ---------------------------------------------------------------------


def _code(reply: Reply) -> str:
    """The last thing that was decided; else what was found; else what is asked."""
    told = _result(reply.events)
    if told == "already_booked" and not isinstance(reply.state.question, SecondVisit):
        return "not_verified"  # to whom this is not said in words, it is not said in a code either
    if told is not None:
        return told
    if reply.state.offers:
        return "offers"
    if isinstance(reply.state.question, OfferRequest):
        return _WAYS_OUT.get(reply.state.question.about, "callback_offered")
    return "no_availability" if _nothing_found(reply.events) else _asked(reply.state)


def _asked(state: CallState) -> str:
    if isinstance(state.question, AskName) and state.concern is not None:
        return "ask_caller_name"
    if state.question is not None and not isinstance(state.question, AnythingElse):
        return state.question.kind
    return "appointments" if state.visits else "no_appointment"


def _result(events: Sequence[Event]) -> str | None:
    told = None
    for event in events:
        match event:
            case BookingAnswered(result=result) | CancelAnswered(result=result):
                told = _RESULTS[type(result)]
            case MoveAnswered(result=result):
                told = _RESULTS[type(result)]
            case _:
                pass
    last = events[-1] if events else None
    return "failed" if isinstance(last, WorkFailed) else told


def _nothing_found(events: Sequence[Event]) -> bool:
    last = events[-1] if events else None
    return isinstance(last, SlotsAnswered) and isinstance(last.answer, NoSlots)


# --- what the machine needs ----------------------------------------------------------------------


def _facts(reply: Reply, moment: Moment) -> dict[str, Any]:
    state, question = reply.state, reply.state.question
    found = {
        "options": [_option(offer, moment) for offer in state.offers],
        "next": question.kind if question and question.kind != "anything_else" else None,
        "choices": _choices(reply, moment),
        "reason": _reason(reply.events),
        "appointment": next((_visit(one, moment) for one in _changed(reply.events)), None),
        "appointments": [_visit(one, moment) for one in _shown(reply)],
        "callback": any(_calls_back(event) for event in reply.events) or None,
    }
    return {name: value for name, value in found.items() if value not in (None, [])}


def _option(offer: SlotOffer, moment: Moment) -> dict[str, Any]:
    scene = moment.scene
    plan, salon = offer.plan, scene.salon
    return {
        "offer_id": moment.tickets.for_offer(offer.id, salon.version),
        "start": scene.local(plan.start).isoformat(),
        "end": scene.local(plan.end).isoformat(),
        "weekday": scene.local(plan.start).strftime("%A"),
        "staff": visit.called(visit.lead(plan, salon), salon),
        "services": [salon.service(one).spoken_name for one in plan.services],
        "minutes": plan.total_minutes,
        "price_eur": visit.price_cents(plan.services, salon) / 100,
    }


def _visit(one: Appointment, moment: Moment) -> dict[str, Any]:
    scene = moment.scene
    return {
        "appointment_id": moment.tickets.for_visit(one.id),
        "start": scene.local(one.plan.start).isoformat(),
        "end": scene.local(one.plan.end).isoformat(),
        "services": list(one.service_names),
        "staff": visit.called(visit.lead(one.plan, scene.salon), scene.salon),
        "state": one.state.value,
    }


def _changed(events: Iterable[Event]) -> list[Appointment]:
    results = [
        event.result
        for event in events
        if isinstance(event, BookingAnswered | CancelAnswered | MoveAnswered)
    ]
    known = (Booked, Cancelled, Cancelling, Moved, Unchanged)
    return [result.appointment for result in results if isinstance(result, known)]


def _shown(reply: Reply) -> list[Appointment]:
    """Visits that the caller is asked about, or was told of."""
    state = reply.state
    visits = state.visits or ()
    match state.question:
        case ConfirmCancel(visit=only):
            return [one for one in visits if one.id == only]
        case ChooseVisit(options=options):
            return [one for one in visits if one.id in options]
        case _:
            return list(visits) if _code(reply) == "appointments" else []


def _choices(reply: Reply, moment: Moment) -> list[str]:
    salon = moment.scene.salon
    match reply.state.question:
        case ChooseService(options=options):
            return [salon.service(option).spoken_name for option in options]
        case ChooseStaff(options=options):
            return [salon.member(option).name for option in options]
        case _:
            return []


def _reason(events: Sequence[Event]) -> str | None:
    answers = [event.answer for event in events if isinstance(event, SlotsAnswered)]
    obstacle = answers[-1].obstacle if answers else None
    return obstacle.reason.value if obstacle and obstacle.reason not in UNSPOKEN else None


def _calls_back(event: Event) -> bool:
    if not isinstance(event, BookingAnswered | MoveAnswered):
        return False
    return isinstance(event.result, Failed) and event.result.callback


# --- what is said -------------------------------------------------------------------------------


def _words(reply: Reply, moment: Moment) -> str:
    """The dialogue's own sentences; never nothing: an open question is said again."""
    scene = moment.scene
    said: tuple[Sentence, ...] = reply.said or (wording(reply.state, scene),)
    return " ".join(
        sentences.words(one, language=scene.language, seed=scene.call_id) for one in said
    )
