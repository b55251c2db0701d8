"""`voice-agent simulate`: a crowd of callers, and what became of what they wanted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import typer
from rich.console import Console

from voice_agent.commands.running import FAILED, OK, run
from voice_agent.config import Settings
from voice_agent.simulator.callers.goals import Errand
from voice_agent.simulator.callers.report import print_report
from voice_agent.simulator.callers.shifts import run_shifts
from voice_agent.telemetry import set_up

if TYPE_CHECKING:
    from voice_agent.simulator.callers.crowd import Terms


def simulate(terms: Terms, *, processes: int, as_json: bool) -> int:
    """Let them call; the exit status says whether all is as it has to be."""
    set_up(level="critical")
    return run(lambda: _simulate(terms, processes=processes, as_json=as_json))


def wanted(goal: str | None) -> Errand | None:
    """The goal of this name; dashes stand for the blanks in it.

    >>> wanted("two-services")
    <Errand.TWO_SERVICES: 'two services'>
    """
    if goal is None:
        return None
    try:
        return Errand(goal.replace("-", " ").replace("_", " "))
    except ValueError:
        names = ", ".join(str(one).replace(" ", "-") for one in Errand)
        raise typer.BadParameter(f"nobody calls for {goal}; there are {names}") from None


async def _simulate(terms: Terms, *, processes: int, as_json: bool) -> int:
    out = Console(highlight=False)
    with Console(stderr=True).status("opening the salons ...") as status:
        report = await run_shifts(
            terms,
            Settings(),
            processes=processes,
            done=lambda over: status.update(f"{over} of {terms.calls} calls"),
        )
    if as_json:
        out.print_json(json.dumps(report.facts()))
    else:
        print_report(out, report)
    return OK if report.fine else FAILED
