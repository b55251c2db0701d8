"""Being called back: promised only once it stands in the salon's book."""

from __future__ import annotations

from dataclasses import replace

from booking_core.domain.requests import RequestCallback
from voice_agent.dialogue import confirming
from voice_agent.dialogue.request import About, AskNumber, Kind, Request
from voice_agent.dialogue.request_orders import order
from voice_agent.dialogue.steps import ask
from voice_agent.journal import Outcome
from voice_agent.retell.functions.hearing import hear_who
from voice_agent.retell.functions.moment import Moment, Reply, reply


async def request_callback(moment: Moment) -> Reply:
    """Have the salon call back under the caller's own number, or the one that was given."""
    state = hear_who(moment.state, moment.given, moment.scene)
    phone = state.draft.phone or state.caller_number
    if phone is None:
        return reply(await moment.run(ask(state, AskNumber(), moment.scene)))
    topics = (moment.given.topic,) if moment.given.topic else ()
    request = Request(kind=Kind.CALLBACK, about=About.ASKED, topics=topics)
    asked = order(state, request, phone, moment.scene)
    assert isinstance(asked, RequestCallback), "of that kind"
    noted = await moment.desk.call_back(asked)
    told = confirming.request_noted(noted)
    kept = replace(state, promised=noted)
    called = Outcome.CALLBACK
    return Reply(state=kept, said=(told,), code="callback_noted", aside=True, outcome=called)
