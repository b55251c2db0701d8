"""What was heard and found, for the terminal and for programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from voice_agent.simulator.findings import Finding
    from voice_agent.simulator.target.calling import Heard
    from voice_agent.simulator.target.doors import Knocked

_MS = ("first_chunk_ms", "first_sentence_ms", "complete_ms")
_MOST_SHOWN = 3
_STYLES = {"user": "cyan", "agent": "green"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything about one server."""

    calls: Sequence[Heard]
    doors: Sequence[Knocked] = ()

    @property
    def findings(self) -> list[Finding]:
        """All of them."""
        of_calls = [finding for heard in self.calls for finding in heard.findings]
        return of_calls + [finding for door in self.doors for finding in door.findings]

    @property
    def fine(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def facts(self) -> dict[str, Any]:
        """For programs."""
        return {
            "fine": self.fine,
            "found": dict(Counter(finding.fault.value for finding in self.findings)),
            "latency": {name: _spread(self.figures(name)) for name in _MS},
            "calls": [
                {
                    "name": heard.name,
                    "call_id": heard.call_id,
                    "ending": heard.ending,
                    "sockets": heard.sockets,
                    "transcript": [
                        {"role": role, "content": text} for role, text in heard.transcript
                    ],
                    "turns": [_rounded(asdict(turn)) for turn in heard.turns],
                    "findings": _told(heard.findings),
                    "notes": list(heard.notes),
                }
                for heard in self.calls
            ],
            "doors": [
                {
                    "name": door.name,
                    "requests": door.requests,
                    "slowest_ms": round(door.slowest_ms, 1),
                    "findings": _told(door.findings),
                }
                for door in self.doors
            ],
        }

    def figures(self, name: str) -> list[float]:
        """This latency of every answer that had words."""
        turns = (turn for heard in self.calls for turn in heard.turns)
        found = (getattr(turn, name) for turn in turns if turn.text)
        return [value for value in found if value is not None]


def print_call(console: Console, heard: Heard, *, verbose: bool = False) -> None:
    """A line about a call, every word of it if wanted, and each kind of thing that was found."""
    late = [turn.first_sentence_ms for turn in heard.turns if turn.first_sentence_ms is not None]
    slowest = f"{max(late):6.0f} ms" if late else "        -"
    about = f"{len(heard.turns):3} answers  {heard.ending}"
    _line(console, heard.name, slowest, about, heard.findings)
    for role, text in heard.transcript if verbose else ():
        console.print(Text.assemble((f"      {role:<6} ", _STYLES.get(role, "")), text))


def print_door(console: Console, door: Knocked) -> None:
    """The same about another door."""
    slowest = f"{door.slowest_ms:6.0f} ms"
    _line(console, door.name, slowest, f"{door.requests:3} requests", door.findings)


def print_summary(console: Console, report: Report) -> None:
    """Latencies over all calls, what is worth knowing, and the verdict."""
    for name in _MS:
        if spread := _spread(report.figures(name)):
            told = ", ".join(f"{key} {value:g}" for key, value in spread.items())
            console.print(Text(f"{name.removesuffix('_ms').replace('_', ' ')}: {told} ms", "dim"))
    for note in dict.fromkeys(note for heard in report.calls for note in heard.notes):
        console.print(Text(f"note: {note}", "dim"))
    count = len(report.findings)
    verdict = Text("nothing found", "bold green") if report.fine else _counted(count)
    console.print(verdict)


def _line(
    console: Console, name: str, slowest: str, about: str, findings: Sequence[Finding]
) -> None:
    state = Text("FOUND ", "bold red") if findings else Text("ok    ", "bold green")
    console.print(Text.assemble(state, f"{name:<20} ", (slowest, "dim"), "  ", (about, "dim")))
    for fault, details in _grouped(findings).items():
        console.print(Text(f"      {fault} ({len(details)})", "red"))
        for detail in details[:_MOST_SHOWN]:
            console.print(Text(f"        {detail}", "dim"))


def _grouped(findings: Iterable[Finding]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for finding in findings:
        grouped.setdefault(finding.fault.value, []).append(finding.detail)
    return grouped


def _counted(count: int) -> Text:
    return Text(f"{count} thing{'' if count == 1 else 's'} found", "bold red")


def _told(findings: Iterable[Finding]) -> list[dict[str, str]]:
    return [{"fault": one.fault.value, "detail": one.detail} for one in findings]


def _rounded(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        key: round(value, 1) if isinstance(value, float) else value for key, value in facts.items()
    }


def _spread(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    if len(values) == 1:
        return {"p50": round(values[0], 1), "max": round(values[0], 1)}
    cuts = quantiles(values, n=100, method="inclusive")
    return {"p50": round(cuts[49], 1), "p90": round(cuts[89], 1), "max": round(max(values), 1)}
