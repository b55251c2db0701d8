"""Which language a call is held in: the branch's own, until the caller goes on in another."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from nlu.languages import Spoken, spoken_language
from prompts import languages
from voice_agent.dialogue.replacing import replace

if TYPE_CHECKING:
    from booking_core.domain.catalogue import Branch
    from voice_agent.dialogue.state import CallState


def language_of(state: CallState, branch: Branch) -> str:
    """The language that is spoken now."""
    return state.language or branch.language


def served(branch: Branch) -> tuple[str, ...]:
    """In which languages callers are served here."""
    return (branch.language, *branch.other_languages)


def heard_in(text: str, state: CallState, branch: Branch) -> Spoken:
    """The language of these words, among all that there are sentences in.

    Also those that are not served here: whoever speaks one is told so in it.
    """
    return _heard(text, language_of(state, branch), served(branch))


def following(state: CallState, text: str, branch: Branch) -> CallState:
    """The call in the language that the caller goes on in."""
    lasting = heard_in(text, state, branch).lasting
    return state if lasting == language_of(state, branch) else replace(state, language=lasting)


@lru_cache(maxsize=256)  # listening and answering ask the same
def _heard(text: str, current: str, served: tuple[str, ...]) -> Spoken:
    return spoken_language(text, current, {*languages(), *served})
