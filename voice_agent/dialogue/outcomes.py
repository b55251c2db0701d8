"""How a call ended, read off the state it ended in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice_agent.dialogue.request import Met, Transferring
from voice_agent.journal import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice_agent.dialogue.state import CallState

LAST_RUNG = 3
"""Who says nothing to so many questions has left the telephone."""
_DONE = (
    (Met.BOOKED, Outcome.BOOKED),
    (Met.MOVED, Outcome.CHANGED),
    (Met.CANCELLED, Outcome.CANCELLED),
)
_MET = (
    (Met.WRONG_NUMBER, Outcome.WRONG_NUMBER),
    (Met.NOTHING_FREE, Outcome.NOTHING_FREE),
    (Met.DECLINED, Outcome.DECLINED),
)


def outcome_of(state: CallState, *, ending: bool) -> Outcome:
    """What came of the call, the most that did; `ending` = it was closed with a farewell."""
    found = next(_found(state), None)
    if found is not None:
        return found
    gone = state.silences >= LAST_RUNG
    return Outcome.NOT_BOOKED if ending and not gone else Outcome.ABANDONED


def _found(state: CallState) -> Iterator[Outcome]:
    yield from (outcome for met, outcome in _DONE if met in state.met)
    if state.transfer is Transferring.TRYING:
        yield Outcome.TRANSFERRED
    if state.listed:
        yield Outcome.WAITING_LIST
    if state.promised is not None:
        yield Outcome.CALLBACK
    yield from (outcome for met, outcome in _MET if met in state.met)
    if state.refusals and state.offers:
        yield Outcome.DECLINED
    if Met.QUESTION in state.met and not state.draft.services:
        yield Outcome.INFORMATION


def is_lead(state: CallState) -> bool:
    """Whether somebody is gone who had said what they would like, and got nothing of it."""
    done = not {met for met, _ in _DONE}.isdisjoint(state.met)
    settled = done or state.promised is not None or state.listed
    return bool(state.draft.services) and not settled
