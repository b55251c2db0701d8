"""A yes that depends on something: the fact it hangs on is told, and the question stays open."""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

from nlu import Grain
from voice_agent.dialogue import offering, sentences
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from nlu import TimeExpression, Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState


def with_ends(state: CallState, understood: Understanding, scene: Scene) -> Understanding:
    """The sentence with its times as what they are: "wenn ich um zwölf fertig bin" is no start.

    Where the visit on the table is over by then, they change nothing.
    """
    if not touches(understood.text, Topic.DONE_BY, scene.language):
        return understood
    times = tuple(_as_end(said) for said in understood.times)
    if state.offer is not None:
        over = scene.local(state.offer.plan.end)
        times = tuple(said for said in times if not (said.of_end and _is_over(said, over)))
    return replace(understood, times=times)


def depends_on(state: CallState, understood: Understanding, scene: Scene) -> tuple[Sentence, ...]:
    """What the caller has to know to say yes or no, as far as the salon's data tell it."""
    text, language = understood.text, scene.language
    is_conditional = understood.condition or touches(text, Topic.ONLY_IF, language)
    if not is_conditional or not state.draft.services:
        return ()
    if touches(text, Topic.LIMIT, language):
        return (sentences.price(state.draft.services, scene.salon),)
    if touches(text, Topic.DONE_BY, language) and state.offer is not None:
        return (offering.ends(state.offer.plan, scene),)
    return ()


def _as_end(said: TimeExpression) -> TimeExpression:
    return replace(said, of_end=True) if said.grain in {Grain.HOUR, Grain.MINUTE} else said


def _is_over(said: TimeExpression, over: datetime) -> bool:
    match said.end or said.start:
        case datetime() as limit:
            return over <= limit
        case time() as limit:
            return over.time() <= limit.replace(tzinfo=None)
        case _:
            return False
