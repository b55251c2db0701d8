"""Services in a sentence: taken, asked about, or openly not on offer; never a default."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from nlu import Intent, YesNo
from nlu.meaning import ASK_SCORE
from voice_agent.dialogue import sentences
from voice_agent.dialogue.choices import MAX_CHOICES, picked
from voice_agent.dialogue.state import ChooseService

if TYPE_CHECKING:
    from nlu import ServiceMention, Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

_QUESTIONS = (Intent.ASK_PRICE, Intent.ASK_DURATION, Intent.ASK_SERVICES)

Result = tuple["CallState", tuple["Sentence", ...]]


def hear_services(state: CallState, understood: Understanding, scene: Scene) -> Result:
    """The state with the services of this sentence."""
    if _only_asks(state, understood):
        return state, ()
    if (choice := _open_choice(state)) and (service := _answer(choice, understood, scene)):
        return _take(state, (service,)), ()
    sure = tuple(dict.fromkeys(_id(m.accepted) for m in understood.services if m.accepted))
    if sure:
        return _take(state, sure), ()
    return _doubt(state, understood)


def candidates(mention: ServiceMention) -> tuple[UUID, ...]:
    """What the words may mean, best first; empty = nothing this salon offers."""
    worth = [c for c in mention.candidates if c.score >= ASK_SCORE]
    return tuple(_id(candidate.id) for candidate in worth[:MAX_CHOICES])


def _doubt(state: CallState, understood: Understanding) -> Result:
    for mention in understood.services:
        options = candidates(mention)
        if not options:
            return state, (sentences.plain("unknown_service"),)
        if set(options) & set(state.draft.services):
            return state, ()
        others = tuple(p for p in state.unclear if not isinstance(p, ChooseService))
        asking = replace(state, unclear=(*others, ChooseService(options=options)))
        return asking.amend(replace(state.draft, services=())), ()
    return state, ()


def _only_asks(state: CallState, understood: Understanding) -> bool:
    """A price in between: the service asked about is not the one to be booked."""
    return bool(state.draft.services) and any(understood.has(intent) for intent in _QUESTIONS)


def _open_choice(state: CallState) -> ChooseService | None:
    return next((p for p in state.unclear if isinstance(p, ChooseService)), None)


def _answer(choice: ChooseService, understood: Understanding, scene: Scene) -> UUID | None:
    """Which of the choices this answers."""
    if len(choice.options) == 1 and understood.yes_no is YesNo.YES:
        return choice.options[0]
    if understood.choice and understood.choice.index <= len(choice.options):
        return choice.options[understood.choice.index - 1]
    sure = [_id(mention.accepted) for mention in understood.services if mention.accepted]
    if len(sure) == 1:
        return sure[0]
    return picked(understood.text, choice.options, scene.salon)


def _take(state: CallState, services: tuple[UUID, ...]) -> CallState:
    settled = tuple(p for p in state.unclear if not isinstance(p, ChooseService))
    return replace(state, unclear=settled).amend(replace(state.draft, services=services))


def _id(text: str | None) -> UUID:
    return UUID(text)
