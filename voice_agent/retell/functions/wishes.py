"""Free times: asked for, and asked for again when those that were offered do not suit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from voice_agent.dialogue.progress import proceed
from voice_agent.journal import Outcome
from voice_agent.retell.functions.hearing import hear_who, hear_wish
from voice_agent.retell.functions.moment import Moment, Reply, reply

if TYPE_CHECKING:
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

_MOST_REFUSED = 12


async def check_availability(moment: Moment) -> Reply:
    """Look for times; what is found is held for this call, and may then be booked."""
    return await search(moment)


async def get_alternatives(moment: Moment) -> Reply:
    """Other times than those that were offered, near what was wished."""
    given, state = moment.given, moment.state
    if state.draft.services and not (given.when or given.date or given.time):
        moment = replace(moment, state=_refusing(state, moment.scene))
    found = await search(moment)
    declined = Outcome.DECLINED if state.offers else None
    return replace(found, outcome=declined)


async def search(moment: Moment, *, code: str | None = None) -> Reply:
    """What is wished, heard and looked for; a question where something is missing or in doubt."""
    scene = moment.scene
    person = hear_who(moment.state, moment.given, scene)
    heard = hear_wish(replace(person, chosen=None), moment.given, moment.words, scene)
    state = heard.state
    if state.chosen is None:  # what was found before may be gone
        state = replace(state, offers=())
    done = await moment.run(proceed(replace(state, question=None), scene, *heard.notes))
    return reply(done, code=code)


def _refusing(state: CallState, scene: Scene) -> CallState:
    """All that is on the table was not wanted."""
    refused = (scene.local(offer.plan.start) for offer in state.offers)
    every = tuple(dict.fromkeys((*state.draft.refused, *refused)))[-_MOST_REFUSED:]
    return state.amend(replace(state.draft, refused=every))
