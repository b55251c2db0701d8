"""Whose visits may be spoken of: a number on file and a name that fits it, or a code and a name.

Everybody else learns nothing: neither that a visit exists nor that it does not.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from booking_core.domain.names import folded_words
from nlu.phonetics import cologne

if TYPE_CHECKING:
    from booking_core.domain.appointment import Appointment
    from voice_agent.dialogue.state import CallState

_TITLES = frozenset({"frau", "herr", "herrn", "dr", "doktor", "prof", "professor", "familie"})


class Standing(StrEnum):
    """What is known of who is calling."""

    NAMELESS = "nameless"
    """The number is on file; no name has been said yet."""
    KNOWN = "known"
    STRANGER = "stranger"
    """The number is withheld or not on file, or the name does not go with it."""


def standing(state: CallState) -> Standing:
    """Whether the caller has shown who they are."""
    if not state.known or state.caller_number is None:
        return Standing.STRANGER
    if state.draft.name is None:
        return Standing.NAMELESS
    if any(_is_first_name(state.draft.name, person.name) for person in state.known):
        return Standing.NAMELESS
    on_file = any(name_fits(state.draft.name, person.name) for person in state.known)
    return Standing.KNOWN if on_file else Standing.STRANGER


def _is_first_name(said: str, on_file: str) -> bool:
    """Whether only the first name was said: it proves nothing, and is nobody else's either."""
    spoken, written = _words(said), _words(on_file)
    return len(spoken) == 1 and len(written) > 1 and _alike(spoken[0], written[0])


def own(name: str, visits: tuple[Appointment, ...]) -> tuple[Appointment, ...]:
    """Those booked on a name that fits: what a code finds is shown to nobody else."""
    return tuple(visit for visit in visits if name_fits(name, visit.customer.name))


def name_fits(said: str, on_file: str) -> bool:
    """Whether the name that was said is the one on file, as it sounds; a second proof, never one.

    A surname is enough; a first name that was said as well has to be the one on file, too.
    """
    spoken, written = _words(said), _words(on_file)
    if not spoken or not written:
        return False
    surname = written[-1]
    return any(_alike(word, surname) for word in spoken) and all(
        any(_alike(word, other) for other in written) for word in spoken
    )


def _words(name: str) -> list[str]:
    parts = name.replace("-", " ").replace(",", " ").split()
    return [word for word in parts if word.casefold().strip(".") not in _TITLES]


def _alike(one: str, other: str) -> bool:
    if folded_words(one) and folded_words(one) == folded_words(other):
        return True
    return len(cologne(one)) > 1 and cologne(one) == cologne(other)
