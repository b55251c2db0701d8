"""After the end: who speaks on is heard out or sent off again; who has gone gets nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from booking_core.domain.booking import Booked
from booking_core.domain.orders import Cancelled, Cancelling, Moved
from nlu import Intent
from voice_agent.dialogue import sentences
from voice_agent.dialogue.actions import KeepLead, ReleaseHolds
from voice_agent.dialogue.answers import answers
from voice_agent.dialogue.asked import AskWhat
from voice_agent.dialogue.drafting import wants_a_visit
from voice_agent.dialogue.events import BookingAnswered, CancelAnswered, MoveAnswered
from voice_agent.dialogue.outcomes import is_lead
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.request import Met
from voice_agent.dialogue.request_orders import lead_of
from voice_agent.dialogue.steps import end

if TYPE_CHECKING:
    from nlu import Understanding
    from voice_agent.dialogue.events import Result
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState
    from voice_agent.dialogue.steps import Step


def hung_up(state: CallState, scene: Scene) -> Step:
    """Before a yes nothing is kept; after it the booking is left to finish."""
    gone = replace(state, ended=True, question=None)
    if state.work and state.work.is_change:
        return gone, ()
    lost = (KeepLead(lead=lead_of(state, scene)),) if is_lead(state) else ()
    return gone, (*lost, ReleaseHolds())


def too_late(state: CallState, event: Result) -> Step:
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


def reopened(state: CallState, understood: Understanding, scene: Scene) -> CallState | None:
    """Whoever speaks over the farewell has undone the end, if it is a wish; else None."""
    asks = answers(state, understood, scene) or wants_a_visit(understood)
    wishes = understood.services or understood.staff or understood.times or asks
    if understood.has(Intent.GOODBYE) or not wishes:
        return None
    return replace(state, ended=False, question=AskWhat())


def goodbye_again(state: CallState) -> Step:
    """Whatever else is said: the call has ended."""
    return end(state, sentences.plain("farewell_short"))
