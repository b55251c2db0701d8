"""Spreads the callers of a simulation over processes, each with a stage of its own."""

from __future__ import annotations

import asyncio
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

from voice_agent import loops
from voice_agent.config import Settings
from voice_agent.embedded import servers
from voice_agent.simulator.callers.crowd import Terms, simulate
from voice_agent.simulator.callers.report import Report
from voice_agent.telemetry import set_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice_agent.simulator.callers.verdict import Outcome

SMALL = 60
"""So few calls are not worth a second process."""


async def run_shifts(
    terms: Terms, settings: Settings, *, processes: int, done: Callable[[int], None]
) -> Report:
    """Every call of these terms; `done` hears how many are over."""
    began = perf_counter()
    async with servers(settings) as endpoints:
        if processes == 1 or terms.calls <= SMALL:
            counted = _counted(done)
            outcomes = await simulate(terms, settings, endpoints, done=counted)
        else:
            outcomes = await _in_processes(terms, processes, done)
    return Report(terms=terms, outcomes=outcomes, seconds=perf_counter() - began)


def deal(terms: Terms, shares: int) -> list[Terms]:
    """The same calls in so many shares."""
    each, more = divmod(terms.calls, shares)
    sizes = [each + (place < more) for place in range(shares)]
    firsts = [terms.first + sum(sizes[:place]) for place in range(shares)]
    return [
        replace(terms, first=first, calls=size)
        for first, size in zip(firsts, sizes, strict=True)
        if size
    ]


async def _in_processes(terms: Terms, processes: int, done: Callable[[int], None]) -> list[Outcome]:
    loop, spawn = asyncio.get_running_loop(), multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=spawn) as pool:
        shifts = [loop.run_in_executor(pool, _shift, share) for share in deal(terms, processes)]
        outcomes: list[Outcome] = []
        for shift in asyncio.as_completed(shifts):
            outcomes += await shift
            done(len(outcomes))
    return sorted(outcomes, key=lambda outcome: outcome.number)


def _shift(terms: Terms) -> list[Outcome]:
    """In a process of its own."""
    set_up(level="critical")
    return loops.run(_work(terms))


async def _work(terms: Terms) -> list[Outcome]:
    settings = Settings()
    async with servers(settings) as endpoints:
        return await simulate(terms, settings, endpoints)


def _counted(done: Callable[[int], None]) -> Callable[[Outcome], None]:
    over: list[int] = []

    def count(outcome: Outcome) -> None:
        over.append(outcome.number)
        done(len(over))

    return count
