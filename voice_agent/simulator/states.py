"""What the conversation stands at after each turn, watched beside the calls of a server."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from voice_agent.dialogue.salon_script import SalonScript
from voice_agent.simulator.notes import read_notes
from voice_agent.simulator.report import TurnNote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine

    from booking_core.domain.catalogue import Salon
    from voice_agent.dialogue.actions import Action
    from voice_agent.dialogue.events import Event
    from voice_agent.dialogue.script import CallFacts
    from voice_agent.dialogue.state import CallState, Draft
    from voice_agent.dialogue.wish import Wish
    from voice_agent.simulator.answer import Answer
    from voice_agent.simulator.retell import RetellCall

JOURNAL_TRIES, JOURNAL_S = 20, 0.05


class WatchedScript(SalonScript):
    """The salon's conversation, with a look at every state it comes to."""

    def __init__(self) -> None:
        self._seen: dict[str, list[tuple[float, CallState]]] = defaultdict(list)

    def step(
        self, state: CallState, event: Event, facts: CallFacts, now: datetime
    ) -> tuple[CallState, tuple[Action, ...]]:
        """The step itself, noted with the moment it was made."""
        after, actions = super().step(state, event, facts, now)
        self._seen[facts.call_id].append((perf_counter(), after))
        return after, actions

    def after(self, call_id: str, answers: list[Answer]) -> dict[int, CallState]:
        """The last state before the next answer was asked for, by response id."""
        ends = [*(answer.asked_at for answer in answers[1:]), float("inf")]
        found = {}
        for answer, end in zip(answers, ends, strict=True):
            states = [state for at, state in self._seen[call_id] if at < end]
            if states:
                found[answer.response_id] = states[-1]
        return found


class TurnNotes:
    """How the newest turns of a call were understood, what was done, and where it stands."""

    def __init__(self, engine: AsyncEngine, salon: Salon, script: WatchedScript) -> None:
        self._engine = engine
        self._salon = salon
        self._script = script

    async def of(self, call: RetellCall, answer: Answer) -> TurnNote:
        """The note about one answer; the journal, written beside the call, may take a while."""
        key = (call.phone.call_id, answer.response_id)
        note = None
        for _ in range(JOURNAL_TRIES):
            note = (await read_notes(self._engine, self._salon)).get(key)
            if note is not None:
                break
            await asyncio.sleep(JOURNAL_S)
        state = self._script.after(key[0], call.answers).get(key[1])
        words = state_words(state, self._salon) if state else ""
        return replace(note or TurnNote(), state=words)


def state_words(state: CallState, salon: Salon) -> str:
    """A state in a line: what is wanted, what is on the table, what was asked."""
    question = state.question.kind if state.question else "ended" if state.ended else "-"
    parts = [*_wanted(state.draft, salon), f"offers: {len(state.offers)}", f"asks: {question}"]
    return ", ".join([*parts, f"version: {state.draft.version}"])


def _wanted(draft: Draft, salon: Salon) -> Iterator[str]:
    if draft.services:
        names = " + ".join(salon.service(service).spoken_name for service in draft.services)
        yield f"wants: {names}"
    if draft.staff:
        yield f"with: {salon.member(draft.staff).first_name}"
    if draft.wishes:
        yield f"when: {' | '.join(_when(wish) for wish in draft.wishes)}"
    if draft.name:
        yield f"name: {draft.name}"


def _when(wish: Wish) -> str:
    days = wish.days and (wish.days.single or f"{wish.days.first}/{wish.days.last}")
    hours = wish.hours and (wish.hours.at or f"{wish.hours.start}-{wish.hours.end}")
    return " ".join(str(part) for part in (days, hours) if part) or "any time"
