"""What a sentence changes in the draft: each slot by itself, whatever else stays as it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nlu import Intent
from voice_agent.dialogue import sentences
from voice_agent.dialogue.bundles import bundled
from voice_agent.dialogue.hearing_person import hear_person
from voice_agent.dialogue.hearing_services import hear_services
from voice_agent.dialogue.hearing_staff import hear_staff
from voice_agent.dialogue.hearing_times import hear_times
from voice_agent.dialogue.impossible import impossible_day
from voice_agent.dialogue.topical import only_asks

if TYPE_CHECKING:
    from nlu import Understanding
    from voice_agent.dialogue.actions import Sentence
    from voice_agent.dialogue.scene import Scene
    from voice_agent.dialogue.state import CallState

_FACTS = frozenset({Intent.ASK_DATE, Intent.ASK_HOURS})
"""Questions whose days are no wishes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The state after listening, and what has to be said about it."""

    state: CallState
    notes: tuple[Sentence, ...] = ()


def take_in(state: CallState, understood: Understanding, scene: Scene) -> Heard:
    """Fill and change what the sentence names, and nothing else."""
    if only_asks(state, understood, scene):
        return Heard(state=state)
    state, notes = hear_services(state, understood, scene)
    state = bundled(state, scene.salon)
    state = hear_staff(state, understood, scene)
    if understood.intent not in _FACTS:
        state = hear_times(state, understood, scene)
        notes = (*notes, *_no_such_day(understood, scene))
    state = hear_person(state, understood)
    return Heard(state=state, notes=notes)


def _no_such_day(understood: Understanding, scene: Scene) -> tuple[Sentence, ...]:
    """A day that no calendar has is named, and never kept."""
    found = impossible_day(understood.text, scene.language)
    return (sentences.no_such_day(*found, scene),) if found else ()


def says_something(understood: Understanding) -> bool:
    """Whether the sentence names anything a draft is made of."""
    return bool(
        understood.services
        or understood.staff
        or understood.times
        or understood.name
        or understood.phone
        or understood.email
        or understood.choice
        or _names_guest(understood)
    )


def _names_guest(understood: Understanding) -> bool:
    return understood.party is not None and any(guest.name for guest in understood.party.guests)


def moves_on(before: CallState, after: CallState) -> bool:
    """Whether listening changed anything that the next question depends on."""
    return (before.draft, before.unclear, before.chosen) != (
        after.draft,
        after.unclear,
        after.chosen,
    )
