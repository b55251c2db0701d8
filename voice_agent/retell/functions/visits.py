"""Visits that stand: told, called off and moved, for callers who have shown who they are.

What shows it is what shows it in a conversation: a number on file and a name that fits it, or a
booking code and a name. Nothing is called off that was not named in this call before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nlu import Expecting, Intent, Understanding
from nlu.meaning import IntentScore
from voice_agent.dialogue import cancelling
from voice_agent.dialogue.asked import ConfirmCancel
from voice_agent.dialogue.concern import Act, Concern, services_in, staff_in
from voice_agent.dialogue.spoken_code import spoken_code
from voice_agent.dialogue.steps import ask, fresh
from voice_agent.dialogue.visits import pursue
from voice_agent.retell.functions.booking import take
from voice_agent.retell.functions.hearing import hear_when, hear_who, understood
from voice_agent.retell.functions.moment import Moment, Reply, reply
from voice_agent.retell.functions.tickets import Stale

if TYPE_CHECKING:
    from uuid import UUID

    from nlu import TimeExpression
    from voice_agent.dialogue.state import CallState
    from voice_agent.retell.functions.arguments import Arguments

_LONGEST = 16  # of a code in one word, with whatever is written between its letters
_ACTS = {Act.TELL: Intent.QUERY_APPOINTMENT, Act.CANCEL: Intent.CANCEL, Act.MOVE: Intent.RESCHEDULE}


async def find_appointments(moment: Moment) -> Reply:
    """The caller's visits to come; neither confirmed nor denied to anybody else."""
    return reply(await moment.run(pursue(_about(moment, Act.TELL), moment.scene)))


async def cancel_appointment(moment: Moment) -> Reply:
    """Call a visit off that was named in this call; first asked about, if it was not."""
    done = await moment.run(pursue(_about(moment, Act.CANCEL), moment.scene))
    agreed = _named(moment)
    if agreed is None or done.state.question != ConfirmCancel(visit=agreed):
        return reply(done)
    confirmed = await moment.run(cancelling.order(done.state, moment.scene))
    return reply(confirmed)


async def reschedule_appointment(moment: Moment) -> Reply:
    """Offer other times for a visit, and with one of those offers move it."""
    try:
        ticket = moment.tickets.offer(moment.given.offer_id or "")
    except Stale:
        ticket = None
    then = await moment.memory.offered(ticket.offer_id) if ticket else None
    if ticket is not None and then is not None and then.draft.moving is not None:
        return await take(moment, ticket, then)
    when = hear_when(moment.given, moment.words, moment.scene)
    if when is not None and when.doubt is not None:
        return reply(await moment.run(ask(moment.state, when.doubt, moment.scene)))
    done = await moment.run(pursue(_about(moment, Act.MOVE), moment.scene))
    code = "offer_unknown" if moment.given.offer_id and done.state.offers else None
    return reply(done, code=code)


def _about(moment: Moment, act: Act) -> CallState:
    """The call with this concern; whose visits these are is looked up again each time."""
    given, scene = moment.given, moment.scene
    heard = hear_who(fresh(moment.state), given, scene)
    said = _said(moment, act)
    concern = Concern(
        act=act,
        said=said,
        times=_which(moment, act),
        services=() if act is Act.MOVE else services_in(said.services),
        staff=None if act is Act.MOVE else staff_in(said.staff),
        visit=_named(moment),
        code=_code(given, scene.language),
    )
    return replace(heard, concern=concern, visits=None, question=None, work=None)


def _said(moment: Moment, act: Act) -> Understanding:
    """All arguments as one sentence, as a caller might have said it."""
    given, scene = moment.given, moment.scene
    service = understood(given.service, Expecting.SERVICE, scene) if given.service else None
    staff = understood(given.staff, Expecting.STAFF, scene) if given.staff else None
    when = hear_when(given, moment.words, scene)
    pieces = (given.service, given.staff, given.when or given.date, given.time)
    return Understanding(
        text=", ".join(piece for piece in pieces if piece),
        language=scene.language,
        intents=(IntentScore(intent=_ACTS[act], score=1.0),),
        services=service.services if service else (),
        staff=staff.staff if staff and not given.anybody else (),
        times=when.said.times if when else (),
    )


def _which(moment: Moment, act: Act) -> tuple[TimeExpression, ...]:
    """When the visit is: of a move only what was said about the old time."""
    given, scene = moment.given, moment.scene
    if given.old_when is not None:
        return understood(given.old_when, Expecting.DATETIME, scene).times
    when = hear_when(given, (), scene) if act is not Act.MOVE else None
    return when.said.times if when else ()


def _named(moment: Moment) -> UUID | None:
    return moment.tickets.visit(moment.given.appointment_id or "")


def _code(given: Arguments, language: str) -> str | None:
    """A booking code, spelt or written; it may also have been taken for the id of the visit.

    An id of ours is long and has no blanks; by chance there are letters in it that make a code.
    """
    instead = given.appointment_id or ""
    said = (given.code, instead if " " in instead or len(instead) <= _LONGEST else None)
    codes = (
        spoken_code(text.upper(), language) or spoken_code(text, language) for text in said if text
    )
    return next((code for code in codes if code), None)
