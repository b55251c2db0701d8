"""Who comes: the name as it was said, another number, an address."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlu import Intent, YesNo
from nlu.meaning import ACCEPT_SCORE, ASK_SCORE
from voice_agent.dialogue.asked import AskChange, AskName, CheckName, Consent
from voice_agent.dialogue.identity import name_fits
from voice_agent.dialogue.party import named_guest, visitor_of
from voice_agent.dialogue.replacing import replace
from voice_agent.dialogue.topics import Topic, touches

if TYPE_CHECKING:
    from nlu import PersonName, Understanding
    from voice_agent.dialogue.state import CallState, Draft

_MOST_WORDS = 5
_NAME = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
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
    if names_again(state, understood):
        draft = replace(draft, name=unlikely_name(understood))
    if understood.name and _is_believable(state, understood, understood.name):
        draft = replace(draft, name=understood.name.text)
    draft = _for_somebody_else(state, draft, understood)
    if understood.phone:
        draft = replace(draft, phone=understood.phone)
    if understood.email:
        draft = replace(draft, email=understood.email)
    return named_guest(_checked(state, understood), understood).amend(draft)


def _for_somebody_else(state: CallState, draft: Draft, understood: Understanding) -> Draft:
    """Who comes in the caller's place, where their name was said; another name puts that right."""
    party = understood.party
    alone = party and party.people == 1 and not state.beside
    both = party and len(party.guests) > 1 and state.beside
    if party and not party.caller and (alone or both):
        named = next((guest for guest in party.guests if guest.name), None)
        if named and named.name:
            return replace(draft, visitor=visitor_of(named.name, named.audience))
    renamed = draft.name != state.draft.name and isinstance(state.question, Consent | AskChange)
    return replace(draft, visitor=None) if renamed else draft


def names_again(state: CallState, understood: Understanding) -> bool:
    """Whether the same unlikely name is said a second time: "Lang", then "auf Lang"."""
    name = unlikely_name(understood)
    return isinstance(state.question, AskName) and name is not None and name == state.question.heard


def unlikely_name(understood: Understanding) -> str | None:
    """The last of a few words that mean nothing else and do not look like a name."""
    words = understood.text.strip(" .!?").split()
    means_else = understood.yes_no or understood.staff or understood.times or understood.services
    if means_else or understood.has(Intent.BACKCHANNEL) or not 1 <= len(words) <= _MOST_WORDS:
        return None
    begins = touches(understood.text, Topic.INTRODUCES, understood.language)
    hangs = len(words) > 1 and understood.has(Intent.FRAGMENT)
    if understood.name is None and (begins or hangs):
        return None  # "mein Name ...": it is still to come
    last = words[-1]
    if not _NAME.fullmatch(last):
        return None
    return last.capitalize() if last.islower() else last


def _is_believable(state: CallState, understood: Understanding, name: PersonName) -> bool:
    """A name is taken when it was asked for or introduced; a known one only changes on purpose."""
    if state.draft.name is None and _is_on_file(state, name):
        return not _is_wished(understood, name)
    if name.score < ASK_SCORE or (not name.introduced and _is_something_else(understood, name)):
        return False
    if isinstance(state.question, AskName | CheckName):
        return True
    if state.draft.name is None:
        return name.introduced or name.score >= ACCEPT_SCORE
    return name.introduced or isinstance(state.question, Consent | AskChange)


def _is_on_file(state: CallState, name: PersonName) -> bool:
    """A name that goes with the caller's number was hardly meant to be anything else."""
    return any(name_fits(name.text, person.name) for person in state.known)


def _is_something_else(understood: Understanding, name: PersonName) -> bool:
    """In a question or a call for a sign of life a capital letter makes no name; nor in a wish."""
    return _is_wished(understood, name) or any(understood.has(i) for i in _NO_ANSWERS)


def _is_wished(understood: Understanding, name: PersonName) -> bool:
    """Whether it is the name of somebody the caller wants to come to."""
    return any(name.text.casefold() in mention.text.casefold() for mention in understood.staff)


def _checked(state: CallState, understood: Understanding) -> CallState:
    """A staff member's name is the caller's own after a yes."""
    if not isinstance(state.question, CheckName) or understood.yes_no is YesNo.NO:
        return state
    name = state.question.name
    confirmed = understood.yes_no is YesNo.YES or (
        understood.name is not None and understood.name.text.casefold() == name.casefold()
    )
    return replace(state, names_checked=(*state.names_checked, name)) if confirmed else state
