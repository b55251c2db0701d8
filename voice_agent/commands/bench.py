"""`voice-agent bench crash|contend`: real processes, and whether all is in order afterwards."""

from __future__ import annotations

import json
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from voice_agent.bench import contend as contest
from voice_agent.bench import crash as crashing
from voice_agent.commands.running import FAILED, OK, run
from voice_agent.config import Settings
from voice_agent.telemetry import set_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from voice_agent.bench.contend import ContendReport, Terms
    from voice_agent.bench.crash import CrashReport

PERCENTILES = (50, 90, 99)


def crash(terms: crashing.Terms, *, as_json: bool) -> int:
    """Kill processes, and print where they were and what became of it."""
    set_up(level="critical")
    return run(lambda: _crash(terms, as_json=as_json))


def contend(terms: Terms, *, as_json: bool) -> int:
    """Let processes contend for one day, and print who got what."""
    set_up(level="critical")
    return run(lambda: _contend(terms, as_json=as_json))


async def _crash(terms: crashing.Terms, *, as_json: bool) -> int:
    out = Console(highlight=False)
    with Console(stderr=True).status("starting ...") as status:
        report = await crashing.crash(
            Settings(),
            terms,
            progress=lambda so_far: status.update(f"round {so_far.rounds} of {terms.rounds}"),
        )
    if as_json:
        _print_json(crash_facts(report))
    else:
        _print_crashes(report, out)
    return _verdict(report.complaints, out, fine=report.fine, as_json=as_json)


async def _contend(terms: Terms, *, as_json: bool) -> int:
    out = Console(highlight=False)
    with Console(stderr=True).status("starting ...") as status:
        report = await contest.contend(Settings(), terms, progress=status.update)
    if as_json:
        _print_json(contend_facts(report))
    else:
        _print_contest(report, out)
    return _verdict(report.complaints, out, fine=report.fine, as_json=as_json)


def crash_facts(report: CrashReport) -> dict[str, Any]:
    """The report for machines."""
    return {"fine": report.fine} | {name: getattr(report, name) for name in report.__slots__}


def contend_facts(report: ContendReport) -> dict[str, Any]:
    """The report for machines."""
    return {
        "fine": report.fine,
        "processes": report.terms.processes,
        "seconds": report.seconds,
        "faults": report.terms.faults,
        "attempts": report.did.total(),
        "did": report.did,
        "accepted": report.did["accepted"],
        "accepted_by_phase": report.accepted_by_phase,
        "accepted_per_s": _per_second(report.did["accepted"], report.seconds),
        "attempts_per_s": _per_second(report.did.total(), report.seconds),
        "ms": {did: percentiles(series) for did, series in report.ms.items()},
        "sqlstates": report.sqlstates,
        "transactions_repeated": report.repeated,
        "longest_gap_s": report.longest_gap_s,
        "complaints": report.complaints,
    }


def percentiles(series: Sequence[float]) -> dict[str, float]:
    """Some percentiles of these milliseconds, and the longest."""
    cuts = quantiles(series, n=100, method="inclusive") if len(series) > 1 else [series[0]] * 99
    return {f"p{n}": round(cuts[n - 1], 1) for n in PERCENTILES} | {"longest": max(series)}


def _print_crashes(report: CrashReport, out: Console) -> None:
    _print_counts("where processes were when they were struck", report.struck, out)
    _print_counts("how the visits ended", report.ends, out)
    out.print(
        f"{report.rounds} rounds in {report.seconds} s: {report.struck.total()} processes struck, "
        f"{report.zombies} of them stopped and woken up; {report.recoveries} recoveries, "
        f"{report.recoveries_killed} killed; {report.swept} late bookings swept away\n"
        f"{report.mails} mails accepted, {report.drops} with a lost answer, "
        f"{report.duplicates} of them came again, byte by byte"
    )


def _print_contest(report: ContendReport, out: Console) -> None:
    facts = contend_facts(report)
    table = Table(title="attempts by what came of them, in ms")
    for heading in ("what", "n", *(f"p{n}" for n in PERCENTILES), "longest"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for did, cuts in sorted(facts["ms"].items()):
        table.add_row(did, str(report.did[did]), *(f"{cut:.1f}" for cut in cuts.values()))
    out.print(table)
    _print_counts("accepted while Redis was", report.accepted_by_phase, out)
    out.print(
        f"{report.terms.processes} processes for {report.seconds} s: "
        f"{facts['attempts_per_s']} attempts a second, {facts['accepted_per_s']} accepted; "
        f"longest time without anything done {report.longest_gap_s} s; "
        f"{report.repeated} transactions repeated; the database refused {dict(report.sqlstates)}"
    )


def _print_counts(title: str, counts: Mapping[str, int], out: Console) -> None:
    table = Table(title=title, show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, number in sorted(counts.items()):
        table.add_row(name, str(number))
    out.print(table)


def _print_json(facts: Mapping[str, Any]) -> None:
    Console(highlight=False, soft_wrap=True).print_json(json.dumps(facts))


def _verdict(complaints: Sequence[str], out: Console, *, fine: bool, as_json: bool) -> int:
    if not as_json:
        for complaint in complaints:
            out.print(f"[red]violated[/red]: {complaint}")
        out.print("[green]everything in order[/green]" if fine else "[red]not in order[/red]")
    return OK if fine else FAILED


def _per_second(number: int, seconds: float) -> float:
    return round(number / seconds, 1) if seconds else 0.0
