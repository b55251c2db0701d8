"""How long callers wait for the agent's first words while many call: the cost of a turn."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING

from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from sqlalchemy import select

from booking_core.adapters.postgres.call_tables import call_turn
from booking_core.adapters.postgres.engine import make_engine
from voice_agent import loops
from voice_agent.bench.crowd import Crowd
from voice_agent.bench.figures import print_percentiles
from voice_agent.bench.serving import serving
from voice_agent.config import Settings
from voice_agent.embedded import servers
from voice_agent.journal import TurnKind
from voice_agent.metrics import PATH
from voice_agent.simulator.books import packaged_salon
from voice_agent.simulator.ground import own_ground
from voice_agent.simulator.habits import Habits
from voice_agent.simulator.phone import PhoneCall
from voice_agent.telemetry import set_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from voice_agent.bench.crowd import Heard

DEMO = "friseur1"
MORNING = datetime.fromisoformat("2026-11-24T08:00:00+01:00")
SEARCHES, BOOKS = "FindSlots", "Book"
AHEAD, ANSWERED = "voice_agent_turns_ahead_total", "voice_agent_turn_first_words_seconds_count"
UNASKED = {TurnKind.GREETING.value, TurnKind.SILENCE.value}
ALL = "all turns"
"""What is promised of; the kinds of turns beside it tell where the time goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What the server itself says of a turn."""

    actions: frozenset[str]
    first_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How much is measured."""

    callers: int = 200
    seconds: float = 40.0
    pace: float = 1.0
    """Real seconds for each second of speech."""
    endpointing_s: float = 0.4
    """Silence before Retell asks for an answer; examples of its protocol show 0.4 to 0.9."""
    arrival_s: float = 10.0
    """In this time all of them ring; it is not measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A run: what callers waited for, and what it cost the server."""

    terms: Terms
    seconds: float
    heard: Sequence[Heard]
    notes: Mapping[tuple[str, int], Noted]
    processor_s: float | None
    """Of the server alone, in those seconds; None where the system does not tell."""
    complaints: Sequence[str]
    ahead: float | None = None
    """Share of answers to words that were worked out before they were asked for."""


def turns(terms: Terms) -> None:
    """Let so many talk at once, search and book, and print how long they wait."""
    set_up(level="critical")
    _print(loops.run(measure(Settings(), terms)))


async def measure(settings: Settings, terms: Terms) -> Measured:
    """Callers in this process, the server in one of its own, both on this machine."""
    async with (
        servers(settings) as endpoints,
        own_ground(endpoints) as ground,
        serving(ground, now=MORNING, salon=DEMO) as server,
    ):
        number = packaged_salon(DEMO).branch.phone_numbers[0]
        crowd = Crowd(
            phone=PhoneCall(base_url=f"{server.address}/llm-websocket", to_number=number),
            today=MORNING.date(),
            callers=terms.callers,
            habits=Habits(pace=terms.pace, endpointing_s=terms.endpointing_s),
        )
        calling = asyncio.create_task(crowd.call_for(terms.seconds, arrival_s=terms.arrival_s))
        await asyncio.sleep(terms.arrival_s)
        began, before = perf_counter(), server.processor_s()
        await calling
        took, after = perf_counter() - began, server.processor_s()
        return Measured(
            terms=terms,
            seconds=took,
            heard=[one for one in crowd.heard if one.asked_at >= began],
            notes=await _notes(ground.database_url),
            processor_s=None if before is None or after is None else after - before,
            complaints=crowd.complaints,
            ahead=await _ahead(server.address),
        )


async def _ahead(address: str) -> float | None:
    """What the server's own figures say; None where they are not shown."""
    async with ClientSession() as session, session.get(f"{address}{PATH}") as answer:
        if answer.status != HTTPStatus.OK:
            return None
        text = await answer.text()
    samples = [one for family in text_string_to_metric_families(text) for one in family.samples]
    ahead = sum(one.value for one in samples if one.name == AHEAD)
    answers = [one for one in samples if one.name == ANSWERED and one.labels["kind"] not in UNASKED]
    return ahead / max(sum(one.value for one in answers), 1)


async def _notes(database_url: str) -> dict[tuple[str, int], Noted]:
    engine = make_engine(database_url, pool_size=1)
    turn = call_turn.c
    try:
        async with engine.connect() as connection:
            rows = await connection.execute(
                select(turn.call_id, turn.response_id, turn.actions, turn.first_ms)
            )
            return {
                (row.call_id, row.response_id): Noted(
                    actions=frozenset(row.actions), first_ms=row.first_ms
                )
                for row in rows
            }
    finally:
        await engine.dispose()


def rows_of(measured: Measured) -> dict[str, list[float]]:
    """Milliseconds by kind of turn: at the caller's end, and by the server's own clock."""
    rows: dict[str, list[float]] = defaultdict(list)
    for heard in measured.heard:
        noted = measured.notes.get((heard.call_id, heard.response_id))
        if noted is None:
            continue  # the caller was cut off before the server had noted it
        kind = kind_of(noted)
        for name in (ALL, kind):
            rows[f"{name}: first words"].append(heard.first_ms)
            if noted.first_ms is not None:
                rows[f"{name}: by the server's clock"].append(noted.first_ms)
        if noted.actions & {SEARCHES, BOOKS}:
            rows[f"{kind}: whole answer"].append(heard.complete_ms)
    return {name: rows[name] for name in sorted(rows)}


def kind_of(noted: Noted) -> str:
    """What kind of turn it was; one that books may search first."""
    if BOOKS in noted.actions:
        return "books"
    return "searches and holds" if SEARCHES in noted.actions else "answers"


def _print(measured: Measured) -> None:
    out = Console(highlight=False)
    turns_s = len(measured.heard) / measured.seconds
    calls = len({one.call_id for one in measured.heard})
    terms = measured.terms
    out.print(
        f"{terms.callers} callers at once for {measured.seconds:.0f} s, who listen and speak as"
        f" slowly as people do (pace {terms.pace:g}): {calls} calls, {turns_s:.0f} turns a second;"
        " server and callers are processes of their own, without Cal.com"
    )
    if measured.ahead is not None:
        out.print(
            f"an answer is asked for {terms.endpointing_s:g} s after the caller's last word:"
            f" {measured.ahead:.0%} of them were worked out in this pause"
        )
    rows = rows_of(measured)
    print_percentiles("a turn, in ms", {name: row for name, row in rows.items() if len(row) > 1})
    if measured.processor_s is not None:
        share = 100 * measured.processor_s / measured.seconds
        each_ms = 1000 * measured.processor_s / max(len(measured.heard), 1)
        out.print(f"server: {share:.0f} % of a core, {each_ms:.1f} ms of processor time a turn")
    for complaint in measured.complaints[:10]:
        out.print(f"[red]wrong[/red]: {complaint}")
