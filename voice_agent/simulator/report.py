"""A conversation for the terminal: who said what, how fast, and what was made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from voice_agent.simulator.answer import Answer
    from voice_agent.simulator.caller import Caller, PlayedTurn
    from voice_agent.simulator.grading import Aftermath

QUICK_MS, SLOW_MS = 60, 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnNote:
    """What the server made of one turn, from its journal and from watching it."""

    understood: str = ""
    did: str = ""
    state: str = ""
    """What the conversation stood at afterwards."""


Notes = dict[tuple[str, int], TurnNote]
"""By call id and response id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One replay file, played and graded."""

    name: str
    title: str
    callers: Sequence[Caller]
    aftermath: Aftermath
    complaints: Sequence[str]
    seconds: float
    notes: Mapping[tuple[str, int], TurnNote] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.complaints


def print_verdict(console: Console, verdict: Verdict, *, verbose: bool = False) -> None:
    """One line for a call that is as it should be; the whole conversation for any other.

    The milliseconds are the longest wait for first words.
    """
    slowest = max((_first_ms(a) for c in verdict.callers for a in c.call.answers), default=0.0)
    line = Table.grid(padding=(0, 2))
    line.add_row(
        Text("ok  ", "bold green") if verdict.passed else Text("FAIL", "bold red"),
        Text(f"{verdict.seconds:6.2f} s", "dim"),
        Text(f"{slowest:4.0f} ms", "dim"),
        Text.assemble(verdict.title, (f"  {verdict.name}", "dim")),
    )
    console.print(line)
    if verdict.passed and not verbose:
        return
    for caller in verdict.callers:
        console.print(conversation(caller, verdict.notes))
    for appointment in verdict.aftermath.appointments:
        console.print(Text(f"  left: {appointment}", "dim"))
    for complaint in verdict.complaints:
        console.print(Text(f"  - {complaint}", "red"))


def conversation(caller: Caller, notes: Mapping[tuple[str, int], TurnNote] | None = None) -> Table:
    """All lines of one call in their order, with milliseconds to the first and the last word."""
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right", style="dim")
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    table.add_column(justify="right", no_wrap=True)
    number = caller.call.phone.from_number or "number withheld"
    table.add_row("", Text("rings", "dim"), Text(number, "dim"), "")
    if caller.call.answers:
        _add_answer(table, caller.call.answers[0])
    shown = {0}
    for played in caller.played:
        _add_turn(table, played)
        answer = played.answer
        if answer is not None and answer.response_id not in shown:
            shown.add(answer.response_id)
            _add_answer(table, answer)
            note = (notes or {}).get((caller.call.phone.call_id, answer.response_id))
            if note is not None:
                _add_note(table, note)
    ending = caller.call.ending.value if caller.call.ending else "goes on"
    table.add_row("", Text("ends", "dim"), Text(ending, "dim"), "")
    return table


def caller_line(words: str) -> Text:
    """What the caller says, as it is printed while a call goes on."""
    return Text.assemble(("caller  ", "bold cyan"), words)


def agent_line(answer: Answer) -> Text:
    """What the agent says, as it is printed while a call goes on."""
    return Text.assemble(
        ("agent   ", "bold green"), answer.heard or answer.text, "  ", took(answer)
    )


def took(answer: Answer) -> Text:
    """Milliseconds to the first words and, when it took longer, to the last."""
    if answer.first_words_ms is None:
        return Text("")
    first, last = round(answer.first_words_ms), round(answer.complete_ms or 0)
    words = f"{first} ms" if last - first < QUICK_MS else f"{first}-{last} ms"
    style = "green" if first <= QUICK_MS else "yellow" if first <= SLOW_MS else "red"
    return Text(words, style)


def _add_turn(table: Table, played: PlayedTurn) -> None:
    if played.skipped:
        table.add_row(str(played.number), "", Text(f"(left out) {played.line}", "dim"), "")
        return
    if not played.line:
        return
    style = "red strike" if played.unsaid else ""
    table.add_row(str(played.number), Text("caller", "cyan"), Text(played.line, style), "")


def _add_answer(table: Table, answer: Answer) -> None:
    words = Text(answer.text)
    if answer.heard is not None and len(answer.heard) < len(answer.text):
        words.stylize("dim", len(answer.heard))  # cut off here
    if answer.actions:
        words.append(f"  [{answer.actions[0]}]", "dim")
    table.add_row("", Text("agent", "green"), words, took(answer))


def _add_note(table: Table, note: TurnNote) -> None:
    for label, words in note_lines(note):
        table.add_row("", Text(label, "dim"), Text(words, "dim"), "")


def note_lines(note: TurnNote) -> list[tuple[str, str]]:
    """What there is to say about a turn, each with its label."""
    lines = (("heard as", note.understood), ("did", note.did), ("state", note.state))
    return [(label, words) for label, words in lines if words]


def _first_ms(answer: Answer) -> float:
    return answer.first_words_ms or 0.0
