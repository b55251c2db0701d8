"""Who comes: the name as it was said, another number, an address."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nlu import Intent, YesNo
from nlu.meaning import ACCEPT_SCORE, ASK_SCORE
from voice_agent.dialogue.state import AskChange, AskName, CheckName, Consent

if TYPE_CHECKING:
    from nlu import PersonName, Understanding
    from voice_agent.dialogue.state import CallState

_MOST_WORDS = 3
_NO_ANSWERS = frozenset(
    {
        Intent.PING,
        Intent.REPEAT,
        Intent.ASK_OTHER,
        Intent.ASK_PRICE,
        Intent.ASK_DURATION,
        Intent.ASK_HOURS,
        Intent.ASK_SERVICES,
    },
)


def hear_person(state: CallState, understood: Understanding) -> CallState:
    """The state with what this sentence says about the person."""
    draft = state.draft
    if isinstance(state.question, AskName) and state.question.heard == bare_answer(understood):
        draft = replace(draft, name=state.question.heard or draft.name)
    if understood.name and _is_believable(state, understood, understood.name):
        draft = replace(draft, name=understood.name.text)
    if understood.phone:
        draft = replace(draft, phone=understood.phone)
    if understood.email:
        draft = replace(draft, email=understood.email)
    return _checked(state, understood).amend(draft)


def bare_answer(understood: Understanding) -> str | None:
    """One to three words that mean nothing else: "Lang", whom no list of names knows."""
    words = understood.text.strip(" .!?").split()
    understands = understood.yes_no or understood.has(Intent.BACKCHANNEL) or understood.staff
    if understands or not 1 <= len(words) <= _MOST_WORDS:
        return None
    return " ".join(words) if all(word.isalpha() for word in words) else None


def _is_believable(state: CallState, understood: Understanding, name: PersonName) -> bool:
    """A name is taken when it was asked for or introduced; a known one only changes on purpose."""
    if name.score < ASK_SCORE or (not name.introduced and _is_something_else(understood)):
        return False
    if isinstance(state.question, AskName | CheckName):
        return True
    if state.draft.name is None:
        return name.introduced or name.score >= ACCEPT_SCORE
    return name.introduced or isinstance(state.question, Consent | AskChange)


def _is_something_else(understood: Understanding) -> bool:
    """In a question or a call for a sign of life, a capital letter makes no name."""
    return any(understood.has(intent) for intent in _NO_ANSWERS)


def _checked(state: CallState, understood: Understanding) -> CallState:
    """A staff member's name is the caller's own after a yes."""
    if not isinstance(state.question, CheckName) or understood.yes_no is YesNo.NO:
        return state
    name = state.question.name
    confirmed = understood.yes_no is YesNo.YES or (
        understood.name is not None and understood.name.text.casefold() == name.casefold()
    )
    return replace(state, names_checked=(*state.names_checked, name)) if confirmed else state
